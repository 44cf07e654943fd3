#!/usr/bin/env bats
# Public taggers: their published weights give what independent references give. The weights and recordings lie
# beside the project (TAGGERS=DIR, else ../shared/fixtures), or the test is skipped by name. What the tests need of
# ir-model itself (constants, reversed axes, fewer classes) is tested on networks of ours.

setup() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    nets=$root/pipelines/nets
    taggers=${TAGGERS:-$root/../shared/fixtures}
    cd "$BATS_TEST_TMPDIR"
}

# mn04 OUT [OPTION…]
mn04() {
    local pt=$taggers/efficientat/mn04_as_mAP_432.pt out=$1
    [ -r "$pt" ] || pt=$taggers/mn04_as_mAP_432.pt
    [ -r "$pt" ] || skip "mn04_as_mAP_432.pt is not there"
    shift
    ir-model --from pt --net "$nets/mn04.net" --map "$nets/mn04.map" --classes "$nets/mn04.classes" \
        --set-header frontend=efficientat "$@" "$pt" -o "$out"
}


@test "mn04: the golden probabilities, from the sound, within 1e-4" {
    mn04 m.irt
    [ -r "$taggers/efficientat/golden.tsv" ] || skip "its golden.tsv is not there"
    for f in music speech typing; do
        ir-decode --rate 32000 "$taggers/efficientat/$f.wav" | ir-mel --preset efficientat |
            ir-infer -m m.irt --format irt | ir-cat --to raw | od -An -v -t f4 -w4 > $f.found
        grep -v '^#' "$taggers/efficientat/golden.tsv" |
            awk -F'\t' -v f=$f 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == f) c = i; next } { print $c }' > $f.golden
        [ "$(wc -l < $f.found)" = "$(wc -l < $f.golden)" ]
        paste $f.found $f.golden | awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > top) top = d }
            END { print "'$f': largest difference", top; exit !(top <= 1e-4) }'
    done
}

@test "mn04: the log-mel has the mean and deviation of the reference" {
    [ -r "$taggers/efficientat/music.wav" ] || skip "its recordings are not there"
    check() { # NAME MEAN STD

        ir-decode --rate 32000 "$taggers/efficientat/$1.wav" | ir-mel --preset efficientat -o $1.irt
        ir-cat --to raw $1.irt | od -An -v -t f4 -w4 |
            awk -v m=$2 -v s=$3 '{ n++; a += $1; b += $1 * $1 } END { a /= n; b = sqrt(b / n - a * a)
                print n, a, b; exit !(n == 128000 && (a - m)^2 < 1e-8 && (b - s)^2 < 1e-8) }'
    }
    check music 0.26143 0.45386
    check typing -0.36088 0.69188
    check speech -0.49588 0.44283
}

@test "mn04: --keep-classes gives the same probabilities of those classes" {
    mn04 all.irt
    mn04 some.irt --keep-classes "$nets/mn04-instruments.classes"
    [ "$(ir-model --look some.irt | grep -c '^tags.weight.78x512')" = 1 ]
    head -c 51200 /dev/zero | tr '\0' '\074' > raw
    ir-cat --from raw --shape 1x128x100 --set axes=channel,mel,time --set-header domain=feature \
        --set-header frontend=efficientat raw -o clip.irt
    for m in all some; do
        ir-infer -m $m.irt --format irt clip.irt | ir-cat --to raw | od -An -v -t f4 -w4 > $m.p
    done
    n=0
    while read -r name; do
        k=$(grep -nxF -- "$name" "$nets/mn04.classes" | cut -d: -f1)
        n=$((n + 1))
        echo "$(sed -n ${k}p all.p) $(sed -n ${n}p some.p)"
    done < "$nets/mn04-instruments.classes" | awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-6) bad = 1 } END { exit bad || NR != 78 }'
}

@test "class lists: 527 names, 78 of them instruments and singing, each once" {
    [ "$(sort -u "$nets/mn04.classes" | wc -l)" = 527 ]
    [ "$(wc -l < "$nets/mn04.classes")" = 527 ]
    [ "$(grep -cxF -f "$nets/mn04-instruments.classes" "$nets/mn04.classes")" = 78 ]
}

