#!/bin/sh
# table.sh DIR… - the runs of experiments as one table: what was reached, and what was published, for the metrics that
# the experiment names. Reads DIR/*.run and the score tables beside them.
set -eu
for dir in "$@"; do
    # the experiment's own runs in their order, then whatever else was tried
    { sed "s|.*|$dir/&.run|" "$dir/order" 2> /dev/null || :; ls "$dir"/*.run 2> /dev/null || :; } | awk '!seen[$0]++'
done | while IFS= read -r run; do
    [ -e "$run" ] || continue
    get() { sed -n "s/^$1=//p" "$run"; }
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$(get title)" "$(get data)" "$(get set) $(get front) $(get net)$(get parameters | sed -n 's/..*/, & parameters/p')" "$(get metrics)" \
        "${run%.run}.score.tsv" "$(get published) $(get system)"
done | awk -F'\t' '
    function number(v) { return v == "" || v == "n/a" ? "n/a" : sprintf("%.4f", v) }
    function row(metric, average,   line, f, found) {
        found = ""
        while ((getline line < $5) > 0) {
            split(line, f, "\t")
            if (f[1] == metric && f[2] == average && (f[3] == "-" || f[3] == "")) {
                found = number(f[5])
                if (f[6] != "-" && f[6] != "") found = found " [" number(f[6]) "," number(f[7]) "]"
            }
        }
        close($5)
        return found == "" ? "n/a" : found
    }
    function paper(metric, average,   w, line, f, found) {
        split($6, w, " ")
        found = "-"
        while (w[2] != "" && (getline line < w[1]) > 0) {
            split(line, f, "\t")
            if (f[1] == w[2] && f[2] == metric && f[3] == average && f[4] == "-") found = f[6]
        }
        if (w[1] != "") close(w[1])
        return found
    }
    {
        if ($1 " (" $2 ")" != last) {
            last = $1 " (" $2 ")"
            printf "\n%s, %s\n", $1, $2 == "real" ? "the data set itself" : "a STAND-IN: not comparable with the paper"
        }
        printf "  %s\n", $3
        n = split($4, m, " ")
        for (i = 1; i <= n; i++) {
            split(m[i], p, ":")
            label = p[1] (p[2] == "-" ? "" : " " p[2])
            printf "    %-22s reached %-28s published %s\n", label, row(p[1], p[2]), paper(p[1], p[2])
        }
    }'
