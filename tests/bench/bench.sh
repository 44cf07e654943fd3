#!/bin/sh
# bench.sh BUILD - our tools beside their peers, in one run: the same shapes, batches and number of threads,
# runs of all in turn (so that other work on the machine meets them alike), ratios of medians.
#   BENCH_NETS="N1 N2 N2b N3 N5 N4 N4@16"  BENCH_THREADS=2  BENCH_ROUNDS=3  BENCH_SECONDS=3 (of training, a run)
#   BENCH_PARTS="limits nets infer conv mel decode augment learners ranks"
# OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE are unset for everybody: where they are set they can halve BLAS.
# make SIMD=avx2 bench: all without AVX-512.
set -u
build=${1:-build}
here=$(dirname "$0")
nets=${BENCH_NETS:-N1 N2 N2b N3 N5 N4 N4@16}
threads=${BENCH_THREADS:-$(nproc)}
rounds=${BENCH_ROUNDS:-3}
seconds=${BENCH_SECONDS:-3}
parts=${BENCH_PARTS:-limits nets infer conv mel decode augment learners ranks}
[ "$threads" -le 2 ] || [ -n "${BENCH_THREADS:-}" ] || threads=2
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OMP_NUM_THREADS OPENBLAS_NUM_THREADS
# make SIMD=avx2 bench: the peers under the same limit, where they know one (ONNX Runtime does not); ours sets OpenBLAS's itself
[ "${BENCH_SIMD:-all}" != avx2 ] || export ONEDNN_MAX_CPU_ISA=AVX2 DNNL_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 OPENBLAS_CORETYPE=Haswell
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

python=
for p in python3 /usr/bin/python3; do
    [ -z "$python" ] && "$p" -c 'import torch' 2>/dev/null && python=$p
done

has() { case " $parts " in *" $1 "*) return 0 ;; esac; return 1; }

# keep glibc's malloc from giving memory back to the kernel between batches: the form PyTorch is fastest in
tuned() { env MALLOC_TRIM_THRESHOLD_=34359738368 MALLOC_MMAP_THRESHOLD_=34359738368 MALLOC_TOP_PAD_=268435456 "$@"; }

run() { # run NETWORK[@BATCH] FORM BATCH: one line of results
    set -- "${1%@*}" "$2" "$3"
    case $2 in
    ours) timeout 300 "$build/bench/bench_net" "$1" "$threads" "$3" "$seconds" ;;
    default) timeout 300 "$python" "$here/peer_torch.py" "$1" plain "$threads" "$3" "$seconds" ;;
    tuned) tuned timeout 300 "$python" "$here/peer_torch.py" "$1" plain "$threads" "$3" "$seconds" ;;
    cl) tuned timeout 300 "$python" "$here/peer_torch.py" "$1" cl "$threads" "$3" "$seconds" ;;
    fft) tuned timeout 300 "$python" "$here/peer_torch.py" "$1" fft "$threads" "$3" "$seconds" ;;
    esac
}

echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors; $threads threads;" \
    "SIMD ${BENCH_SIMD:-all}; OPENBLAS_CORETYPE ${OPENBLAS_CORETYPE:-unset}, OPENBLAS_L2_SIZE unset"
[ -n "$python" ] && echo "peer: PyTorch $("$python" -c 'import torch; print(torch.__version__)')" ||
    echo "skipped: PyTorch (python3-torch is not installed)"
echo 0 0 0 0 > "$work/limits"
if has limits; then
    "$build/bench/bench_limits" "$threads" > "$work/limits"
    awk '{ printf "limits: multiply-add %s GFLOP/s, sgemm %s GFLOP/s, memory read %s GB/s, copy %s GB/s\n", $1, $2, $3, $4 }' \
        "$work/limits"
fi

if has nets; then
    for net in $nets; do
        batch=32
        [ "$net" = N3 ] && batch=16
        [ "$net" = N4 ] && batch=4 # torch.fft takes 1 GB a clip
        case $net in *@*) batch=${net#*@} ;; esac
        forms=ours
        [ -n "$python" ] && forms="ours default tuned cl"
        [ -n "$python" ] && [ "$net" = N4 ] && forms="ours tuned fft"
        [ "$net" = N4@16 ] && forms=ours # the paper's batch
        round=1
        while [ "$round" -le "$rounds" ]; do
            for form in $forms; do
                # conv1d of thousands of taps takes half a minute: once is enough
                [ "$net$form" = N4tuned ] && [ "$round" -gt 1 ] && continue
                echo "bench: $net $form, round $round of $rounds" >&2
                line=$(run "$net" "$form" "$batch") && printf '%s\t%s\t%s\t%s\n' "$net" "$batch" "$form" "$line" \
                    >> "$work/nets"
            done
            round=$((round + 1))
        done
    done
    echo
    awk -v limits="$(cat "$work/limits")" -v nets="$nets" -f "$here/table.awk" "$work/nets"
fi

if has infer; then
    echo
    sh "$here/infer.sh" "$build"
fi
if has conv; then
    echo
    "$build/bench/bench_conv" "$threads"
fi
if has mel; then
    echo
    if [ -x "$build/bench/mel" ] && [ -f "$here/mel.py" ]; then
        "${python:-python3}" "$here/mel.py" "$build"
    else
        echo "skipped: log-mel (no bench here)"
    fi
fi
if has decode; then
    echo
    if [ -f "$here/decode.sh" ]; then
        sh "$here/decode.sh" "$build"
    elif [ -f "$here/decode.py" ]; then
        "${python:-python3}" "$here/decode.py" "$build"
    else
        echo "skipped: decode (no bench here)"
    fi
fi
if has augment; then
    echo
    "$build/bench/bench_augment"
fi
if has learners; then
    echo
    sh "$here/learner.sh" "$build"
fi
if has ranks; then
    echo
    sh "$here/ranks.sh" "$build"
fi
