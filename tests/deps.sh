#!/bin/sh
# deps.sh build|all - name what is missing with its apt package; install it as root or through sudo,
# otherwise print the one command that does. `all` adds what the tests need.
set -u
missing=

need() { # need PACKAGE TEST...: the package is missing when the test fails
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}
header() { # header NAME: the compiler finds it
    echo "#include <$1>" | ${CC:-cc} -E -xc - -o /dev/null
}

if ! command -v "${CC:-cc}" >/dev/null 2>&1; then
    missing=" gcc libc6-dev pkg-config libsox-dev libsox-fmt-base libsox-fmt-mp3 libfftw3-dev"
    missing="$missing libopenblas-dev zlib1g-dev libyaml-dev libjansson-dev libpng-dev libseccomp-dev"
else
    need libc6-dev header stdio.h
    need pkg-config command -v pkg-config
    need libsox-dev header sox.h
    need libsox-fmt-mp3 sh -c 'ls /usr/lib/*/sox/libsox_fmt_mp3.so /usr/lib/sox/libsox_fmt_mp3.so 2>/dev/null | grep -q .'
    need libsox-fmt-base sh -c 'ls /usr/lib/*/sox/libsox_fmt_flac.so /usr/lib/sox/libsox_fmt_flac.so 2>/dev/null | grep -q .'
    need libfftw3-dev header fftw3.h
    need libopenblas-dev header cblas.h
    need zlib1g-dev header zlib.h
    need libyaml-dev header yaml.h
    need libjansson-dev header jansson.h
    need libpng-dev header png.h
    need libseccomp-dev header seccomp.h
fi
if [ "${1:-build}" = all ]; then
    need libcmocka-dev sh -c 'test -e /usr/include/cmocka.h'
    need bats command -v bats
fi
[ -n "$missing" ] || exit 0

echo "irtools: missing packages:$missing" >&2
if [ "$(id -u)" = 0 ]; then
    as=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as=sudo
else
    echo "irtools: install them with: sudo apt-get install -y$missing" >&2
    exit 1
fi
command -v apt-get >/dev/null 2>&1 || {
    echo "irtools: no apt-get here; install the packages above with your own package manager" >&2
    exit 1
}
# shellcheck disable=SC2086
$as apt-get install -y --no-install-recommends $missing ||
    { $as apt-get update && $as apt-get install -y --no-install-recommends $missing; }
