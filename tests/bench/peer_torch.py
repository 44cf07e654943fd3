#!/usr/bin/env python3
"""The networks of bench_net.c in PyTorch: peer_torch.py NETWORK FORM THREADS BATCH SECONDS

FORM is plain, cl (channels_last) or fft (N4: convolutions by hand-made torch.fft, as somebody who knows
that would write them). Prints clips per second in training and in inference (medians over batches, the
first are left out), the resident memory in training in MB, and the processor time of a clip in both, ms. How malloc behaves comes from the
environment (bench.sh).
"""
import resource
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


def block(i, o):
    return [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.MaxPool2d(2)]


class GlobalMean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        one = lambda: nn.Sequential(*block(1, 64), *block(64, 128), *block(128, 256),
                                    nn.Conv2d(256, 512, 3, padding=1), nn.BatchNorm2d(512), nn.ReLU(), GlobalMean())
        self.low, self.mid, self.high = one(), one(), one()
        self.head = nn.Sequential(nn.Linear(1536, 1536), nn.BatchNorm1d(1536), nn.ReLU(), nn.Dropout(.4),
                                  nn.Linear(1536, 768), nn.BatchNorm1d(768), nn.ReLU(), nn.Dropout(.3),
                                  nn.Linear(768, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 11))

    def forward(self, low, mid, high):
        return self.head(torch.cat([self.low(low), self.mid(mid), self.high(high)], 1))


class FFTConv1d(nn.Module):
    """Overlap-save with one product per frequency; n samples a block."""

    def __init__(self, i, o, k, n):
        super().__init__()
        conv = nn.Conv1d(i, o, k)
        self.weight, self.bias, self.k, self.n = conv.weight, conv.bias, k, n

    def forward(self, x):
        length, step = x.shape[-1] - self.k + 1, self.n - self.k + 1
        blocks = -(-length // step)
        x = F.pad(x, (0, blocks * step + self.k - 1 - x.shape[-1])).unfold(-1, self.n, step)  # b i blocks n
        xs = torch.fft.rfft(x)
        ws = torch.fft.rfft(self.weight, self.n).conj()  # o i f
        if self.weight.shape[1] <= 2:
            ys = sum(xs[:, c, None] * ws[None, :, c, None] for c in range(self.weight.shape[1]))
        else:
            b, i, m, f = xs.shape
            left = xs.permute(3, 0, 2, 1).reshape(f, b * m, i)
            ys = torch.bmm(left, ws.permute(2, 1, 0)).reshape(f, b, m, -1).permute(1, 3, 2, 0)
        y = torch.fft.irfft(ys, self.n)[..., :step].flatten(2)[..., :length]
        return y + self.bias[:, None]


def raw(conv1, conv2):
    return nn.Sequential(conv1, nn.ReLU(), nn.MaxPool1d(40, 20), conv2, nn.ReLU(), nn.MaxPool1d(30, 20),
                         nn.Conv1d(384, 384, 20), nn.ReLU(), nn.MaxPool1d(8, 4), nn.Flatten(), nn.Dropout(.5),
                         nn.Linear(6144, 400), nn.ReLU(), nn.Linear(400, 11))


def small(n, k, p):
    layers = []
    for i in (1, n, n):
        layers += [nn.Conv2d(i, n, k, padding=p), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(n * 16 * 16, 4))


def make(name, form):
    """Network, shapes of its inputs, classes, optimiser."""
    adam = lambda p: torch.optim.Adam(p, 1e-4)
    if name == "N1":
        net = nn.Sequential(*block(1, 16), *block(16, 32), *block(32, 64), *block(64, 128), GlobalMean(),
                            nn.Linear(128, 4))
        return net, [(1, 128, 801)], 4, adam
    if name == "N2":
        return small(16, 3, 1), [(1, 129, 129)], 4, adam
    if name == "N2b":
        return small(25, 5, 2), [(1, 129, 129)], 4, adam
    if name == "N3":
        return Branches(), [(1, 128, 130)] * 3, 11, adam
    if name == "N4":
        if form == "fft":
            net = raw(FFTConv1d(1, 256, 3101, 10240), FFTConv1d(256, 384, 300, 768))
        else:
            net = raw(nn.Conv1d(1, 256, 3101), nn.Conv1d(256, 384, 300))
        return net, [(1, 44100)], 11, lambda p: torch.optim.SGD(p, 1e-4)
    net = nn.Sequential(nn.Conv2d(1, 32, 3, stride=4), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(32, 32, 3), nn.ReLU(),
                        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(64, 64),
                        nn.ReLU(), nn.Dropout(.5), nn.Linear(64, 10))
    return net, [(1, 150, 150)], 10, lambda p: torch.optim.RMSprop(p, 1e-4)


def timed(step, seconds):
    took, end = [], time.perf_counter() + seconds
    cpu = time.process_time()
    while len(took) < 2 or len(took) < 3 and time.perf_counter() < end + 10 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        took.append(time.perf_counter() - start)
    cpu = (time.process_time() - cpu) * 1e3 / len(took)
    return statistics.median(took[2 if len(took) > 3 else 1:]), cpu


def main(name, form, threads, batch, seconds):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    net, shapes, classes, optimiser = make(name, form)
    data = [torch.rand(batch, *s) - .5 for s in shapes]
    if form == "cl":
        net = net.to(memory_format=torch.channels_last)
        data = [d.contiguous(memory_format=torch.channels_last) for d in data]
    optim = optimiser(net.parameters())
    labels = torch.arange(batch) % classes
    hot = F.one_hot(labels, classes).float()

    def train():
        optim.zero_grad()
        logits = net(*data)
        loss = F.binary_cross_entropy_with_logits(logits, hot) if name == "N4" else F.cross_entropy(logits, labels)
        loss.backward()
        optim.step()

    trained = timed(train, seconds)
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    net.eval()
    with torch.no_grad():
        inferred = timed(lambda: net(*data), seconds / 2)
    print("%.4g\t%.4g\t%.0f\t%.4g\t%.4g" % (batch / trained[0], batch / inferred[0], mb, trained[1] / batch,
                                          inferred[1] / batch))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
