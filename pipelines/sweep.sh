#!/bin/sh
# sweep.sh FOLDER NET FEATURES 'BASE ARGUMENTS' OPTION=A,B,… … - train NET once for each combination of the options'
# values (RANDOM_N=N: for N combinations drawn with SEED), JOBS at a time, each into a folder of its own below FOLDER;
# then FOLDER/sweep.tsv, one line a combination, best on the validation clips first. Test clips are never looked at.
# A combination that is finished is not trained again, one that was interrupted goes on from its checkpoint.
set -eu
export LC_ALL=C.UTF-8
folder=$1
net=$2
features=$3
base=$4
shift 4
[ $# -gt 0 ] || { echo "sweep: nothing to vary: give LR=, BATCH=, DECAY=, OPTIM=, SCHEDULE= or DROP= lists" >&2; exit 2; }
mkdir -p "$folder"

# Every combination, one a line, as "--lr 0.1 --batch 32". Values of optimisers hold commas themselves: there ; separates.
combine() {
    awk 'BEGIN {
        count = 1; lines[1] = ""
        for (i = 1; i < ARGC; i++) {
            at = index(ARGV[i], "="); name = substr(ARGV[i], 1, at - 1); list = substr(ARGV[i], at + 1)
            k = split(list, value, name == "optim" || name == "schedule" ? ";" : "[, ]+")
            n = 0
            for (j = 1; j <= count; j++)
                for (v = 1; v <= k; v++) if (value[v] != "") next_lines[++n] = lines[j] " --" name " " value[v]
            for (j = 1; j <= n; j++) lines[j] = next_lines[j]
            count = n
        }
        for (j = 1; j <= count; j++) print substr(lines[j], 2)
    }' "$@"
}
choose() {
    if [ -n "${RANDOM_N:-}" ]; then
        awk -v seed="${SEED:-1}" -v n="$RANDOM_N" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' | sort | cut -f2- | head -n "$RANDOM_N"
    else
        cat
    fi
}
combine "$@" | choose > "$folder/combinations"
total=$(wc -l < "$folder/combinations")
echo "sweep: $total combinations, ${JOBS:-1} at a time" >&2

cat > "$folder/one.sh" <<'ONE'
#!/bin/sh
# one.sh ARGUMENTS: train one combination
set -eu
name=$(printf %s "$1" | tr -c 'A-Za-z0-9.\n' '_' | sed 's/^_*//')
stem=$FOLDER/$name
[ ! -e "$stem.model.irt" ] || [ ! "$stem.model.irt" -nt "$FEATURES" ] || exit 0
[ -e "$stem.ck" ] && [ "$stem.ck" -nt "$FEATURES" ] && resume=--resume || { resume=; rm -f "$stem.ck" "$stem.ck.old"; }
printf '%s\n' "$1" > "$stem.arguments"
# shellcheck disable=SC2086
ir-train -q "$NET" $BASE $1 --seed "${SEED:-1}" --log "$stem.log.tsv" --checkpoint "$stem.ck" $resume "$FEATURES" -o "$stem.model.irt" ||
    { echo "sweep: failed: $1" >&2; exit 0; }
rm -f "$stem.ck" "$stem.ck.old"
ONE
FOLDER=$folder NET=$net FEATURES=$features BASE=$base export FOLDER NET FEATURES BASE
xargs -P "${JOBS:-1}" -d '\n' -n 1 sh "$folder/one.sh" < "$folder/combinations"

# The epoch that ir-train kept, of each combination that is done.
{
    printf 'valid_macro_f1\tvalid_accuracy\tvalid_loss\tepoch\targuments\n'
    while IFS= read -r arguments; do
        name=$(printf %s "$arguments" | tr -c 'A-Za-z0-9.\n' '_' | sed 's/^_*//')
        [ -e "$folder/$name.model.irt" ] || continue
        awk -F'\t' -v arguments="$arguments" '
            NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
            NR == 2 || ("best" in c && $c["best"] == 1) { kept = NR; for (n in c) v[n] = $c[n] }
            function shown(n) { return n in v ? v[n] : "n/a" }
            END { printf "%s\t%s\t%s\t%s\t%s\n", shown("valid_macro_f1"), shown("valid_accuracy"), shown("valid_loss"), shown("epoch"), arguments }
        ' "$folder/$name.log.tsv"
    done < "$folder/combinations" | LC_ALL=C sort -t "$(printf '\t')" -k1,1gr -k3,3g
} > "$folder/sweep.tsv.part"
mv "$folder/sweep.tsv.part" "$folder/sweep.tsv"
cat "$folder/sweep.tsv"
