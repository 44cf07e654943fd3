#!/usr/bin/python3
"""features.py - golden values of the other features (features.irt), from NumPy, SciPy and torchaudio.

    /usr/bin/python3 tests/golden/features.py

Each record: the tone of frontends-audio.irt at its rate, in `front` the settings as ir-mel reads them, in
`tol` the largest difference allowed (values are of order 1 to 100). The formulas are those of librosa
(mfcc, delta of 0.3.1, 0.4 and 0.11, pcen, filters.chroma), of torchaudio.functional.compute_deltas, of the
constant-Q transform by its definition in the time domain, and of the paper of each experiment.
"""
import os
import sys

import numpy as np
import scipy.fftpack
import scipy.signal
import torch
import torchaudio

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import frontends as fe  # noqa: E402
import irt  # noqa: E402


def to_db(s, ref=1.0, top_db=80.0):
    ref = s.max() if ref is None else ref
    out = 10 * np.log10(np.maximum(s, 1e-10)) - 10 * np.log10(max(ref, 1e-10))
    return np.maximum(out, out.max() - top_db) if top_db else out


def mel(x):
    return fe.librosa(x)


def mfcc(x, n=20):
    return scipy.fftpack.dct(to_db(mel(x)), axis=0, type=2, norm="ortho")[:n]


def delta_lfilter(data, order, version):
    width, half = 9, 5
    window = np.arange(half - 1.0, -half, -1.0)
    pad = half if version == 3 else width
    if version == 4:
        window /= np.sum(window ** 2)
    out = np.pad(data, [(0, 0), (pad, pad)], mode="edge")
    for _ in range(order):
        out = scipy.signal.lfilter(window, 1, out, axis=-1)
    if version == 3:
        return out[:, half:-half]
    return out[:, -half - data.shape[1]:-half]


def delta_savgol(data, order):
    return scipy.signal.savgol_filter(data, 9, deriv=order, polyorder=order, axis=-1, mode="interp")


def delta_regression(data, order):
    t = torch.from_numpy(data)[None]
    for _ in range(order):
        t = torchaudio.functional.compute_deltas(t, 5, "replicate")
    return t[0].numpy()


def pcen(x):
    s = mel(x) * 2.0 ** 31
    t = 0.4 * 22050 / 512
    b = (np.sqrt(1 + 4 * t * t) - 1) / (2 * t * t)
    zi = np.tile(scipy.signal.lfilter_zi([b], [1, b - 1]), (s.shape[0], 1))
    smooth, _ = scipy.signal.lfilter([b], [1, b - 1], s, zi=zi, axis=-1)
    smooth = np.exp(-0.98 * (np.log(1e-6) + np.log1p(smooth / 1e-6)))
    return 2 ** 0.5 * np.expm1(0.5 * np.log1p(s * smooth / 2))


