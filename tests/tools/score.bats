# ir-score: reports, published numbers, undefined cases, bad input.

setup() {
    cd "$BATS_TEST_TMPDIR"
    ROOT=$BATS_TEST_DIRNAME/../..
}

# pred TASK CLASSES LABELS(closed|open) < "id labels p1 p2 …" lines; labels "-" is an empty list
pred() {
    perl "$BATS_TEST_DIRNAME/score_pred.pl" "$@"
}

@test "the published confusion matrix of 000 gives its published table, misprint found" {
    run ir-score --matrix "$ROOT/pipelines/published/audioset-confusion.tsv" \
        --against "$ROOT/pipelines/published/audioset.tsv"
    [ "$status" -eq 0 ]
    [[ $output == *"precision flute                         76.82      76.92      +0.10"* ]]
    [[ $output == *"35 to the printed digit, 1 differ, 0 not available"* ]]
    [[ $output == *"precision macro of cnn is printed as 69.92, but its classes give 69.89"* ]]
    [[ $output == *"macro        69.92    64.50    63.77"* ]]
}

@test "single label: table, confusion with actual rows, class without clips named" {
    pred single "a b c" closed > p.irt <<'END'
1 a:1 .8 .1 .1
2 a:1 .2 .7 .1
3 b:1 .1 .8 .1
4 b:1 .1 .2 .7
END
    run ir-score --metrics accuracy,precision,recall,f1 p.irt
    [ "$status" -eq 0 ]
    [[ $output == *"accuracy           50.00 %"* ]]
    [[ $output == *"a              1        1        0"* ]]
    [[ $output == *"b              0        1        1"* ]]
    [[ $output == *"c             0.00      n/a      n/a        0"* ]]
    [[ $output == *"note: class c has no clip: its scores are n/a and it is left out of the means over classes"* ]]
    [[ $output != *nan* ]]
    ir-score --metrics f1 --format tsv p.irt > t.tsv
    grep -q "^f1	macro	-	-	0.583333	-	-$" t.tsv
    grep -q "^f1	class	c	-	n/a	-	-$" t.tsv
    grep -q "^confusion	-	b	c	1	-	-$" t.tsv
    ir-score --format json p.irt > t.json
    grep -q '"confusion": \[\[1, 1, 0\], \[0, 1, 1\], \[0, 0, 0\]\]' t.json
    grep -q '{"metric": "recall", "average": "class", "class": "c", "value": null}' t.json
}

@test "several labels: thresholds of the stream, --threshold, unknown cells skipped" {
    THRESHOLDS="0.3 0.6" pred multi "a b" open > p.irt <<'END'
1 a:1,b:0 .4 .5
2 a:0 .2 .9
3 b:1 .9 .6
END
    run ir-score --metrics cell_accuracy,exact_match p.irt
    [ "$status" -eq 0 ]
    [[ $output == *"cell_accuracy      100.00 %"* ]]
    [[ $output == *"note: 2 of 6 cells have no label and are skipped"* ]]
    run ir-score --metrics cell_accuracy --threshold 0.5 p.irt
    [[ $output == *"cell_accuracy      50.00 %"* ]]
}

@test "trivial systems: constant and uniform" {
    pred multi "a b c d" closed > p.irt <<'END'
1 a:1,b:1 0 0 0 0
2 a:1 0 0 0 0
3 c:1 0 0 0 0
4 d:1 0 0 0 0
END
    run ir-score --constant a --metrics top1_in_set p.irt
    [[ $output == *"top1_in_set        50.00 %"* ]]
    run ir-score --uniform --metrics top1_in_set p.irt
    [[ $output == *"top1_in_set        31.25 %"* ]]
    run ir-score --constant "a zither" p.irt
    [ "$status" -eq 1 ]
    [[ $output == *zither* ]]
}

@test "bad input is named and refused" {
    printf '1 - .5 .5\n' | NOLABELS=1 pred single "a b" closed > n.irt
    run ir-score n.irt
    [ "$status" -eq 1 ]
    [[ $output == *"none of the 1 clips has labels: nothing to score against"* ]]
    printf '1 a:1 .5 .5 .1\n' | pred single "a b" closed > w.irt
    run ir-score w.irt
    [ "$status" -eq 1 ]
    [[ $output == *"clip 1 (1): found predictions of shape 3, wanted 2 (one a class)"* ]]
    printf '1 a:1 .5 1.5\n' | pred single "a b" closed > r.irt
    run ir-score r.irt
    [ "$status" -eq 1 ]
    [[ $output == *"the probability of b is 1.5, wanted 0 to 1"* ]]
    printf '1 a:1 nan .5\n' | pred single "a b" closed > nan.irt
    run ir-score nan.irt
    [ "$status" -eq 1 ]
    [[ $output == *"the probability of a is not a number"* ]]
    printf '' | pred single "a b" closed > e.irt
    run ir-score e.irt
    [ "$status" -eq 1 ]
    [[ $output == *"the stream has no clips"* ]]
    printf '1 x:1 .5 .5\n' | pred single "a b" closed > x.irt
    run ir-score x.irt
    [ "$status" -eq 1 ]
    [[ $output == *"clip 1 (1)"*x* ]]
    head -c 200 w.irt > cut.irt
    run ir-score cut.irt
    [ "$status" -eq 1 ]
    run ir-score missing.irt
    [ "$status" -eq 1 ]
    [[ $output == *missing.irt* ]]
    printf '1 a:1 .5 .5\n' | DOMAIN=audio pred single "a b" closed > d.irt
    run ir-score d.irt
    [ "$status" -eq 1 ]
    [[ $output == *"found a stream with domain=audio, wanted predictions (domain=pred)"* ]]
}

@test "wrong usage exits 2; unknown metric and broken tables name what is wrong" {
    run ir-score --format xml
    [ "$status" -eq 2 ]
    run ir-score --system x </dev/null
    [ "$status" -eq 2 ]
    printf '1 a:1 .5 .5\n' | pred single "a b" closed > p.irt
    run ir-score --metrics f2 p.irt
    [ "$status" -eq 1 ]
    [[ $output == *"unknown metric 'f2', known are "* ]]
    printf 'actual\ta\tb\na\t1\t2\nb\t1\n' > m.tsv
    run ir-score --matrix m.tsv
    [ "$status" -eq 1 ]
    [[ $output == *"m.tsv:3: found 2 columns, wanted 3"* ]]
    printf 'system\tmetric\taverage\tclass\tpredicted\tvalue\tnote\nx\tf9\t-\t-\t-\t1\t\n' > pub.tsv
    run ir-score --against pub.tsv p.irt
    [ "$status" -eq 1 ]
    [[ $output == *"pub.tsv:2: unknown metric 'f9', known are "* ]]
    [ -z "$(ls | grep -v -e irt -e tsv)" ]
}

@test "one class only and one-sided labels print n/a" {
    printf '1 a:1 .9\n2 a:1 .8\n' | pred multi "a" closed > p.irt
    run ir-score p.irt
    [ "$status" -eq 0 ]
    [[ $output == *"note: there is only one class"* ]]
    [[ $output == *"note: class a has no clip without it: rankings of it are n/a"* ]]
    [[ $output != *nan* ]]
}
