#!/usr/bin/env bats
# Faults that were found once and came from saying a thing in two places; each has its own test.

setup() {
    cd "$BATS_TEST_TMPDIR"
    data=$BATS_TEST_DIRNAME/../data/net
    printf '%s\n' 'input feature channels=1 bands=6 frames=any' global 'dense out=classes' 'loss ce' > n.net
}

# fast TRAIN-ARGUMENTS…: a short training without a history
fast() { ir-train -q --no-prog --seed 1 --batch 4 --lr 0.05 "$@"; }

@test "a training that stopped by --patience is the same when it is resumed" {
    fast --epochs 60 --patience 1 --best loss --checkpoint ck --log log.tsv n.net "$data/single.irt" -o 1.irt
    [ "$(wc -l < log.tsv)" -lt 60 ]
    fast --epochs 60 --patience 1 --best loss --checkpoint ck --resume n.net "$data/single.irt" -o 2.irt
    cmp 1.irt 2.irt
    # more epochs allowed: it would have stopped there too
    fast --epochs 90 --patience 1 --best loss --checkpoint ck --resume n.net "$data/single.irt" -o 3.irt
    ir-cat --compare --data-only 1.irt 3.irt
}

@test "another group of a clip is other training data: not resumed" {
    ir-cat -q --set group=a "$data/single.irt" -o a.irt
    ir-cat -q --set group=b "$data/single.irt" -o b.irt
    fast --epochs 2 --checkpoint ck n.net a.irt -o 1.irt
    run fast --epochs 4 --checkpoint ck --resume n.net b.irt -o 2.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"other training data"* ]]
}

@test "a training killed in the middle of an epoch is the same when it is resumed" {
    mkfifo slow
    # every epoch its own clips, from a pipe that stands still within the second epoch
    for e in 1 2 3; do ir-cat -q --no-prog --set epoch=$e "$data/single.irt" -o e$e.irt; done
    ir-cat -q --no-prog e1.irt e2.irt e3.irt -o all.irt
    fast --epochs 3 n.net - -o whole.irt < all.irt
    (head -c 25000 all.irt; exec sleep 100) > slow &
    feeder=$!
    ir-train -q --no-prog --seed 1 --batch 4 --lr 0.05 --epochs 3 --checkpoint ck --checkpoint-every 0 n.net - \
        -o part.irt < slow 3>&- &
    trainer=$!
    for i in $(seq 100); do [ -e ck ] && break; sleep 0.1; done
    [ -e ck ] && kill -0 $trainer # it is still at work
    kill -9 $trainer $feeder
    wait $trainer $feeder || true
    [ ! -e part.irt ]
    fast --epochs 3 --checkpoint ck --resume n.net - -o part.irt < all.irt
    ir-cat --compare --data-only part.irt whole.irt
}

@test "an interrupt ends ir-train while it waits for a live pipe" {
    mkfifo p
    (head -c 3000 "$data/single.irt"; exec sleep 100) > p &
    feeder=$!
    # INT is ignored in background jobs of a script: TERM takes the same way
    ir-train -q n.net - -o m.irt < p 3>&- &
    trainer=$!
    sleep 1
    kill -0 $trainer
    kill -TERM $trainer
    for i in $(seq 50); do kill -0 $trainer 2> /dev/null || break; sleep 0.1; done
    run kill -0 $trainer
    kill $feeder
    [ "$status" -ne 0 ]
    [ ! -e m.irt ]
}

@test "training, prediction and augmentation agree on what a clip is" {
    # two clips of the same id that differ in their offset, and one name twice
    ir-cat -q --set id=same --set offset=0 --count 1 "$data/single.irt" -o a.irt
    ir-cat -q --set id=same --set offset=1 --count 2 --skip 1 "$data/single.irt" -o b.irt
    ir-cat -q a.irt b.irt "$data/single.irt" -o c.irt
    fast --epochs 1 n.net c.irt -o m.irt
    trained=$(($(ir-cat --to text m.irt | sed -n 's/^clips\.\(train\|valid\)=//p' | paste -sd+)))
    ir-cat --split train --split valid c.irt | ir-infer -q -m m.irt -f irt > p.irt
    [ "$trained" -eq "$(ir-cat --look p.irt | grep -c '^[0-9]')" ]
}

@test "words that are not known are wrong usage, before anything is read" {
    mkfifo never
    for bad in '--optim foo' '--schedule foo' '--learner foo' '--optim adam,foo=1' '--schedule step,every=no'; do
        run timeout 10 ir-train -q $bad n.net never
        [ "$status" -eq 2 ] || { echo "$bad: $status $output"; false; }
        [[ "$output" == *foo* || "$output" == *every* ]]
    done
    run ir-train --optim foo n.net never
    [[ "$output" == *"known are adam, adamw, rmsprop, sgd"* ]]
}

@test "-o is taken by every command that prints" {
    s=$data/single.irt
    ir-cat --about "$s" -o about.txt
    [ -s about.txt ] && [ "$(ir-cat --about "$s")" = "$(cat about.txt)" ]
    ir-cat --compare "$s" "$s" -o same.txt
    grep -q 'records agree' same.txt
    ir-train --plan n.net "$s" -o plan.txt
    grep -q dense plan.txt
    fast --epochs 1 n.net "$s" -o m.irt
    ir-cat -q --set-header frontend= m.irt -o m2.irt || true
    run ir-infer --pipeline m.irt -o line.sh
    [ "$status" -ne 0 ] || grep -q ir-decode line.sh
}

@test "looking into a pipe does not eat it" {
    fast --epochs 1 n.net "$data/single.irt" -o m.irt
    ir-infer -q -m m.irt -f irt <(cat "$data/single.irt") > 1.irt
    ir-infer -q -m m.irt -f irt - < "$data/single.irt" > 2.irt
    ir-cat --compare --data-only 1.irt 2.irt
    printf 'id,labels\nclip00,oboe\n' > t.csv
    ir-cat --id clip00 "$data/single.irt" -o one.irt
    ir-label --from <(cat t.csv) one.irt > l.irt
    ir-cat --look l.irt | grep -q 'oboe:1'
    ir-plot -k spectrogram <(cat "$data/single.irt") > p.svg
    grep -q '<svg' p.svg
}
