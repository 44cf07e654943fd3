#!/usr/bin/python3
"""frontends.py - make the golden values of the front ends (frontends-*.irt) with independent oracles.

    /usr/bin/python3 tests/golden/frontends.py [--essentia DIR] [--sound WAV]

torchaudio, PANNs:  torchaudio.transforms.MelSpectrogram       kaldi: torchaudio.compliance.kaldi
HTK filter banks:   compliance.kaldi with magnitudes, checked against the formulas of The HTK Book (below)
librosa, musicnn, VGGish, EfficientAT: the formulas of those libraries, written with NumPy in double precision
essentia-musicnn:   essentia.js run by node from DIR/node_modules (npm install essentia.js); without
                    --essentia the formula with NumPy is used (they agree to 2e-5)
--sound WAV compares the oracles' values of one's own 16-bit WAV with build/bin/ir-mel and writes nothing.

The sounds (16 bit): violin and trumpet: a third of a second of the real recordings in tests/data/demo (CC BY 3.0,
see the README there), decoded and resampled by SoX; tone: a chirp, a decaying chord that starts at a third, and noise; click; silence;
short: less than one window of some front ends; tiny: less than any. A front end that cannot take a sound
(its oracle fails) has a record with refused=1.
"""
import json
import os
import subprocess
import sys

import numpy as np
import torch
import torchaudio

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "formats"))
import irt  # noqa: E402


def recording(name, rate, start):
    path = os.path.join(HERE, "..", "data", "demo", name)
    raw = subprocess.run(["sox", "-R", path, "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-", "remix",
                          "-", "rate", "-h", str(rate), "trim", str(start), "0.35"], capture_output=True,
                         check=True).stdout
    return np.frombuffer(raw, "<i2")


def sounds(rate):
    rng = np.random.RandomState(rate)
    n = int(0.35 * rate)
    t = np.arange(n) / rate
    tone = 0.2 * np.sin(2 * np.pi * (100 * t + 0.45 * rate / (2 * 0.35) * t * t))
    late = t > 0.12
    for h in range(1, 9):
        tone += late * 0.3 / h * np.sin(2 * np.pi * 311 * h * t) * np.exp(-8 * np.maximum(t - 0.12, 0))
    tone += 0.01 * rng.randn(n)
    click = np.zeros(4000)
    click[1000] = 0.9
    out = {"tone": tone, "click": click, "silence": np.zeros(3000), "short": 0.3 * rng.randn(300),
           "tiny": 0.3 * rng.randn(120)}
    out = {k: np.round(np.clip(v, -0.999, 0.999) * 32767).astype("<i2") for k, v in out.items()}
    out["violin"] = recording("violin-A4.mp3", rate, 0.1)
    out["trumpet"] = recording("trumpet-F4.mp3", rate, 0.05)
    return out


def slaney_hz_to_mel(f):
    f = np.asarray(f, float)
    return np.where(f < 1000, 3 * f / 200, 15 + 27 * np.log(np.maximum(f, 1) / 1000) / np.log(6.4))


def slaney_mel_to_hz(m):
    return np.where(m < 15, 200 * m / 3, 1000 * np.exp((m - 15) * np.log(6.4) / 27))


