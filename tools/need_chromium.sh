#!/bin/sh
# The journeys need Debian's chromium. Installed through apt-get where that can be done; never skipped in CI.
set -eu
if [ -x /usr/bin/chromium ]; then exit 0; fi
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then sudo=""; elif command -v sudo >/dev/null 2>&1; then sudo="sudo"; else sudo="none"; fi
    if [ "$sudo" != none ]; then
        echo "installing chromium for the browser journeys"
        if $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; then
            exit 0
        fi
    fi
fi
echo "chromium is not here and could not be installed (apt-get with root or sudo is needed)" >&2
if [ "${CI:-}" = true ]; then exit 1; fi
echo "the browser journeys will be skipped" >&2
