#!/bin/sh
# taggers.sh TOOLS OUT CACHE [FOLDER] - make OUT/NAME.model.irt of each public tagger in pipelines/taggers.tsv. Its file is taken
# from FOLDER (or a folder in it), else from CACHE, else fetched from its publisher into CACHE; its SHA-256 must be the stated
# one. Ends with 1 when one could not be made; the others are made all the same.
set -u
tools=$1
out=$2
cache=$3
folder=${4:-}
nets=pipelines/nets
tab=$(printf '\t')
failed=0
mkdir -p "$out" "$cache" || exit 1

fetch() { # ADDRESS FILE
    echo "taggers: fetching $1"
    if command -v curl > /dev/null; then
        curl -fsSL --max-time 300 -o "$2.part" "$1"
    elif command -v wget > /dev/null; then
        wget -q -T 60 -O "$2.part" "$1"
    else
        echo "taggers: neither curl nor wget is here" >&2
        false
    fi && mv "$2.part" "$2"
}

convert() { # NAME FILE OUT
    case $1 in
    mn04)
        "$tools/ir-model" --from pt --net $nets/mn04.net --map $nets/mn04.map --classes $nets/mn04.classes \
            --set-header frontend=efficientat --set-header seconds=10 "$2" -o "$3" &&
            "$tools/ir-model" --keep-classes $nets/mn04-instruments.classes "$3" -o "${3%.model.irt}-instruments.model.irt" ;;
    musicnn) # 2.976 s are its 187 frames
        "$tools/ir-model" --from h5 --net $nets/musicnn.net --map $nets/musicnn.map --classes $nets/musicnn.classes \
            --set-header frontend=musicnn --set-header seconds=2.976 "$2" -o "$3" ;;
    esac
}

grep -v '^#' pipelines/taggers.tsv > "$cache/list"
while IFS=$tab read -r name file sum address; do
    found=
    for f in ${folder:+"$folder/$file" "$folder"/*/"$file"} "$cache/$file"; do
        if [ -r "$f" ]; then found=$f; break; fi
    done
    if [ -z "$found" ] && { [ -n "$folder" ] || ! fetch "$address" "$cache/$file"; }; then
        echo "taggers: $name: $file is not there; fetch it and say where it lies: make taggers TAGGERS=DIR" >&2
        echo "    $address" >&2
        echo "    SHA-256 $sum" >&2
        failed=1
        continue
    fi
    found=${found:-$cache/$file}
    got=$(sha256sum "$found" | cut -d' ' -f1)
    if [ "$got" != "$sum" ]; then
        echo "taggers: $found: SHA-256 $got found, $sum wanted" >&2
        failed=1
    elif convert "$name" "$found" "$out/$name.model.irt"; then
        echo "taggers: $out/$name.model.irt"
    else
        failed=1
    fi
done < "$cache/list"
exit $failed
