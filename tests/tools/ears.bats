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
    [ "$(ir-cat --to tsv p.irt | awk 'NR > 1 { n++ } END { print n + 0 }')" = 0 ]
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
    [ "$(sed -n 's/^# thresholds=//p' look | wc -w)" = "$(sed -n 's/^# classes=//p' look | wc -w)" ]
    ! grep -q '/work\|/home\|/tmp' look
}

@test "silence and white noise are nothing" {
    sox -n -r 44100 -c 1 silence.wav trim 0 6
    sox -R -n -r 44100 -c 1 white.wav synth 6 whitenoise vol 0.3
    nothing silence.wav
    nothing white.wav
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
