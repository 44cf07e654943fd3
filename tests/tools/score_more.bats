# ir-score: verdicts, errors, bars, intervals, comparison, storing thresholds and temperature.

setup() {
    cd "$BATS_TEST_TMPDIR"
    DATA=$BATS_TEST_DIRNAME/../data/score
}

pred() {
    perl "$BATS_TEST_DIRNAME/score_pred.pl" "$@"
}

@test "verdict lines of 002 with the accuracy so far and the final summary" {
    pred single "flute voice" closed > p.irt <<'END'
1 flute:1,voice:1 .8 .2 path=x/one.wav
2 voice:1 .75 .25 path=x/two.wav
3 - .5 .5 path=x/three.wav
END
    run ir-score --verdicts p.irt
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "[1/3] one.wav: truth flute, voice; predicted flute (0.8000) CORRECT; accuracy so far 1/1 = 100.0%" ]
    [ "${lines[1]}" = "[2/3] two.wav: truth voice; predicted flute (0.7500) INCORRECT; accuracy so far 1/2 = 50.0%" ]
    [ "${lines[2]}" = "[3/3] three.wav: truth none; predicted flute (0.5000) no labels; accuracy so far 1/2 = 50.0%" ]
    [ "${lines[3]}" = "FINAL SUMMARY" ]
    [ "${lines[4]}" = "files processed    3" ]
    [ "${lines[5]}" = "with ground truth  2" ]
    [ "${lines[6]}" = "correct            1" ]
    [ "${lines[7]}" = "accuracy           50.0%" ]
    ir-score --verdicts -f tsv p.irt | sed -n 3p | grep -q "^2	2	x/two.wav	0	voice	flute	0.7500	no	1	2$"
    ir-score --verdicts -f json p.irt | sed -n 3p | grep -q '"correct": null, "right": 1, "of": 2}$'
}

@test "errors, worst first" {
    pred single "a b" closed > p.irt <<'END'
1 a:1 .9 .1
2 b:1 .6 .4
3 a:1 .05 .95
END
    run ir-score --errors 5 p.irt
    [ "${lines[0]}" = "2 of 3 clips are wrong; worst first (by how much more probable the prediction is than the truth)" ]
    [[ ${lines[1]} == *"0.9000  3: truth a; predicted b" ]]
    [[ ${lines[2]} == *"0.2000  2: truth b; predicted a" ]]
    run ir-score --errors 1 -f tsv p.irt
    [ "${#lines[@]}" -eq 2 ]
    pred multi "a b" open > m.irt <<'END'
1 a:1 .1 .9
2 a:1,b:0 .4 .9
3 b:1 .9 .9
END
    run ir-score --errors 9 m.irt
    [[ ${lines[0]} == "2 of 3 clips are wrong; worst first (by log loss)" ]]
    [[ ${lines[1]} == *" 2: truth a; predicted b" ]]
    [[ ${lines[2]} == *" 1: truth a; predicted b" ]]
}

@test "bars of the mean probability of the true class" {
    pred single "a b c" closed > p.irt <<'END'
1 a:1 1 0 0
2 b:1 .5 .25 .25
END
    run ir-score --bars --metrics true_probability p.irt
    [[ $output == *"a        100.00  ########################################"* ]]
    [[ $output == *"b         25.00  ##########"* ]]
    [[ $output == *"c           n/a"* ]]
}

@test "bootstrap: whole groups are drawn; seed decides, threads do not; intervals hold the value" {
    pred multi "a b c d e f" closed < "$DATA/multi.txt" > m.irt
    ir-score --bootstrap 200 -t 1 --seed 4 -f tsv m.irt > 1.tsv
    ir-score --bootstrap 200 -t 2 --seed 4 -f tsv m.irt > 2.tsv
    cmp 1.tsv 2.tsv
    ir-score --bootstrap 200 --seed 5 -f tsv m.irt > 3.tsv
    ! cmp -s 1.tsv 3.tsv
    awk -F '\t' '$6 != "-" && NR > 1 && !/^#/ { n++; if (!($6 <= $5 && $5 <= $7)) bad = 1 } END { exit bad || n < 30 }' 1.tsv
    grep -q "^# intervals: 95 %% of 200 bootstrap samples of 12 groups" 1.tsv || grep -q "^# intervals: 95 %25 of 200 bootstrap samples of 12 groups" 1.tsv
    wide=$(ir-score --bootstrap 200 --unit clip --confidence .99 --metrics cell_accuracy -f tsv m.irt | awk '$1 == "cell_accuracy" && $2 == "-" { print $7 - $6 }')
    narrow=$(ir-score --bootstrap 200 --unit clip --confidence .5 --metrics cell_accuracy -f tsv m.irt | awk '$1 == "cell_accuracy" && $2 == "-" { print $7 - $6 }')
    awk -v w="$wide" -v n="$narrow" 'BEGIN { exit !(w > 2 * n && n > 0) }'
}

