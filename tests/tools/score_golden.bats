# ir-score against scikit-learn, SciPy and mir_eval (values made by tests/golden/score_sklearn.py).

setup() {
    cd "$BATS_TEST_TMPDIR"
    DATA=$BATS_TEST_DIRNAME/../data/score
}

pred() { # pred NAME TASK CLASSES LABELS: NAME.irt from NAME.txt
    perl "$BATS_TEST_DIRNAME/score_pred.pl" "$2" "$3" "$4" < "$DATA/$1.txt" > "$1.irt"
}

# golden FILE TABLE TOLERANCE: every number of FILE (metric average class value) is in the TSV of ir-score
golden() {
    awk -F '\t' -v tolerance="$3" '
        NR == FNR { want[$1 FS $2 FS $3] = $4; next }
        $1 == "confusion" { got[$1 FS $3 FS $4] = $5; next }
        { got[$1 FS $2 FS $3] = $5 }
        END {
            for (k in want) {
                n++
                d = got[k] - want[k]
                if (!(k in got) || got[k] == "n/a" || d > tolerance || d < -tolerance) {
                    print "wanted " k " " want[k] ", got " got[k]
                    bad = 1
                }
            }
            if (n == 0) print "nothing to compare"
            exit bad || n == 0
        }' "$1" "$2"
}

@test "several labels: every metric equals scikit-learn's" {
    pred multi multi "a b c d e f" closed
    ir-score -f tsv multi.irt --metrics precision,recall,f1,ap,roc_auc,brier,true_probability,lrap,ranking_loss,cell_accuracy,exact_match,log_loss,ece,present_accuracy > t.tsv
    golden "$DATA/multi.tsv" t.tsv 0.000002
}

@test "one label: every metric and the confusion matrix equal scikit-learn's" {
    pred single single "a b c d e" closed
    ir-score -f tsv single.irt --metrics precision,recall,f1,ap,roc_auc,brier,true_probability,accuracy,top3,log_loss,ece > t.tsv
    golden "$DATA/single.tsv" t.tsv 0.000002
}

@test "unknown cells are left out of every metric" {
    pred open multi "a b c d e f" open
    ir-score -f tsv open.irt --metrics ap,roc_auc,f1,cell_accuracy,ece > t.tsv
    golden "$DATA/open.tsv" t.tsv 0.000002
    grep -q "^# .* of 1080 cells have no label and are skipped$" t.tsv
}

@test "tuned thresholds reach the best F1 there is" {
    pred multi multi "a b c d e f" closed
    ir-score -f tsv --tune classes --metrics f1 multi.irt > t.tsv
    golden "$DATA/tuned.tsv" t.tsv 0.000002
    ir-score -f tsv --tune micro --metrics f1 multi.irt > t.tsv
    golden "$DATA/tuned_micro.tsv" t.tsv 0.000002
    before=$(ir-score -f tsv --metrics f1 multi.irt | awk '$1 $2 == "f1macro" { print $5 }')
    after=$(ir-score -f tsv --tune macro --metrics f1 multi.irt | awk '$1 $2 == "f1macro" { print $5 }')
    [ "$(printf '%s\n%s\n' "$before" "$after" | sort -n | tail -1)" = "$after" ]
}

@test "files from their clips: mean, max, vote and sum" {
    pred multi multi "a b c d e f" closed
    for how in mean max vote sum; do
        ir-score -f tsv --by-file $how --metrics ap,f1 multi.irt > t.tsv
        grep -q "^clips	-	-	-	60	" t.tsv
        golden "$DATA/file_$how.tsv" t.tsv 0.000002
    done
    ir-score -f tsv --by-group mean multi.irt | grep -q "^clips	-	-	-	12	"
}

@test "the temperature is SciPy's, lowers the log loss and keeps the accuracy" {
    pred single single "a b c d e" closed
    ir-score --calibrate --metrics log_loss,accuracy -f tsv single.irt > t.tsv
    ir-score --metrics log_loss,accuracy -f tsv single.irt > raw.tsv
    t=$(sed -n 's/^# temperature \([0-9.]*\) has.*/\1/p' t.tsv)
    awk -v t="$t" '{ d = t - $4; exit !(d < 0.002 && d > -0.002) }' "$DATA/temperature.tsv"
    awk '$1 == "log_loss" { v[FILENAME] = $5 } $1 == "accuracy" { a[FILENAME] = $5 }
         END { exit !(v["t.tsv"] < v["raw.tsv"] && a["t.tsv"] == a["raw.tsv"]) }' t.tsv raw.tsv
    ir-score --temperature "$t" --metrics log_loss -f tsv single.irt | grep log_loss > same.tsv
    awk '$1 == "log_loss" && NR == FNR { a = $5; next } $1 == "log_loss" { d = a - $5; exit !(d < 1e-4 && d > -1e-4) }' t.tsv same.tsv
}
