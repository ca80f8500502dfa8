#!/usr/bin/env bash
# The parts of a release that run on any machine with the .NET SDK. The workflow `release` calls them.
#
#   .github/release.sh binary VERSION RUNTIME FOLDER    dkv for this machine (linux-x64, osx-arm64, win-x64, …), as an archive
#   .github/release.sh packages VERSION FOLDER          the NuGet packages: DumbKv.Client, and dkv as a .NET tool
#   .github/release.sh checksums FOLDER                 SHA256SUMS of all files in it
#   .github/release.sh notes VERSION                    the section of the changelog; of a pre-release, what is not released yet
set -euo pipefail
cd "$(dirname "$0")/.."

binary() { # version, runtime, folder
  local build
  build=$(mktemp -d)
  dotnet publish clients/Dkv -c Release -r "$2" -p:Version="$1" -p:RunAnalyzers=false -p:CopyOutputSymbolsToPublishDirectory=false \
    --nologo -v quiet -o "$build/publish"
  mkdir -p "$build/dkv-$1-$2" "$3"
  cp "$build"/publish/dkv* LICENSE "$build/dkv-$1-$2"
  if [[ $2 == win-* ]]; then
    (cd "$build" && 7z a -bso0 "dkv-$1-$2.zip" "dkv-$1-$2")
  else
    tar -C "$build" -czf "$build/dkv-$1-$2.tar.gz" "dkv-$1-$2"
  fi
  mv "$build/dkv-$1-$2".* "$3"
  rm -rf "$build"
}

packages() { # version, folder
  dotnet pack clients/DumbKv.Client -c Release -p:Version="$1" -p:RunAnalyzers=false --nologo -v quiet -o "$2"
  dotnet pack clients/Dkv -c Release -p:Version="$1" -p:RunAnalyzers=false -p:PublishAot=false --nologo -v quiet -o "$2"
}

checksums() { # folder
  local sums
  rm -f "$1/SHA256SUMS"
  sums=$(cd "$1" && sha256sum -- *)
  printf '%s\n' "$sums" >"$1/SHA256SUMS"
}

notes() { # version
  local title=$1 section
  [[ $1 != *-* ]] || title=Unreleased
  section=$(awk -v title="$title" '/^## / { inside = ($2 == title || $2 == "[" title "]") ; next } inside' CHANGELOG.md)
  if [[ -z ${section//[[:space:]]/} ]]; then
    echo "release.sh: CHANGELOG.md has no section \"## $title\", or it is empty" >&2
    exit 1
  fi
  printf '%s\n' "$section" | sed '/./,$!d'
}

case ${1:-} in
  binary | packages | checksums | notes) "$@" ;;
  *) sed -n '4,7s/^# *//p' "$0" >&2; exit 2 ;;
esac
