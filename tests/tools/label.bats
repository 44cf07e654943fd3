#!/usr/bin/env bats
# ir-label: lists, classes, splits, streams, reports, bad input. The data sets have a file of their own.
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR"
    ids() { grep -v '^#' "$1" | tail -n +2 | cut -f 1; }
    # column FILE NAME: one column of a list
    column() {
        awk -F '\t' -v want="$2" '/^#/ { next } !c { for (i = 1; i <= NF; i++) if ($i == want) c = i; next } { print $c }' "$1"
    }
    mkdir -p set/flute set/oboe set/horn
    for i in 1 2 3 4 5 6 7 8 9 10; do
        echo "f$i" > set/flute/f$i.wav
        echo "o$i" > set/oboe/o$i.wav
    done
    echo h > set/horn/h1.wav
}

# A feature stream of four clips, labelled by file name.
stream() {
    ir-label folder set --no-prog --stream --classes flute,oboe "$@"
}

@test "a list goes to standard output and says how it was made" {
    run ir-label folder set
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "#irt-list 1" ]
    [ "${lines[1]}" = "#classes=flute horn oboe" ]
    [ "${lines[2]}" = "#labels=closed" ]
    [ "${lines[3]}" = "#prog.1=ir-label folder set" ]
    [ "${lines[4]}" = "$(printf 'id\tpath\tlabels\tgroup\tsplit\tstart\tlength')" ]
    [ "${lines[5]}" = "$(printf 'flute/f1\tset/flute/f1.wav\tflute:1\t\t\t\t')" ]
    [ "${lines[26]}" = "#end 21" ]
}

