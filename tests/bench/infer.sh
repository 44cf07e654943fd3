#!/bin/sh
# infer.sh BUILD - inference of networks alone beside ONNX Runtime on the file that `ir-model --to onnx` writes: clips per second,
# medians of rounds in turn, on one and two threads, batches of 1 and 32 (mn04, 10 s a clip: 1 and 4), and peak memory (the peer's with node).
# ONNX Runtime has no switch that keeps it from AVX-512: beside a build with SIMD=avx2 it still uses what the processor has.
#   BENCH_INFER="N1 N2 N2b N3 N5 mn04"  BENCH_ROUNDS=3  BENCH_INFER_SECONDS=1  NODE_PATH=folder with onnxruntime-node
set -u
build=$1
here=$(dirname "$0")
rounds=${BENCH_ROUNDS:-3}
seconds=${BENCH_INFER_SECONDS:-1}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OMP_NUM_THREADS OPENBLAS_NUM_THREADS

blocks() { # CHANNELS…
    for n in "$@"; do printf 'conv2d out=%s kernel=3x3 pad=1\nbatchnorm\nrelu\nmaxpool2d size=2\n' "$n"; done
}
small() { # CHANNELS KERNEL PAD
    for _ in 1 2 3; do printf 'conv2d out=%s kernel=%s pad=%s\nrelu\nmaxpool2d size=2\n' "$1" "$2" "$3"; done
}
branch() {
    printf '%s = input %s channels=1 bands=128 frames=130\n' "$1" "$1"
    blocks 64 128 256
    printf 'conv2d out=512 kernel=3x3 pad=1\nbatchnorm\nrelu\n%s_out = global\n' "$1"
}
text() {
    case $1 in
    N1) echo 'input feature bands=128 frames=801'; blocks 16 32 64 128; echo global ;;
    N2) echo 'input feature bands=129 frames=129'; small 16 3 1; echo flatten ;;
    N2b) echo 'input feature bands=129 frames=129'; small 25 5 2; echo flatten ;;
    N3) branch low; branch mid; branch high; echo 'concat low_out mid_out high_out'
        for n in 1536 768 512; do printf 'dense out=%s\nbatchnorm\nrelu\n' $n; done ;;
    N5) printf '%s\n' 'input feature bands=150 frames=150' 'conv2d out=32 kernel=3x3 stride=4' relu 'maxpool2d size=3 stride=2' \
            'conv2d out=32 kernel=3x3' relu 'conv2d out=64 kernel=3x3' relu 'global kind=max' 'dense out=64' relu ;;
    mn04) grep -v '^loss\|^tags' pipelines/nets/mn04.net ;;
    esac
    printf 'dense out=classes\nloss bce\n'
}

peer=
node -e 'require("onnxruntime-node")' 2>/dev/null && peer=yes
[ -n "$peer" ] || echo "skipped: ONNX Runtime (npm install --ignore-scripts onnxruntime-node, and NODE_PATH)"
printf 'inference      batch threads   irtools clips/s   ONNX Runtime   ratio      MB   its MB\n'
for net in ${BENCH_INFER:-N1 N2 N2b N3 N5 mn04}; do
    text "$net" > "$work/net"
    "$build/bin/ir-model" -q --from net --seed 1 --set-header classes='a b c d e f g h' "$work/net" -o "$work/m.irt" || continue
    "$build/bin/ir-model" -q --to onnx "$work/m.irt" -o "$work/m.onnx" || continue
    many=32
    [ "$net" = mn04 ] && many=4
    for threads in 1 2; do
        for batch in 1 $many; do
            : > "$work/ours"; : > "$work/peer"
            round=1
            while [ "$round" -le "$rounds" ]; do
                "$build/bench/infer" "$work/m.irt" "$batch" "$threads" "$seconds" 1000 >> "$work/ours"
                [ -z "$peer" ] || node "$here/peer_onnx.cjs" "$work/m.onnx" "$batch" "$threads" "$seconds" 1000 >> "$work/peer"
                round=$((round + 1))
            done
            median() { sort -g "$1" | awk -v c="$2" '{ v[NR] = $c } END { print NR ? v[int((NR + 1) / 2)] : 0 }'; }
            echo "$net $batch $threads $(median "$work/ours" 1) $(median "$work/peer" 1) $(median "$work/ours" 2) $(median "$work/peer" 2)" |
                awk '{ p = $5 > 0; printf "%-12s %7d %7d %17.1f %14s %7s %7d %8s\n", $1, $2, $3, $4, (p ? $5 : "-"), (p ? sprintf("%.2f", $4 / $5) : "-"),
                    $6, (p ? $7 : "-") }'
        done
    done
done
