#!/usr/bin/env bats
# formats/irt.py against the C reader and writer, in files and pipes.

python=/usr/bin/python3

setup() {
    "$python" -c 'import numpy' 2>/dev/null || skip "python3-numpy is not installed"
    root=$BATS_TEST_DIRNAME/../..
    export PYTHONPATH=$root/formats PYTHONDONTWRITEBYTECODE=1
    cd "$BATS_TEST_TMPDIR"
}

write_all_types() {
    "$python" - "$@" <<'PY'
import sys
import numpy as np
import irt
pack = "pack" in sys.argv
with irt.Writer("all.irt", {"domain": "feature", "classes": "flute violin", "labels": "closed"}, pack) as w:
    for t in "f4 f8 f2 i2 i4 u1".split():
        w.put(np.arange(24).reshape(2, 3, 4).astype(t), id=t, labels={"flute": 1, "violin": 0.25})
    w.put(np.float32(7), id="scalar")
    w.put(np.asfortranarray(np.arange(6, dtype=">f4").reshape(2, 3)), id="big",
          path="100%\n\x1b'odd\udcff name", name="y")
PY
}

@test "what irt.py writes, C reads, in every type, packed and not" {
    for pack in no pack; do
        write_all_types $pack
        run ir-cat --look all.irt
        [ "$status" -eq 0 ]
        [[ "$output" == *"$(printf 'f8\tx\tf64 2x3x4')"* ]]
        [[ "$output" == *"$(printf 'f2\tx\tf16 2x3x4')"* ]]
        [[ "$output" == *"$(printf 'scalar\tx\tf32 scalar')"* ]]
        [[ "$output" == *"flute:1 violin:0.25"* ]]
        run ir-cat --to csv --id big all.irt
        [[ "${lines[1]}" == *",0,1,2,3,4,5" ]]
    done
}

@test "C writes back the same bytes" {
    write_all_types
    ir-cat --no-prog all.irt | cmp - all.irt
}

@test "what C writes, irt.py reads, on a pipe" {
    write_all_types
    ir-cat -z --no-prog all.irt | "$python" -c '
import sys, numpy as np, irt
with irt.Reader() as r:
    assert r.header["classes"] == "flute violin", r.header
    recs = list(r)
assert len(recs) == 8
for rec in recs[:6]:
    assert rec.data.dtype == np.dtype(rec.id) and rec.data.shape == (2, 3, 4)
    assert (rec.data == np.arange(24).reshape(2, 3, 4)).all()
    assert rec.labels == {"flute": 1, "violin": 0.25}
assert recs[6].data.shape == () and recs[6].data == 7
assert recs[7].meta["path"] == "100%\n\x1b\x27odd\udcff name", recs[7].meta
assert recs[7].name == "y"
print("fine")' > out
    [ "$(cat out)" = fine ]
}

