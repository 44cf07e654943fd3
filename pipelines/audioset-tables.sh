#!/bin/sh
# audioset-tables.sh DIR - the tables of a stand-in for AudioSet: DIR/{train,valid,test}_segments.csv become the official
# names (training clips "unbalanced", validation clips "balanced", test clips "eval"), DIR/splits.csv says which is which,
# and class_labels_indices.csv and ontology.json name the classes of audioset-mids.tsv.
set -eu
here=$(dirname "$0")
cd "$1" || exit 1
mids=$OLDPWD/$here/audioset-mids.tsv
case $here in /*) mids=$here/audioset-mids.tsv ;; esac
{
    echo id,split
    for s in train valid test; do awk -F', ' -v s="$s" '!/^#/ { print $1 "," s }' ${s}_segments.csv; done
} > splits.csv
mv train_segments.csv unbalanced_train_segments.csv
mv valid_segments.csv balanced_train_segments.csv
mv test_segments.csv eval_segments.csv
awk -F'\t' '!/^#/ { n++; printf "%s%d,%s,\"%s\"\n", n == 1 ? "index,mid,display_name\n" : "", n - 1, $1, $2 }' "$mids" \
    > class_labels_indices.csv
awk -F'\t' '!/^#/ { mid[++n] = $1; name[n] = $2; kids[$3] = kids[$3] (kids[$3] == "" ? "" : ", ") "\"" $1 "\"" }
    END { print "["
          for (i = 1; i <= n; i++)
              printf "  {\"id\": \"%s\", \"name\": \"%s\", \"child_ids\": [%s], \"restrictions\": []}%s\n",
                  mid[i], name[i], kids[mid[i]], i < n ? "," : ""
          print "]" }' "$mids" > ontology.json
