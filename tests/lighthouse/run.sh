#!/usr/bin/env bash
# Runs Lighthouse with its settings for a phone on each URL, and prints one line for each: the URL, and the scores for performance,
# accessibility and best practices. CHROME_PATH names the browser.
set -euo pipefail
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cp package.json package-lock.json "$folder"
cd "$folder"
npm ci --silent --no-audit --no-fund >/dev/null
for url in "$@"; do
  node node_modules/lighthouse/cli/index.js "$url" --quiet --no-enable-error-reporting --only-categories=performance,accessibility,best-practices \
    --chrome-flags='--headless --no-sandbox --disable-gpu' --output=json --output-path=report.json
  node -p 'const { finalDisplayedUrl, categories } = require("./report.json");
    [finalDisplayedUrl, ...["performance", "accessibility", "best-practices"].map(name => Math.round(100 * categories[name].score))].join(" ")'
done