@test "joined streams, clips and labels" {
    write_all_types
    cat all.irt all.irt | "$python" -c '
import irt, numpy as np
r = irt.Reader()
clips = list(r.clips())
assert len(clips) == 16, len(clips)
y = irt.label_vector(clips[0][0].meta["labels"], irt.parse_names(r.header["classes"]))
assert y.tolist() == [1, 0.25]
assert np.isnan(irt.label_vector("", ["a"], True)[0])
'
    "$python" - <<'PY'
import irt, numpy as np
with irt.Writer("two.irt", {"domain": "feature", "tensors": 2}) as w:
    for i in range(6):
        w.put(np.zeros(2, "f4"), id=str(i // 2), name="xy"[i % 2])
r = irt.Reader("two.irt")
assert r.tensors == 2 and "tensors" not in r.header
assert [len(c) for c in r.clips()] == [2, 2, 2]
PY
}

@test "every cut and every flipped byte is refused by irt.py" {
    "$python" - <<'PY'
import io
import numpy as np
import irt
for pack in False, True:
    b = io.BytesIO()
    with irt.Writer(b, {"domain": "feature"}, pack) as w:
        w.put(np.zeros((2, 30), "f4"), id="a")
    whole = b.getvalue()
    assert len(irt.read(io.BytesIO(whole))[1]) == 1
    bad = [whole[:n] for n in range(len(whole))]
    bad += [whole[:i] + bytes([whole[i] ^ m]) + whole[i + 1:] for i in range(len(whole)) for m in (1, 128, 255)]
    bad += [whole + b"x", b"x" + whole, whole + bytes(64)]
    for i, raw in enumerate(bad):
        try:
            irt.read(io.BytesIO(raw))
        except irt.Error:
            continue
        raise SystemExit("variant %d of %d was accepted" % (i, len(bad)))
PY
}

@test "a writer that fails leaves no file, and no E on a pipe" {
    run "$python" -c '
import irt, numpy as np
with irt.Writer("x.irt", {}) as w:
    w.put(np.zeros(3, "f4"))
    raise SystemExit("gone")'
    [ ! -e x.irt ]
    [ -z "$(ls -A)" ]
    run sh -c "$python -c '
import irt, numpy as np
with irt.Writer() as w:
    w.put(np.zeros(3, \"f4\"))
    raise RuntimeError' 2>/dev/null | ir-cat -o y.irt"
    [ "$status" -eq 1 ]
    [[ "$output" == *"end record is missing"* ]]
    [ ! -e y.irt ]
}

@test "NaN, foreign types and bad keys are refused by the writer" {
    "$python" - <<'PY'
import io
import numpy as np
import irt
for data, meta in ((np.array([np.nan], "f4"), {}), (np.array([1], "i8"), {}), (np.zeros(3, "c8"), {}),
                   (np.zeros((1,) * 7, "f4"), {}), (np.zeros(1, "f4"), {"a=b": "c"}), (np.zeros(1, "f4"), {"a b": "c"})):
    w = irt.Writer(io.BytesIO())
    try:
        w.put(data, meta)
    except irt.Error:
        continue
    raise SystemExit("accepted %r %r" % (data, meta))
irt.Writer(io.BytesIO(), allow_nan=True).put(np.array([np.nan], "f4"))
PY
}

@test "the program irt.py lists streams, and says what is wrong" {
    write_all_types
    run "$python" "$root/formats/irt.py" all.irt
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 11 ]
    head -c 100 all.irt > cut.irt
    run "$python" "$root/formats/irt.py" cut.irt
    [ "$status" -eq 1 ]
    [[ "$output" == *"ends within the metadata"* ]]
}

@test "the example stream of irt.md, byte by byte" {
    "$python" -c '
import irt, numpy as np
with irt.Writer("tiny.irt", {"domain": "feature", "classes": "flute violin", "labels": "closed"}) as w:
    w.put(np.array([[0.5, -1]], "f4"), id="a", labels={"flute": 1})
raw = open("tiny.irt", "rb").read()
assert len(raw) == 384
def crc(at):
    return raw[at:at + 4].hex(" ")
text = open("'"$root"'/formats/irt.md", encoding="utf-8").read()
import re
for line in re.findall(r"^    ([0-9a-f]{3})  ((?:[0-9a-f]{2} {1,2})+)", text, re.M):
    at, dump = int(line[0], 16), bytes.fromhex(line[1])
    if dump.count(0) == len(dump):
        continue
    assert raw[at:at + len(dump)] == dump, (line, raw[at:at + len(dump)].hex(" "))
'
    ir-cat --look tiny.irt
}

@test "the PyTorch example feeds a loader" {
    "$python" -c 'import torch' 2>/dev/null || skip "python3-torch is not installed"
    "$python" - <<'PY'
import numpy as np
import torch
import irt
from torch_dataset import Stream
with irt.Writer("t.irt", {"domain": "feature", "classes": "flute violin", "labels": "closed"}) as w:
    for i in range(7):
        w.put(np.full((1, 4, 5), i, "f4"), id=str(i), labels={"violin": 1})
for workers in 0, 2:
    seen = []
    for x, y in torch.utils.data.DataLoader(Stream("t.irt"), batch_size=2, num_workers=workers):
        assert x.shape[1:] == (1, 4, 5) and y.tolist()[0] == [0, 1]
        seen += x[:, 0, 0, 0].tolist()
    assert sorted(seen) == list(range(7)), seen
PY
}

@test "npy and npz made by NumPy and read by NumPy" {
    "$python" - <<'PY'
import numpy as np
x = np.random.default_rng(1).standard_normal((5, 2, 3)).astype("f4")
np.save("x.npy", x)
np.save("f.npy", np.asfortranarray(x))
np.save("b.npy", x.astype(">f4"))
np.savez_compressed("x.npz", x=x, y=x[0])
PY
    ir-cat --from npy --rows --no-prog --set id= x.npy -o x.irt
    for f in f b; do
        ir-cat --from npy --rows --no-prog --set id= $f.npy -o y.irt
        cmp x.irt y.irt
    done
    ir-cat --from npz x.npz -o z.irt
    ir-cat --to npy x.irt -o back.npy
    ir-cat --to npz z.irt -o back.npz
    ir-cat --from npz --to ark x.npz -o x.ark
    "$python" - <<'PY'
import struct
import numpy as np
x = np.load("x.npy")
assert (np.load("back.npy") == x).all()
z = np.load("back.npz")
assert sorted(z.files) == ["x", "y"] and (z["x"] == x).all() and (z["y"] == x[0]).all()
raw = open("x.ark", "rb").read()
assert raw.startswith(b"x \0BFM \4" + struct.pack("<i", 3) + b"\4" + struct.pack("<i", 10)), raw[:20]
m = np.frombuffer(raw[17:17 + 120], "<f4").reshape(3, 10)
assert (m == np.moveaxis(x, 2, 0).reshape(3, 10)).all()
PY
}
