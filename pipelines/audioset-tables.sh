#!/bin/sh
# audioset-tables.sh DIR - the tables of a stand-in for AudioSet: DIR/{train,valid,test}-{p,d,f,o,m}.csv become the
# official files (training clips "unbalanced", validation clips "balanced", test clips "eval"), DIR/splits.csv says which
# is which, and class_labels_indices.csv and ontology.json name the classes of audioset-mids.tsv. Of the mixtures ("m"),
# those with fewer than two of piano, drums and flute are left out.
set -eu
export LC_ALL=C.UTF-8
here=$(dirname "$0")
cd "$1" || exit 1
mids=$OLDPWD/$here/audioset-mids.tsv
case $here in /*) mids=$here/audioset-mids.tsv ;; esac
echo id,split > splits.csv
join() { # join SPLIT FILE
    sed -n 1,3p "$1-p.csv" > "$2"
    for c in p d f o; do sed 1,3d "$1-$c.csv" >> "$2"; done
    sed 1,3d "$1-m.csv" | while IFS= read -r row; do
        if [ "$(printf '%s\n' "$row" | grep -oE '/m/(05r5c|02hnl|0l14j_)' | sort -u | wc -l)" -ge 2 ]; then
            printf '%s\n' "$row"
        else
            rm -f "audio/${row%%,*}.wav"
        fi
    done >> "$2"
    rm "$1-p.csv" "$1-d.csv" "$1-f.csv" "$1-o.csv" "$1-m.csv"
    awk -F', ' -v s="$1" '!/^#/ { print $1 "," s }' "$2" >> splits.csv
}
join train unbalanced_train_segments.csv
join valid balanced_train_segments.csv
join test eval_segments.csv
awk -F'\t' '!/^#/ { n++; printf "%s%d,%s,\"%s\"\n", n == 1 ? "index,mid,display_name\n" : "", n - 1, $1, $2 }' "$mids" \
    > class_labels_indices.csv
awk -F'\t' '!/^#/ { mid[++n] = $1; name[n] = $2; kids[$3] = kids[$3] (kids[$3] == "" ? "" : ", ") "\"" $1 "\"" }
    END { print "["
          for (i = 1; i <= n; i++)
              printf "  {\"id\": \"%s\", \"name\": \"%s\", \"child_ids\": [%s], \"restrictions\": []}%s\n",
                  mid[i], name[i], kids[mid[i]], i < n ? "," : ""
          print "]" }' "$mids" > ontology.json
