#!/bin/sh
# ears.sh STEP OUT FOLDER... - the steps of `make ears` (pipelines/ears.mk) that are loops over folders and collections.
#
#   notes OUT FOLDER...    phrases out of single notes: each FOLDER holds a folder an instrument (any name that
#                          instruments.tsv knows); files named SOURCE-NUMBER are one collection a SOURCE, so that a
#                          phrase is played on one instrument
#   fonts OUT FOLDER...    soundfonts OUT/N.sf2 of the notes whose names say their pitch (A4, csharp3, Gb2), in the name of
#                          the file or, where there is a SOURCES.tsv, in its last column
#   music OUT FOLDER...    the sound files below each FOLDER that are longer than about half a minute, as one list
#   nothing OUT FOLDER...  the short sounds below each FOLDER, noise and silence, as clips in which nothing sounds
#   sung OUT TAGGER FOLDER...  speech below each FOLDER, stretched and transposed; kept is what the tagger hears as singing
#   variant OUT DIR SEED   everything in DIR, laid over each other, disturbed and turned into features ($EARS_MEL)
set -eu
step=$1
out=$2
shift 2
here=$(dirname "$0")
rate=32000
size=${SIZE:-1}

amount() { awk -v n="$1" -v s="$size" -v least="${2:-20}" 'BEGIN { n = int(n * s); print n < least ? least : n }'; } # N at full size [LEAST]
share() { awk -v s="$size" 'NR <= 4 || int(NR * s) > int((NR - 1) * s)'; } # of the lines, at least four

# One name a collection: the files' names without number, or nothing where they have no such names.
collections() {
    find -L "$1" -type f -name '*-[0-9]*.*' | sed -n 's~.*/\(.*\)-[0-9]*\.[a-z0-9]*$~\1~p' | LC_ALL=C sort | uniq -c |
        awk '$1 >= 20 { print $2 }'
}

# $1 folder, $2 pattern, $3 name: phrases of that collection into OUT/NAME.irt
phrases() {
    ir-label -q folder "$1" --only "$2" --keep-unlabelled --map "$here/instruments.tsv" -o "$out/list" 2> /dev/null || return 0
    n=$(grep -c '^[^#]' "$out/list")
    [ "$n" -gt 1 ] || return 0
    ir-decode -q --rate $rate --channels 1 --max-bad 50 "$out/list" -o "$out/notes.irt"
    ir-augment -q --no-prog --seed "$(printf %s "$3" | cksum | cut -c1-6)" --generate "$(amount $((n < 60 ? n * 3 : n < 1000 ? n * 3 / 2 : n)))" \
        -a 'pitch semitones=-1..1 p=0.1' \
        -a 'phrase s=3.2 note=0.12..1.2 overlap=0..0.4 chord=1..1.7 p=0.85' -a 'crop s=3.2' "$out/notes.irt" |
        ir-label -q --no-prog --set split=train --unset path - -o "$out/$3.irt"
    rm -f "$out/notes.irt" "$out/list"
}

# Lines "folder/file TAB class TAB name with the pitch in it" of every note below $1.
names() {
    if [ -e "$1/SOURCES.tsv" ]; then
        awk -F'\t' -v d="$1" '!/^#/ { print d "/" $1 "\t" $2 "\t" $5 }' "$1/SOURCES.tsv"
    else
        find -L "$1" -type f \( -name '*.mp3' -o -name '*.flac' -o -name '*.wav' \) | LC_ALL=C sort |
            awk '{ n = split($0, p, "/"); print $0 "\t" p[n - 1] "\t" p[n] }'
    fi
}