# a b: [1][4] -> relu -> classes
tiny() {
    cat > t.net <<'NET'
input feature size=4
standardize
h = dense out=3
relu
d = dense out=classes
loss bce
NET
    printf 'low note\nb\nhigh\n' > names
    ir-model --from net --seed 3 --classes names t.net -o t.irt
}

@test "--classes names the outputs, --keep-classes leaves some" {
    tiny
    ir-model --look t.irt | grep -qx '# classes=low note, b, high'
    printf 'high\nlow note\n' > keep
    ir-model --keep-classes keep --set-header thresholds='0.1 0.2 0.3' t.irt -o k.irt
    ir-model --look k.irt > look
    grep -qx '# classes=high, low note' look
    grep -qx '# thresholds=0.3 0.1' look
    ir-model --to safetensors t.irt -o t.st
    ir-model --to safetensors k.irt -o k.st
    [ -x /usr/bin/python3 ] || skip "python3 is not installed"
    /usr/bin/python3 - <<'PY' || [ $? = 77 ]
import json, struct, sys
def read(p):
    b = open(p, "rb").read(); n = struct.unpack("<Q", b[:8])[0]; h = json.loads(b[8:8 + n])
    return {k: struct.unpack("<%df" % ((v["data_offsets"][1] - v["data_offsets"][0]) // 4),
            b[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]) for k, v in h.items() if k[0] != "_"}
t, k = read("t.st"), read("k.st")
assert k["d.weight"] == t["d.weight"][6:9] + t["d.weight"][0:3], (k, t)
assert k["d.bias"] == (t["d.bias"][2], t["d.bias"][0])
assert k["h.weight"] == t["h.weight"]
PY
    echo tuba > keep
    run ir-model --keep-classes keep t.irt -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"keep: the model has no class 'tuba'"* ]]
    printf 'b\nb\n' > keep
    run ir-model --keep-classes keep t.irt -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"'b' stands twice"* ]]
    : > keep
    run ir-model --keep-classes keep t.irt -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"no names"* ]]
}

@test "a map fills constants and reverses axes" {
    tiny
    ir-cat --to npz t.irt -o t.npz
    cat > map <<'MAP'
standardize1.mean = -4.5   # what the front end leaves
standardize1.std = 5
MAP
    ir-model -q --loose --from npz --net t.net --classes names --map map t.npz -o c.irt
    ir-cat --to text c.irt | grep -q -- '-4.5'
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "python3-numpy is not installed"
    cat > r.net <<'NET'
input feature channels=2 bands=5 frames=any
c = conv2d out=3 kernel=3x2
global
d = dense out=classes
loss bce
NET
    ir-model --from net --seed 3 --classes names r.net -o r.irt
    ir-cat --to npz r.irt -o r.npz
    /usr/bin/python3 - <<'PY'
import numpy as np
z = dict(np.load("r.npz"))
z.pop("net")
np.savez("k.npz", **{k: np.ascontiguousarray(v.T) for k, v in z.items()})
PY
    printf 'c.weight c.weight reverse\nd.weight d.weight reverse\n' > map
    ir-model --from npz --net r.net --classes names --map map k.npz -o back.irt
    ir-cat --compare --data-only r.irt back.irt
    for bad in 'c.weight =' 'c.weight = x' 'c.weight = 1e99' 'c.weight c.weight turn' 'c.weight = 1 2'; do
        echo "$bad" > map
        run ir-model --from npz --net r.net --classes names --map map k.npz -o x.irt
        [ "$status" -eq 1 ]
        [[ "$output" == *"line 1 of the map"* ]]
    done
}

