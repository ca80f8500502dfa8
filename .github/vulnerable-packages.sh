#!/usr/bin/env bash
# Fails where a package that is used, itself or by another, has a known vulnerability. As good as the feed's advisories.
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet restore DumbKv.slnx
report=$(dotnet list DumbKv.slnx package --vulnerable --include-transitive)
echo "$report"
! grep -q 'has the following vulnerable packages' <<<"$report"
