#!/usr/bin/env bats
# ir-train: what it accepts, what it refuses and with which words, and that its bytes do not depend on threads,
# on how the data comes in, or on being killed.

setup() {
    data=tests/data/net
    cd "$BATS_TEST_DIRNAME/../.." || exit 1
    t=$BATS_TEST_TMPDIR
    net=$t/cnn.net
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' 'conv2d out=4 kernel=3 pad=1' batchnorm relu \
        'maxpool2d size=2' flatten 'dropout p=0.2' 'dense out=classes' 'loss ce' > "$net"
}

train() {
    ir-train -q --seed 3 --epochs 4 --batch 8 "$@"
}

refused() { # STATUS PATTERN COMMAND…
    local status_wanted=$1 pattern=$2
    shift 2
    run "$@"
    echo "$output"
    [ "$status" -eq "$status_wanted" ]
    [[ "$output" == *"$pattern"* ]]
}

write_net() {
    printf '%s\n' "$@" > "$t/bad.net"
}

@test "learns three classes" {
    ir-train -q --epochs 40 --batch 8 --lr 0.01 --best accuracy "$net" $data/single.irt -o "$t/m.irt"
    ir-infer -m "$t/m.irt" $data/single.irt | ir-score --metrics accuracy -f tsv |
        awk -F'\t' '$1 == "clips" { n = $5 } $1 == "accuracy" { a = $5 } END { exit !(n == 45 && a >= 40 / 45) }'
}

@test "the same bytes for any number of threads, from files and from a pipe" {
    train -t 1 --no-prog "$net" $data/single.irt -o "$t/1.irt"
    train -t 3 --no-prog "$net" $data/single.irt -o "$t/3.irt"
    train -t 2 --no-prog "$net" < $data/single.irt > "$t/p.irt"
    OPENBLAS_NUM_THREADS=2 OPENBLAS_CORETYPE=Prescott train --no-prog "$net" $data/single.irt -o "$t/e.irt"
    cmp "$t/1.irt" "$t/3.irt"
    cmp "$t/1.irt" "$t/p.irt"
    cmp "$t/1.irt" "$t/e.irt"
}

@test "another seed gives another model" {
    train --no-prog "$net" $data/single.irt -o "$t/1.irt"
    ir-train -q --seed 4 --epochs 4 --batch 8 --no-prog "$net" $data/single.irt -o "$t/2.irt"
    ! cmp -s "$t/1.irt" "$t/2.irt"
}

@test "balanced weights follow the number of clips" {
    ir-cat -q --id 'clip0[0-9]' $data/single.irt -o "$t/few.irt"
    sed 's/loss ce/loss ce weights=balanced/' "$net" > "$t/balanced.net"
    train --no-prog "$t/balanced.net" "$t/few.irt" -o "$t/a.irt"
    # clips 0 to 8 train: three of each class, so all weights are 1
    sed 's/loss ce/loss ce weights=1,1,1/' "$net" > "$t/equal.net"
    train --no-prog "$t/equal.net" "$t/few.irt" -o "$t/b.irt"
    ir-cat --no-prog --name dense1.weight --to text "$t/a.irt" | tail -n +12 > "$t/a.txt"
    ir-cat --no-prog --name dense1.weight --to text "$t/b.irt" | tail -n +12 > "$t/b.txt"
    cmp "$t/a.txt" "$t/b.txt"
}

@test "a checkpoint goes on with more epochs, and falls back to the one before when damaged" {
    train --no-prog --epochs 6 "$net" $data/single.irt -o "$t/whole.irt"
    train --no-prog --epochs 3 --checkpoint "$t/ck" "$net" $data/single.irt -o "$t/part.irt"
    [ -e "$t/ck.old" ]
    truncate -s -100 "$t/ck"
    train --no-prog --epochs 6 --checkpoint "$t/ck" --resume "$net" $data/single.irt -o "$t/part.irt"
    cmp "$t/whole.irt" "$t/part.irt"
    truncate -s -100 "$t/ck"
    truncate -s -100 "$t/ck.old"
    refused 1 "$t/ck" train --checkpoint "$t/ck" --resume "$net" $data/single.irt -o "$t/x.irt"
    [ ! -e "$t/x.irt" ]
}

