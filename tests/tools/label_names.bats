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

@test "a plain list of paths, by lines or NUL bytes, from find: the folder is the class" {
    mkdir -p 'set/piano old' set/flute
    good 'set/piano old/a b.wav'
    good set/flute/c.wav
    good loose.wav
    find set -name '*.wav' | sort > lines
    find set -name '*.wav' -print0 | sort -z > nuls
    ir-label --no-prog paths lines > a
    ir-label --no-prog paths - < nuls | cmp - a
    grep -v '^[#i]' a | cut -f2,3 > got
    printf 'set/flute/c.wav\tflute:1\nset/piano old/a b.wav\tpiano old:1\n' | sed 's/piano old\//piano old\//' | diff - <(sed 's/%20/ /g' got)
    ir-decode -q --no-prog a | ir-cat --look - | grep -vc '^#' | grep -qx 2
    { cat lines lines; echo loose.wav; } | ir-label --no-prog paths - 2> said > b
    grep -q '2 paths stand there more than once' said
    grep -q '1 sounds lie in no folder with a name' said
    ! ir-label --no-prog --labels none paths lines | grep -q 'flute:1'
    echo nosuch.wav > lines
    run ir-label paths lines
    [ "$status" -eq 1 ]
    [[ $output == *"nosuch.wav: listed, but the file is not there"* ]]
    : > lines
    run ir-label paths lines
    [ "$status" -eq 1 ]
    [[ $output == *"lines: no path"* ]]
}

@test "a list of clips that was cut on purpose is taken with --no-end" {
    mkdir -p set/flute
    for n in a b c; do good set/flute/$n.wav; done
    ir-label --no-prog folder set | head -n -2 > cut.tsv
    run ir-label list cut.tsv
    [ "$status" -eq 1 ]
    [ "$(ir-label --no-prog --no-end list cut.tsv | grep -vc '^[#i]')" -eq 2 ]
    run ir-label --no-end folder set
    [ "$status" -eq 1 ]
    [[ $output == *"--no-end: folder has no use for it"* ]]
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
