#!/bin/sh
# What stands between the world and rooms of our own: one journey puts the files of deploy/ up with nginx and coturn.
# Installed through apt-get where that can be done; never left out in CI.
set -eu
missing=""
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx"
command -v turnserver >/dev/null 2>&1 || missing="$missing coturn"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
if [ -z "$missing" ]; then exit 0; fi
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then sudo=""; elif command -v sudo >/dev/null 2>&1; then sudo="sudo"; else sudo="none"; fi
    if [ "$sudo" != none ]; then
        echo "installing$missing"
        # Started by the tests, with a configuration of their own: Debian's services stay off.
        # shellcheck disable=SC2086
        if $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
            if command -v systemctl >/dev/null 2>&1; then
                for each in $missing; do $sudo systemctl disable --now "$each" >/dev/null 2>&1 || true; done
            fi
            exit 0
        fi
    fi
fi
echo "not here, and could not be installed (apt-get with root or sudo is needed):$missing" >&2
if [ "${CI:-}" = true ]; then exit 1; fi
echo "the test of nginx and coturn before our rooms will be skipped" >&2
