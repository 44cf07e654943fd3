#!/bin/sh
# fuzz.sh BUILD SECONDS NAME… - run libFuzzer's form of each target for so long, one after another: from its seeds, from
# what earlier runs found (BUILD/corpus/fuzz_NAME), with its dictionary (fuzz_NAME.dict) if it has one. What makes a target
# fail is left as BUILD/fuzz_NAME-… and ends the run with status 1; it becomes a seed once it is mended.
set -u
build=$1 seconds=$2
shift 2
status=0
for n in "$@"; do
    t=fuzz_${n#fuzz_}
    corpus=$build/corpus/$t
    mkdir -p "$corpus"
    for seed in $(sh tests/fuzz/seeds.sh "$t"); do cp "$seed" "$corpus/seed-${seed##*/}"; done
    set --
    [ ! -e "tests/fuzz/$t.dict" ] || set -- -dict="tests/fuzz/$t.dict"
    echo "== $t"
    # what our code leaves to the caller to bound (a row of 2^30 numbers) is refused by the memory limit
    ASAN_OPTIONS=allocator_may_return_null=1:${ASAN_OPTIONS:-} "$build/libfuzzer/$t" -max_total_time="$seconds" \
        -rss_limit_mb=2048 -malloc_limit_mb=2048 -timeout=20 -print_final_stats=1 -artifact_prefix="$build/$t-" "$@" "$corpus" \
        > "$build/$t.log" 2>&1 || { status=1; grep -E -A 12 'ERROR|runtime error|SUMMARY' "$build/$t.log" | head -n 40; }
    grep -E 'number_of_executed_units|peak_rss' "$build/$t.log"
    grep -E 'DONE|cov:' "$build/$t.log" | tail -n 1
done
exit $status