# Lines of names() to "N TAB PROGRAM-class TAB NOTE TAB file": take N of that note; articulations that are no plain note
# are left out. Programs of General MIDI.
pitched() {
    awk -F'\t' 'BEGIN {
        split("piano=000 electric-piano=004 guitar-acoustic=024 acoustic-guitar=024 guitar-electric=027 bass-electric=033 " \
            "contrabass=043 double-bass=043 violin=040 viola=041 cello=042 harp=046 voice=052 trumpet=056 trombone=057 tuba=058 " \
            "french-horn=060 saxophone=066 oboe=068 cor-anglais=069 bassoon=070 clarinet=071 flute=073 mallets=012", list, " ")
        for (i in list) { split(list[i], kv, "="); program[kv[1]] = kv[2] } }
    {
        class = $2; gsub(/[ _]/, "-", class)
        if (!(class in program) || $3 ~ /chord|release|_025_|phrase|very-long|glock|tremolo|trill|staccato|pizz/) next
        n = split($3, p, "/"); name = p[n]; sub(/\.[a-z0-9]+$/, "", name); sub(/v[0-9]+$/, "", name)
        m = split(name, word, /[ _.-]/); note = ""
        for (i = 1; i <= m && note == ""; i++)
            if (word[i] ~ /^[A-Ga-g](sharp|#|s|b)?[0-9]$/) {
                note = toupper(substr(word[i], 1, 1)) substr(word[i], 2); sub(/sharp|#/, "s", note) }
        if (note != "" && taken[class, note]++ < 3)
            print taken[class, note] "\t" program[class] "-" class "\t" note "\t" $1
    }'
}

# $1 clips, $2 name, $3 how: the strokes of OUT.list in random order, transposed, as OUT.NAME
knocks='step|walk|hit|sword|axe|bow|club|chop|hammer|door|open|click|knock|drop|rock|stone|wood|hatchet|spear|staff|fist|dagger|shot|gun'
strokes() {
    ir-decode -q --no-prog --rate $rate --channels 1 --max-bad 1000 --list "$out.list" | ir-label -q --no-prog --set labels=nothing - |
        ir-augment -q --no-prog --seed "$1" --generate "$(amount "$1")" -a 'pitch semitones=-7..4 p=0.6' -a "phrase s=3.2 $3" - -o "$out.$2"
}

variant() { # variant NAME CHAIN-FILE INPUT: one input through the chain, to DIR/SEED.NAME.part
    # shellcheck disable=SC2086
    xargs -a "$2" ir-augment -q --no-prog --seed "$seed" "$3" | ir-mel -q --no-prog $EARS_MEL -o "$dir/$seed.$1.part"
}

case $step in
notes)
    rm -rf "$out" && mkdir -p "$out"
    for folder in "$@"; do
        name=$(basename "$folder")
        if [ -n "$(collections "$folder")" ] && [ -e "$folder/SOURCES.tsv" ]; then
            for c in $(collections "$folder"); do phrases "$folder" "*/$c-[0-9]*" "$name-$c"; done
        else
            phrases "$folder" '*' "$name"
        fi
    done
    [ -n "$(ls "$out")" ] || { echo "ears: no notes below $*" >&2; exit 1; }
    ;;
music)
    for folder in "$@"; do
        find -L "$folder" -type f \( -iname '*.ogg' -o -iname '*.mp3' -o -iname '*.flac' -o -iname '*.opus' -o -iname '*.wav' \) -size +400k
    done | grep -v -e '_fast\.' -e /guitar.ogg | LC_ALL=C sort | share > "$out.part"
    [ -s "$out.part" ] || { echo "ears: no music below $*" >&2; exit 1; }
    mv "$out.part" "$out"
    ;;
fonts)
    rm -rf "$out" && mkdir -p "$out"
    for folder in "$@"; do names "$folder"; done | pitched | while IFS='	' read -r n class note file; do
        mkdir -p "$out/$n/$class"
        [ -e "$out/$n/$class/$note.${file##*.}" ] || ln -s "$(realpath "$file")" "$out/$n/$class/$note.${file##*.}"
    done
    for n in "$out"/[0-9]*/; do
        [ -d "$n" ] || continue
        ir-label -q folder "$n" | ir-decode -q --rate 44100 --channels 1 | ir-render -q --build-font "${n%/}.sf2" --max-bad 1000
    done
    ;;
