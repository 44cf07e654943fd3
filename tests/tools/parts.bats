#!/usr/bin/env bats
# parts: a list or a stream in pieces that are the whole again, and the script that makes them (tests/cluster.sh has queues).

setup() {
    root=$BATS_TEST_DIRNAME/../..
    t=$BATS_TEST_TMPDIR
    cd "$t"
    mkdir -p sounds/a sounds/b
    for i in 1 2 3 4 5; do for c in a b; do
        awk -v p=$((7 + i)) 'BEGIN { for (j = 0; j < 4000; j++) printf "%s", int(j / p) % 2 ? "\\0\\100" : "\\0\\300" }' > wave
        { printf 'RIFF\144\37\0\0WAVEfmt \20\0\0\0\1\0\1\0\42\126\0\0\104\254\0\0\2\0\20\0data\100\37\0\0'; printf "$(cat wave)"; } > sounds/$c/$i.wav
    done; done
    ir-label folder sounds -o list.tsv
}

@test "decode: parts joined are the stream of one run, history included" {
    ir-decode --rate 22050 list.tsv -o whole.irt
    for n in 1 3 10; do
        rm -f part.*
        for k in $(seq $n); do ir-decode --part $k/$n --rate 22050 list.tsv -o part.$(printf %02d $k); done
        ir-cat part.* -o joined.irt
        cmp joined.irt whole.irt
    done
    run ir-decode --part 3/11 list.tsv
    [ "$status" -eq 1 ]
    [[ $output == *"--part 3/11: 11 parts of 10 clips; at most 10 wanted"* ]]
    for bad in 0/3 4/3 x 1/0 1; do
        run ir-decode --part $bad list.tsv
        [ "$status" -eq 2 ]
    done
}

@test "cat: parts of a stream joined are the stream; chosen clips are cut, not all" {
    ir-decode --segment 0.05 --rate 22050 list.tsv | ir-mel --preset librosa --bands 8 -o whole.irt
    for k in 1 2 3 4; do ir-cat --part $k/4 whole.irt -o part.$k; done
    ir-cat part.* -o joined.irt
    cmp joined.irt whole.irt
    # the segments of one file stay together
    for k in 1 2 3 4; do ir-cat --look part.$k | sed -n 's/^[0-9]*\t\([^#]*\)#.*/\1/p' | sort -u; done | sort | uniq -d > twice
    [ ! -s twice ]
    ir-cat --class b whole.irt -o b.irt
    for k in 1 2; do ir-cat --class b --part $k/2 whole.irt -o b.$k; done
    [ "$(cat b.1 b.2 | ir-cat --look | grep -vc '^#')" -eq "$(ir-cat --look b.irt | grep -vc '^#')" ]
    ir-cat whole.irt > copy.irt
    run sh -c 'ir-cat < whole.irt --part 1/2'
    [ "$status" -eq 1 ]
    [[ $output == *"--part wants files"* ]]
}

@test "label: parts of a list, no group in two of them" {
    # the groups lie crosswise: one, two, one, two …, then alone
    awk -F'\t' -v OFS='\t' '/^#/ { print; next } !g { for (i = 1; i <= NF; i++) if ($i == "group") g = i; print; next }
        { $g = ++n <= 4 ? "group" n % 2 : ""; print }' list.tsv > grouped.tsv
    for k in 1 2 3; do ir-label list grouped.tsv --part $k/3 -o p.$k; done
    cat p.1 p.2 p.3 | grep -v '^#\|^id' > rows
    grep -v '^#\|^id' grouped.tsv | cmp - rows
    [ "$(grep -l 'group[01]' p.1 p.2 p.3)" = p.1 ]
    run ir-label folder sounds --part testing
    [ "$status" -eq 2 ]
    [[ $output == *"--part 'testing', wanted K/N like 1/4 (--subset is a part of a data set)"* ]]
    run sh -c 'ir-decode list.tsv | ir-label --part 1/2 --rename a=c'
    [ "$status" -eq 2 ]
    [[ $output == *"--part needs a list of clips"* ]]
}

@test "parts.sh: pieces on this machine, what failed is named, the same command goes on" {
    pipeline="ir-decode --rate 22050 list.tsv | ir-mel --preset librosa --bands 8"
    sh -c "$pipeline" > whole.irt
    PARTS=3 JOBS=2 run sh "$root/pipelines/parts.sh" x.irt list.tsv "$pipeline"
    [ "$status" -eq 0 ]
    cmp x.irt whole.irt
    [ ! -e x.irt.parts ]
    head -n 1 log/x.000002.log | grep -q "^host $(uname -n), job "
    sed -n 2p log/x.000002.log | grep -q -- "^ir-decode --part 2/3 --rate"
    # a clip that cannot be decoded
    cp sounds/b/3.wav good.wav
    echo junk > sounds/b/3.wav
    rm x.irt
    PARTS=3 TRIES=2 run sh "$root/pipelines/parts.sh" x.irt list.tsv "$pipeline"
    [ "$status" -eq 1 ]
    [[ $output == *"try 2 of 2"*"x, part "*": exit 1 on host $(uname -n); log/x.00000"*"b/3.wav"*"1 of 3 failed, 2 tries each"* ]]
    [ ! -e x.irt ]
    cp good.wav sounds/b/3.wav
    PARTS=3 run sh "$root/pipelines/parts.sh" x.irt list.tsv "$pipeline"
    [ "$status" -eq 0 ]
    cmp x.irt whole.irt
    # nothing foreign, stale or impossible is begun
    mkdir y.irt.parts
    PARTS=3 run sh "$root/pipelines/parts.sh" y.irt list.tsv "$pipeline"
    [ "$status" -eq 2 ]
    [[ $output == *"y.irt.parts holds parts of another command: remove it"* ]]
    PARTS=11 run sh "$root/pipelines/parts.sh" z.irt list.tsv "$pipeline"
    [ "$status" -eq 2 ]
    [[ $output == *"PARTS=11, but list.tsv has 10 clips"* ]]
    ON=pbs run sh "$root/pipelines/parts.sh" z.irt list.tsv "$pipeline"
    [ "$status" -eq 2 ]
    [[ $output == *"ON='pbs', wanted local, parallel or slurm"* ]]
}
