#!/usr/bin/env bash
# Installs versitygw, an S3 server that checks signatures, where it is not yet, and prints the path of the program.
set -euo pipefail
version=v1.8.0
folder="${XDG_CACHE_HOME:-$HOME/.cache}/tesseract-runtime/versitygw-$version"
if [ ! -x "$folder/versitygw" ]; then
  # Elsewhere first: an interrupted build leaves nothing that looks like one.
  work=$(mktemp -d)
  trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
  GOBIN="$work" nice go install "github.com/versity/versitygw/cmd/versitygw@$version" >&2
  mkdir -p "$folder"
  mv "$work/versitygw" "$folder/versitygw"
fi
echo "$folder/versitygw"