# musicnn's published ten and three tags, in order (its page), and the means of an independent reference.
@test "musicnn: the published tags in order, and the golden means within 1e-4" {
    h5=$taggers/musicnn/MTT_musicnn.h5
    [ -r "$h5" ] || skip "MTT_musicnn.h5 is not there"
    run ir-model --from h5 --net "$nets/musicnn.net" --map "$nets/musicnn.map" --classes "$nets/musicnn.classes" \
        --set-header frontend=musicnn "$h5" -o m.irt
    [[ "$output" != *"without libhdf5"* ]] || skip "ir-model was built without libhdf5"
    [ "$status" -eq 0 ]
    tags() { # FILE COLUMN TOLERANCE WANTED…
        local file=$1 column=$2 tolerance=$3
        shift 3
        ir-decode --rate 16000 --channels 1 "$taggers/musicnn/$file" | ir-mel --preset musicnn --patch 187 |
            ir-infer -m m.irt --by-file mean --format irt | ir-cat --to raw | od -An -v -t f4 -w4 > p
        grep -v '^#' "$taggers/musicnn/golden.tsv" | tail -n +2 | cut -f1,$column | paste - p |
            awk -F'\t' -v t="$tolerance" '{ d = $2 - $3; if (d < 0) d = -d; if (d > t) { print; bad = 1 } } END { exit bad || NR != 50 }'
        paste "$nets/musicnn.classes" p | sort -t"$(printf '\t')" -k2,2gr | head -n $# | cut -f1 > top
        printf '%s\n' "$@" | diff - top
    }
    tags joram-moments_of_clarity-08-solipsism-59-88.mp3 2 1e-4 techno electronic synth fast beat drums 'no vocals' \
        'no vocal' dance ambient
    # Its peaks pass full scale: the reference heard them clipped to 16 bits, by the decoder of that time.
    tags TRWJAZW128F42760DD_test.mp3 3 2e-4 guitar piano fast
}

@test "h5: arrays below model_weights, f32 and f64, axes reversed; damaged and cut files are refused" {
    cat > k.net <<'NET'
input feature size=4
d = dense out=classes
loss bce
NET
    printf 'a\nb\nc\n' > names
    printf 'd.weight d/d/kernel:0 reverse\nd.bias d/d/bias:0\n' > map
    h5=$root/tests/data/convert/keras.h5
    run ir-model --from h5 --net k.net --map map --classes names "$h5" -o k.irt
    [[ "$output" != *"without libhdf5"* ]] || skip "ir-model was built without libhdf5"
    [ "$status" -eq 0 ]
    head -c 16 /dev/zero > raw
    ir-cat --from raw --shape 4 --set-header domain=feature raw -o zero.irt
    printf '\0\0\200\077\0\0\0\0\0\0\0\0\0\0\0\0' > raw # 1 0 0 0
    ir-cat --from raw --shape 4 --set-header domain=feature raw -o one.irt
    logit() { ir-infer -m k.irt --format irt $1 | ir-cat --to raw | od -An -v -t f4 -w4 | awk '{ printf "%.3f ", log($1 / (1 - $1)) }'; }
    [ "$(logit zero.irt)" = "0.500 -0.500 0.250 " ]
    [ "$(logit one.irt)" = "1.500 1.500 3.250 " ]
    size=$(wc -c < "$h5")
    for n in 0 1 7 100 512 1024 2048 3000 4096 5000 6000 7000 $((size - 1)); do
        head -c $n "$h5" > cut.h5
        run ir-model --from h5 --net k.net --map map --classes names cut.h5 -o x.irt
        [ "$status" -eq 1 ]
        [ ! -e x.irt ]
    done
    echo text > no.h5
    run ir-model --from h5 --net k.net --map map --classes names no.h5 -o x.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"no.h5: no HDF5 file"* ]]
}

