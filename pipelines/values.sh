#!/bin/sh
# values.sh RUN - what a run reached, for the metrics that its experiment names: a line each of metric, reached, 95 %
# interval, published, note, between tabs. Where the paper prints percent, so does this.
set -eu
export LC_ALL=C.UTF-8
run=$1
get() { sed -n "s/^$1=//p" "$run"; }
published=$(get published)
awk -F'\t' -v metrics="$(get metrics)" -v published="$published" -v system_name="$(get system)" '
    # a share is printed as the paper prints it; a metric that the paper lacks, as the others of the paper
    function percent(key,   p) {
        split(key, p, ":")
        return p[1] != "log_loss" && (key in style ? style[key] == "%" : percents > others)
    }
    function shown(key, v) {
        if (v == "" || v == "-" || v == "n/a") return "n/a"
        return percent(key) ? sprintf("%.2f%%", 100 * v) : sprintf("%.4f", v)
    }
    FILENAME == published && $4 == "-" && $2 != "clips" && FNR > 1 {
        key = $2 ":" $3
        style[key] = $6 ~ /%$/ ? "%" : "."
        if ($6 ~ /%$/) percents++
        else if ($2 != "log_loss" && $6 ~ /^[0-9]*[.]/) others++
        if ($1 == system_name) { paper[key] = $6; note[key] = $7 }
    }
    FILENAME != published && FNR > 1 && $3 == "-" && $4 == "-" {
        key = $1 ":" $2
        value[key] = $5
        if ($6 != "-" && $6 != "") { low[key] = $6; high[key] = $7 }
    }
    END {
        n = split(metrics, m, " ")
        for (i = 1; i <= n; i++) {
            split(m[i], p, ":")
            printf "%s%s\t%s\t%s\t%s\t%s\n", p[1], p[2] == "-" ? "" : " (" p[2] ")", shown(m[i], value[m[i]]), \
                m[i] in low ? shown(m[i], low[m[i]]) " to " shown(m[i], high[m[i]]) : "", paper[m[i]], note[m[i]]
        }
    }' ${published:+"$published"} "${run%.run}.score.tsv"
