#!/usr/bin/env bats
# The command line of all tools: what the history keeps of it, what is refused, help for other programs.

setup() {
    cd "$BATS_TEST_TMPDIR"
    net=$BATS_TEST_DIRNAME/../data/net
}

# the newest line of the history of a stream
history() { ir-cat --to text "$1" | sed -n 's/^prog\.[0-9]*=//p' | tail -n 1; }

@test "equal results have equal headers, however their options were written" {
    sox -n -r 8000 -c 2 a.wav synth 1 sine 440
    ir-decode -c1 a.wav -o 1.irt
    ir-decode --channels 1 a.wav -o 2.irt
    ir-decode -q --chan=1 -j2 a.wav -o 3.irt
    ir-decode -qj2 -vc 1 --timeout 99 a.wav > 4.irt
    for i in 2 3 4; do cmp 1.irt $i.irt; done
    [ "$(history 1.irt)" = "ir-decode --channels=1 a.wav" ]
    ir-mel --rate 8000 --bands 40 -j 1 1.irt -o m1.irt
    ir-mel -j 2 --bands=40 --rate 8e3 1.irt > m2.irt
    ir-mel --threads 3 --bands 40 --rate 8000.0 1.irt > m3.irt
    cmp m1.irt m2.irt
    cmp m1.irt m3.irt
    [ "$(history m1.irt)" = "ir-mel --rate=8000 --bands=40 1.irt" ]
}

@test "threads, logs and where the result goes leave no trace in a model" {
    printf 'input feature channels=1 bands=6 frames=any\nglobal\ndense out=classes\nloss ce\n' > n.net
    ir-train -q -t 1 --epochs 2 n.net "$net/single.irt" -o 1.irt
    ir-train -q -t 3 --epochs 2 --log l.tsv --checkpoint c --memory 4000 n.net "$net/single.irt" > 2.irt
    cmp 1.irt 2.irt
    ir-train -q --resume --epochs=2 --checkpoint c n.net "$net/single.irt" > 3.irt
    cmp 1.irt 3.irt
    ir-infer -m 1.irt -f irt -t 1 "$net/single.irt" -o p1.irt
    ir-infer -f irt --model=1.irt -j 2 "$net/single.irt" > p2.irt
    cmp p1.irt p2.irt
}

@test "a list keeps its order, words with blanks are quoted, operands that begin with - stand behind --" {
    ir-cat --set 'a=x y' --set b=1 "$net/single.irt" -o ./-s.irt
    [ "$(history ./-s.irt)" = "ir-cat '--set=a=x y' --set=b=1 $net/single.irt" ]
    ir-cat --set b=2 -- -s.irt > t.irt
    [ "$(history t.irt)" = "ir-cat --set=b=2 -- -s.irt" ]
    ir-cat --set b=3 - < t.irt > u.irt
    [ "$(history u.irt)" = "ir-cat --set=b=3" ]
}

@test "letters that meant something else are refused, and the new name is said" {
    run ir-cat -t npy "$net/single.irt"
    [ "$status" -eq 2 ]
    [[ "$output" == *"-t is no longer an option: it is written --to now"* ]]
    run ir-plot -t title "$net/single.irt"
    [ "$status" -eq 2 ]
    [[ "$output" == *"--title now"* ]]
}

@test "one letter means one thing in all tools" {
    for tool in "$IR_BUILD"/bin/ir-*; do
        "$tool" --help=tsv | awk -F '\t' 'NR > 1 && $1 != "" { print $1 "\t" $2 }'
    done | sort -u > letters
    cut -f 1 letters | uniq -d > twice
    [ ! -s twice ] || { grep -Ff twice letters; false; }
}

@test "--help=tsv is a table with a row for each option of --help" {
    for tool in "$IR_BUILD"/bin/ir-*; do
        "$tool" --help=tsv > h.tsv
        awk -F '\t' 'NF != 11' h.tsv > bad
        [ ! -s bad ] || { cat bad; false; }
        "$tool" --help | sed '/^examples:/,$d' | sed -nE 's/^(  -., |      )--([a-z0-9-]+).*/\2/p' | sort > long
        cut -f 2 h.tsv | tail -n +2 | sort | diff - long
    done
    run ir-mel --help=html
    [ "$status" -eq 2 ]
}

@test "--version says the version and the commit" {
    run ir-mel --version
    [[ "$output" =~ ^"ir-mel (irtools) "[0-9]+\.[0-9]+\.[0-9]+ ]]
    cd "$BATS_TEST_DIRNAME/../.."
    [ -e .git ] || skip "not a git clone"
    ir-mel --version | grep -q '(commit [0-9a-f]\{7,\})$'
}

@test "--list names every layer, loss, optimiser, schedule and learner" {
    ir-train --list > list
    for f in "$BATS_TEST_DIRNAME"/../../lib/net/layer_*.c "$BATS_TEST_DIRNAME"/../../lib/net/loss_*.c \
        "$BATS_TEST_DIRNAME"/../../lib/train/optim_*.c "$BATS_TEST_DIRNAME"/../../lib/learn/learner_*.c; do
        name=${f##*/}
        name=${name#*_}
        grep -q "^  \(loss \)\?${name%.c}" list || { echo "${name%.c}"; false; }
    done
}