@test "the same seed gives the same bytes, another one another split" {
    ir-label folder set --no-prog --split train=0.5,test=0.5 --seed 1 > a
    ir-label folder set --no-prog --split train=0.5,test=0.5 --seed 1 > b
    ir-label folder set --no-prog --split train=0.5,test=0.5 --seed 2 > c
    cmp a b
    ! cmp -s a c
    [ "$(column a split | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = " 10 test, 11 train," ] ||
        [ "$(column a split | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = " 11 test, 10 train," ]
}

@test "a list can be changed and split again" {
    ir-label folder set -o all.list.tsv
    ir-label list all.list.tsv --rename oboe=hautbois --drop horn --folds 5 --fold 0 --valid-fold 1 > new
    [ "$(sed -n 's/^#classes=//p' new)" = "flute hautbois" ]
    [ "$(tail -n 1 new)" = "#end 20" ]
    [ "$(column new split | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = " 4 test, 12 train, 4 valid," ]
    [ "$(grep -c '^#prog' new)" -eq 2 ]
    ir-label list - < all.list.tsv | tail -n 1 | grep -qx '#end 21'
}

@test "lists are joined: classes in order, ids unique, open not with closed" {
    ir-label folder set --classes oboe -o a
    ir-label folder set --classes flute,horn -o b
    ir-label list a b > c
    [ "$(sed -n 's/^#classes=//p' c)" = "oboe flute horn" ]
    [ "$(tail -n 1 c)" = "#end 21" ]
    run -1 ir-label list a a
    [ "$output" = "ir-label: duplicate id oboe/o1" ]
    sed -i 's/^#labels=closed/#labels=open/' b
    run -1 ir-label list a b
    [ "$output" = "ir-label: b: labels=open cannot be joined to labels=closed" ]
    run -1 ir-label list a none
    run -2 ir-label folder set set
}

@test "classes: merge, subset with order, the rest as one class, rare ones" {
    ir-label folder set --merge 'reed, double=oboe,horn' > a
    [ "$(sed -n 's/^#classes=//p' a)" = "$(printf 'flute\treed, double')" ]
    ir-label folder set --classes oboe,flute > a
    [ "$(sed -n 's/^#classes=//p' a)" = "oboe flute" ]
    [ "$(tail -n 1 a)" = "#end 20" ]
    ir-label folder set --classes oboe --keep-unlabelled > a
    [ "$(tail -n 1 a)" = "#end 21" ]
    ir-label folder set --classes oboe --other-class else > a
    [ "$(sed -n 's/^#classes=//p' a)" = "oboe else" ]
    [ "$(tail -n 1 a)" = "#end 21" ]
    ir-label folder set --rare 2 --other-class OTHER > a
    [ "$(sed -n 's/^#classes=//p' a)" = "flute oboe OTHER" ]
    [ "$(tail -n 1 a)" = "#end 21" ]
}

@test "--per-class takes the same clips whatever else is there" {
    ir-label folder set --per-class 3 > a 2> err
    [ "$(cat err)" = "ir-label: class horn has 1 clips, fewer than --per-class 3" ]
    [ "$(tail -n 1 a)" = "#end 7" ]
    rm -r set/horn
    ir-label folder set --per-class 3 > b
    [ "$(column a id | grep -v horn)" = "$(column b id)" ]
}

@test "unknown classes, keys and rules are refused" {
    run -1 ir-label folder set --classes tuba
    [ "$output" = "ir-label: --classes: unknown class 'tuba', known are flute, horn, oboe" ]
    run -1 ir-label folder set --rename tuba=x
    [ "$output" = "ir-label: --rename: unknown class 'tuba', known are flute, horn, oboe" ]
    run -1 ir-label folder set --merge brass
    [ "$output" = "ir-label: --merge brass: wanted NEW=A,B" ]
    run -1 ir-label folder set --classes flute,flute
    [ "$output" = "ir-label: --classes: flute stands twice" ]
    run -1 ir-label folder set --group-by artist
    [ "$output" = "ir-label: --group-by artist: no clip has that key" ]
    run -1 ir-label folder set --labels filename
    [ "$output" = "ir-label: --labels filename: folder has one label rule only" ]
    run -1 ir-label folder set --select dev
    [ "$output" = "ir-label: no clip is left" ]
    run -2 ir-label folder set --split train=0.8,test=0.3
    [ "${lines[0]}" = "ir-label: --split: the shares sum to 1.1, wanted 1" ]
    run -2 ir-label folder set --split a=1 --folds 3
    [ "${lines[0]}" = "ir-label: --split and --folds exclude each other" ]
    run -2 ir-label folder
    run -2 ir-label folder set set
}

@test "empty, missing and unreadable input" {
    mkdir empty
    run -1 ir-label folder empty
    [ "$output" = "ir-label: empty: no clips found, wanted DIR/CLASS/…/NAME.wav (or another sound file)" ]
    run -1 ir-label folder none
    [ "$output" = "ir-label: none: No such file or directory" ]
    run -1 ir-label folder set/flute/f1.wav
    [ "$output" = "ir-label: set/flute/f1.wav: Not a directory" ]
    ln -s .. set/flute/up
    run -1 ir-label folder set
    [[ "$output" == *"holds itself through a link" ]]
    : > e.irt
    run -1 ir-label e.irt
    run -1 ir-label folder set --split train=1 -o none/x
    run -1 ir-label no-such-set set
}

@test "csv: columns, labels, groups, further columns, odd line ends" {
    printf '\xef\xbb\xbffile,label,track,subset,mood\r\n"a, ""1"".wav",flute; oboe,g1,training,"glad\nsad"\r\n' > t.csv
    echo x > 'a, "1".wav'
    ir-label csv t.csv --no-prog > l
    [ "$(column l path)" = 'a, "1".wav' ]
    [ "$(column l labels)" = "flute:1 oboe:1" ]
    [ "$(column l group)" = g1 ]
    [ "$(column l split)" = train ]
    [ "$(column l mood)" = "glad%0Asad" ]
    ir-label csv t.csv --columns split= --columns labels=mood --separator '' --no-prog > l
    [ "$(column l split)" = "" ]
    [ "$(column l labels)" = "glad%250Asad:1" ]
}

@test "csv: a column a class" {
    printf 'path,violin,cello,mood\na,1,0,x\nb,0,0.5,y\n' > t.csv
    ir-label csv t.csv --no-audio --no-prog --columns labels=violin,cello > l
    [ "$(sed -n 's/^#classes=//p' l)" = "violin cello" ]
    grep -qx '#labels=closed' l
    [ "$(column l labels | tr '\n' ,)" = "violin:1 cello:0,violin:0 cello:0.5," ]
    printf 'c,,1,z\n' >> t.csv
    ir-label csv t.csv --no-audio --no-prog --columns labels=violin,cello > l
    grep -qx '#labels=open' l
    [ "$(column l labels | tail -n 1)" = "cello:1" ]
    run -1 ir-label csv t.csv --no-audio --columns labels=violin,tuba
    [ "$output" = "ir-label: t.csv:1: no column tuba, found: path, violin, cello, mood" ]
    printf 'd,2,1,z\n' >> t.csv
    run -1 ir-label csv t.csv --no-audio --columns labels=violin,cello
    [ "$output" = "ir-label: t.csv:5: violin: 2 is outside 0 to 1" ]
}

@test "csv: columns whose names mean something else in a stream" {
    printf 'path,label,my col (x),name,rate\nset/flute/f1.wav,a,1,zzz,7\n' > t.csv
    ir-label csv t.csv --no-prog > l
    [ "$(grep '^id' l | cut -f 8-)" = "$(printf 'my_col_(x)\tcsv_name\tcsv_rate')" ]
    ir-label csv t.csv --stream | ir-cat --to text | grep -q '^csv_name=zzz$'
    run -1 ir-label csv t.csv --set 'a b=1'
    [ "$output" = "ir-label: --set a b=1: this cannot be a key" ]
}

@test "csv: what is wrong is said with file and line" {
    bad() { # TEXT MESSAGE
        printf "$1" > b.csv
        run -1 ir-label csv b.csv --no-audio
        [ "$output" = "ir-label: b.csv$2" ] || { echo "found: $output"; echo "wanted: ir-label: b.csv$2"; return 1; }
    }
    bad '' ': the file is empty, wanted a line of column names'
    bad 'name,labels\n' ':1: no column path|file|filename|file_name|fname|wav|audio, found: name, labels'
    bad 'path,labels\na,x\na,y\n' ':3: duplicate id a, first on line 2'
    bad 'path,labels\na\n' ':2: found 1 fields, wanted 2'
    bad 'path,labels\n"a,x\n' ':2: a quote that is never closed'
    bad 'path,labels,start\na,x,1.2.2026\n' ':2: start is 1.2.2026, wanted a number (a date made by a spreadsheet?)'
    bad 'path;labels\na;x\n' ":1: columns are separated by ';', wanted ',' (was it saved by a spreadsheet?)"
    bad 'path,group,split\na,g,train\nb,g,test\n' ':3: group g is in split test, but was in train above'
    bad 'path,labels\n,x\n' ':2: neither a path nor an id'
    bad 'path,path\na,x\n' ':1: column path stands twice'
}

@test "a listed file that is not there is named, counted, and fatal beyond --max-bad" {
    printf 'path,label\nset/flute/f1.wav,flute\nnone1.wav,flute\nnone2.wav,oboe\n' > t.csv
    run -1 ir-label csv t.csv
    [ "${lines[0]}" = "ir-label: none1.wav: listed, but the file is not there" ]
    [ "${lines[2]}" = "ir-label: 2 listed sound files are not there, --max-bad allows 0" ]
    run -0 ir-label csv t.csv --max-bad 2
    [ "${lines[-1]}" = "#end 1" ]
    ir-label csv t.csv --no-audio | tail -n 1 | grep -qx '#end 3'
}

@test "sound without labels is counted" {
    printf 'path,label\nflute/f1.wav,flute\n' > t.csv
    run -0 ir-label csv t.csv --audio set
    [ "${lines[0]}" = "ir-label: 20 sound files in set are not in t.csv, first flute/f10.wav" ] ||
        [[ "$output" == *"20 sound files in set are not in t.csv, first flute/f10.wav"* ]]
}

@test "a stream of labels alone" {
    stream -o s.irt
    run ir-cat --look s.irt
    [[ "$output" == *"# classes=flute oboe"* ]]
    [[ "$output" == *"$(printf 'flute/f1\tx\tf32 1\t-\t-\tflute:1')"* ]]
    [ "$(ir-cat --look s.irt | grep -c 'f32 1')" -eq 20 ]
}

@test "a filter on streams: merge, rename, drop, set, unset, select, group and split by hash" {
    stream | ir-label --no-prog --merge wind=flute,oboe | ir-cat --look > l
    grep -q '^# classes=wind$' l
    [ "$(grep -c 'wind:1' l)" -eq 20 ]
    stream | ir-label --no-prog --drop oboe | ir-cat --look > l
    [ "$(grep -c 'f32 1' l)" -eq 10 ]
    stream | ir-label --no-prog --set group=g --set split=dev --set mood=glad --unset path | ir-cat --look > l
    [ "$(grep -c "$(printf 'f32 1\t-\tdev')" l)" -eq 20 ]
    stream | ir-label --no-prog --set labels=oboe | ir-cat --look > l
    [ "$(grep -c 'oboe:1' l)" -eq 20 ]
    stream | ir-label --no-prog --unset labels | ir-cat --look > l
    ! grep -q '^# classes' l
    ! grep -q 'flute:1' l
    stream | ir-label --no-prog --split a=0.5,b=0.5 --seed 4 > one.irt
    stream | ir-label --no-prog --split a=0.5,b=0.5 --seed 4 | cmp - one.irt
    ir-label --no-prog --select a one.irt | ir-cat --look > l
    n=$(grep -c 'f32 1' l)
    [ "$n" -gt 4 ] && [ "$n" -lt 16 ]
    ! grep -q "$(printf '\tb\t')" l
    stream | ir-label --no-prog --set group=same --split a=0.5,b=0.5 | ir-cat --look | grep 'f32' | cut -f 6 | sort -u > l
    [ "$(wc -l < l)" -eq 1 ]
}

@test "the filter adds its command line and keeps unknown keys" {
    stream | ir-label --set mood=glad | ir-label > s.irt
    ir-cat --look s.irt | grep -q '^# prog.1=ir-label --set=mood=glad$'
    ir-cat --to text s.irt | grep -q 'mood=glad'
}

@test "--from joins labels by id, path or file name" {
    stream -o s.irt
    printf 'id,labels,split\n' > t.csv
    for i in 1 2 3 4 5 6 7 8 9 10; do printf 'flute/f%d,piccolo,train\no%d.wav,horn,test\n' $i $i; done >> t.csv
    ir-label --from t.csv s.irt | ir-cat --look > l
    grep -q '^# classes=horn piccolo$' l
    [ "$(grep -c 'piccolo:1' l)" -eq 10 ]
    [ "$(grep -c 'horn:1' l)" -eq 10 ]
    [ "$(grep -c "$(printf '\ttest\t')" l)" -eq 10 ]
    ir-label folder set --from t.csv --merge m=horn,piccolo --max-bad 1 > l
    grep -q '^#classes=m$' l
    grep -q '^#end 20$' l
    run -1 ir-label folder set --from t.csv
    [ "$output" = "ir-label: clip horn/h1: no row of t.csv is about it" ]
}

@test "--from: clips without a row, rows without a clip, two rows for one file" {
    stream -o s.irt
    printf 'id,labels\nflute/f1,a\nnothing,b\n' > t.csv
    run -1 ir-label --from t.csv s.irt
    [[ "$output" == *"clip flute/f10: no row of the labels is about it"* ]]
    ir-label --from t.csv --max-bad 19 s.irt -o o.irt 2> err
    [ "$(grep -c 'no row of the labels' err)" -eq 19 ]
    grep -q '^ir-label: 1 rows of t.csv are about no clip, first nothing$' err
    printf 'path,labels\nx/f1.wav,a\ny/f1.wav,b\n' > t.csv
    run -1 ir-label --from t.csv --max-bad 99 s.irt
    [[ "$output" == *"several rows of the labels are about a file of this name"* ]]
}

@test "streams refuse what needs the whole list" {
    stream -o s.irt
    for opt in '--rare 2' '--per-class 3' '--folds 2' '--of x' '--check' '--duplicates' '--fold 1'; do
        run -2 ir-label $opt s.irt
        [[ "${lines[0]}" == "ir-label: ${opt%% *} needs a list of clips"* ]]
    done
    run -1 ir-label --set labels=tuba s.irt
    [[ "$output" == *"--set labels=tuba"* ]]
    run -1 ir-label --set x s.irt
    [ "$output" = "ir-label: --set x: wanted KEY=VALUE" ]
}

@test "files that differ in their end alone get ids with it" {
    echo x > set/flute/f1.flac
    ir-label folder set > l
    [ "$(column l id | grep -c 'flute/f1\.')" -eq 2 ]
    [ "$(column l id | grep -c 'flute/f2$')" -eq 1 ]
}

@test "predictions keep their classes" {
    printf '\001\000' > bytes
    ir-cat --from raw --dtype u8 --shape 2 --set-header domain=pred --set-header classes='flute oboe' \
        --set-header labels=closed --set name=pred bytes -o p.irt
    printf 'id,labels\nbytes-0,oboe\n' > t.csv
    ir-label --from t.csv p.irt | ir-cat --look > l
    grep -q '^# classes=flute oboe$' l
    grep -q 'oboe:1' l
    printf 'id,labels\nbytes-0,tuba\n' > t.csv
    run -1 ir-label --from t.csv p.irt
    [[ "$output" == *"unknown class of the predictions 'tuba', known are flute, oboe" ]]
    run -1 ir-label --merge wind=flute,oboe p.irt
    [[ "$output" == *"the classes of predictions are fixed: change them before ir-train" ]]
}

@test "labels=open stays open, and merging keeps what is unknown" {
    printf 'id,labels\nc1,x\n' > t.csv
    cat > l <<L
#irt-list 1
#classes=a b c
#labels=open
$(printf 'id\tpath\tlabels')
$(printf 'p\tp\ta:0 b:1')
$(printf 'q\tq\ta:0')
$(printf 'r\tr\ta:0 b:0 c:1')
#end 3
L
    ir-label list l --merge ab=a,b --no-prog > m
    grep -qx '#labels=open' m
    [ "$(column m labels | tr '\n' ,)" = "ab:1,,ab:0 c:1," ]
}

@test "--check counts clips, groups and hours" {
    run -0 ir-label folder set --check
    [ "${lines[0]}" = "split    class                           clips   groups     hours" ]
    [ "${lines[1]}" = "(all)    (all)                              21       21       n/a" ]
    [ "${lines[2]}" = "(all)    flute                              10       10       n/a" ]
}

@test "--duplicates finds same bytes and same names in different splits" {
    echo same-take > set/flute/f1.wav
    echo same-take > set/flute/zzz.wav
    echo 1 > 'set/flute/take one.wav'
    echo 22 > 'set/oboe/Take_One (1).wav'
    ir-label folder set --folds 23 > l 2> /dev/null || true
    printf 'path,label,split\nset/flute/f1.wav,f,train\nset/flute/zzz.wav,f,test\nset/flute/take one.wav,f,train\nset/oboe/Take_One (1).wav,o,test\nset/flute/f2.wav,f,train\n' > t.csv
    run -0 ir-label csv t.csv --duplicates -o out
    [ "$output" = "ir-label: 2 pairs of clips in different splits look like one take" ]
    [ "$(sed -n 1p out)" = "$(printf 'bytes\ttrain\tset/flute/f1.wav\ttest\tset/flute/zzz.wav')" ]
    [ "$(sed -n 2p out)" = "$(printf 'name\ttrain\tset/flute/take one.wav\ttest\tset/oboe/Take_One (1).wav')" ]
    run -0 ir-label csv t.csv --columns split= --duplicates -q
    [ "$output" = "" ]
}

@test "--near finds clips that sound alike, whatever their level" {
    # 6 noises of 4 bands x 5 frames; e is a 10 dB louder (a constant in logarithms)
    awk 'BEGIN { srand(7); for (c = 0; c < 6; c++) for (i = 0; i < 20; i++) { v = int(rand() * 60); if (c == 0) a[i] = v
        if (c == 4) v = a[i] + 10; printf "%c", v + 32 } }' > bytes
    ir-cat --from raw --dtype u8 --shape 4x5 --set axes=mel,time --set split=x bytes -o n.irt
    printf 'id,split\n' > t.csv
    ir-cat --look n.irt | grep u8 | awk '{ print $1 }' | while read -r k; do echo "bytes-$k,$([ "$k" -lt 3 ] && echo train || echo test)"; done >> t.csv
    ir-label --from t.csv n.irt -o s.irt
    run -0 ir-label --near 0.99 s.irt -o pairs
    [ "$output" = "ir-label: 1 pairs of clips in different splits sound alike" ]
    [ "$(cat pairs)" = "$(printf '1.0000\ttrain\tbytes-0\ttest\tbytes-4')" ]
    run -1 ir-label --near 0.99 --unset x /dev/null
    ir-cat --from raw --dtype u8 --shape 4x5 bytes | { run -1 ir-label --near 0.9; [[ "$output" == *"has no split" ]]; }
    run -2 ir-label --near 2 s.irt
}

@test "-o appears whole or not at all" {
    echo old > keep
    run -1 ir-label folder set --classes tuba -o keep
    [ "$(cat keep)" = old ]
    run -1 ir-label folder set -o /dev/full
    run ir-label folder set --stream -o /dev/full
    [ "$status" -eq 1 ]
}

@test "the example of formats/list.md is a list" {
    sed -n '/^    #irt-list 1/,/^    #end/p' "$BATS_TEST_DIRNAME/../../formats/list.md" | sed 's/^    //; s/⇥/\t/g' > l
    run -0 ir-label list l --no-prog
    [ "$(sed -n 's/^#classes=//p' <<< "$output")" = "$(printf 'bassoon\tcor anglais')" ]
    [ "$(tail -n 1 <<< "$output")" = "#end 2" ]
    # ir-label writes the very same columns, numbers and escapes
    diff <(grep -v '^#prog' l | grep -v '^id') <(grep -v '^#prog' <<< "$output" | grep -v '^id')
}

@test "--datasets names all of them" {
    run -0 ir-label --datasets
    for d in activations audioset csv folder irmas list medley-solos-db medleydb nsynth openmic philharmonia slakh stems tinysol; do
        grep -q "^$d: " <<< "$output"
    done
}

@test "--map: names of other lists become classes of a table, 0 and unknown are said" {
    printf 'class\tA\tB\nviolin\tviola; strings\tvio\ncello\tstrings?\tcel\nflute\tpiccolo\tflu\n-\tnoise\t\n' > map.tsv
    mkdir -p s/viola s/strings s/noise s/piccolo
    for c in viola strings noise piccolo; do sox -n -r 8000 s/$c/a.wav synth 0.1 sine 500; done
    ir-label -q folder s --map map.tsv -o l.tsv
    grep -q '^#labels=open' l.tsv
    grep -q "^viola/a.wav.*violin:1 cello:0 flute:0" l.tsv || grep -q "violin:1 cello:0 flute:0" l.tsv
    [ "$(grep -c 'violin:1 flute:0' l.tsv)" = 1 ]                     # strings: the cello may be there
    [ "$(grep -c 'violin:0 cello:0 flute:0' l.tsv)" = 1 ]             # noise: nothing sounds
    run ir-label folder s --map /nonexistent
    [ "$status" = 1 ]
    printf 'class\tA\nkazoo\tkaz\n' > other.tsv
    run ir-label folder s --map other.tsv
    [ "$status" = 1 ]
    [[ "$output" == *"none of the classes"* ]]
    printf 'class\tA\nkazoo\tkaz\nkazoo\tk\n' > twice.tsv
    run ir-label folder s --map twice.tsv
    [[ "$output" == *"twice.tsv:3"*"stands twice"* ]]
}

@test "--from takes predictions as soft labels, --half lifts a tagger's low numbers" {
    printf 'class\tA\nviolin\tvio\nflute\t\nharp\tplucked?\n' > map.tsv
    printf '0.3,0.001,0.4\n' > v.csv
    perl -e 'print pack("f<*", 0.3, 0.001, 0.4)' > v.f32
    ir-cat --no-prog --from raw --dtype f32 --shape 3 --set-header domain=pred --set-header 'classes=vio flute plucked' \
        --set-header labels=open --set id=a v.f32 -o p.irt
    perl -e 'print pack("f<*", 0 .. 9)' > s.f32
    ir-cat --no-prog --from raw --dtype f32 --shape 1x10 --set-header domain=audio --set id=a --set rate=8000 s.f32 -o s.irt
    ir-label -q --from p.irt --map map.tsv --half 0.1 s.irt -o out.irt
    ir-cat --to text out.irt | grep -q '^labels=violin:0.75 flute:0$'
    run ir-label --from s.irt s.irt
    [ "$status" = 1 ]
    [[ "$output" == *"domain audio found"* ]]
}

@test "a name with spaces is shown as it is, and comes back the same" {
    mkdir -p "sp/acoustic guitar" sp/flute "sp/a:b 100%"
    for d in sp/*; do sox -n -r 8000 "$d/x.wav" synth 0.1 sine 440; done
    ir-label folder sp -o l
    [ "$(grep -c '%20' l)" -eq 0 ]
    grep -q "^#classes=a%3Ab 100%25$(printf '\t')acoustic guitar$(printf '\t')flute$" l
    grep -q "$(printf '\t')acoustic guitar:1$(printf '\t')" l
    ir-label list l --no-prog | sed '/^#prog/d' > again
    diff <(sed '/^#prog/d' l) again
    ir-decode l -o a.irt
    ir-cat --look a.irt > look
    grep -q '^# classes=a:b 100%, acoustic guitar, flute$' look
    grep -q "$(printf '\t')acoustic guitar:1$" look
    # one alone, and what version 0.1 wrote
    ir-label folder sp --classes 'acoustic guitar' --no-prog -o one
    [ "$(ir-label list one --no-prog | sed -n 2p)" = "$(printf '#classes=acoustic guitar\t')" ]
    printf '#irt-list 1\n#classes=cor%%2520anglais oboe\n#labels=closed\nid\tpath\tlabels\nx\tx.wav\tcor%%2520anglais:1 oboe:0.5\n#end 1\n' > old
    ir-label list old --no-prog > new
    grep -q "^#classes=cor anglais$(printf '\t')oboe$" new
    grep -q "$(printf '\t')cor anglais:1 oboe:0.5$(printf '\t')" new
}
