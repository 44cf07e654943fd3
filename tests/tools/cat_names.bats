#!/usr/bin/env bats
# Names in other programs' formats: kept apart or refused, always valid text; choices with --from.

setup() {
    cd "$BATS_TEST_TMPDIR"
    mkdir -p one two
}

# pred FILE PATH PATH…: predictions for each path, the same for all
pred() {
    out=$1
    shift
    printf 'path,labels\n' > t.csv
    for p in "$@"; do printf '"%s",%s\n' "$p" "${class:-flute}" >> t.csv && class=oboe; done
    class=
    ir-label csv t.csv --no-audio --stream -q -o labels.irt
    ir-train -q --learner majority labels.irt -o m.irt
    ir-infer -q -m m.irt -f irt labels.irt | ir-cat --set offset=0 --set length=1 -o "$out"
}

@test "rttm refuses two recordings, or two classes, under one name" {
    pred a.irt one/mix.flac two/mix.flac
    run ir-cat --to rttm a.irt -o a.rttm
    [ "$status" -eq 1 ]
    [[ $output == *"two/mix.flac: in rttm it would be called mix, as another one is"* ]]
    [ ! -e a.rttm ]
    pred b.irt one/mix.flac two/other.flac
    ir-cat --to rttm b.irt -o b.rttm
    [ "$(wc -l < b.rttm)" -eq 2 ]
}

@test "a Kaldi archive refuses two clips under one key" {
    pred a.irt 'a b.wav' a_b.wav
    run ir-cat --to ark a.irt -o a.ark
    [ "$status" -eq 1 ]
    [[ $output == *"in ark it would be called a_b.wav_pred, as another one is"* ]]
}

@test "names that are not UTF-8 become valid text in npz and SVG" {
    pred a.irt "$(printf 'caf\xe9.wav')" "$(printf 'caf\xc3\xa9.wav')"
    ir-cat --to npz a.irt -o a.npz
    LC_ALL=C grep -aq 'caf%E9.wav/pred.npy' a.npz
    LC_ALL=C grep -aq "$(printf 'caf\xc3\xa9.wav/pred.npy')" a.npz
    ir-cat --to jsonl a.irt -o a.jsonl
    iconv -f UTF-8 -t UTF-8 a.jsonl > /dev/null
    [ "$(cut -d, -f1 a.jsonl | sort -u | wc -l)" -eq 2 ]
}

@test "--from keeps what the choices say, as with streams" {
    pred a.irt a.wav b.wav c.wav
    ir-cat --to npz a.irt -o a.npz
    [ "$(ir-cat --from npz a.npz | ir-cat --look | grep -vc '^#')" -eq 3 ]
    [ "$(ir-cat --from npz --id 'b*' a.npz | ir-cat --look | grep -vc '^#')" -eq 1 ]
    [ "$(ir-cat --from npz -n 2 a.npz | ir-cat --look | grep -vc '^#')" -eq 2 ]
    [ "$(ir-cat --from npz --skip 2 a.npz | ir-cat --look | grep -vc '^#')" -eq 1 ]
    [ "$(ir-cat --from npz --array b.wav/pred a.npz | ir-cat --look | grep -vc '^#')" -eq 1 ]
    run ir-cat --from npz --array nobody a.npz
    [ "$status" -eq 1 ]
    [[ $output == *"no array nobody, found: a.wav/pred, b.wav/pred, c.wav/pred"* ]]
    run ir-cat --array b.wav a.irt -o x.irt
    [ "$status" -eq 2 ]
}