def slaney_bank(rate, n_fft, bands, fmin=0.0, fmax=None):
    fmax = rate / 2 if fmax is None else fmax
    p = slaney_mel_to_hz(np.linspace(slaney_hz_to_mel(fmin), slaney_hz_to_mel(fmax), bands + 2))
    f = np.arange(n_fft // 2 + 1) * rate / n_fft
    up = (f[None, :] - p[:-2, None]) / (p[1:-1] - p[:-2])[:, None]
    down = (p[2:, None] - f[None, :]) / (p[2:] - p[1:-1])[:, None]
    return np.maximum(0, np.minimum(up, down)) * (2 / (p[2:] - p[:-2]))[:, None]


def htk_bank(rate, n_fft, bands, fmin, fmax):
    """Triangles linear in mel, as HTK and VGGish; without the DC bin."""
    mel = lambda f: 1127 * np.log(1 + np.asarray(f, float) / 700)  # noqa: E731
    p = np.linspace(mel(fmin), mel(fmax), bands + 2)
    m = mel(np.arange(n_fft // 2 + 1) * rate / n_fft)
    up = (m[None, :] - p[:-2, None]) / (p[1:-1] - p[:-2])[:, None]
    down = (p[2:, None] - m[None, :]) / (p[2:] - p[1:-1])[:, None]
    w = np.maximum(0, np.minimum(up, down))
    w[:, 0] = 0
    return w


def spectra(x, win, n_fft, hop, mode):
    """Power spectrum, centred with np.pad's mode: [bins, frames]."""
    x = np.pad(x, n_fft // 2, mode=mode)
    frames = np.lib.stride_tricks.sliding_window_view(x, n_fft)[::hop]
    return np.abs(np.fft.rfft(frames * win, axis=1)).T ** 2


def hann(n):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


def librosa(x, mode="constant"):
    return slaney_bank(22050, 2048, 128) @ spectra(x, hann(2048), 2048, 512, mode)


def exact_bank(fb, rate, mel_scale):
    """torchaudio computes its triangles in single precision, which leaves narrow slopes 1e-4 off: the same in
    double precision, checked to be the same."""
    bins, bands = fb.shape
    if mel_scale == "slaney":
        exact = slaney_bank(rate, 2 * (bins - 1), bands, 50, 14000).T
    else:
        p = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + rate / 2 / 700), bands + 2) / 2595) - 1)
        f = np.arange(bins) * rate / (2 * (bins - 1))
        up = (f[:, None] - p[None, :-2]) / (p[1:-1] - p[:-2])
        down = (p[None, 2:] - f[:, None]) / (p[2:] - p[1:-1])
        exact = np.maximum(0, np.minimum(up, down))
    assert np.abs(fb.numpy() - exact).max() < 2e-4 * exact.max()
    return torch.from_numpy(exact)


def torchaudio_mel(x, **more):
    """In double precision: single leaves the transform itself 1e-4 off in weak bands."""
    t = torchaudio.transforms.MelSpectrogram(**more).double()
    t.mel_scale.fb = exact_bank(t.mel_scale.fb, more["sample_rate"], more.get("mel_scale", "htk"))
    return t(torch.from_numpy(x)[None])[0].numpy()


def panns(x):
    mel = torchaudio_mel(x, sample_rate=32000, n_fft=1024, hop_length=320, f_min=50, f_max=14000,
                         n_mels=64, mel_scale="slaney", norm="slaney")
    return 10 * np.log10(np.maximum(mel, 1e-10))


def kaldi(x, **more):
    if len(x) < 400:
        raise ValueError("shorter than one window")
    wave = torch.from_numpy((x * 32768).astype("f4"))[None]
    return torchaudio.compliance.kaldi.fbank(wave, dither=0.0, **more).numpy().T


def htk(x):
    """The HTK Book, 5.2 to 5.6: pre-emphasis in the frame, Hamming, magnitudes, floor 1.0."""
    if len(x) < 400:
        raise ValueError("shorter than one window")
    frames = np.lib.stride_tricks.sliding_window_view(x * 32768, 400)[::160].copy()
    frames[:, 1:] -= 0.97 * frames[:, :-1].copy()
    frames[:, 0] *= 1 - 0.97
    frames *= 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(400) / 399)
    mag = np.abs(np.fft.rfft(frames, 512, axis=1)).T
    mel = np.log(np.maximum(htk_bank(16000, 512, 20, 0, 8000) @ mag, 1.0))
    other = kaldi(x, window_type="hamming", num_mel_bins=20, low_freq=0.0, use_power=False,
                  remove_dc_offset=False)
    assert np.abs(np.maximum(other, 0) - mel).max() < 2e-3, np.abs(np.maximum(other, 0) - mel).max()
    return mel


def musicnn(x):
    mel = slaney_bank(16000, 512, 96) @ spectra(x, hann(512), 512, 256, "constant")
    return np.log10(1 + 10000 * mel)


def vggish(x):
    if len(x) < 400:
        raise ValueError("shorter than one window")
    frames = np.lib.stride_tricks.sliding_window_view(x, 400)[::160] * hann(400)
    mag = np.abs(np.fft.rfft(frames, 512, axis=1)).T
    return np.log(htk_bank(16000, 512, 64, 125, 7500) @ mag + 0.01)


def efficientat(x):
    """EfficientAT's AugmentMelSTFT in evaluation: emphasis of the whole clip, Hann (both ends 0) of 800 in 1024."""
    y = x[1:] - 0.97 * x[:-1]
    win = np.zeros(1024)
    win[112:912] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(800) / 799)
    mel = htk_bank(32000, 1024, 128, 0, 15000) @ spectra(y, win, 1024, 320, "reflect")
    return (np.log(mel + 1e-5) + 4.5) / 5


