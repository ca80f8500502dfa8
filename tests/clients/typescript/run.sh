#!/usr/bin/env bash
# Generates the types of openapi-typescript, compiles client.ts with them, and runs it against each URL.
set -euo pipefail
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cp package.json package-lock.json tsconfig.json client.ts "$folder"
cp ../../../docs/openapi.json "$folder"
cd "$folder"
npm ci --silent --no-audit --no-fund >/dev/null
npx --no-install openapi-typescript openapi.json --output schema.ts >/dev/null
npx --no-install tsc
for url in "$@"; do node client.js "$url"; done
