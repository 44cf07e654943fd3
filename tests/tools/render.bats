#!/usr/bin/env bats
# ir-render: scores and soundfonts of our own making, streams and folders.

setup() {
    command -v ir-render > /dev/null || skip "built without libfluidsynth"
    cd "$BATS_TEST_TMPDIR"
    note 040-violin/A4 55 > violin.irt
    note 128-drums/C2 220 > drums.irt
    note 000-piano/C4 84 > piano.irt
    cat violin.irt drums.irt piano.irt > notes.irt
    ir-render --build-font font.sf2 notes.irt
    song > song.mid
}

# one second of a square wave at 44.1 kHz: note FOLDER/KEY PERIOD
note() {
    awk -v p="$2" 'BEGIN { for (i = 0; i < 22050; i++) printf "%s", int(i / p) % 2 ? "\\0\\100" : "\\0\\300" }' > wave
    printf "$(cat wave)" | ir-cat --from raw --dtype i16 --shape 1x22050 --set-header domain=audio --set rate=22050 \
        --set "path=x/$1.wav" --set "id=$1" -
}

# Two seconds at one quarter a second: violin A4, violin A4, then drums; piano C4 throughout.
song() {
    printf 'MThd\0\0\0\6\0\0\0\1\1\340'
    printf 'MTrk\0\0\0\75'
    printf '\0\377\121\3\017\102\100\0\300\50\0\301\0\0\220\105\144\0\221\74\144'
    printf '\203\140\220\105\0\0\220\105\144\203\140\220\105\0\0\231\44\144\0\231\44\0'
    printf '\201\160\231\44\144\0\231\44\0\201\160\221\74\0\0\377\57\0'
}

field() { ir-cat --look "$1" | grep -o "$2=[^ ]*" | head -1; }

@test "a song becomes a mix whose labels are what sounds, the same bytes each time" {
    ir-render --min-notes 1 --parts 3 --font font.sf2 --active 0.02 song.mid -o a.irt
    ir-render --min-notes 1 --parts 3 --font font.sf2 --active 0.02 song.mid -o b.irt
    ir-cat --compare --data-only a.irt b.irt
    ir-cat --to text a.irt > text
    grep -q 'labels=.*violin:1' text
    grep -q 'labels=.*piano:1' text
    grep -q 'labels=.*drum%2520set:1\|labels=.*drum%20set:1' text
    grep -q 'group=song' text
}

@test "another seed draws other gains" {
    ir-render --min-notes 1 --parts 3 --font font.sf2 song.mid -o a.irt
    ir-render --min-notes 1 --parts 3 --font font.sf2 --seed 5 song.mid -o b.irt
    run ir-cat --compare --data-only a.irt b.irt
    [ "$status" -eq 1 ]
}

@test "segments have labels of their own; stems add records" {
    ir-render --min-notes 1 --parts 3 --font font.sf2 -s 1 song.mid -o seg.irt
    ir-cat --to text seg.irt | grep '^id=\|^labels=\|labels=' > text
    [ "$(ir-cat --id 'r000000.2' --to text seg.irt | grep -c 'drum')" -ge 1 ]
    ir-render --min-notes 1 --parts 3 --font font.sf2 --stems song.mid -o stems.irt
    run ir-cat --look --name S03 stems.irt
    [ "$status" -eq 0 ]
    [[ $output == *S03* ]]
}

@test "leads take turns and parts move only within an instrument's range" {
    ir-render --min-notes 1 --font font.sf2 -n 4 --excerpt 1 --lead violin,piano --label lead --parts 1 song.mid -o l.irt
    ir-cat --to text l.irt | grep -o 'labels=.*' > labels
    [ "$(grep -c 'violin:1' labels)" -eq 2 ]
    [ "$(grep -c 'piano:1' labels)" -eq 2 ]
    run ir-render --min-notes 1 --font font.sf2 -n 1 --excerpt 1 --lead piccolo song.mid
    [ "$status" -eq 1 ]
    [[ $output == *"no excerpt found in which 'piccolo' can play"* ]]
}

