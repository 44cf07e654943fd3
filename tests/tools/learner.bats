# ir-train --learner and ir-infer: every learner learns, the model does not depend on threads, damage is refused.

setup() {
    cd "$BATS_TEST_TMPDIR"
}

pred() {
    perl "$BATS_TEST_DIRNAME/score_pred.pl" "$@"
}

# N clips of two features: a left and right, b below and above, half of each; some noise; split in two
two_labels() {
    awk -v n="$1" 'BEGIN {
        srand(5)
        for (i = 1; i <= n; i++) {
            a = rand() < .5; b = rand() < .5
            l = a && b ? "a:1,b:1" : a ? "a:1" : b ? "b:1" : "-"
            printf "%d %s %.6f %.6f 7 split=%s\n", i, l, (a - .5) * 4 + rand(), (b - .5) * 400 + rand() * 100, i % 3 ? "train" : "test"
        }
    }' | DOMAIN=feature NAME=x pred "" "a b" closed > f.irt
}

one_label() {
    awk 'BEGIN {
        srand(6)
        for (i = 1; i <= 90; i++) {
            c = i % 3
            printf "%d %s %.6f %.6f split=%s\n", i, c == 0 ? "a:1" : c == 1 ? "b:1" : "c:1", c * 3 + rand(), (c == 1) * 3 + rand(), i % 2 ? "train" : "test"
        }
    }' | DOMAIN=feature NAME=x pred "" "a b c" closed > s.irt
}

@test "every learner with features separates two labels; threads do not change a byte" {
    two_labels 240
    for l in "logistic" "svm" "forest trees=30" "forest trees=30 joint=yes" "knn neighbours=3"; do
        ir-train -q --no-prog -t 1 --seed 3 --learner "$l" f.irt -o 1.irt
        ir-train -q --no-prog -t 2 --seed 3 --learner "$l" f.irt -o 2.irt
        cmp 1.irt 2.irt
        ir-cat --split test f.irt | ir-infer -m 1.irt -f irt -t 1 --no-prog -o p1.irt
        ir-cat --split test f.irt | ir-infer -m 1.irt -f irt -t 2 --no-prog -o p2.irt
        cmp p1.irt p2.irt
        run ir-score --metrics exact_match --format tsv p1.irt
        [ "$status" -eq 0 ]
        awk -v l="$l" '$1 == "exact_match" && $5 >= .95 { ok = 1 } $1 == "clips" && $5 == 80 { n = 1 } END { exit !(ok && n) }' <<< "$output"
    done
}

@test "one label a clip: probabilities sum to 1, task=single" {
    one_label
    for l in logistic svm forest knn; do
        ir-train -q --learner "$l" s.irt -o m.irt
        ir-cat --split test s.irt | ir-infer -m m.irt -f irt -o p.irt
        run ir-score --metrics accuracy --format tsv p.irt
        [ "$status" -eq 0 ]
        awk '$1 == "accuracy" && $5 >= .95 { ok = 1 } END { exit !ok }' <<< "$output"
        ir-infer -m m.irt -f tsv s.irt | awk 'NR > 1 { s[$1 $2] += $5 } END { for (i in s) if (s[i] < .9999 || s[i] > 1.0001) exit 1 }'
    done
}

@test "majority needs no features and predicts the labels a clip has on average" {
    printf '1 a:1,b:1\n2 a:1,b:1,c:1\n3 b:1,c:1\n4 a:1\n' | DOMAIN=feature NAME=x pred "" "a b c" closed > y.irt
    ir-train -q --learner majority y.irt -o m.irt
    run ir-infer -m m.irt -f tsv y.irt
    [ "$status" -eq 0 ]
    [ "$(grep -c '	[ab]	1$' <<< "$output")" -eq 8 ]
    [ "$(grep -c '	c	0$' <<< "$output")" -eq 4 ]
    ir-train -q --learner "majority labels=1" y.irt -o m1.irt
    ir-infer -m m1.irt -f irt y.irt | ir-score --metrics top1_in_set | grep -q "top1_in_set        75.00 %"
}

@test "partly labelled streams: unknown labels are left out" {
    awk 'BEGIN { srand(2); for (i = 1; i <= 60; i++) { a = i % 2; printf "%d %s %.4f %.4f\n", i, i % 3 == 0 ? "b:" (i % 4 > 1) : "a:" a, a * 5 + rand(), (i % 4 > 1) * 5 + rand() } }' |
        DOMAIN=feature NAME=x pred "" "a b" open > f.irt
    for l in logistic svm forest "knn neighbours=9"; do
        ir-train -q --learner "$l" f.irt -o m.irt
        ir-infer -m m.irt -f irt f.irt | ir-score --metrics cell_accuracy | grep -q "cell_accuracy      100.00 %"
    done
    run ir-train -q --learner "forest joint=yes" f.irt -o x.irt
    [ "$status" -eq 1 ]
    [[ $output == *"joint=yes needs every label, clip 1 has unknown ones"* ]]
    [ ! -e x.irt ]
}

