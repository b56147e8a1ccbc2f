#!/bin/sh
# Writes the hash-pinned requirements from pyproject.toml. No index address ends up in them. Extras are pinned by name:
# an older pip takes `coverage[toml]` for another package than the `coverage` that is pinned, and refuses.
set -eu
cd "$(dirname "$0")/.."
lock() { .venv/bin/uv pip compile pyproject.toml --quiet --generate-hashes --no-strip-extras --no-emit-index-url --no-header --python-version 3.11 "$@"; }
lock --extra build --output-file requirements/runtime.txt
lock --extra build --extra dev --output-file requirements/dev.txt
