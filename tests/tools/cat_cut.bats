#!/usr/bin/env bats
# ir-cat --cut: sounds sorted into a folder an instrument, whole or span by span.

setup() {
    load decode_help
    D=$BATS_TEST_DIRNAME/../data/decode
    cd "$BATS_TEST_TMPDIR"
    mkdir -p in/a in/b
    sound in/a/x.wav wav s16 8000 1 16000
    sound in/b/x.wav wav s16 8000 1 16001
    sound "in/é y.wav" wav s16 8000 1 16002
    sound in/none.wav wav s16 8000 1 16003
}

# predict NAMES FILE:P,P,…:P,P,… …: a stream of predictions, one second a segment
predict() {
    local classes=$1
    shift
    n=0
    : > p.irt
    for f in "$@"; do
        i=0
        IFS=: read -r path rest <<< "$f"
        while [ -n "$rest" ]; do
            seg=${rest%%:*}
            [ "$rest" = "$seg" ] && rest= || rest=${rest#*:}
            perl -e 'print pack "f*", split /,/, shift' "$seg" > seg.raw
            ir-cat --no-prog --from raw --shape 2 --set-header domain=pred --set-header task=multi --set-header "classes=$classes" \
                --set name=pred --set "id=$path#$i" --set "clip=$path" --set "path=$path" --set offset=$i --set length=1 seg.raw -o $n.p.irt
            i=$((i + 1)) n=$((n + 1))
        done
    done
    ir-cat --no-prog $(seq -f %g.p.irt 0 $((n - 1))) -o p.irt
}

@test "each file into the folder of what most of it is; names kept apart; again: nothing is done twice" {
    predict 'a/b vio%20lin' in/a/x.wav:.9,.1:.9,.1 in/b/x.wav:.8,.6:.9,.2 "in/é y.wav:.1,.9:.1,.7" in/none.wav:.1,.1
    ir-cat --cut out p.irt > table
    cmp in/a/x.wav out/a_b/x.wav
    cmp in/b/x.wav "out/a_b/x (2).wav"
    cmp "in/é y.wav" "out/vio lin/é y.wav"
    cmp in/none.wav out/unknown/none.wav
    [ "$(wc -l < table)" -eq 5 ]
    [ "$(sed -n 3p table)" = "in/b/x.wav	0	2	a/b	out/a_b/x (2).wav" ]
    [ "$(stat -c %Y in/a/x.wav)" = "$(stat -c %Y out/a_b/x.wav)" ]
    before=$(find out -type f -printf '%p %i\n' | sort)
    rm "out/vio lin/é y.wav"
    before2=$(find out -type f -printf '%p %i\n' | sort)
    run ir-cat --cut out p.irt -o table2
    [ "$status" -eq 0 ]
    [ "$output" = "ir-cat: 3 of 4 are there already: left as they are" ]
    cmp table table2
    cmp "in/é y.wav" "out/vio lin/é y.wav"
    [ "$(find out -type f -printf '%p %i\n' | sort | grep -v lin)" = "$before2" ]
}

@test "nothing is written over: another file in the place is named, the others are put in place" {
    predict 'a b' in/a/x.wav:.9,.1 in/none.wav:.1,.9 in/gone.wav:.9,.1
    mkdir -p out/a
    echo mine > out/a/x.wav
    run ir-cat --cut out p.irt -o t
    [ "$status" -eq 1 ]
    [ "${lines[0]}" = "ir-cat: in/a/x.wav: out/a/x.wav is there already and holds something else" ]
    [[ "${lines[1]}" == "ir-cat: in/gone.wav: No such file or directory (paths count from "* ]]
    [ "${lines[2]}" = "ir-cat: 2 of 3 could not be put in place; the others are" ]
    [ "$(cat out/a/x.wav)" = mine ]
    cmp in/none.wav out/b/none.wav
    [ ! -e out/a/gone.wav ]
}

@test "--link makes hard links" {
    predict 'a b' in/a/x.wav:.9,.1
    ir-cat --cut out --link p.irt > /dev/null
    [ in/a/x.wav -ef out/a/x.wav ]
    run ir-cat --link p.irt
    [ "$status" -eq 2 ]
}

@test "--per event cuts out each span: the samples of those seconds, as WAV" {
    predict 'a b' in/a/x.wav:.9,.1:.1,.9 "in/é y.wav:.9,.9:.9,.1"
    ir-cat --cut out --per event p.irt > table
    (cd out && find . -type f | LC_ALL=C sort) > got
    printf '%s\n' './a/x 0-1.wav' './a/é y 0-2.wav' './b/x 1-2.wav' './b/é y 0-1.wav' | LC_ALL=C sort | diff - got
    ir-decode --no-prog in/a/x.wav | ir-cat --to raw | tail -c +32001 > want
    ir-decode --no-prog "out/b/x 1-2.wav" | ir-cat --to raw | cmp - want
    run ir-cat --cut out --per event p.irt -o t2
    [ "$output" = "ir-cat: 4 of 4 are there already: left as they are" ]
    cmp table t2
}

@test "a stream that holds no predictions is refused" {
    ir-decode --no-prog in/a/x.wav -o a.irt
    run ir-cat --cut out a.irt
    [ "$status" -eq 1 ]
    [ "$output" = "ir-cat: cut holds predictions: found domain=audio, wanted pred" ]
    [ ! -e out ]
}