@test "compare: order of clips does not matter, differences and McNemar" {
    pred single "a b" closed > one.irt <<'END'
1 a:1 .9 .1
2 a:1 .8 .2
3 b:1 .3 .7
4 b:1 .2 .8
END
    pred single "a b" closed > two.irt <<'END'
4 b:1 .9 .1
2 a:1 .8 .2
3 b:1 .8 .2
1 a:1 .4 .6
END
    run ir-score --compare two.irt --metrics accuracy one.irt
    [ "$status" -eq 0 ]
    [[ $output == *"accuracy                 100.00      25.00      75.00"* ]]
    [[ $output == *"both 1, only the first 3, only the second 0, neither 0"* ]]
    [[ $output == *"McNemar, exact, two-sided: p = 0.25"* ]]
    run ir-score --compare one.irt --metrics accuracy -f tsv one.irt
    [[ $output == *"accuracy	-	1.000000	1.000000	0.000000	0.000000	0.000000	1.000000"* ]]
    [[ $output == *"# first: one.irt"*"# second: one.irt"* ]]
    ir-score --compare two.irt one.irt | head -2 | tr '\n' ' ' | grep -qx 'first: one.irt second: two.irt '
    ir-score --compare two.irt -f json one.irt | head -1 | grep -q '^{"first": "one.irt", "second": "two.irt", "clips": '
    ir-score --compare two.irt -f json one.irt | tail -1 | grep -q '"mcnemar": 0.25}}$'
}

@test "compare refuses other classes, other clips, other labels" {
    printf '1 a:1 .9 .1\n2 b:1 .5 .5\n' | pred single "a b" closed > one.irt
    printf '1 a:1 .9 .1\n2 b:1 .5 .5\n' | pred single "a c" closed 2>/dev/null > two.irt || true
    printf '1 a:1 .9 .1\n2 c:1 .5 .5\n' | pred single "a c" closed > two.irt
    run ir-score --compare two.irt one.irt
    [ "$status" -eq 1 ]
    [[ $output == *"the classes of the second system are 'a c', wanted 'a b'"* ]]
    printf '1 a:1 .9 .1\n' | pred single "a b" closed > few.irt
    run ir-score --compare few.irt one.irt
    [ "$status" -eq 1 ]
    [[ $output == *"the second system has 1 clips, wanted 2"* ]]
    printf '1 a:1 .9 .1\n3 b:1 .5 .5\n' | pred single "a b" closed > other.irt
    run ir-score --compare other.irt one.irt
    [[ $output == *"clip 2 (2): the second system has no such clip"* ]]
    printf '1 a:1 .9 .1\n2 a:1 .5 .5\n' | pred single "a b" closed > labels.irt
    run ir-score --compare labels.irt one.irt
    [[ $output == *"clip 2 (2): the systems disagree on its label a"* ]]
    printf '1 a:1 .9 .1\n1 b:1 .5 .5\n' | pred single "a b" closed > twice.irt
    run ir-score --compare twice.irt twice.irt
    [[ $output == *"two clips have this id and offset"* ]]
}

@test "--tune and --calibrate store into a stream, which then scores so by itself" {
    pred multi "a b c d e f" closed < "$DATA/multi.txt" > m.irt
    ir-score --tune classes --calibrate --metrics f1 -f tsv m.irt --into m.irt -o tuned.irt > 1.tsv
    run ir-cat --to text tuned.irt
    [[ $output == *"thresholds=0."* ]]
    [[ $output == *"calibration=temperature "* ]]
    ir-score --tune classes --metrics f1 -f tsv m.irt --into m.irt -o tuned.irt > 1.tsv
    ir-score --metrics f1 -f tsv tuned.irt > 2.tsv
    diff <(grep -v '^#' 1.tsv) <(grep -v '^#' 2.tsv)
    printf '1 z:1 .5\n' | pred multi "z" closed > z.irt
    run ir-score --tune classes m.irt --into z.irt -o no.irt
    [ "$status" -eq 1 ]
    [[ $output == *"z.irt: its classes are 'z', those of the predictions 'a b c d e f'"* ]]
    [ ! -e no.irt ]
    run ir-score --tune classes m.irt --into m.irt
    [ "$status" -eq 2 ]
    [[ $output == *"--into needs -o FILE"* ]]
    printf '1 a:1 .9 .1\n' | pred single "a b" closed > s.irt
    run ir-score --tune micro s.irt
    [ "$status" -eq 1 ]
    [[ $output == *"thresholds are for task=multi"* ]]
}

