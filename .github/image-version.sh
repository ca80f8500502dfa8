#!/usr/bin/env bash
# Prints the version and the tags of an image as the outputs of a workflow step.
#
#   .github/image-version.sh IMAGE REF COMMIT
#
# A tag v1.2.3 becomes the version 1.2.3 with the tags 1.2.3 and latest; a pre-release is not latest. Main becomes the declared version
# with the commit, and the tags main and sha-COMMIT.
set -euo pipefail
cd "$(dirname "$0")/.."

image=${1,,} ref=$2 commit=${3::7}
declared=$(grep -oP '(?<=<VersionPrefix>)[^<]+' Directory.Build.props)

if [[ $ref == refs/tags/v* ]]; then
  version=${ref#refs/tags/v}
  if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ || ${version%%-*} != "$declared" ]]; then
    echo "image-version.sh: the tag is v$version, but Directory.Build.props has the version $declared. Use v$declared, or v$declared-rc.1 for a pre-release." >&2
    exit 1
  fi

  tags=$image:$version
  [[ $version == *-* ]] || tags+=,$image:latest
else
  version=$declared-g$commit # The letter keeps a commit of digits with a leading zero a valid version.
  tags=$image:main,$image:sha-$commit
fi

printf 'image=%s\nversion=%s\ntags=%s\n' "$image" "$version" "$tags"