def chroma(x, rate=22050, n_fft=2048, n=12):
    f = np.linspace(0, rate, n_fft, endpoint=False)[1:]
    bins = n * np.log2(f / 27.5)
    bins = np.concatenate(([bins[0] - 1.5 * n], bins))
    width = np.concatenate((np.maximum(bins[1:] - bins[:-1], 1.0), [1]))
    d = np.subtract.outer(bins, np.arange(0, n, dtype="d")).T
    half = np.round(n / 2.0)
    d = np.remainder(d + half + 10 * n, n) - half
    w = np.exp(-0.5 * (2 * d / np.tile(width, (n, 1))) ** 2)
    w /= np.sqrt((w ** 2).sum(axis=0, keepdims=True))
    w *= np.tile(np.exp(-0.5 * (((bins / n - 5) / 2) ** 2)), (n, 1))
    w = np.roll(w, -3 * (n // 12), axis=0)[:, :n_fft // 2 + 1]
    raw = w @ fe.spectra(x, fe.hann(n_fft), n_fft, 512, "constant")
    return raw / raw.max(axis=0, keepdims=True)


def cqt(x, rate=16000, hop=400, fmin=110.0, rows=48, b=12):
    """Σ x[t hop + i] w_k[i] e^(-2πi f i/rate), w scaled to √N_k, peak at i = 0."""
    q = 1 / (2 ** (1 / b) - 1)
    frames = 1 + len(x) // hop
    out = np.zeros((rows, frames))
    far = 4096
    padded = np.concatenate([np.zeros(far), x, np.zeros(far + hop)])
    for k in range(rows):
        f = fmin * 2 ** (k / b)
        n = q * rate / f
        half = int(n // 2)
        i = np.arange(-half, half + 1)
        length = 2 * half + 1
        w = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / (length - 1))
        w *= np.sqrt(n) / w.sum()
        g = w * np.exp(-2j * np.pi * f * i / rate)
        for t in range(frames):
            out[k, t] = abs(np.sum(padded[far + t * hop + i] * g))
    return out


def logfreq(x, rate=22050, n_fft=4096, hop=512, rows=84, b=12):
    f = np.arange(n_fft // 2 + 1) * rate / n_fft
    bank = np.zeros((rows, len(f)))
    for r in range(rows):
        pitch = 440 * 2 ** (-45 / 12) * 2 ** (r / b)
        with np.errstate(divide="ignore"):
            bank[r] = np.maximum(0, 1 - np.abs(np.log2(f / pitch)) * b)
        if bank[r].sum() == 0:
            at = pitch * n_fft / rate
            bank[r, int(at)], bank[r, int(at) + 1] = 1 - at % 1, at % 1
        bank[r] /= bank[r].sum()
    return to_db(bank @ fe.spectra(x, fe.hann(n_fft), n_fft, hop, "constant"), top_db=None)


def half_db(x, n_fft, lo, hi):
    """Experiment 002: power_to_db on magnitudes, the loudest 0, floor -80, rows lo ≤ f < hi."""
    mag = np.sqrt(fe.spectra(x, fe.hann(n_fft), n_fft, n_fft // 4, "constant"))
    f = np.arange(n_fft // 2 + 1) * 22050 / n_fft
    return to_db(mag[(f >= lo) & (f < hi)], ref=None)


def gaussian(m):
    return np.concatenate([m.mean(axis=1), np.cov(m).ravel()])


def kaldi_mfcc(x):
    wave = torch.from_numpy((x * 32768).astype("f4"))[None]
    return torchaudio.compliance.kaldi.mfcc(wave, dither=0.0, use_energy=False).numpy().T


def htk_mfcc(x):
    return (scipy.fftpack.dct(fe.htk(x), axis=0, type=2, norm="ortho")[1:13].T
            * (1 + 11 * np.sin(np.pi * np.arange(1, 13) / 22))).T


def torchaudio_mfcc(x):
    return torchaudio.transforms.MFCC(16000)(torch.from_numpy(x.astype("f4"))[None])[0].numpy()


def cases(x16, x22):
    m20 = mfcc(x22)
    rows = {
        "mfcc": ("librosa feature=mfcc", 22050, m20, 2e-3),
        "mfcc-kaldi": ("kaldi feature=mfcc", 16000, kaldi_mfcc(x16), 5e-3),
        "mfcc-htk": ("htk feature=mfcc", 16000, htk_mfcc(x16), 2e-3),
        "mfcc-torchaudio": ("torchaudio feature=mfcc top-db=80", 16000, torchaudio_mfcc(x16), 5e-3),
        "pcen": ("librosa log=pcen mult=2147483648", 22050, pcen(x22), 2e-4),
        "chroma": ("librosa feature=chroma", 22050, chroma(x22), 1e-5),
        "cqt": ("librosa feature=cqt rate=16000 hop=400 bands=48 fmin=110 window=hann-sym spectrum=magnitude",
                16000, cqt(x16), 1e-4),
        "logfreq": ("librosa feature=logfreq n-fft=4096 log=db top-db=none", 22050, logfreq(x22), 2e-3),
        "db-max": ("librosa log=db ref=max", 22050, to_db(mel(x22), ref=None), 2e-3),
        "gaussian": ("librosa feature=mfcc deltas=2 delta-form=librosa-0.4 summary=gaussian", 22050,
                     gaussian(np.vstack([m20] + [delta_lfilter(m20, k, 4) for k in (1, 2)])), 0.3),
        "stack": ("librosa stack=3 stack-step=2 log=db", 22050, None, 2e-3),
    }
    db = to_db(mel(x22))
    t = 1 + (db.shape[1] - 3) // 2
    stacked = np.vstack([db[:, j:j + 2 * t - 1:2] for j in range(3)])
    rows["stack"] = rows["stack"][:2] + (stacked,) + rows["stack"][3:]
    for name, make in (("librosa-0.3", lambda k: delta_lfilter(m20, k, 3)),
                       ("librosa-0.4", lambda k: delta_lfilter(m20, k, 4)),
                       ("savgol", lambda k: delta_savgol(m20, k)),
                       ("regression", lambda k: delta_regression(m20, k))):
        width = " delta-width=5" if name == "regression" else ""
        scale = 3600 if name == "librosa-0.3" else 1
        rows["delta-" + name] = ("librosa feature=mfcc deltas=2 delta-form=" + name + width, 22050,
                                 np.vstack([m20, make(1), make(2)]), 2e-3 * scale)
    for name, n_fft, lo, hi in (("low", 1024, 0, 1000), ("mid", 512, 1000, 4000), ("high", 256, 4000, 11025)):
        rows["three-" + name] = (
            "librosa feature=stft hop=1/4 spectrum=magnitude log=db ref=max "
            "cuts=low=0..1000:1024,mid=1000..4000:512,high=4000..11025:256", 22050,
            half_db(x22, n_fft, lo, hi), 2e-3)
    return rows


def main():
    x16, x22 = (fe.sounds(r)["tone"] / 32768.0 for r in (16000, 22050))
    with irt.Writer(os.path.join(HERE, "features.irt"), {"domain": "feature"}, pack=True) as w:
        for name, (front, rate, v, tol) in cases(x16, x22).items():
            meta = {"front": front, "rate": str(rate), "tol": repr(tol)}
            if name.startswith("three-"):
                meta["tensor"] = name[6:]
            v = np.ascontiguousarray(v, "<f4")
            w.put(v if v.ndim == 1 else v[None], meta, id=name)


if __name__ == "__main__":
    main()