nothing)
    mkdir -p "$out.d"
    for k in 1 2 3 4 5 6; do
        for colour in white pink brown; do
            sox -q -n -r $rate -c 1 "$out.d/$colour$k.wav" synth 60 ${colour}noise vol 0.$k
        done
    done
    sox -q -n -r $rate -c 1 "$out.d/silence.wav" trim 0 60
    { find -L "$@" -type f \( -name '*.wav' -o -name '*.ogg' \) -size +20k -size -400k | LC_ALL=C sort | awk 'NR % 6 == 1' | share
        ls "$out.d"/*.wav; } > "$out.list"
    ir-decode -q --rate $rate --channels 1 --segment 3.2 --max-bad 1000 --list "$out.list" | ir-label -q --no-prog --set labels=nothing - -o "$out.long"
    # typing, knocks, steps: single strokes, near each other and apart
    find -L "$@" -path '*/buckle/*' -name '*.wav' | LC_ALL=C sort > "$out.list"
    strokes 800 keys 'note=0.06..0.6 overlap=0..0.2 rest=0.3 level=0..14'
    find -L "$@" -type f \( -name '*.wav' -o -name '*.ogg' \) -size +4k -size -40k | grep -iE "$knocks" | LC_ALL=C sort > "$out.list"
    strokes 400 knocks 'note=0.1..1 overlap=0..0.3 rest=0.3 level=0..9'
    cat "$out.long" "$out.keys" "$out.knocks" |
        ir-label -q --map "$here/instruments.tsv" --set split=train --unset path - -o "$out"
    rm -rf "$out.d" "$out.list" "$out.long" "$out.keys" "$out.knocks"
    ;;
sung)
    tagger=$1
    shift
    find -L "$@" -type f \( -name '*.wav' -o -name '*.ogg' \) -size +30k | LC_ALL=C sort | awk 'NR % 2 == 0' | share > "$out.list"
    ir-decode -q --rate $rate --channels 1 --max-bad 1000 --list "$out.list" -o "$out.speech"
    ir-augment -q --no-prog --seed 3 --generate "$(amount 1800 200)" -a 'stretch factor=2..3.6 keep=no' -a 'pitch semitones=-3..5 p=0.7' \
        -a 'crop s=3.2' -a 'room rt60=0.5..2 wet=0.1..0.4 p=0.6' "$out.speech" | ir-label -q --no-prog --unset path - -o "$out.all"
    ir-mel -q --preset efficientat "$out.all" | ir-infer -q --model "$tagger" --format irt - -o "$out.pred"
    { echo id,label
        ir-label -q --from "$out.pred" --map "$here/instruments.tsv" --half 0.06 "$out.all" | ir-cat --look - |
            awk -F'\t' '/^[0-9]/ && match($7, /voice:[0-9.]+/) && substr($7, RSTART + 6, RLENGTH - 6) >= 0.5 { print $2 ",voice" }'
    } > "$out.csv"
    ir-label -q --max-bad 100000 --columns labels=label --from "$out.csv" "$out.all" 2> /dev/null |
        ir-label -q --map "$here/instruments.tsv" --set split=train - -o "$out"
    rm -f "$out.list" "$out.speech" "$out.all" "$out.pred" "$out.csv"
    ;;
variant)
    dir=$1
    seed=$2
    cut="-a 'crop s=3' -a 'gain db=-12..0'"
    over="-a 'background file=$dir/some.irt snr=0..14 labels=join p=0.35'"
    under="-a 'background file=$dir/pool.irt snr=-3..14 labels=join p=0.3'
        -a 'background file=$dir/drums.irt snr=-3..14 labels=join p=0.12'
        -a 'background file=$dir/some.irt snr=3..22 labels=unknown p=0.2'"
    wear="-a 'compress p=0.25' -a 'room rt60=0.15..1.8 wet=0.03..0.6 p=0.6' -a 'eq bands=1..5 db=-10..10 p=0.7'
        -a 'noise snr=12..50 p=0.25' -a 'pink snr=10..40 p=0.25' -a 'lowpass hz=3400..14000 p=0.25' -a 'codec kbps=24..96 p=0.3'"
    ir-cat --no-prog --class 'drum set' "$dir"/phrases/*.irt -o "$dir/drums.irt"
    ir-cat --no-prog --shard 1/4 "$dir"/phrases/*.irt "$dir/solo2.irt" -o "$dir/pool.irt"
    ir-cat --no-prog --shard 1/6 "$dir/music.irt" -o "$dir/some.irt"
    echo "$cut $over $under $wear" > "$dir/chain.phrases"
    cp "$dir/chain.phrases" "$dir/chain.solo"
    echo "-a 'crop s=3' -a 'gain db=-12..0' -a 'background file=$dir/some.irt snr=-2..10 labels=join p=0.8' -a 'compress p=0.25'
        -a 'room rt60=0.15..1.2 wet=0.03..0.4 p=0.4' -a 'eq bands=1..4 db=-8..8 p=0.5' -a 'codec kbps=32..96 p=0.3'" > "$dir/chain.over"
    echo "$cut -a 'background file=$dir/drums.irt snr=0..14 labels=join p=0.15'
        -a 'background file=$dir/some.irt snr=6..22 labels=unknown p=0.15' $wear" > "$dir/chain.mixed"
    echo "$cut -a 'background file=$dir/some.irt snr=0..12 labels=join p=0.2' -a 'eq bands=1..3 db=-6..6 p=0.5'
        -a 'codec kbps=32..96 p=0.2' -a 'lowpass hz=4000..14000 p=0.15'" > "$dir/chain.music"
    echo "$cut -a 'background file=$dir/nothing.irt snr=-5..15 p=0.3' $wear" > "$dir/chain.nothing"
    for f in "$dir"/phrases/*.irt; do variant "phrases-$(basename "$f" .irt)" "$dir/chain.phrases" "$f"; done
    variant over "$dir/chain.over" "$dir/pool.irt" # phrases under music
    variant solo "$dir/chain.solo" "$dir/solo.irt"
    variant sung "$dir/chain.solo" "$dir/sung.irt"
    variant solo2 "$dir/chain.solo" "$dir/solo2.irt"
    variant mixed "$dir/chain.mixed" "$dir/mixed.irt"
    variant mixed2 "$dir/chain.mixed" "$dir/mixed2.irt"
    variant music "$dir/chain.music" "$dir/music.irt"
    variant nothing "$dir/chain.nothing" "$dir/nothing.irt"
    cat "$dir/$seed."*.part > "$out.new" && rm -f "$dir/$seed."*.part && mv "$out.new" "$out"
    ;;
*) echo "ears.sh: unknown step $step" >&2; exit 2 ;;
esac
