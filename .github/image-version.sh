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
  version=$(.github/tag-version.sh "$ref")
  tags=$image:$version
  [[ $version == *-* ]] || tags+=,$image:latest
else
  version=$declared-g$commit # The letter keeps a commit of digits with a leading zero a valid version.
  tags=$image:main,$image:sha-$commit
fi

printf 'image=%s\nversion=%s\ntags=%s\n' "$image" "$version" "$tags"
