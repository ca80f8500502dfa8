#!/usr/bin/env bash
# Prints the version of a release tag, and fails if it is not the version that the project declares.
#
#   .github/tag-version.sh refs/tags/v1.2.3
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1#refs/tags/v}
declared=$(grep -oP '(?<=<VersionPrefix>)[^<]+' Directory.Build.props)
if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ || ${version%%-*} != "$declared" ]]; then
  echo "tag-version.sh: the tag is v$version, but Directory.Build.props has the version $declared. Use v$declared, or v$declared-rc.1 for a pre-release." >&2
  exit 1
fi

echo "$version"
