#!/usr/bin/python3
"""Makes the tiny streams of this folder: python3 tests/data/net/make.py (needs NumPy). Seeded; bytes are stable."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "formats"))
import numpy as np  # noqa: E402

import irt  # noqa: E402

CLASSES = ["flute", "violin", "bass drum"]
HEAD = {"domain": "feature", "classes": irt.format_names(CLASSES), "labels": "closed",
        "frontend": "test rate=8000"}


def split_of(i):
    return ["train", "train", "train", "valid", "test"][i // 3 % 5]


def clip(rng, c, bands=6, frames=10):
    x = rng.normal(0, 0.5, (1, bands, frames)).astype("f4")
    x[:, 2 * c:2 * c + 2] += 1
    return x


def single(path, length=None):
    rng = np.random.default_rng(1)
    with irt.Writer(path, HEAD) as w:
        for i in range(45):
            c = i % 3
            w.put(clip(rng, c, frames=length(i) if length else 10), id="clip%02d" % i,
                  path="dir/file%d.wav" % (i // 3), offset="%d" % (i % 3),
                  labels=irt.format_labels({CLASSES[c]: 1}), split=split_of(i), group="g%d" % (i // 3))


def several(path):
    """Several labels a clip, a third of the cells unknown."""
    rng = np.random.default_rng(2)
    with irt.Writer(path, dict(HEAD, labels="open")) as w:
        for i in range(45):
            on = rng.random(3) < 0.5
            x = rng.normal(0, 0.5, (1, 6, 10)).astype("f4")
            for c in range(3):
                x[:, 2 * c:2 * c + 2] += on[c]
            known = rng.random(3) < 0.67
            labels = {CLASSES[c]: int(on[c]) for c in range(3) if known[c]}
            w.put(x, id="m%02d" % i, labels=irt.format_labels(labels), split=split_of(i))


def branches(path):
    """Two named tensors of one clip, of different lengths in time."""
    rng = np.random.default_rng(3)
    with irt.Writer(path, HEAD) as w:
        for i in range(45):
            c = i % 3
            meta = dict(id="b%02d" % i, labels=irt.format_labels({CLASSES[c]: 1}), split=split_of(i))
            w.put(clip(rng, c, frames=8), meta, name="low")
            w.put(clip(rng, c, frames=16), meta, name="high")


def audio(path):
    rng = np.random.default_rng(4)
    head = {k: v for k, v in HEAD.items() if k != "frontend"}
    with irt.Writer(path, dict(head, domain="audio")) as w:
        for i in range(30):
            c = i % 3
            t = np.arange(200) / 8000
            x = 0.5 * np.sin(2 * np.pi * (200, 700, 1900)[c] * t + rng.random()) + rng.normal(0, 0.05, 200)
            w.put(x[None].astype("f4"), id="a%02d" % i, rate="8000", axes="channel,time",
                  labels=irt.format_labels({CLASSES[c]: 1}), split=split_of(i))


if __name__ == "__main__":
    single(os.path.join(HERE, "single.irt"))
    single(os.path.join(HERE, "lengths.irt"), lambda i: 7 + i % 5)
    several(os.path.join(HERE, "several.irt"))
    branches(os.path.join(HERE, "branches.irt"))
    audio(os.path.join(HERE, "audio.irt"))
