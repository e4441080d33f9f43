#!/usr/bin/env bash
# Makes a Python environment with the Python runtime and its clients, and prints its folder.
# Kept between runs under ${XDG_CACHE_HOME:-~/.cache}/tesseract-runtime.
set -euo pipefail
packages=("tesseract-core[runtime]==1.15.0" "tesseract-jax" "jax[cpu]" "msgpack==1.1.0" "msgpack-numpy==0.4.8"
  umbridge==1.2.10 qmcpy==2.4 emcee==3.1.6)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/tesseract-runtime/python
if [ "$(cat "$folder/packages" 2>/dev/null)" != "${packages[*]}" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  echo "${packages[*]}" > "$folder/packages"
fi
echo "$folder"
