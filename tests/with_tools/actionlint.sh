#!/usr/bin/env bash
# Checks the workflows in .github/ by actionlint, which Go builds.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${XDG_CACHE_HOME:-$HOME/.cache}/tesseract-runtime/actionlint-1.7.7
go=$(command -v go || echo /usr/local/go/bin/go)
[ -x "$bin/actionlint" ] || GOBIN=$bin "$go" install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7
"$bin/actionlint" -no-color .github/workflows/*.yml