@test "resume refuses other settings, other data, another network" {
    train --checkpoint "$t/ck" "$net" $data/single.irt -o "$t/m.irt"
    refused 1 "made with 'batch 8', now it is 'batch 9'" train --batch 9 --checkpoint "$t/ck" --resume "$net" \
        $data/single.irt -o "$t/x.irt"
    ir-cat --split train --split valid $data/single.irt -o "$t/less.irt"
    refused 1 "other training data" train --checkpoint "$t/ck" --resume "$net" "$t/less.irt" -o "$t/x.irt"
    sed -i s/p=0.2/p=0.3/ "$net"
    refused 1 "dropout p=0.2" train --checkpoint "$t/ck" --resume "$net" $data/single.irt -o "$t/x.irt"
    refused 2 "--resume needs --checkpoint" train --resume "$net" $data/single.irt
    ir-train --seed 3 --epochs 1 --checkpoint "$t/none" --resume "$net" $data/single.irt -o "$t/x.irt" 2> "$t/err"
    grep -q "$t/none: no checkpoint yet, training starts from the beginning" "$t/err"
}

@test "a loss that is not finite stops, names clips, leaves no model and the last good checkpoint" {
    refused 1 "the loss is not finite for" ir-train -q --lr 1e30 --optim sgd --batch 8 --checkpoint "$t/ck" \
        --checkpoint-every 0 "$net" $data/single.irt -o "$t/m.irt"
    [[ "$output" == *clip* ]]
    [ ! -e "$t/m.irt" ]
    [[ "$output" != *nan* ]]
    ir-cat --look "$t/ck" > /dev/null
}

@test "mistakes in a network are named with their line" {
    write_net 'input feature channels=1 bands=6 frames=10' 'conv2d out=4 kernel=7' 'loss ce'
    refused 1 "bad.net:2: conv2d" train "$t/bad.net" $data/single.irt -o "$t/x"
    write_net 'input size=3' 'dens out=4' 'loss ce'
    refused 1 "bad.net:2: unknown layer 'dens'" train "$t/bad.net" $data/single.irt -o "$t/x"
    write_net 'input size=3' 'dense outs=4' 'loss ce'
    refused 1 "dense does not know the key 'outs'" train --plan --classes 'a b' "$t/bad.net"
    write_net 'input size=3' 'dense' 'loss ce'
    refused 1 "bad.net:2: dense: out= is missing" train --plan --classes 'a b' "$t/bad.net"
    write_net 'input size=3' 'dense out=2 out=3' 'loss ce'
    refused 1 "bad.net:2: dense: the key 'out' stands twice" train --plan --classes 'a b' "$t/bad.net"
    write_net 'input size=3' 'dense nobody out=2' 'loss ce'
    refused 1 "bad.net:2: no earlier line is named 'nobody'" train --plan --classes 'a b' "$t/bad.net"
    write_net 'input size=3' 'a = dense out=2' 'a = relu' 'loss ce'
    refused 1 "bad.net:3: the name 'a' is taken by line 2" train --plan --classes 'a b' "$t/bad.net"
    write_net 'input size=3' 'dense out=5' 'loss ce'
    refused 1 "bad.net:2: the last layer gives 5, wanted one number for each of 2 classes" \
        train --plan --classes 'a b' "$t/bad.net"
    write_net 'input size=3' 'dense out=2' 'softmax' 'loss ce'
    refused 1 "bad.net:3: leave out the last softmax" train --plan --classes 'a b' "$t/bad.net"
    write_net 'input size=3' 'dense out=2'
    refused 1 "the last line must be a loss" train --plan --classes 'a b' "$t/bad.net"
    write_net 'dense out=2' 'loss ce'
    refused 1 "bad.net:1: dense has no input" train --plan --classes 'a b' "$t/bad.net"
    write_net 'input size=3' 'a = dense out=2' 'b = dense out=3' 'add a b' 'loss ce'
    refused 1 "bad.net:4: add: input b is 3, wanted 2 as the first" train --plan --classes 'a b' "$t/bad.net"
    write_net 'input size=3' 'dense out=2' 'loss cee'
    refused 1 "bad.net:3: unknown loss 'cee'" train --plan --classes 'a b' "$t/bad.net"
    write_net 'input size=3' 'dense out=2' 'loss ce weights=1,2,3'
    refused 1 "weights= has 3 numbers, wanted one for each of 2 classes" train --plan --classes 'a b' "$t/bad.net"
    refused 1 "none.net" train "$t/none.net" $data/single.irt -o "$t/x"
    refused 2 "network description is missing" ir-train
    [ ! -e "$t/x" ]
}

