#!/usr/bin/env bats
# ir-model: safetensors both ways, ONNX out, foreign checkpoints in; ir-infer --pipeline.

setup() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    cd "$BATS_TEST_TMPDIR"
    cat > t.net <<'NET'
input feature channels=1 bands=4 frames=any
c = conv2d out=3 kernel=3x3 pad=1
batchnorm
relu
global kind=max
dense out=classes
loss ce
NET
    ir-model --from net --seed 3 --set-header classes='flute violin%20alto' --set-header frontend=f \
        --set-header licence=CC0 --set-header thresholds='0.5 0.25' t.net -o m.irt
}

# clip of 4 x 6 small numbers
clip() {

    head -c 96 /dev/zero | tr '\0' '\074' > raw
    ir-cat --from raw --shape 1x4x6 --set axes=channel,mel,time --set-header frontend=f "$@" raw -o clip.irt
}

@test "fresh weights: the same seed, the same bytes" {
    fresh() { ir-model --no-prog --from net --seed "$1" --set-header classes='a b' t.net; }
    fresh 3 > one.irt
    fresh 3 | cmp - one.irt
    fresh 4 > other.irt
    ! cmp -s one.irt other.irt
}

@test "the mean of two models of one network, by shares; another network is refused" {
    fresh() { ir-model --no-prog --from net --seed "$1" --set-header classes='a b' "${2-t.net}"; }
    fresh 3 > one.irt
    fresh 4 > two.irt
    ir-model --mean two.irt --share 0 one.irt | ir-cat --compare --data-only - one.irt
    ir-model --mean two.irt --share 1 one.irt | ir-cat --compare --data-only - two.irt
    ir-model --mean two.irt one.irt -o half.irt
    ir-model --mean one.irt two.irt -o other.irt
    ir-cat --compare --data-only half.irt other.irt
    ! ir-cat --compare --data-only half.irt one.irt
    # twice the mean is the sum: half.irt lies as far from both
    far() { ir-cat --compare --data-only --lines 0 "$1" "$2" 2>&1 | grep -o '[0-9]* places'; }
    [ "$(far half.irt one.irt)" = "$(far half.irt two.irt)" ]
    sed 's/out=3/out=4/' t.net > wide.net
    fresh 3 wide.net > wide.irt
    run ir-model --mean wide.irt one.irt -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"wide.irt: its parameter 1 is c.weight, c.weight of the same shape is wanted"* ]]
    [ ! -e x.irt ]
    run ir-model --share 0.2 one.irt -o x.irt
    [ "$status" -eq 2 ]
}

@test "a network that wants more steps than --length is planned longer; one that never fits says the option" {
    printf 'input audio channels=1 samples=any\nconv1d out=2 kernel=64 stride=16\nrelu\nmaxpool1d size=100\nglobal kind=max\ndense out=classes\nloss ce\n' > long.net
    ir-model --from net --set-header classes='a b' long.net -o long.irt
    ir-model --to onnx long.irt -o long.onnx
    [ -s long.onnx ]
    ir-model --look long.irt | grep -q 'dense'
    sed -i 's/size=100/size=100000000/' long.net
    run ir-model --from net --set-header classes='a b' long.net -o never.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"--length N"* ]]
}

@test "look shows header, layers and parameters" {
    run ir-model --look m.irt
    [ "$status" -eq 0 ]
    [[ "$output" == *"# licence=CC0"* ]]
    [[ "$output" == *"# input=feature"* ]]
    [[ "$output" == *"batchnorm1"* ]]
    [[ "$output" == *"$(printf 'c.weight\t3x1x3x3\t27')"* ]]
    [[ "$output" == *"$(printf 'batchnorm1.running_var\t3\t3\tbuffer')"* ]]
}

@test "to safetensors and back: the same parameters, header and predictions" {
    ir-model --to safetensors m.irt -o m.safetensors
    ir-model --from safetensors m.safetensors -o back.irt
    ir-cat --compare m.irt back.irt
    clip
    ir-infer -m m.irt -f irt clip.irt -o p.irt
    ir-infer -m back.irt -f irt clip.irt -o q.irt
    ir-cat --compare --data-only p.irt q.irt
}

@test "to npz and back" {
    ir-cat --to npz --id '' m.irt -o all.npz
    run ir-model --from npz --net t.net --set-header classes='a b' all.npz -o back.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"1 tensors that no parameter asks for: net"* ]]
    ir-model --from npz --loose -q --net t.net --set-header classes='flute violin%20alto' all.npz -o back.irt
    ir-cat --compare --data-only m.irt back.irt
}

