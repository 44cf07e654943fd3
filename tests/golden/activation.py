#!/usr/bin/env python3
"""Golden values of the activation confidence: three made-up stems through the published formula in NumPy and SciPy.

    /usr/bin/python3 tests/golden/activation.py > tests/golden/activation.tsv

Columns: row, then the confidence of stems a, b and c (c is silent). tests/unit/test_label_activation.c makes the same
stems. Needs python3-numpy and python3-scipy."""
import numpy as np
import scipy.signal as ss

RATE, N = 44100, 100000


def stems():
    t = np.arange(N)
    a = np.where(t < 60000, 0.5 * np.sin(2 * np.pi * 440 * t / RATE), 0.0)
    b = np.where((t > 40000) & (t < 90000), 0.05 * np.sin(2 * np.pi * 1000 * t / RATE), 0.0)
    return [x.astype(np.float32) for x in (a, b, np.zeros(N))]


def energy(x, window=4096):
    win = ss.windows.hann(window + 2)[1:-1]
    x = np.pad(x, (window // 2, 0))
    x = np.pad(x, (0, int(window * np.ceil(len(x) / window)) - len(x)))
    rows = (len(x) - window) // (window // 2) + 1
    cut = np.stack([x[i * window // 2:i * window // 2 + window] for i in range(rows)])
    return np.mean(np.sqrt(np.maximum(cut, 0)) * win, axis=1)


h = np.array([energy(x.astype(float)) for x in stems()])
e0 = h.sum(axis=0)
h = len(h) * h / e0.max()
h[:, e0 < 0.01] = 0
h = ss.filtfilt(*ss.butter(2, 0.075, "low"), h, axis=1)
for i, row in enumerate((1 - 1 / (1 + np.exp(20 * (h - 0.15)))).T):
    print(i, *("%.9g" % v for v in row), sep="\t")
