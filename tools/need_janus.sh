#!/bin/sh
# Rooms of our own need Debian's janus, and their journeys networks (iproute2). Installed through apt-get where that can
# be done; never left out in CI.
set -eu
if [ -x /usr/bin/janus ] && command -v ip >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then sudo=""; elif command -v sudo >/dev/null 2>&1; then sudo="sudo"; else sudo="none"; fi
    if [ "$sudo" != none ]; then
        echo "installing janus, the video engine"
        # Started by whoever needs it, with a configuration of its own: Debian's service stays off.
        if $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends janus iproute2 >/dev/null; then
            if command -v systemctl >/dev/null 2>&1; then $sudo systemctl disable --now janus >/dev/null 2>&1 || true; fi
            exit 0
        fi
    fi
fi
echo "janus is not here and could not be installed (apt-get with root or sudo is needed)" >&2
if [ "${CI:-}" = true ] || [ "${1:-}" = required ]; then exit 1; fi
echo "the tests of rooms of our own will be skipped" >&2
