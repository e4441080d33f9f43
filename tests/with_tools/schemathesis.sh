#!/usr/bin/env bash
# Schemathesis makes requests of the OpenAPI document, valid and invalid ones, and checks the answers against it.
# Usage: schemathesis.sh MODULE: a user module, which `serve` serves for it. Kept between runs: the environment.
#
# One of its checks is left out, positive_data_acceptance: JSON Schema cannot say how many characters of base64 a shape
# has, or that two arrays are as long as each other, so requests that fit the schema may be refused.
set -euo pipefail
cd "$(dirname "$0")/../.."
package=schemathesis==4.32.5
folder=${XDG_CACHE_HOME:-$HOME/.cache}/tesseract-runtime/schemathesis
if [ "$(cat "$folder/packages" 2> /dev/null)" != "$package" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "$package" >&2
  echo "$package" > "$folder/packages"
fi

work=$(mktemp -d)
deno run -A --quiet cli.ts --api-path "$1" --output-path "$work" serve --port 0 2> "$work/stderr" &
server=$!
trap 'kill -KILL $server 2> /dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 1200); do
  url=$(grep -oE 'http://[0-9.]+:[0-9]+' "$work/stderr" || true)
  [ -z "$url" ] || break
  kill -0 $server || { cat "$work/stderr"; exit 1; }
  sleep 0.1
done
cd "$work"
code=0
"$folder/bin/schemathesis" run "$url/openapi.json" --no-color --seed 1 --max-examples 25 --max-time 60 --request-timeout 60 \
  --exclude-checks positive_data_acceptance --warnings off || code=$?
# A server that has logged an error of its own is no success either.
if grep -E 'Error|Uncaught|replaced' "$work/stderr"; then code=1; fi
kill -TERM $server
wait $server || code=$?
exit $code