@test "make taggers: an absent file is named with address and sum, a wrong one refused, nothing half made" {
    mkdir have
    cd "$root"
    run sh pipelines/taggers.sh "$(dirname "$(command -v ir-model)")" "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/cache" "$BATS_TEST_TMPDIR/have"
    [ "$status" -eq 1 ]
    [[ "$output" == *"mn04_as_mAP_432.pt is not there"* ]]
    [[ "$output" == *"https://github.com/fschmid56/EfficientAT/"* ]]
    [[ "$output" == *"899a8c6217063f6941793102a2780b3dd788ab11fce468d9cf5f0577c453321c"* ]]
    echo no > "$BATS_TEST_TMPDIR/have/MTT_musicnn.h5"
    run sh pipelines/taggers.sh "$(dirname "$(command -v ir-model)")" "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/cache" "$BATS_TEST_TMPDIR/have"
    [ "$status" -eq 1 ]
    [[ "$output" == *"have/MTT_musicnn.h5: SHA-256"*"found, 1a66a2e5"*"wanted"* ]]
    [ -z "$(ls "$BATS_TEST_TMPDIR/out")" ]
}

@test "ir-infer --layer: the values of a layer are features that another model learns from" {
    cat > l.net <<'NET'
input feature channels=1 bands=4 frames=any
c = conv2d out=3 kernel=3x3 pad=1
n = batchnorm
r = relu
m = maxpool2d size=2
g = global kind=max
d = dense out=classes
loss bce
NET
    printf 'a\nb\n' > names
    ir-model --from net --seed 3 --classes names --set-header frontend=f l.net -o l.irt
    for i in 1 2 3 4; do
        head -c 96 /dev/urandom | od -An -v -t u1 -w1 | awk '{ printf "\\0%o", 60 + $1 % 4 }' > esc
        printf "$(cat esc)" > raw
        ir-cat --from raw --shape 1x4x6 --set id=k$i --set labels=$([ $((i % 2)) = 0 ] && echo flute || echo tuba):1 \
            --set-header frontend=f --set-header domain=feature --set-header classes='flute tuba' raw -o clip$i.irt
    done
    ir-cat clip?.irt -o clips.irt
    shape() { ir-infer -m l.irt --layer $1 clips.irt | ir-cat --look | awk '/^0\t/ { print $4 }' FS='\t'; }
    [ "$(shape c)" = "f32 3x4x6" ]
    [[ "$(shape n)" == *3x4x6 ]]
    [[ "$(shape r)" == *3x4x6 ]]
    [[ "$(shape m)" == *3x2x3 ]]
    [[ "$(shape g)" == *3 ]]
    # the last layer is what the probabilities are made of
    ir-infer -m l.irt --layer d clips.irt | ir-cat --to raw | od -An -v -t f4 -w4 | awk '{ print 1 / (1 + exp(-$1)) }' > logits
    ir-cat --set labels= --set-header classes= clips.irt | ir-infer -m l.irt --format irt | ir-cat --to raw | od -An -v -t f4 -w4 |
        awk '{ print $1 }' > probabilities
    [ -s logits ]
    paste logits probabilities | awk '{ d = $1 - $2; if (d > 2e-5 || d < -2e-5 || NF != 2) { print; exit 1 } }'
    # relu is relu of what stands before it, though they run as one when nobody looks
    ir-infer -m l.irt --layer n clips.irt | ir-cat --to raw | od -An -v -t f4 -w4 | awk '{ printf "%.5f\n", ($1 > 0) * $1 + 0 }' | sed 's/^-0.00000/0.00000/' > before
    ir-infer -m l.irt --layer r clips.irt | ir-cat --to raw | od -An -v -t f4 -w4 | awk '{ printf "%.5f\n", $1 }' | sed 's/^-0.00000/0.00000/' > after
    diff before after
    ir-infer -m l.irt --layer g clips.irt | ir-train --learner logistic - -o t.irt
    ir-infer -m l.irt --layer g clips.irt | ir-infer -m t.irt | ir-cat --look | grep -q flute
    run bash -c 'ir-infer -m l.irt --layer m clips.irt | ir-cat --set-header frontend=other | ir-infer -m t.irt'
    [ "$status" -eq 1 ]
    run ir-infer -m l.irt --layer nothing clips.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"l.irt: the network has no layer 'nothing'"* ]]
    run ir-infer -m l.irt --layer g --format tsv clips.irt
    [ "$status" -eq 2 ]
    run ir-infer -m t.irt --layer g clips.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"no network"* ]]
}