@test "MedleyDB's layout: mix, stems, metadata and activations, read by ir-label" {
    ir-render --min-notes 1 --parts 3 --font font.sf2 --stems --layout medleydb -d db song.mid
    t=db/Audio/Standin_r000000/Standin_r000000
    [ -s ${t}_MIX.wav ] && [ -s ${t}_METADATA.yaml ] && [ -s ${t}_STEMS/Standin_r000000_STEM_03.wav ]
    lab=db/Annotations/Instrument_Activations/ACTIVATION_CONF/Standin_r000000_ACTIVATION_CONF.lab
    [ "$(head -1 $lab)" = "time,S01,S02,S03" ]
    [ "$(sed -n 3p $lab | cut -d, -f1)" = 0.0464 ]
    run ir-label medleydb db --rare 0
    [ "$status" -eq 0 ]
    [[ $output == *"violin:1"* ]]
}

@test "the other layouts are read by their loaders" {
    ir-render --min-notes 1 --font font.sf2 -n 2 --excerpt 1 --lead violin,piano --layout irmas-train -d ir song.mid
    ir-render --min-notes 1 --font font.sf2 -n 1 --excerpt 1 --layout irmas-test -d ir song.mid
    run ir-label irmas ir
    [ "$status" -eq 0 ]
    [[ $output == *"[vio]"* && $output == *"[pia]"* && $output == *"Part1"* ]]
    ir-render --min-notes 1 --font font.sf2 -n 2 --excerpt 2.97215419501 --lead violin,piano --parts 1 --layout medley-solos-db --split training -d ms song.mid
    mv ms/annotation/training.csv ms/annotation/Medley-solos-DB_metadata.csv
    run ir-label medley-solos-db ms
    [ "$status" -eq 0 ]
    [ "$(stat -c %s ms/audio/*-7_*.wav)" -eq $((44 + 4 * 131072)) ]
    ir-render --min-notes 1 --font font.sf2 -n 2 --excerpt 1 --lead "piano,drum set" --layout wav --split test -d w song.mid
    run ir-label csv w/test.csv
    [ "$status" -eq 0 ]
    [[ $output == *"piano:1"* ]]
}

@test "bad scores and fonts are named; nothing is left behind" {
    run ir-render song.mid
    [ "$status" -eq 1 ]
    [ "$output" = "ir-render: no --font given" ]
    run ir-render --font song.mid song.mid
    [ "$status" -eq 1 ]
    [ "$output" = "ir-render: song.mid: no soundfont (SF2 or SF3) that libfluidsynth can load" ]
    head -c 60 song.mid > cut.mid
    run ir-render --min-notes 1 --font font.sf2 cut.mid -o x.irt
    [ "$status" -eq 1 ]
    [[ $output == *"cut.mid: byte 14: a chunk of 61 bytes found, 38 are left"* ]]
    [ ! -e x.irt ]
    ir-render --min-notes 1 --font font.sf2 --max-bad 1 cut.mid song.mid -o x.irt
    [ -s x.irt ]
    run ir-render --min-notes 1 --font font.sf2 --classes theremin song.mid
    [ "$status" -eq 2 ]
    [[ $output == *"'theremin' is no instrument"* ]]
    run ir-render --min-notes 1 --font font.sf2 --layout wav song.mid
    [ "$status" -eq 2 ]
    run ir-render --min-notes 1 --font font.sf2 --prefix a/b song.mid
    [ "$status" -eq 2 ]
    run ir-render --min-notes 1 --font font.sf2 /dev/null
    [ "$status" -eq 1 ]
    [[ $output == *"not a standard MIDI file"* ]]
}

@test "a font wants notes whose program and key can be told" {
    note 300-odd/A4 55 > odd.irt
    run ir-render --build-font x.sf2 odd.irt
    [ "$status" -eq 1 ]
    [[ $output == *"no program, as 040-violin/, found in its name"* ]]
    note 040-violin/high 55 > odd.irt
    run ir-render --build-font x.sf2 odd.irt
    [[ $output == *"no note, as As3, found in its name"* ]]
    [ ! -e x.sf2 ]
}
