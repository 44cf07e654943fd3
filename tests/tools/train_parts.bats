#!/usr/bin/env bats
# ir-train --parts: what a batch in parts comes to, and that nothing but their number decides its bytes.

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || exit 1
    data=tests/data/net/single.irt # 27 clips train
    t=$BATS_TEST_TMPDIR
    net=$t/cnn.net
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' standardize 'conv2d out=4 kernel=3 pad=1' batchnorm relu \
        'maxpool2d size=2' flatten 'dropout p=0.2' 'dense out=16' batchnorm relu 'dense out=classes' 'loss ce' > "$net"
}

train() {
    ir-train -q --seed 3 --epochs 3 --batch 8 "$@"
}

numbers() { # numbers PARAMETER MODEL: one a line
    ir-cat --no-prog --name "$1" --to raw "$2" | od -An -v -tf4 -w4
}

near() { # near FILE FILE TOLERANCE: relative to the larger, and not only by being equal to nothing
    paste "$1" "$2" | awk -v e="$3" '{ a = $1 < 0 ? -$1 : $1; d = $1 - $2; d = d < 0 ? -d : d; if (d > e * (a > 0.1 ? a : 0.1)) bad = 1 }
        END { exit bad || NR < 4 }'
}

@test "four parts: the same bytes for 1, 2 and 3 threads, others than those of one part" {
    train -t 1 --parts 4 "$net" $data -o "$t/1.irt"
    train -t 2 --parts 4 "$net" $data -o "$t/2.irt"
    train -t 3 --parts 4 "$net" $data -o "$t/3.irt"
    cmp "$t/1.irt" "$t/2.irt"
    cmp "$t/1.irt" "$t/3.irt"
    train --no-prog --parts 4 "$net" $data -o "$t/4.irt"
    train --no-prog "$net" $data -o "$t/one.irt"
    ! cmp -s "$t/4.irt" "$t/one.irt"
    train --no-prog --parts 1 "$net" $data -o "$t/same.irt"
    cmp "$t/same.irt" "$t/one.irt"
}

@test "without batchnorm parts learn what the whole batch does, up to rounding" {
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' 'conv2d out=4 kernel=3 pad=1' relu flatten 'dropout p=0.2' \
        'dense out=classes' 'loss ce weights=1,2,0.5' > "$net"
    train --optim sgd --lr 0.01 "$net" $data -o "$t/one.irt"
    for p in 2 3 7 8; do
        train --optim sgd --lr 0.01 --parts $p "$net" $data -o "$t/m.irt"
        for name in conv2d1.weight dense1.weight; do
            numbers $name "$t/one.irt" > "$t/a"
            numbers $name "$t/m.irt" > "$t/b"
            near "$t/a" "$t/b" 1e-3
        done
        ! cmp -s "$t/a" "$t/b"
    done
}

@test "running statistics are those of the whole batch" {
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' flatten batchnorm 'dense out=classes' 'loss ce' > "$net"
    train --lr 0 "$net" $data -o "$t/one.irt"
    for p in 2 3 8; do
        train --lr 0 --parts $p "$net" $data -o "$t/m.irt"
        for name in batchnorm1.running_mean batchnorm1.running_var; do
            numbers $name "$t/one.irt" > "$t/a"
            numbers $name "$t/m.irt" > "$t/b"
            near "$t/a" "$t/b" 1e-4
        done
    done
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' 'conv2d out=4 kernel=3 pad=1' batchnorm relu 'maxpool2d size=2' \
        flatten 'dense out=classes' 'loss ce' > "$net" # the batchnorm that runs as one with its neighbours
    train --lr 0 "$net" $data -o "$t/one.irt"
    train --lr 0 --parts 4 "$net" $data -o "$t/m.irt"
    numbers batchnorm1.running_var "$t/one.irt" > "$t/a"
    numbers batchnorm1.running_var "$t/m.irt" > "$t/b"
    near "$t/a" "$t/b" 1e-4
}

@test "parts that a last batch leaves empty, and a resume in the middle" {
    train --epochs 4 --batch 26 --parts 26 "$net" $data -o "$t/whole.irt"
    ir-cat --look "$t/whole.irt" | grep -q 'clips.train=27'
    train --epochs 2 --batch 26 --parts 26 --checkpoint "$t/ck" "$net" $data -o "$t/m.irt"
    train --epochs 4 --batch 26 --parts 26 --checkpoint "$t/ck" --resume "$net" $data -o "$t/m.irt"
    cmp <(ir-cat --no-prog "$t/m.irt" --to raw) <(ir-cat --no-prog "$t/whole.irt" --to raw)
    run train --epochs 4 --batch 26 --parts 2 --checkpoint "$t/ck" --resume "$net" $data -o "$t/x.irt"
    [ "$status" -eq 1 ]
    [[ "$output" == *"made with 'parts 26', now it is 'parts 2'"* ]]
}

@test "more parts than clips in a batch are refused" {
    run train --parts 9 "$net" $data -o "$t/x.irt"
    [ "$status" -eq 2 ]
    [[ "$output" == *"--parts 9: a batch of 8 clips has no more parts than clips"* ]]
    [ ! -e "$t/x.irt" ]
    run train --parts 0 "$net" $data -o "$t/x.irt"
    [ "$status" -eq 2 ]
}

@test "a loss that is not finite names its clips, whichever part they are in" {
    run train --lr 1e30 --optim sgd --parts 4 "$net" $data -o "$t/x.irt"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"the loss is not finite for "*" of 8 clips: clip"* ]]
}

@test "parts need less memory" {
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' 'conv2d out=64 kernel=3 pad=1' relu 'conv2d out=64 kernel=3 pad=1' relu \
        flatten 'dense out=classes' 'loss ce' > "$net"
    run train --batch 256 --memory 12 "$net" $data -o "$t/x.irt"
    [ "$status" -eq 1 ]
    train --epochs 1 --batch 256 --memory 12 --parts 32 "$net" $data -o "$t/m.irt"
}