@test "NumPy reads the npz; a map with swapped axes brings it back" {
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "python3-numpy is not installed"
    ir-cat --to npz m.irt -o all.npz
    /usr/bin/python3 - <<'PY'
import numpy as np
z = dict(np.load("all.npz"))
z.pop("net")
z["theirs.w"] = np.ascontiguousarray(z.pop("c.weight").swapaxes(2, 3)).astype("f8")
np.savez_compressed("theirs.npz", **z)
PY
    echo 'c.weight theirs.w swap' > map
    ir-model --from npz --map map --net t.net --set-header classes='flute violin%20alto' theirs.npz -o back.irt
    ir-cat --compare --data-only m.irt back.irt
}

@test "onnx: metadata, free axes, and the checker of python3-onnx" {
    ir-model --to onnx m.irt -o m.onnx
    /usr/bin/python3 -c 'import onnx' 2>/dev/null || skip "python3-onnx is not installed"
    /usr/bin/python3 - <<'PY'
import onnx
m = onnx.load("m.onnx")
onnx.checker.check_model(m, full_check=True)
meta = {p.key: p.value for p in m.metadata_props}
assert meta["classes"] == "flute violin%20alto" and meta["licence"] == "CC0" and meta["frontend"] == "f"
assert meta["thresholds"] == "0.5 0.25" and meta["task"] == "single" and "conv2d" in meta["net"]
dims = [d.dim_param or d.dim_value for d in m.graph.input[0].type.tensor_type.shape.dim]
assert dims == ["batch", 1, 4, "x_axis2"], dims
assert [o.name for o in m.graph.output] == ["probabilities", "logits"]
PY
}

@test "onnxruntime-web gives the numbers of ir-infer" {
    node -e 'require("onnxruntime-web")' 2>/dev/null || skip "onnxruntime-web is not installed (NODE_PATH)"
    clip
    for calibration in '' 'temperature 2.5'; do
        ir-model --set-header task=single --set-header calibration="$calibration" m.irt -o c.irt
        ir-model --to onnx c.irt -o m.onnx
        ir-infer -m c.irt -f irt clip.irt -o ours.irt
        echo "m.onnx theirs.f32 x=1x1x4x6=raw" > list
        node "$root/tests/golden/onnx_run.cjs" .
        ir-cat --from raw --shape 2 theirs.f32 -o theirs.irt
        ir-cat --set id=a --set name= ours.irt -o a.irt
        ir-cat --set id=a theirs.irt -o b.irt
        ir-cat --compare --data-only --tolerance 1e-5 a.irt b.irt
        cp a.irt "calibrated${calibration:+-yes}.irt"
    done
    run ir-cat --compare --data-only --tolerance 1e-3 calibrated.irt calibrated-yes.irt
    [ "$status" -eq 1 ] # the temperature did something
}

@test "cnn14: 80,753,615 parameters" {
    run ir-model --look --length 64 --from net --set-header classes="$(seq -s ' ' -f c%g 527)" \
        "$root/pipelines/nets/cnn14.net"
    [ "$status" -eq 0 ]
    [[ "$output" == *"80,753,615"* ]]
}

@test "cnn14 from a PyTorch checkpoint computes what PyTorch computes" {
    /usr/bin/python3 -c 'import torch, numpy' 2>/dev/null || skip "python3-torch is not installed"
    [[ $IR_BUILD != *san* ]] || skip "slow under the sanitizers"
    /usr/bin/python3 "$root/tests/golden/cnn14.py" .
    ir-model --from safetensors --loose -q --net "$root/pipelines/nets/cnn14.net" \
        --map "$root/pipelines/nets/cnn14.map" --set-header frontend=test --set-header labels=closed \
        --set-header classes="$(seq -s ' ' -f 'class%%20%g' 0 526)" \
        cnn14.safetensors -o cnn14.irt
    ir-infer -m cnn14.irt -f irt clips.irt -o ours.irt
    ir-cat --compare --data-only --tolerance 1e-5 ours.irt pred.irt
    rm -f cnn14.*
}

