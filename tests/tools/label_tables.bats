#!/usr/bin/env bats
# ir-label on tables as other programs write them, and what it says of odd splits and idle options.

setup() {
    cd "$BATS_TEST_TMPDIR"
    : > a.wav
    : > b.wav
    : > '#1 hit.wav'
}

# id path labels start length of each row
rows() { awk -F'\t' 'NR > 1 && !/^#/ && $1 != "id" { print $1 "|" $2 "|" $3 "|" $6 "|" $7 }' "$@"; }

@test "a file whose name begins with # is a clip; # lines above the names are comments" {
    printf '# made by hand\npath,labels\na.wav,piano\n#1 hit.wav,drums\nb.wav,flute\n' > t.csv
    ir-label csv t.csv -o t.list.tsv
    [ "$(rows t.list.tsv)" = "a.wav|a.wav|piano:1||
%231 hit.wav|#1 hit.wav|drums:1||
b.wav|b.wav|flute:1||" ]
    grep -q '^#classes=drums flute piano$' t.list.tsv
}

@test "onset and offset, start and end: the length is the difference" {
    printf 'filename\tonset\toffset\tevent_label\na.wav\t0.01\t0.03\tpiano\nb.wav\t0.02\t0.05\tflute\n' > t.tsv
    ir-label csv --delimiter tab t.tsv -o t.list.tsv
    [ "$(rows t.list.tsv)" = "a.wav|a.wav|piano:1|0.01|0.02
b.wav|b.wav|flute:1|0.02|0.03" ]
    printf 'path,start,end,label\na.wav,1,3.5,piano\n' > t.csv
    ir-label csv t.csv -o t.list.tsv
    [ "$(rows t.list.tsv)" = "a.wav|a.wav|piano:1|1|2.5" ]
}

@test "offset is a start beside a duration, and asked about when it could be either" {
    printf 'path,offset,duration,label\na.wav,2,3,piano\n' > t.csv
    ir-label csv t.csv -o t.list.tsv
    [ "$(rows t.list.tsv)" = "a.wav|a.wav|piano:1|2|3" ]
    printf 'path,offset,label\na.wav,2,piano\n' > t.csv
    run ir-label csv t.csv
    [ "$status" -eq 1 ]
    [[ $output == *"t.csv:1: column offset: a start or an end?"* ]]
    ir-label csv t.csv --columns end=offset -o t.list.tsv
    [ "$(rows t.list.tsv)" = "a.wav|a.wav|piano:1||2" ]
}

@test "several events of a file get names of their own and one group; equal spans join" {
    printf 'filename,onset,offset,event_label\na.wav,0.01,0.03,piano\na.wav,0.04,0.06,flute\na.wav,0.04,0.06,oboe\nb.wav,0.02,0.05,flute\n' > t.csv
    ir-label csv t.csv -o t.list.tsv
    [ "$(rows t.list.tsv)" = "a.wav@0.01-0.03|a.wav|piano:1|0.01|0.02
a.wav@0.04-0.06|a.wav|flute:1 oboe:1|0.04|0.02
b.wav@0.02-0.05|b.wav|flute:1|0.02|0.03" ]
    [ "$(awk -F'\t' '/^[ab].wav@/ { print $4 }' t.list.tsv | sort -u | tr '\n' ' ')" = "a.wav b.wav " ]
}

@test "an end before the start, and a length that contradicts it, are refused with the line" {
    printf 'path,start,end,label\na.wav,3,2,piano\n' > t.csv
    run ir-label csv t.csv
    [ "$status" -eq 1 ]
    [[ $output == *"t.csv:2: the end, 2 s, is not behind the start, 3 s"* ]]
    printf 'path,start,end,duration,label\na.wav,1,2,5,piano\n' > t.csv
    run ir-label csv t.csv
    [ "$status" -eq 1 ]
    [[ $output == *"t.csv:2: from 1 to 2 s are not the 5 s of the length"* ]]
}

@test "a table without a column of labels says so" {
    printf 'path,pitch\na.wav,A4\n' > t.csv
    run ir-label csv t.csv -o t.list.tsv
    [ "$status" -eq 0 ]
    [[ $output == *"no column of labels"* ]]
}

@test "classes in fewer groups than splits, and classes without a training clip, are named" {
    mkdir -p set/many set/single
    for i in 1 2 3 4 5 6; do cp a.wav "set/many/$i.wav"; done
    cp a.wav set/single/1.wav
    run ir-label folder set --folds 3 --fold 0 -o x.list.tsv
    [ "$status" -eq 0 ]
    [[ $output == *"class single is in 1 group, fewer than the 3 splits"* ]]
    [[ $output != *"class many"* ]]
    for k in 0 1 2; do ir-label folder set --folds 3 --fold $k -q -o $k.list.tsv 2>> notes; done
    [ "$(grep -c 'it has no training clip' notes)" -eq 1 ]
}

@test "an option that the data set does not look at is refused" {
    mkdir -p set/x
    cp a.wav set/x
    printf 'path,labels\na.wav,piano\n' > t.csv
    for o in '--window 3' '--published 2way' '--threshold 0.5' '--columns labels=x' '--metadata .' '--overlap drop'; do
        run ir-label folder set $o
        [ "$status" -ne 0 ]
        [[ $output == *"${o%% *}: folder has no use for it"* ]]
    done
    run ir-label csv t.csv --threshold 0.5
    [ "$status" -ne 0 ]
}
