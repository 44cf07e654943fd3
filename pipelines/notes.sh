#!/bin/sh
# notes.sh SOUNDFONT OUT NAME - single notes of every class of notes.tsv from a General MIDI soundfont:
# OUT/CLASS/NAME-PROGRAM-VELOCITY.flac, one note every 3 s (2.2 s held), so `ir-decode --segment 3` cuts one a clip.
# Needs the fluidsynth program. Files appear whole or not at all; a second call goes on where the first stopped.
set -eu
font=$1
out=$2
name=$3
here=$(dirname "$0")

# midi PROGRAM LOW HIGH VELOCITY: a Standard MIDI File, 500 ticks a beat, 120 beats a minute: 1 tick = 1 ms
midi() {
    printf %b "$(awk -v program="$1" -v low="$2" -v high="$3" -v velocity="$4" '
        function byte(v) { return sprintf("\\0%03o", v) }
        function wait(t) { return t < 128 ? byte(t) : byte(128 + int(t / 128)) byte(t % 128) }
        function add(s, n) { track = track s; bytes += n }
        BEGIN {
            add(wait(0) byte(192) byte(program), 3)
            pause = 0
            for (note = low; note <= high; note += 2) {
                add(wait(pause) byte(144) byte(note) byte(velocity), 3 + (pause < 128 ? 1 : 2))
                add(wait(2200) byte(128) byte(note) byte(0), 5)
                pause = 800
            }
            add(wait(800) byte(255) byte(47) byte(0), 5)
            printf "%s", "MThd" byte(0) byte(0) byte(0) byte(6) byte(0) byte(0) byte(0) byte(1) byte(1) byte(244)
            printf "%s", "MTrk" byte(0) byte(0) byte(int(bytes / 256)) byte(bytes % 256) track
        }')"
}

grep -v '^#' "$here/notes.tsv" | while IFS="$(printf '\t')" read -r class low high programs; do
    mkdir -p "$out/$class"
    for program in $(echo "$programs" | tr , ' '); do
        for velocity in 60 105; do
            wav=$out/$class/$name-$program-$velocity.flac
            [ -e "$wav" ] && continue
            midi "$program" "$low" "$high" "$velocity" > "$out/.$name.mid"
            fluidsynth -ni -q -R 0 -C 0 -g 0.5 -r 44100 -T flac -F "$wav.part" "$font" "$out/.$name.mid" > /dev/null
            mv "$wav.part" "$wav"
        done
    done
done
rm -f "$out/.$name.mid"
