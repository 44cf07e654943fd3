#!/usr/bin/env bats
# ir-label: names that look the same but are not: letter case, Unicode forms; in classes and in files.

setup() {
    load decode_help
    D=$BATS_TEST_DIRNAME/../data/decode
    cd "$BATS_TEST_TMPDIR"
    composed=$(printf 'h\303\251lice')     # é as one character
    decomposed=$(printf 'he\314\201lice')  # e and an accent
}

unicode() { # built with utf8proc
    printf 'path,labels\na.wav,%s\nb.wav,%s\n' "$composed" "$decomposed" > probe.csv
    ir-label --no-audio csv probe.csv 2>&1 > /dev/null | grep -q 'Unicode form'
}

@test "classes that differ only in case are said, and kept apart" {
    printf 'path,labels\na.wav,Cel\nb.wav,cel\nc.wav,flute\n' > t.csv
    ir-label --no-audio csv t.csv > l 2> said
    grep -q "classes 'Cel' and 'cel' differ only in case (--merge makes them one)" said
    grep -q '^#classes=Cel cel flute$' l
    ir-label --no-audio --merge cello=Cel,cel csv t.csv > l 2> said
    [ ! -s said ]
    grep -q '^#classes=cello flute$' l
}

@test "classes of two Unicode forms are said" {
    unicode || skip "built without utf8proc"
    ir-label --no-audio csv probe.csv 2> said > l
    grep -q "differ only in their Unicode form" said
    [ "$(grep -c . said)" -eq 1 ]
    mkdir -p "set/$composed" "set/$decomposed" set/flute
    for d in set/*/; do good "${d}x.wav"; done
    ir-label folder set 2> said > l
    grep -q "differ only in their Unicode form" said
}

@test "a table that names a file in the other Unicode form finds it" {
    unicode || skip "built without utf8proc"
    good "$decomposed.wav"
    good "$composed-2.wav"
    printf 'path,labels\n%s.wav,a\n%s-2.wav,b\n' "$composed" "$decomposed" > t.csv
    ir-label -q --no-prog csv t.csv -o l.tsv
    ir-decode -q --no-prog l.tsv | ir-cat --look - | grep -v '^#' | wc -l | grep -qx 2
    # what is not there in any form is missing by the name that was written
    printf 'path,labels\n%s-3.wav,a\n' "$composed" > t.csv
    run ir-label csv t.csv
    [ "$status" -eq 1 ]
    [[ $output == *"$composed-3.wav: listed, but the file is not there"* ]]
}
