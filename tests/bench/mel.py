#!/usr/bin/python3
"""mel.py BUILD - log-mel beside torchaudio: of ten minutes of noise in memory, and of 2,000 WAV files as whole
processes.

Both are run in turn, five rounds, and the best of each is kept: other work on the machine can only slow a run
down. OPENBLAS_* are unset and glibc keeps its memory (the better setting for PyTorch). CPU is user and system
time of the same work, which tells more than the clock on a busy machine.
"""
import os
import resource
import subprocess
import sys
import tempfile
import time

KEEP = {"MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_MMAP_THRESHOLD_": str(1 << 34)}
CONFIGS = [(16000, 400, 200, 128), (22050, 2048, 512, 96), (44100, 1024, 512, 128)]
FILES, SECONDS, RATE = 2000, 3, 22050


def peer_memory(threads, rate, n_fft, hop, bands, repeats):
    import torch
    import torchaudio
    torch.set_num_threads(threads)
    mel = torchaudio.transforms.MelSpectrogram(rate, n_fft=n_fft, hop_length=hop, n_mels=bands)
    db = torchaudio.transforms.AmplitudeToDB()
    x = torch.rand(1, 600 * rate) - 0.5
    best, cpu = 1e30, 1e30
    with torch.no_grad():
        for _ in range(repeats):
            start, used = time.perf_counter(), time.process_time()
            db(mel(x))
            best, cpu = min(best, time.perf_counter() - start), min(cpu, time.process_time() - used)
    print("%.0f %.0f" % (600 / best, 600 / cpu))


def peer_files(folder):
    import torch
    import torchaudio
    torch.set_num_threads(2)
    mel = torchaudio.transforms.MelSpectrogram(RATE, n_fft=2048, hop_length=512, n_mels=96)
    db = torchaudio.transforms.AmplitudeToDB()
    out = []
    with torch.no_grad():
        for name in sorted(os.listdir(folder)):
            out.append(db(mel(torchaudio.load(os.path.join(folder, name))[0])))
    torch.save(torch.stack(out), os.path.join(folder, os.pardir, "peer.pt"))


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    env.update(KEEP)
    return env


def numbers(cmd):
    out = subprocess.run(cmd, env=environment(), capture_output=True, text=True)
    return [float(v) for v in out.stdout.split()] if out.returncode == 0 else None


def timed(cmd):
    """Seconds on the clock and of the processors; None when the command fails."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    try:
        ok = subprocess.run(["timeout", "180", "sh", "-c", cmd], env=environment(),
                            stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        ok = False
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (time.perf_counter() - start, used) if ok else None


def in_memory(build):
    print("log-mel, times real time     threads  irtools  torchaudio  ratio   CPU: irtools  torchaudio  ratio")
    for config in CONFIGS:
        words = [str(c) for c in config]
        for threads in ("1", "2"):
            best = {"ours": [0, 0], "peer": [0, 0]}
            for _ in range(5):
                for who, cmd in (("ours", [build + "/bench/mel", threads] + words + ["7"]),
                                 ("peer", [sys.executable, __file__, "peer", threads] + words + ["3"])):
                    best[who] = [max(a, b) for a, b in zip(best[who], numbers(cmd) or [0, 0])]
            line = "%5d Hz %4d/%3d, %3d bands %5s" % (*config, threads)
            for i, width in ((0, (10, 11, 7)), (1, (15, 11, 7))):
                a, b = best["ours"][i], best["peer"][i]
                line += "%*.0f %*s %*s" % (width[0], a, width[1], "%.0f" % b if b else "-", width[2],
                                           "%.1f" % (a / b) if b else "-")
            print(line, flush=True)


def write_sounds(folder):
    import wave
    import numpy as np
    rng = np.random.RandomState(1)
    for i in range(FILES):
        with wave.open("%s/%04d.wav" % (folder, i), "wb") as w:
            w.setnchannels(1)
            w.setsampwidth(2)
            w.setframerate(RATE)
            w.writeframes((rng.randn(SECONDS * RATE) * 3000).astype("<i2").tobytes())


def as_files(build):
    with tempfile.TemporaryDirectory() as top:
        folder = top + "/sounds"
        os.mkdir(folder)
        write_sounds(folder)
        ours = "cd %s && %s/bin/ir-decode *.wav | %s/bin/ir-mel --bands 96 --log db -o ../ours.irt" % (
            folder, os.path.abspath(build), os.path.abspath(build))
        peer = "%s %s files %s" % (sys.executable, os.path.abspath(__file__), folder)
        best = {}
        for _ in range(2):
            for who, cmd in (("ours", ours), ("peer", peer)):
                t = timed(cmd)
                if t:
                    best[who] = [min(a, b) for a, b in zip(best.get(who, t), t)]
        print("\n%d WAV files of %d s to 96 bands, whole processes, 2 threads" % (FILES, SECONDS))
        for who, name in (("ours", "ir-decode | ir-mel"), ("peer", "torchaudio script")):
            if who in best:
                print("%-20s %5.2f s, %5.2f s of CPU" % (name, *best[who]))
            else:
                print("%-20s failed, not installed, or over 180 s" % name)


if __name__ == "__main__":
    if sys.argv[1] == "peer":
        peer_memory(*map(int, sys.argv[2:]))
    elif sys.argv[1] == "files":
        peer_files(sys.argv[2])
    else:
        in_memory(sys.argv[1])
        as_files(sys.argv[1])
