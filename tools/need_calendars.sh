#!/bin/sh
# Calendar programs as people have them: one test lets Debian's khal and vdirsyncer read what we tell a patient's calendar.
# Started by the tests as processes beside ours. Installed through apt-get where that can be done; never left out in CI.
set -eu
missing=""
command -v khal >/dev/null 2>&1 || missing="$missing khal"
command -v vdirsyncer >/dev/null 2>&1 || missing="$missing vdirsyncer"
if [ -z "$missing" ]; then exit 0; fi
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then sudo=""; elif command -v sudo >/dev/null 2>&1; then sudo="sudo"; else sudo="none"; fi
    if [ "$sudo" != none ]; then
        echo "installing$missing"
        # shellcheck disable=SC2086
        if $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
            exit 0
        fi
    fi
fi
echo "not here, and could not be installed (apt-get with root or sudo is needed):$missing" >&2
if [ "${CI:-}" = true ]; then exit 1; fi
echo "the test of calendar programs will be skipped" >&2
