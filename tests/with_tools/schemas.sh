#!/usr/bin/env bash
# Gets what is published to check manifests with, and prints its folder: `bin/python` with kubernetes-validate, which
# has the schemas of Kubernetes, and the definitions of InferenceService and ScaledObject out of the Go modules of KServe
# and KEDA.
# Kept between runs under ${XDG_CACHE_HOME:-~/.cache}/tesseract-runtime.
set -euo pipefail
validate=kubernetes-validate==1.37.0
kserve=github.com/kserve/kserve@v0.20.0
keda=github.com/kedacore/keda/v2@v2.21.0
folder=${XDG_CACHE_HOME:-$HOME/.cache}/tesseract-runtime/schemas
if [ "$(cat "$folder/packages" 2> /dev/null)" != "$validate $kserve $keda" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "$validate" >&2
  if ! type go > /dev/null 2>&1; then
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates golang-go >&2
  fi
  # All of KServe is 400 MB, of which one file is kept.
  modules=$(mktemp -d)
  (cd "$modules" && GOMODCACHE=$modules GOFLAGS=-modcacherw GOTOOLCHAIN=local go mod download "$kserve" "$keda" >&2)
  cp "$modules/$kserve/config/crd/full/serving.kserve.io_inferenceservices.yaml" "$folder/inferenceservices.yaml"
  cp "$modules/$keda/config/crd/bases/keda.sh_scaledobjects.yaml" "$folder/scaledobjects.yaml"
  rm -rf "$modules"
  echo "$validate $kserve $keda" > "$folder/packages"
fi
echo "$folder"
