"""A PyTorch Cnn14 with random weights: its checkpoint as safetensors, an input and its output.

    python3 tests/golden/cnn14.py DIR        (needs torch; writes 320 MB into DIR; run by tests/tools/model.bats)

The network follows Kong et al., "PANNs" (2020), table 1 and its text; the names are those of the published
checkpoints. DIR/cnn14.safetensors, DIR/clips.irt (the input, as the front end would write it), DIR/pred.irt
(the probabilities that PyTorch computes).
"""
import json
import os
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../formats"))
import irt


class Block(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(n_out), nn.BatchNorm2d(n_out)

    def forward(self, x, pool):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return F.avg_pool2d(x, pool) if pool > 1 else x


class Cnn14(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.bn0 = nn.BatchNorm2d(64)
        n_in = 1
        for i, n_out in enumerate((64, 128, 256, 512, 1024, 2048)):
            setattr(self, "conv_block%d" % (i + 1), Block(n_in, n_out))
            n_in = n_out
        self.fc1, self.fc_audioset = nn.Linear(2048, 2048), nn.Linear(2048, classes)

    def forward(self, x):  # (clips, 1, time, 64)
        x = self.bn0(x.transpose(1, 3)).transpose(1, 3)
        for i in range(6):
            x = getattr(self, "conv_block%d" % (i + 1))(x, 2 if i < 5 else 1)
        x = x.mean(dim=3)
        x = x.max(dim=2)[0] + x.mean(dim=2)
        return self.fc_audioset(F.relu(self.fc1(x)))  # logits


def save(path, tensors):
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, t in tensors.items():
        n = t.numel() * t.element_size()
        header[name] = {"dtype": {torch.float32: "F32", torch.int64: "I64"}[t.dtype],
                        "shape": list(t.shape), "data_offsets": [at, at + n]}
        at += n
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for t in tensors.values():
            f.write(t.contiguous().numpy().tobytes())


def main(folder):
    torch.manual_seed(14)
    torch.set_num_threads(2)
    net = Cnn14(527).eval()
    for name, t in net.state_dict().items():
        if name.endswith("running_var") or ".bn" in name and name.endswith("weight"):
            t.uniform_(0.5, 1.5)
        elif name.endswith("running_mean") or ".bn" in name and name.endswith("bias"):
            t.uniform_(-0.2, 0.2)
        elif t.dim() == 4:  # keep the size of the signal through twelve layers
            nn.init.kaiming_normal_(t)
    assert sum(p.numel() for p in net.parameters()) == 80753615
    x = torch.randn(2, 1, 101, 64) * 20 - 30  # decibels
    with torch.no_grad():
        net.fc_audioset.weight *= 2 / net(x).std()  # probabilities that differ
        y = torch.sigmoid(net(x))
    tensors = dict(net.state_dict())
    tensors["logmel_extractor.melW"] = torch.zeros(513, 64)
    save(os.path.join(folder, "cnn14.safetensors"), tensors)
    classes = irt.format_names(["class %d" % i for i in range(527)])
    head = {"classes": classes, "labels": "closed", "frontend": "test"}
    with irt.Writer(os.path.join(folder, "clips.irt"), {"domain": "feature", **head}) as w:
        for i in range(2):
            w.put(x[i].transpose(1, 2).contiguous().numpy(), id=str(i), axes="channel,mel,time")
    with irt.Writer(os.path.join(folder, "pred.irt"), {"domain": "pred", **head}) as w:
        for i in range(2):
            w.put(y[i].numpy(), id=str(i), name="pred")
    print("probabilities %.4f to %.4f, spread %.4f" % (y.min(), y.max(), y.std()))


if __name__ == "__main__":
    main(sys.argv[1])
