#!/usr/bin/env bats
# ears: the model that ships, on the recordings that ship and on what no recogniser should be fed.

setup() {
    model=$BATS_TEST_DIRNAME/../../pipelines/models/instruments.model.irt
    demo=$BATS_TEST_DIRNAME/../data/demo
    cd "$BATS_TEST_TMPDIR"
}

# nothing FILE: no class reaches its threshold in any second
nothing() {
    ir-infer -m "$model" -f irt "$1" -o p.irt
    [ "$(ir-cat --to tsv p.irt | awk -F'\t' 'NR > 1 && $4 != "silence" && $4 != "unknown" { n++ } END { print n + 0 }')" = 0 ]
}

@test "eight or more of the ten recordings that ship get their name" {
    right=0
    for f in "$demo"/*.mp3; do
        want=$(basename "$f" | sed 's/-[A-G][0-9].mp3//; s/guitar-acoustic/acoustic guitar/; s/french-horn/french horn/')
        ir-infer -m "$model" --format text --top 1 "$f" 2> /dev/null | grep -q "$want" && right=$((right + 1))
    done
    echo "$right"
    [ "$right" -ge 8 ]
}

@test "it is small, says how it was made, and holds one threshold a class" {
    [ "$(wc -c < "$model")" -le 4194304 ]
    ir-cat --look "$model" > look
    grep -q '^# prog.1=ir-decode --rate=32000' look
    grep -q '^# licence=MIT' look
    [ "$(sed -n 's/^# thresholds=//p' look | wc -w)" = "$(sed -n 's/^# classes=//p' look | tr ',' '\n' | grep -c .)" ]
    ! grep -q '/root\|/home\|/tmp' look
}

@test "silence and white noise are nothing" {
    sox -n -r 44100 -c 1 silence.wav trim 0 6
    sox -R -n -r 44100 -c 1 white.wav synth 6 whitenoise vol 0.3
    nothing silence.wav
    nothing white.wav
}

@test "typing is nothing, not drums" {
    i=0
    for gap in 0.11 0.23 0.17 0.35 0.14 0.19 0.52 0.12 0.21 0.16 0.28 0.13 0.41 0.18 0.22 0.15; do
        i=$((i + 1))
        sox -R -n -r 44100 -c 1 "key$(printf %02d $i).wav" synth 0.03 whitenoise band -n $((1500 + i * 170)) 1500 fade 0 0.03 0.028 vol 0.4 pad 0 $gap
    done
    sox key*.wav typing.wav
    nothing typing.wav
}

@test "short, narrow and many-channelled sound gives a result" {
    sox -R -n -r 44100 -c 1 short.wav synth 0.2 pluck 440
    sox -R -n -r 8000 -c 1 phone.wav synth 4 pluck 330
    sox -R -n -r 48000 -c 6 six.wav synth 4 pluck 330
    for f in short phone six; do
        ir-infer -m "$model" -f irt $f.wav -o $f.irt
        [ "$(ir-cat --look $f.irt | grep -c '^[0-9]')" -ge 1 ]
    done
}

@test "--shift: a class that is said too readily steps back, in the scores and in the model" {
    cat > one.net <<'NET'
input feature size=2
dense out=classes
loss bce
NET
    clip() { perl -e 'print pack("f<*", @ARGV)' "$2" "$3" > v.f32
        ir-cat --no-prog --from raw --dtype f32 --shape 2 --set-header domain=pred --set-header classes='a b' \
            --set-header labels=closed --set-header task=multi --set name=pred --set id="$1" --set path="$1" --set labels="$4" v.f32; }
    for i in 1 2 3 4 5 6 7 8; do clip a$i 0.5 0.6 a:1; clip b$i 0.1 0.8 b:1; done > p.irt
    ir-score --shift shift.tsv p.irt > /dev/null
    awk -F'\t' '$2 == "a" { a = $1 } $2 == "b" { b = $1 } END { exit !(a > 0.1 && b < -0.1 && a + b < 0.01 && a + b > -0.01) }' shift.tsv
    ir-model --from net --seed 1 --set-header classes='a b' --set-header frontend=f one.net -o m.irt
    ir-model --shift shift.tsv m.irt -o moved.irt
    ir-cat --name dense1.bias --to text m.irt | grep -v = > before
    ir-cat --name dense1.bias --to text moved.irt | grep -v = > after
    ! cmp -s before after
    printf '1\n' > few.tsv
    run ir-model --shift few.tsv m.irt -o x
    [ "$status" = 1 ]
    [[ "$output" == *"few.tsv: 1 numbers for 2 classes"* ]]
    clip c 0.5 0.5 'a:1 b:1' > two.irt
    run ir-score --shift s.tsv two.irt
    [ "$status" = 1 ]
    [[ "$output" == *"no clip has just one label"* ]]
}