def essentia(x, folder=None):
    """Frames as FrameCutter with startFromZero=false makes them, silent ones kept."""
    count = 1 + -(-len(x) // 256)
    padded = np.concatenate([np.zeros(256), x, np.zeros(1024)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, 512)[::256][:count]
    if folder:
        code = """
const e = require(process.argv[1] + "/node_modules/essentia.js"), es = new e.Essentia(e.EssentiaWASM);
const f = JSON.parse(require("fs").readFileSync(0, "utf8")), out = [];
for (const x of f) {
  const v = es.arrayToVector(new Float32Array(x));
  out.push(Array.from(es.vectorToArray(es.TensorflowInputMusiCNN(v).bands)));
}
console.log(JSON.stringify(out));
"""
        out = subprocess.run(["node", "-e", code, os.path.abspath(folder)], text=True, check=True,
                             input=json.dumps(frames.tolist()), capture_output=True).stdout
        return np.array(json.loads(out)).T
    win = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 511)
    power = np.abs(np.fft.rfft(frames * win, axis=1)).T ** 2
    return np.log10(1 + 10000 * (slaney_bank(16000, 512, 96) @ power))


def oracles(folder=None):
    return {
        "librosa": (22050, librosa),
        "librosa-0.8": (22050, lambda x: librosa(x, "reflect")),
        "torchaudio": (16000, lambda x: torchaudio_mel(x, sample_rate=16000, n_fft=400)),
        "kaldi": (16000, lambda x: kaldi(x, num_mel_bins=23)),
        "htk": (16000, htk),
        "panns": (32000, panns),
        "musicnn": (16000, musicnn),
        "essentia-musicnn": (16000, lambda x: essentia(x, folder)),
        "vggish": (16000, vggish),
        "efficientat": (32000, efficientat),
    }


def value(make, x):
    try:
        return np.ascontiguousarray(make(x), "<f4")[None]
    except (ValueError, RuntimeError, AssertionError) as error:
        if "frame" not in str(error) and "window" not in str(error) and "adding" not in str(error):
            raise
        return None


def write(folder):
    with irt.Writer(os.path.join(HERE, "frontends-audio.irt"), {"domain": "audio"}, pack=True) as w:
        for rate in (16000, 22050, 32000):
            for name, x in sounds(rate).items():
                w.put(x[None], {"rate": str(rate), "axes": "channel,time"}, id=name)
    for preset, (rate, make) in oracles(folder).items():
        head = {"domain": "feature", "preset": preset}
        with irt.Writer(os.path.join(HERE, "frontends-%s.irt" % preset), head, pack=True) as w:
            for name, x in sounds(rate).items():
                v = value(make, x / 32768.0)
                meta = {"rate": str(rate)}
                if v is None:
                    w.put(np.zeros(1, "<f4"), dict(meta, refused="1"), id=name)
                else:
                    w.put(v, meta, id=name)


def compare(path, folder):
    """Largest difference between ir-mel and the oracles on a real recording, resampled by SoX."""
    for preset, (rate, make) in oracles(folder).items():
        raw = subprocess.run(["sox", path, "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-", "remix",
                              "-", "rate", "-h", str(rate), "dither", "-s"], capture_output=True,
                             check=True).stdout
        x = np.frombuffer(raw, "<i2")
        with irt.Writer("/tmp/frontends.irt", {"domain": "audio"}) as w:
            w.put(x[None], {"rate": str(rate)}, id="x")
        tool = os.path.join(HERE, "..", "..", "build", "bin", "ir-mel")
        subprocess.run([tool, "--preset", preset, "-o", "/tmp/frontends.mel.irt", "/tmp/frontends.irt"],
                       check=True)
        ours, want = list(irt.Reader("/tmp/frontends.mel.irt"))[0].data, value(make, x / 32768.0)
        if preset in ("librosa", "librosa-0.8", "torchaudio"):
            db = np.abs(10 * np.log10(np.maximum(ours, 1e-10) / np.maximum(want, 1e-10)))
            rel = np.abs(ours - want).max() / want.max()
            print("%-18s %-15s largest: %.2g of the largest power, %.2g dB" % (preset, ours.shape, rel, db.max()))
        else:
            print("%-18s %-15s largest: %.2g" % (preset, ours.shape, np.abs(ours - want).max()))


if __name__ == "__main__":
    args = sys.argv[1:]
    ess = args[args.index("--essentia") + 1] if "--essentia" in args else None
    if "--sound" in args:
        compare(args[args.index("--sound") + 1], ess)
    else:
        write(ess)