@test "--split and --max-bad choose clips; nothing left is an error" {
    pred single "a b" closed > p.irt <<'END'
1 a:1 .9 .1 split=test
2 a:1 .1 .9 split=train
3 b:1 .1 1.9 split=test
END
    run ir-score p.irt
    [ "$status" -eq 1 ]
    run ir-score --max-bad 1 --split test --metrics accuracy p.irt
    [ "$status" -eq 0 ]
    [[ $output == *"accuracy           100.00 %"* ]]
    run ir-score --max-bad 1 --split valid p.irt
    [ "$status" -eq 1 ]
    [[ $output == *"none of 2 clips is in split 'valid'"* ]]
}

@test "hostile names are escaped in every format" {
    printf '1 a:1 .9 .1 path=x%%0A%%1B[31m\n' | pred single "a b" closed > p.irt
    for m in --verdicts "--errors 3"; do
        for f in text tsv json; do
            ir-score $m -f $f p.irt > out
            ! grep -q $'\e' out
        done
    done
    [ "$(ir-score --verdicts -f tsv p.irt | wc -l)" -eq 2 ]
}

@test "ir-infer uses the thresholds and the temperature that ir-score put into a model" {
    awk 'BEGIN { srand(3); for (i = 1; i <= 120; i++) { a = rand() < .5; printf "%d %s %.4f %.4f split=%s\n", i, a ? "a:1" : "b:1", a + 2 * rand(), rand(), i % 2 ? "train" : "valid" } }' |
        DOMAIN=feature NAME=x pred "" "a b" closed > f.irt
    ir-train -q --learner "forest trees=10" f.irt -o m.irt
    ir-cat --split valid f.irt > v.irt
    ir-infer -m m.irt -f irt v.irt > p.irt
    ir-score --calibrate --metrics log_loss,accuracy -f tsv p.irt --into m.irt -o calibrated.irt > 1.tsv
    ir-infer -m calibrated.irt -f irt v.irt | ir-score --metrics log_loss,accuracy -f tsv > 2.tsv
    awk '$1 == "log_loss" { v[FILENAME] = $5 } END { d = v["1.tsv"] - v["2.tsv"]; exit !(v["1.tsv"] > 0 && d < 1e-4 && d > -1e-4) }' 1.tsv 2.tsv
    t=$(sed -n 's/^# temperature \([0-9.]*\) .*/\1/p' 1.tsv)
    awk -v t="$t" 'BEGIN { exit !(t > 1.2) }'
    ir-cat --set-header "calibration=temperature hot" calibrated.irt > broken.irt
    run ir-infer -m broken.irt -f tsv v.irt
    [ "$status" -eq 1 ]
    [[ $output == *"broken.irt: "*hot* ]]
}

@test "sweep: the row of a threshold is what --threshold gives" {
    pred multi "a b c d e f" closed < "$DATA/multi.txt" > m.irt
    ir-score --sweep 0.2..0.6 --step 0.1 --by-file sum -f tsv m.irt > s.tsv
    [ "$(wc -l < s.tsv)" -eq 6 ]
    for t in 0.2 0.4 0.6; do
        f=$(ir-score --threshold $t --by-file sum --metrics f1 -f tsv m.irt | awk '$1 $2 == "f1micro" { print $5 }')
        awk -v t=$t -v f="$f" '$1 == t && $4 == f { ok = 1 } END { exit !ok }' s.tsv
    done
    ir-score --sweep 0.5 m.irt | sed -n 2p | grep -q "^      0.5 "
    printf '1 a:1 .9 .1\n' | pred single "a b" closed > s.irt
    run ir-score --sweep 0.1..0.2 s.irt
    [ "$status" -eq 1 ]
    [[ $output == *"thresholds are for task=multi"* ]]
}

@test "a confusion matrix of absurd counts is refused at once" {
    printf 'actual\ta\tb\na\t999999999\t2\nb\t1\t4\n' > m.tsv
    run ir-score --matrix m.tsv
    [ "$status" -eq 1 ]
    printf 'actual\ta\tb\na\t0\t0\nb\t0\t0\n' > z.tsv
    run ir-score --matrix z.tsv
    [ "$status" -eq 1 ]
    [[ $output == *"z.tsv: all counts are 0"* ]]
    printf '\xef\xbb\xbfactual\ta\tb\r\na\t3\t1\r\nb\t0\t4\r\n' > crlf.tsv
    run ir-score --matrix crlf.tsv --metrics accuracy
    [[ $output == *"accuracy           87.50 %"* ]]
}

@test "what cannot be joined and what has no labels key is said" {
    printf '1 a:1 .9 .1\n2 b:1 .2 .3\n' | pred multi "a b" closed > p.irt
    run ir-score --by-file mean p.irt
    [ "$status" -eq 0 ]
    [[ $output == *"note: no two clips have one path: --by-file joins nothing"* ]]
    printf '3 - .1 .1\n' | NOLABELS=1 pred multi "a b" closed > n.irt
    cat p.irt n.irt > both.irt
    run ir-score both.irt
    [ "$status" -eq 0 ]
    [[ $output == *"note: 1 of 3 clips have no labels key: counted as having none of the classes"* ]]
}
