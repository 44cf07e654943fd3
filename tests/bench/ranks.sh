#!/bin/sh
# ranks.sh BUILD - a training on two ranks of one thread beside one process of two threads: the same parts, so the same bytes.
#   BENCH_NETS="N1 N3"  BENCH_ROUNDS=7
# Runs in turn; seconds of an epoch (the second on, as the log has them), medians, fastest, their ratios, and the share in exchange.
set -u
build=${1:-build}
nets=${BENCH_NETS:-N1 N3}
rounds=${BENCH_ROUNDS:-7}
command -v mpirun > /dev/null && [ -x "$build/bin/ir-train-mpi" ] || { echo "skipped: ranks (no mpirun, or ir-train-mpi is not built)"; exit 0; }
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OMP_NUM_THREADS OPENBLAS_NUM_THREADS
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

seconds() { # seconds LOG: of each epoch but the first
    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR > 2 { print $at["seconds"], ("exchange" in at) ? $at["exchange"] : 0 }' "$1"
}

for net in $nets; do
    batch=32 clips=320
    [ "$net" = N3 ] && batch=16 clips=64
    "$build/bench/bench_net" "$net" write "$clips" "$work/$net" || exit 1
    train="-q --seed 1 --epochs 3 --batch $batch --parts 2 $work/$net.net $work/$net.irt"
    round=1
    while [ "$round" -le "$rounds" ]; do
        echo "bench: ranks, $net, round $round of $rounds" >&2
        "$build/bin/ir-train" -j 2 $train --log "$work/log" -o "$work/one.irt" || exit 1
        seconds "$work/log" | sed "s/^/one /" >> "$work/$net"
        mpirun -n 2 "$build/bin/ir-train-mpi" -j 1 $train --log "$work/log" -o "$work/two.irt" || exit 1
        seconds "$work/log" | sed "s/^/two /" >> "$work/$net"
        cmp -s "$work/one.irt" "$work/two.irt" || echo "$net: the bytes differ" >&2
        round=$((round + 1))
    done
    sort -k 1,1 -k 2,2n "$work/$net" | awk -v net="$net" '
        { n[$1]++; s[$1, n[$1]] = $2; if ($1 == "two") { x += $3; } }
        END {
            a = s["one", int((n["one"] + 1) / 2)]; b = s["two", int((n["two"] + 1) / 2)]
            printf "%s: 1 rank x 2 threads %.3g s, 2 ranks x 1 thread %.3g s, ratio of medians %.2f, of the fastest %.2f; share of time in exchange %.2f\n",
                net, a, b, b / a, s["two", 1] / s["one", 1], x / n["two"]
        }'
done
