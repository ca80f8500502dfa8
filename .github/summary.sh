#!/usr/bin/env bash
# Writes a summary of TestResults to the workflow run, or to standard output outside of a workflow.
set -euo pipefail
cd "$(dirname "$0")/.."

{
  echo '| tests | passed | failed |'
  echo '|---|---|---|'
  for file in TestResults/*.trx; do
    counters=$(grep -o '<Counters [^>]*' "$file")
    count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<<"$counters"; }
    echo "| $(basename "$file" .trx) | $(count passed) | $(count failed) |"
  done

  # A line of code counts as covered if any test project ran it.
  if compgen -G 'TestResults/*/*.cobertura.xml' >/dev/null; then
    python3 - TestResults/*/*.cobertura.xml <<'PYTHON'
import sys
import xml.etree.ElementTree as xml

lines = {}
for report in sys.argv[1:]:
    for package in xml.parse(report).iter("package"):
        for type_ in package.iter("class"):
            for line in type_.iter("line"):
                at = (package.get("name"), type_.get("filename"), line.get("number"))
                lines[at] = lines.get(at, False) or int(line.get("hits")) > 0

print("\n| assembly | lines covered |\n|---|---|")
for package in sorted({at[0] for at in lines if "Test" not in at[0]}):
    hits = [hit for at, hit in lines.items() if at[0] == package]
    print(f"| {package} | {100 * sum(hits) / len(hits):.0f} % of {len(hits)} |")
PYTHON
  fi
} >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