@test "clips that do not fit the network are named" {
    sed -i s/frames=10/frames=11/ "$net"
    refused 1 "clip 1, clip00 (dir/file0.wav): its record 'x' has shape 1x6x10, the network wants 1x6x11 (line 1)" \
        train "$net" $data/single.irt -o "$t/x"
    sed -i s/frames=11/frames=10/ "$net"
    refused 1 "has shape 1x6x7, the network wants 1x6x10" train "$net" $data/lengths.irt -o "$t/x"
    sed -i 's/input feature/input feature low/' "$net"
    refused 1 "clip clip00 has no record 'low'" train "$net" $data/single.irt -o "$t/x"
}

@test "labels must fit the loss, splits must not be empty" {
    refused 1 "loss ce wants one class a clip" train "$net" $data/several.irt -o "$t/x"
    refused 1 "no clip to train on: none of 45 clips is in split 'nobody'" train --train-split nobody "$net" \
        $data/single.irt -o "$t/x"
    ir-cat --class flute --split train $data/single.irt -o "$t/one.irt"
    refused 1 "training clips of 1 of 3 classes, wanted at least two" train "$net" "$t/one.irt" -o "$t/x"
    ir-cat --class flute --class violin --split train $data/single.irt -o "$t/two.irt"
    run ir-train --epochs 1 --batch 8 "$net" "$t/two.irt" -o "$t/ok.irt"
    [ "$status" -eq 0 ]
    [[ "$output" == *"class 'bass drum' has no training clip"* ]]
    [[ "$output" == *"no validation clips"* ]]
    [ ! -e "$t/x" ]
}

@test "damaged, empty and foreign streams are refused" {
    head -c 10000 $data/single.irt > "$t/cut.irt"
    refused 1 "cut.irt" train "$net" "$t/cut.irt" -o "$t/x"
    : > "$t/empty.irt"
    refused 1 "empty.irt" train "$net" "$t/empty.irt" -o "$t/x"
    refused 1 "README" train "$net" $data/README -o "$t/x"
    train "$net" $data/single.irt -o "$t/m.irt"
    refused 1 "wanted audio or feature" train "$net" "$t/m.irt" -o "$t/x"
    [ ! -e "$t/x" ]
}

