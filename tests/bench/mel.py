#!/usr/bin/python3
"""mel.py BUILD - log-mel of ten minutes of noise beside torchaudio, times real time, interleaved in one run.

Both get the sound in memory and leave decibels in memory; OPENBLAS_* are unset and glibc keeps its memory
(the better setting for PyTorch). Best of the repeats, since other work may run beside.
"""
import os
import subprocess
import sys
import time

KEEP = {"MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_MMAP_THRESHOLD_": str(1 << 34)}
CONFIGS = [(16000, 400, 200, 128), (22050, 2048, 512, 96), (44100, 1024, 512, 128)]


def peer(threads, rate, n_fft, hop, bands, repeats):
    import torch
    import torchaudio
    torch.set_num_threads(threads)
    mel = torchaudio.transforms.MelSpectrogram(rate, n_fft=n_fft, hop_length=hop, n_mels=bands)
    db = torchaudio.transforms.AmplitudeToDB()
    x = torch.rand(1, 600 * rate) - 0.5
    best = 1e30
    with torch.no_grad():
        for _ in range(repeats):
            start = time.perf_counter()
            db(mel(x))
            best = min(best, time.perf_counter() - start)
    print("%.0f" % (600 / best))


def run(cmd):
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    env.update(KEEP)
    out = subprocess.run(cmd, env=env, capture_output=True, text=True)
    return float(out.stdout) if out.returncode == 0 else None


def main(build):
    print("log-mel, times real time        threads  irtools  torchaudio  ratio")
    for config in CONFIGS:
        words = [str(c) for c in config]
        for threads in ("1", "2"):
            ours, theirs = 0.0, 0.0
            for _ in range(3):
                ours = max(ours, run([build + "/bench/mel", threads] + words + ["7"]) or 0)
                theirs = max(theirs, run([sys.executable, __file__, "peer", threads] + words + ["3"]) or 0)
            ratio = "%.1f" % (ours / theirs) if theirs else "(no torchaudio)"
            print("%6d Hz %4d/%3d, %3d bands %13s %8.0f %11.0f  %s" % (*config, threads, ours, theirs, ratio))


if __name__ == "__main__":
    if sys.argv[1] == "peer":
        peer(*map(int, sys.argv[2:]))
    else:
        main(sys.argv[1])