@test "what cannot be learned is said" {
    two_labels 30
    run ir-train --learner tree f.irt -o m.irt
    [ "$status" -eq 2 ]
    [[ $output == *"unknown word 'tree', known are forest, knn, logistic, majority, svm"* ]]
    run ir-train --learner "forest leaves=2" f.irt -o m.irt
    [[ $output == *"forest has no setting 'leaves', wanted trees=100"* ]]
    run ir-train --learner "forest trees=x" f.irt -o m.irt
    [ "$status" -eq 1 ]
    [[ $output == *trees*x* ]]
    run ir-train --learner logistic --train-split nowhere f.irt -o m.irt
    [[ $output == *"no clip to train on: none of 30 clips is in split 'nowhere'"* ]]
    printf '1 a:1 1 2\n2 b:1 1\n' | DOMAIN=feature NAME=x pred "" "a b" closed > d.irt
    run ir-train --learner logistic d.irt -o m.irt
    [ "$status" -eq 1 ]
    [[ $output == *"clip 2: found 1 features, wanted 2 as in the clips before"* ]]
    printf '1 a:1 1 nan\n' | DOMAIN=feature NAME=x pred "" "a b" closed > n.irt
    run ir-train --learner logistic n.irt -o m.irt
    [ "$status" -eq 1 ]
    [[ $output == *"not a finite number"* || $output == *NaN* || $output == *nan* ]]
    printf '1 a:1 1 2\n2 a:1 1 3\n' | DOMAIN=feature NAME=x pred "" "a b" closed > c.irt
    run ir-train --learner svm c.irt -o m.irt
    [ "$status" -eq 1 ]
    [[ $output == *"all 2 clips are of one class"* ]]
    printf '1 - 1 2\n' | NOLABELS=1 DOMAIN=feature NAME=x pred "" "a b" closed > l.irt
    run ir-train --learner svm l.irt -o m.irt
    [[ $output == *"none of the 1 clips has a label"* ]]
    [ ! -e m.irt ]
}

@test "a model refuses other features, and a damaged model is refused" {
    two_labels 60
    for l in "forest trees=3" logistic svm "knn" ; do
        ir-train -q --learner "$l" f.irt -o m.irt
        printf '1 a:1 1 2\n' | DOMAIN=feature NAME=x pred "" "a b" closed > two.irt
        run ir-infer -m m.irt -f tsv two.irt
        [ "$status" -eq 1 ]
        [[ $output == *"clip 1 has 2 features, the model wants 3"* ]]
        size=$(stat -c %s m.irt)
        for at in 40 300 $((size / 2)) $((size - 20)); do
            head -c "$at" m.irt > cut.irt
            run ir-infer -m cut.irt -f tsv f.irt
            [ "$status" -eq 1 ]
        done
    done
    ir-train -q --learner "forest trees=3" f.irt -o m.irt
    ir-cat --set-header learner=svm m.irt > wrong.irt
    run ir-infer -m wrong.irt -f tsv f.irt
    [ "$status" -eq 1 ]
    ir-cat --set-header learner=magic --set-header learner.options= m.irt > wrong.irt
    run ir-infer -m wrong.irt -f tsv f.irt
    [ "$status" -eq 1 ]
    [[ $output == *"unknown learner 'magic'"* ]]
    ir-cat --name forest.left --name forest.feature m.irt > wrong.irt
    run ir-infer -m wrong.irt -f tsv f.irt
    [ "$status" -eq 1 ]
    [[ $output == *"forest model has no record 'forest.start'"* ]]
}

@test "the man page lists every learner with its settings and defaults" {
    two_labels 9
    man=$(tr -d '\\' < "$BATS_TEST_DIRNAME/../../tools/ir-train.1")
    for l in $(ir-train --help=tsv | awk -F '\t' '$2 == "learner" { gsub(/[|]/, " ", $9); print $9 }'); do
        run ir-train --learner "$l none=1" f.irt -o m.irt
        [ "$status" -eq 2 ]
        [[ $man == *".It Cm $l ${lines[0]##*wanted }"* ]]
    done
}