@test "several labels, unknown ones left out" {
    sed -i 's/loss ce/loss bce/' "$net"
    ir-train -q --epochs 60 --batch 8 --lr 0.01 --best map --log "$t/log.tsv" "$net" $data/several.irt -o "$t/m.irt"
    run awk -F'\t' 'NR == 1 { print $8 } END { print NR, ($3 < 0.5 ? "low" : $3) }' "$t/log.tsv"
    [ "$output" = "valid_map
61 low" ]
    ! grep -qi nan "$t/log.tsv"
}

@test "branches, lengths, sound and recurrent layers" {
    printf '%s\n' 'low = input low bands=6 frames=any' 'conv2d out=4 kernel=3' relu 'a = global kind=max' \
        'high = input high bands=6 frames=16' 'flatten keep=time' 'gru out=5 bidirectional=yes' 'b = attention' \
        'concat a b' 'dense out=classes' 'loss ce' > "$t/b.net"
    train "$t/b.net" $data/branches.irt -o "$t/b.irt"
    ir-infer -m "$t/b.irt" -f tsv $data/branches.irt | wc -l | grep -qx 136
    printf '%s\n' 'input bands=6 frames=any' 'conv2d out=4 kernel=3' relu 'global kind=mean' 'dense out=classes' \
        'loss ce' > "$t/l.net"
    train "$t/l.net" $data/lengths.irt -o "$t/l.irt"
    ir-infer -m "$t/l.irt" -f tsv $data/lengths.irt | wc -l | grep -qx 136
    printf '%s\n' 'input audio samples=200' standardize 'conv1d out=8 kernel=31' relu 'maxpool1d size=20 stride=10' \
        flatten 'dense out=classes' 'loss ce' > "$t/a.net"
    ir-train -q --epochs 80 --batch 8 --lr 0.01 "$t/a.net" $data/audio.irt -o "$t/a.irt"
    ir-infer -m "$t/a.irt" $data/audio.irt | ir-score --metrics accuracy -f tsv |
        awk -F'\t' '$1 == "clips" { n = $5 } $1 == "accuracy" { a = $5 } END { exit !(a * n >= 27) }'
}

@test "every optimiser and schedule trains, wrong ones are named" {
    for optim in sgd,momentum=0.9,dampening=0.9 sgd,momentum=0.9,nesterov=yes adam adamw rmsprop; do
        train --optim $optim --decay 0.001 --clip-norm 1 "$net" $data/single.irt -o "$t/m.irt"
    done
    for schedule in step,every=2,factor=0.5 exponential,factor=0.9 inverse,k=8e-5 cosine,warmup=3; do
        train --schedule $schedule --clip-value 0.1 "$net" $data/single.irt -o "$t/m.irt"
    done
    refused 2 "unknown word 'sgdm', known are" train --optim sgdm "$net" $data/single.irt -o "$t/x"
    refused 2 "adam does not know the key 'momentum'" train --optim adam,momentum=1 "$net" $data/single.irt -o "$t/x"
    refused 2 "unknown word 'linear'" train --schedule linear "$net" $data/single.irt -o "$t/x"
    refused 2 "nesterov wants a momentum" train --optim sgd,nesterov=yes "$net" $data/single.irt -o "$t/x"
}

@test "start from another model, freeze, scale" {
    train --no-prog "$net" $data/single.irt -o "$t/a.irt"
    sed 's/dense out=classes/dense out=6\nrelu\nhead = dense out=classes/' "$net" > "$t/deep.net"
    run ir-train --epochs 2 --batch 8 --init-from "$t/a.irt" --freeze 'conv2d1.*' --lr-scale 'head.*=0.1' \
        "$t/deep.net" $data/single.irt -o "$t/b.irt"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"loaded 6 of 10 parameters"* ]]
    [[ "$output" == *"not loaded: dense1.weight: the model has 3x60, the network wants 6x60"* ]]
    [[ "$output" == *"not loaded: head.weight: not in the model"* ]]
    ir-cat --name conv2d1.weight --no-prog --to text "$t/a.irt" | grep -v = > "$t/a.txt"
    ir-cat --name conv2d1.weight --no-prog --to text "$t/b.irt" | grep -v = > "$t/b.txt"
    cmp "$t/a.txt" "$t/b.txt"
    refused 1 "no parameter has such a name" train --freeze 'nothing*' "$net" $data/single.irt -o "$t/x"
}

@test "the memory limit is kept before anything is taken" {
    refused 1 "MB of memory, the limit is 1 MB" train --memory 1 --batch 2000 "$net" $data/single.irt -o "$t/x"
    [ ! -e "$t/x" ]
}

@test "plan prints layers and routes" {
    run ir-train --plan --classes 'a b c d' pipelines/nets/medley-solos-2.net
    [ "$status" -eq 0 ]
    [[ "$output" == *"19,204"* ]]
    [[ "$output" == *route* ]]
}

@test "classic learners" {
    for learner in majority logistic svm 'forest trees=5' 'knn neighbours=3'; do
        ir-train -q --learner "$learner" $data/single.irt -o "$t/m.irt"
        ir-infer -m "$t/m.irt" -f tsv $data/single.irt | wc -l | grep -qx 136
    done
    refused 2 "nobody" ir-train -q --learner nobody $data/single.irt -o "$t/x"
}

@test "an output that cannot be written fails and leaves nothing" {
    [ -w /dev/full ] || skip "no /dev/full"
    run bash -c "ir-train -q --epochs 1 --batch 8 '$net' $data/single.irt > /dev/full"
    [ "$status" -eq 1 ]
    refused 1 "$t/no/such" train "$net" $data/single.irt -o "$t/no/such.irt"
}

