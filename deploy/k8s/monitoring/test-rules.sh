#!/bin/sh
# Checks and tests the rules with promtool. Needs Debian's packages prometheus, python3 and python3-yaml.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The rules are under spec in the manifest. Prometheus reads them without it.
groups() {
    python3 - "$here/$1" "$work/$2" <<'PYTHON'
import sys, yaml
with open(sys.argv[1]) as manifest, open(sys.argv[2], "w") as rules:
    yaml.safe_dump({"groups": yaml.safe_load(manifest)["spec"]["groups"]}, rules)
PYTHON
}

groups prometheus-rule.yaml rules.yaml
groups objective-sqlite/objective.yaml sqlite.yaml
groups objective-postgres/objective.yaml postgres.yaml
groups litestream/prometheus-rule.yaml litestream.yaml
cp "$here"/rules.*test.yaml "$work/"

cd "$work"
promtool check rules rules.yaml sqlite.yaml postgres.yaml litestream.yaml
promtool test rules rules.test.yaml rules.long.test.yaml
