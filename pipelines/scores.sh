#!/bin/sh
# scores.sh OUT DIR… - copy the MIDI files below each DIR to OUT/train, OUT/valid and OUT/test. The letters of the title
# decide, so that versions of one song stay together: 6 of 10 titles train, 1 validates, 3 test.
set -eu
export LC_ALL=C.UTF-8
out=$1
shift
rm -rf "$out.part"
mkdir -p "$out.part/train" "$out.part/valid" "$out.part/test"
for dir in "$@"; do
    find "$dir" -type f -name '*.mid' | LC_ALL=C sort | while IFS= read -r file; do
        base=$(basename "$file" .mid)
        case $base in MIDIBad* | MIDIOk*) continue ;; esac
        name=$(printf %s "$base" | tr -c 'A-Za-z0-9' '_')
        key=$(printf %s "$base" | tr -cd 'A-Za-z' | tr 'A-Z' 'a-z' | cut -c1-10)
        case $(($(printf %s "$key" | cksum | cut -d' ' -f1) % 10)) in
        0) split=valid ;;
        1 | 2 | 3) split=test ;;
        *) split=train ;;
        esac
        cp "$file" "$out.part/$split/$name.mid"
    done
done
rm -rf "$out"
mv "$out.part" "$out"