@test "a stream with fresh clips in each epoch, one epoch at a time" {
    ir-augment -q --seed 1 --epochs 6 --split train -a 'mask freq=0..2 time=0..3' $data/single.irt -o "$t/6.irt"
    train --epochs 6 --no-prog "$net" "$t/6.irt" -o "$t/file.irt"
    train --epochs 6 --no-prog -t 1 "$net" < "$t/6.irt" > "$t/pipe.irt"
    cmp "$t/file.irt" "$t/pipe.irt"
    train --epochs 6 --no-prog "$net" $data/single.irt -o "$t/plain.irt"
    ! cmp -s "$t/file.irt" "$t/plain.irt"
    train --epochs 3 --checkpoint "$t/ck" "$net" "$t/6.irt" -o "$t/part.irt"
    train --epochs 6 --checkpoint "$t/ck" --resume --no-prog "$net" "$t/6.irt" > "$t/part.irt"
    cmp "$t/file.irt" "$t/part.irt"
    train --epochs 3 --checkpoint "$t/ck2" "$net" < "$t/6.irt" > "$t/part.irt"
    train --epochs 6 --checkpoint "$t/ck2" --resume --no-prog "$net" < "$t/6.irt" > "$t/part.irt"
    cmp "$t/file.irt" "$t/part.irt"
    run ir-train --epochs 9 --batch 8 "$net" "$t/6.irt" -o "$t/x.irt"
    [ "$status" -eq 0 ]
    [[ "$output" == *"the stream ended after 6 epochs"* ]]
    # validation clips may stand in a file of their own; in a pipe they must not come too late
    ir-cat -q --split train "$t/6.irt" -o "$t/6train.irt"
    ir-cat -q --split valid $data/single.irt -o "$t/valid.irt"
    train --epochs 6 --no-prog "$net" "$t/6train.irt" "$t/valid.irt" -o "$t/two.irt"
    train --epochs 6 --no-prog "$net" "$t/valid.irt" "$t/6train.irt" -o "$t/three.irt"
    ir-cat --to text "$t/two.irt" | grep -qx clips.valid=9
    ir-cat --to text "$t/three.irt" | grep -qx clips.valid=9
    # the headers come from the first file; the weights are the same
    ir-cat --compare --data-only "$t/two.irt" "$t/three.irt"
    run bash -c "cat '$t/6train.irt' '$t/valid.irt' | ir-train -q --epochs 6 --batch 8 '$net' > '$t/x.irt'"
    [ "$status" -eq 1 ]
    [[ "$output" == *"validation clips come after the first epoch"* ]]
    head -c 60000 "$t/6.irt" > "$t/cut.irt"
    run bash -c "ir-train -q --epochs 6 --batch 8 '$net' < '$t/cut.irt' > '$t/y.irt'"
    [ "$status" -eq 1 ]
}

@test "the learning curve has one line an epoch, and goes on after a resume" {
    train --epochs 3 --checkpoint "$t/ck" --log "$t/log" "$net" $data/single.irt -o "$t/m.irt"
    train --epochs 5 --checkpoint "$t/ck" --resume --log "$t/log" "$net" $data/single.irt -o "$t/m.irt"
    [ "$(cut -f1 "$t/log" | tr '\n' ' ')" = "epoch 1 2 3 4 5 " ]
    [ "$(awk -F'\t' '{ print NF }' "$t/log" | sort -u)" = 11 ]
    refused 1 "$t/no/log" train --log "$t/no/log" "$net" $data/single.irt -o "$t/x.irt"
}

@test "a write that fails leaves the old model and checkpoint as they were" {
    train "$net" $data/single.irt -o "$t/m.irt" --checkpoint "$t/ck"
    cp "$t/m.irt" "$t/m.was"
    cp "$t/ck" "$t/ck.was"
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' flatten 'dense out=900' relu 'dense out=classes' \
        'loss ce' > "$t/large.net"
    run bash -c "trap '' XFSZ; ulimit -f 64; ir-train -q --epochs 2 --batch 8 '$t/large.net' $data/single.irt -o '$t/m.irt'"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"$t/m.irt"* ]]
    cmp "$t/m.irt" "$t/m.was"
    run bash -c "trap '' XFSZ; ulimit -f 64; ir-train -q --epochs 2 --batch 8 --checkpoint '$t/ck' '$t/large.net' $data/single.irt -o '$t/n.irt'"
    [ "$status" -eq 1 ]
    cmp "$t/ck" "$t/ck.was"
    [ ! -e "$t/n.irt" ]
}

