#!/bin/sh
# recognise.sh DIR MODEL OUT BIN - the instruments of every recording below DIR: OUT/pred.irt (predictions of each stretch),
# OUT/table.tsv (a line an instrument of a recording), OUT/failed.tsv (what could not be read, and why). In PARTS pieces,
# where ON says (parts.sh); the pieces behind each other are what one machine makes.
set -eu
dir=$1
model=$2
out=$3
bin=$4
here=$(dirname "$0")
# the pipeline that the model itself names, over all recordings
pipeline=$("$bin/ir-infer" --pipeline "$model" | tail -n 1)
command=$(printf '%s' "$pipeline" | DIR=$dir BIN=$bin awk '
    function quoted(s) { gsub(/\047/, "\047\\\047\047", s); return "\047" s "\047" }
    { at = index($0, "\"$@\"")
      if (!at) { print "recognise: no \"$@\" in: " $0 > "/dev/stderr"; exit 1 }
      $0 = substr($0, 1, at - 1) quoted(ENVIRON["DIR"]) substr($0, at + 4)
      n = split($0, part, / \| /)
      for (i = 1; i <= n; i++) sub(/ /, " --max-bad 1000000 ", part[i]) # a bad file costs that file
      for (i = 1; i <= n; i++) printf("%s%s/%s", (i > 1 ? " | " : ""), ENVIRON["BIN"], part[i])
      print " --format irt" }')
# the same recordings as before: pieces of another archive are refused
find "$dir" -type f | LC_ALL=C sort > "$out/recordings.new"
if cmp -s "$out/recordings.new" "$out/recordings"; then rm "$out/recordings.new"; else mv "$out/recordings.new" "$out/recordings"; fi
n=$(wc -l < "$out/recordings")
[ "$n" -gt 0 ] || { echo "recognise: no file below $dir" >&2; exit 1; }
if [ -z "${PARTS:-}" ]; then PARTS=$([ "${ON:-local}" = local ] && echo 1 || echo 16); fi
[ "$PARTS" -le "$n" ] || { echo "recognise: PARTS=$PARTS, but there are $n files below $dir" >&2; exit 2; }
export PARTS
sh "$here/parts.sh" "$out/pred.irt" "$out/recordings" "$command" "$out/failed.parts.tsv"
# one heading, then what failed in any part
{ head -n 1 "$out/failed.parts.tsv"; grep -vxF "$(head -n 1 "$out/failed.parts.tsv")" "$out/failed.parts.tsv" || :; } > "$out/failed.tsv"
rm "$out/failed.parts.tsv"
"$bin/ir-cat" --to tsv --per file "$out/pred.irt" -o "$out/table.tsv"
failed=$(($(wc -l < "$out/failed.tsv") - 1))
echo "$out/table.tsv: $(cut -f1 "$out/table.tsv" | sed 1d | sort -u | wc -l) recordings with an instrument; $failed failed (of $n files)"
if [ "$failed" -gt 0 ]; then
    echo "why (all of them: $out/failed.tsv):"
    sed 1d "$out/failed.tsv" | awk -F'\t' '{ print $NF }' | sort | uniq -c | sort -rn | head -5
fi
