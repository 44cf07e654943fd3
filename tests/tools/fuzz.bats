#!/usr/bin/env bats
# The seeds of each fuzz target, and some hundred changed forms of each, that are the same every time.
# make fuzz looks for new ones.

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
}

replay() {
    [ -x "$IR_BUILD/fuzz/$1" ] || skip "not built here"
    # shellcheck disable=SC2046
    ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1 timeout 300 "$IR_BUILD/fuzz/$1" -mutants="$2" $(sh tests/fuzz/seeds.sh "$1")
}

@test "fuzz: streams, packed payloads, metadata, labels" { replay fuzz_stream 300; }
@test "fuzz: models and learners" { replay fuzz_model 200; }
@test "fuzz: headers of models: front ends, thresholds, lines of shell" { replay fuzz_front 500; }
@test "fuzz: networks as text" { replay fuzz_net 100; }
@test "fuzz: npy, npz, zip, safetensors, PyTorch and its pickles" { replay fuzz_arrays 300; }
@test "fuzz: HDF5, apart from the program" { replay fuzz_h5 20; }
@test "fuzz: JSON, CSV, YAML, lists" { replay fuzz_text 300; }
@test "fuzz: tables of tensors' names and of classes' names" { replay fuzz_map 300; }
@test "fuzz: headers of sound files" { replay fuzz_probe 300; }
@test "fuzz: MIDI files, and soundfonts of any notes" { replay fuzz_score 1000; }
@test "fuzz: ONNX of random networks" { replay fuzz_onnx 100; }

@test "fuzz: ONNX of random networks passes onnx.checker" {
    python=/usr/bin/python3
    "$python" -c 'import onnx' 2> /dev/null || skip "python3-onnx is not installed"
    FUZZ_ONNX=$BATS_TEST_TMPDIR replay fuzz_onnx 20
    "$python" - "$BATS_TEST_TMPDIR" <<'PY'
import glob, onnx, sys
files = glob.glob(sys.argv[1] + '/*.onnx')
assert len(files) > 100, len(files)
for f in files:
    onnx.checker.check_model(onnx.load(f), full_check=True)
PY
}

@test "fuzz: a file that makes libhdf5 crash is a damaged file" {
    echo 'input feature size=4
        d = dense out=classes
        loss bce' > "$BATS_TEST_TMPDIR/k.net"
    printf 'a\nb\nc\n' > "$BATS_TEST_TMPDIR/names"
    run ir-model --from h5 --net "$BATS_TEST_TMPDIR/k.net" --classes "$BATS_TEST_TMPDIR/names" tests/fuzz/seeds/crash.h5 \
        -o "$BATS_TEST_TMPDIR/k.irt"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "${lines[-1]}" == "ir-model: tests/fuzz/seeds/crash.h5: "* ]] # behind what the sanitizer says of the other process
    [ ! -e "$BATS_TEST_TMPDIR/k.irt" ]
}

@test "fuzz: every target is run here, and has seeds" {
    for f in tests/fuzz/fuzz_*.c; do
        n=${f##*/}
        n=${n%.c}
        grep -q "replay $n " tests/tools/fuzz.bats || { echo "$n"; return 1; }
        for seed in $(sh tests/fuzz/seeds.sh "$n"); do [ -s "$seed" ] || { echo "$n: $seed"; return 1; }; done
    done
}