@test "the best epoch is kept, and training stops when it gets no better" {
    ir-train -q --seed 3 --epochs 200 --batch 8 --lr 0.05 --best loss --patience 4 --log "$t/log" "$net" \
        $data/single.irt -o "$t/m.irt"
    last=$(tail -1 "$t/log" | cut -f1)
    best=$(awk -F'\t' 'NR > 1 && (b == "" || $4 < b) { b = $4; e = $1 } END { print e }' "$t/log")
    echo "last $last best $best"
    [ "$last" -lt 200 ]
    [ "$last" -eq $((best + 4)) ]
    ir-cat --to text "$t/m.irt" | grep -qx "epoch=$best"
    [ "$(awk -F'\t' '$9 == 1 { e = $1 } END { print e }' "$t/log")" -eq "$best" ]
}

@test "a share of the groups for validation" {
    ir-cat -q --set split=train $data/single.irt -o "$t/all.irt"
    train --valid-fraction 0.3 "$net" "$t/all.irt" -o "$t/m.irt"
    ir-cat --to text "$t/m.irt" > "$t/m.txt"
    n=$(sed -n 's/^clips.valid=//p' "$t/m.txt")
    [ "$n" -gt 2 ] && [ "$n" -lt 30 ] && [ $((n % 3)) -eq 0 ]
    [ $((n + $(sed -n 's/^clips.train=//p' "$t/m.txt"))) -eq 45 ]
}

@test "a model tells how it was made" {
    train "$net" $data/single.irt -o "$t/m.irt"
    ir-cat --to text "$t/m.irt" > "$t/m.txt"
    for line in 'domain=param' 'input=feature' 'task=single' 'frontend=test rate=8000' 'clips.train=27' \
        'clips.valid=9' 'labels=closed'; do
        grep -qx "$line" "$t/m.txt"
    done
    grep -q '^valid.accuracy=' "$t/m.txt"
    grep -q '^prog.1=ir-train .*--seed=3 ' "$t/m.txt"
    grep -q '^classes=flute violin bass%20drum$' "$t/m.txt"
}

@test "too little memory ends with a message, not with a hang" {
    [ -z "$(ldd "$(command -v ir-train)" | grep -E "lib[at]san")" ] || skip "the sanitizer needs its own memory"
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' flatten 'dense out=600' relu 'dense out=classes' \
        'loss ce' > "$t/dense.net"
    for kb in 150000 300000 450000; do
        run bash -c "ulimit -v $kb; timeout -s KILL 30 ir-train -q -t 2 --epochs 1 '$t/dense.net' $data/single.irt -o '$t/m.irt'"
        echo "$kb: $status $output"
        [ "$status" -le 1 ]
        [ "$status" -eq 0 ] || [[ "$output" == *memory* ]]
        [ "$status" -eq 0 ] || [ ! -e "$t/m.irt" ]
    done
}

@test "clips in which nothing sounds are data: an empty label list, or every class at 0" {
    sed 's/loss ce/loss bce/' "$net" > "$t/multi.net"
    ir-cat --no-prog -n 8 $data/several.irt | ir-label --no-prog --set labels= - -o "$t/none.irt"
    cat "$t/none.irt" $data/several.irt > "$t/all.irt"
    train "$t/multi.net" "$t/all.irt" -o "$t/m.irt"
    ir-cat --look "$t/m.irt" | grep -q 'clips.train='
    refused 1 "labels that add to 0" train "$net" "$t/none.irt" -o "$t/x"
    ir-cat --no-prog -n 8 $data/several.irt | ir-label --no-prog --unset split - | ir-cat --no-prog --set labels= - -o "$t/bare.irt"
    refused 1 "has no labels" train "$t/multi.net" "$t/bare.irt" -o "$t/x"
}