@test "what does not fit is refused by name" {
    sed 's/kernel=3x3 pad=1/kernel=5x3 pad=1/' t.net > other.net
    ir-model --to safetensors m.irt -o m.safetensors
    run ir-model --from safetensors --net other.net m.safetensors -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"parameter c.weight: tensor c.weight is 3x1x3x3, wanted 3x1x5x3"* ]]
    [ ! -e x.irt ]
    sed 's/^batchnorm/b = batchnorm/' t.net > other.net
    run ir-model --from safetensors --net other.net m.safetensors -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"no tensor b.weight in the file"* ]]
    run ir-model --from npz --net t.net m.irt -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"m.irt: no zip file"* ]]
    run ir-model --from safetensors m.irt -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"no safetensors file"* ]]
    run ir-model raw-that-is-missing -o x.irt
    [ "$status" -eq 1 ]
    run ir-model m.irt m.irt -o x.irt
    [ "$status" -eq 2 ]
    run ir-model --from net t.net -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"no classes are known"* ]]
    head -c 500 m.irt > cut.irt
    run ir-model cut.irt --to onnx -o x.onnx
    [ "$status" -eq 1 ]
    [ ! -e x.onnx ]
}

@test "NaN in weights is refused, unless asked for" {
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "python3-numpy is not installed"
    ir-cat --to npz m.irt -o all.npz
    /usr/bin/python3 - <<'PY'
import numpy as np
z = dict(np.load("all.npz"))
z.pop("net")
z["c.bias"][1] = np.nan
np.savez("nan.npz", **z)
PY
    run ir-model --from npz --net t.net --set-header classes='a b' nan.npz --to onnx -o x.onnx
    [ "$status" -eq 1 ]
    echo "$output"
    [[ "$output" == *"(c.bias): number 1 is NaN or infinite"* ]]
    [ ! -e x.onnx ]
    ir-model --allow-nan --from npz --net t.net --set-header classes='a b' nan.npz --to onnx -o x.onnx
}

@test "the pipeline of a model makes its input" {
    # A second of a square wave at 8 kHz, mono, 16 bit.
    { printf 'RIFF\244\076\000\000WAVEfmt \020\000\000\000\001\000\001\000\100\037\000\000\200\076\000\000\002\000\020\000data\200\076\000\000'
      for i in $(seq 500); do printf '\000\020\000\020\000\020\000\020\000\020\000\020\000\020\000\020\000\360\000\360\000\360\000\360\000\360\000\360\000\360\000\360'; done |
          head -c 16000; } > 'a b.wav'
    ir-decode --rate 8000 --channels 1 'a b.wav' | ir-mel --bands 4 --fmax 4000 --rate 8000 -o mel.irt
    front=$(ir-cat --look mel.irt | sed -n 's/^# frontend=//p')
    prog=$(ir-cat --look mel.irt | sed -n 's/^# prog.1=//p')
    ir-model --set-header frontend="$front" --set-header prog.1="$prog" m.irt -o model.irt
    ir-infer -m model.irt -f tsv mel.irt > wanted
    run ir-infer --pipeline model.irt
    [ "$status" -eq 0 ]
    [[ "$output" == "ir-decode --rate 8000 --channels 1 "*" | ir-mel --frontend "*" | ir-infer --model model.irt" ]]
    set -- 'a b.wav'
    eval "$(ir-infer --pipeline model.irt) --format tsv" > got
    diff wanted got
    run ir-cat --about model.irt
    [[ "$output" == *"feed it  ir-decode --rate 8000"* ]]
    # A model made elsewhere names a preset; its rate follows from that.
    ir-model --from net --set-header classes='a b' --set-header frontend=panns t.net -o other.irt
    run ir-infer --pipeline other.irt
    [ "$output" = 'ir-decode --rate 32000 --channels 1 "$@" | ir-mel --frontend panns | ir-infer --model other.irt' ]
}

@test "weights=f16: half the bytes, nearly the same numbers, and back" {
    ir-model --set-header weights=f16 m.irt -o half.irt
    ir-cat --look half.irt | grep -q "c.weight.*f16"
    ir-cat --look half.irt | grep -q "c.bias.*f32"
    perl -e 'print pack("f<*", map { sin($_) } 1 .. 40)' > x.f32
    ir-cat --no-prog --from raw --dtype f32 --shape 1x4x10 --set-header domain=feature --set-header frontend=f --set id=a x.f32 -o x.irt
    ir-infer -m m.irt -f irt x.irt -o a.irt
    ir-infer -m half.irt -f irt x.irt -o b.irt
    ir-cat --compare --data-only --tolerance 0.002 a.irt b.irt
    ! ir-cat --compare --data-only a.irt b.irt
    ir-model --set-header weights=f32 half.irt -o full.irt
    ir-cat --look full.irt | grep -q "c.weight.*f32"
    run ir-model --set-header weights=f8 m.irt -o x
    [ "$status" = 1 ]
    [[ "$output" == *"weights=f8 found, wanted f32 or f16"* ]]
}
