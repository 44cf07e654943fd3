#!/bin/sh
# seeds.sh TARGET - the seeds of a fuzz target: small files of its own (tests/fuzz/seeds) and of other tests.
s=tests/fuzz/seeds
case $1 in
fuzz_stream) echo tests/data/net/single.irt tests/data/net/several.irt ;;
fuzz_model) echo $s/*.irt ;;
fuzz_net) echo $s/branch.net pipelines/nets/*.net ;;
fuzz_onnx) echo $s/random* ;;
fuzz_arrays) echo $s/two.safetensors $s/*.pt tests/data/convert/*.np[yz] ;;
fuzz_h5) echo $s/crash.h5 tests/data/convert/*.h5 ;;
fuzz_text) echo $s/*.json $s/*.csv $s/*.yaml $s/*.list.tsv tests/data/score/*.tsv ;;
fuzz_map) echo $s/*.map $s/names.tsv ;;
fuzz_front) echo $s/head*.txt ;;
fuzz_probe) echo $s/tone.* tests/data/decode/*.flac tests/data/decode/*.ogg tests/data/decode/*.mp3 ;;
fuzz_score) echo $s/*.mid ;;
*) echo "$1: no seeds are named in tests/fuzz/seeds.sh" >&2; exit 1 ;;
esac
