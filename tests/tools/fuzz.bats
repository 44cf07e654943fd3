#!/usr/bin/env bats
# The seeds of each fuzz target, and some hundred changed forms of each, that are the same every time.
# make fuzz looks for new ones.

replay() {
    cd "$BATS_TEST_DIRNAME/../.."
    [ -x "$IR_BUILD/fuzz/$1" ] || skip "not built here"
    # shellcheck disable=SC2046
    ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1 timeout 300 "$IR_BUILD/fuzz/$1" -mutants="$2" $(sh tests/fuzz/seeds.sh "$1")
}

@test "fuzz: streams, packed payloads, metadata, labels" { replay fuzz_stream 300; }
@test "fuzz: networks as text" { replay fuzz_net 100; }
@test "fuzz: npy, npz, zip, safetensors, PyTorch" { replay fuzz_arrays 300; }
@test "fuzz: JSON, CSV, YAML, lists" { replay fuzz_text 300; }
@test "fuzz: headers of sound files" { replay fuzz_probe 300; }

@test "fuzz: every target is run here" {
    cd "$BATS_TEST_DIRNAME/../.."
    for f in tests/fuzz/fuzz_*.c; do
        n=${f##*/}
        grep -q "replay ${n%.c} " tests/tools/fuzz.bats || { echo "$n"; return 1; }
    done
}
