#!/bin/sh
# table.sh DIR… - the runs of experiments as one table: what was reached, and what was published, for the metrics that
# the experiment names. Reads DIR/*.run and the score tables beside them.
set -eu
export LC_ALL=C.UTF-8
here=$(dirname "$0")
get() { sed -n "s/^$1=//p" "$run"; }
last=
for dir in "$@"; do
    # the experiment's own runs in their order, then whatever else was tried
    { sed "s|.*|$dir/&.run|" "$dir/order" 2> /dev/null || :; ls "$dir"/*.run 2> /dev/null || :; } | awk '!seen[$0]++'
done | while IFS= read -r run; do
    [ -e "$run" ] || continue
    if [ "$(get data)" = real ]; then kind='the data set itself'; else kind='a STAND-IN: not comparable with the paper'; fi
    head="$(get title), $kind"
    [ "$head" = "$last" ] || printf '\n%s\n' "$head"
    last=$head
    echo "  $(get set) $(get front) $(get net)$(get parameters | sed 's/..*/, & parameters/')"
    get note | sed -n 's/..*/    (&)/p'
    sh "$here/values.sh" "$run" | awk -F'\t' '{
        gsub(/[()]/, "", $1)
        sub(/ to /, ", ", $3)
        printf "    %-22s reached %-28s published %s\n", $1, $2 ($3 == "" ? "" : " [" $3 "]"), $4 == "" ? "-" : $4 }'
done
