#!/bin/sh
# seeds.sh TARGET [folders] - the seeds of a fuzz target, beside tests/fuzz/seeds: files (or folders) of other tests.
case $1 in
fuzz_stream) files='tests/data/net/single.irt tests/data/net/several.irt' ;;
fuzz_net) files="tests/fuzz/seeds/branch.net $(echo pipelines/nets/*.net)" ;;
fuzz_arrays) files="tests/fuzz/seeds/two.safetensors $(echo tests/data/convert/*.np[yz])" ;;
fuzz_text) files="$(echo tests/fuzz/seeds/*.json tests/fuzz/seeds/*.csv tests/fuzz/seeds/*.yaml tests/fuzz/seeds/*.tsv tests/data/score/*.tsv)" ;;
fuzz_probe) files="$(echo tests/fuzz/seeds/tone.* tests/data/decode/*.flac tests/data/decode/*.ogg tests/data/decode/*.mp3)" ;;
*) files=$(echo tests/fuzz/seeds/*) ;;
esac
if [ "${2:-}" = folders ]; then
    for f in $files; do dirname "$f"; done | sort -u | grep -v '^tests/fuzz/seeds$'
else
    echo "$files"
fi
exit 0
