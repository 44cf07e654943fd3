#!/usr/bin/python3
"""Makes tests/golden/layers.irt and optims.irt: what PyTorch computes for small networks and optimisers.

    /usr/bin/python3 tests/golden/layers.py

Needs PyTorch and NumPy (made with PyTorch 1.13). A clip of layers.irt is one network: records `net` (text), `x`
(and other inputs), `t` (targets), the parameters `p:NAME`, and PyTorch's `logits`, `loss`, gradients `g:NAME` and
buffers after the step `b:NAME`. A clip of optims.irt is one optimiser: `spec` (text), `lr`, `decay`, `w0`, `g`
[steps][n] and `w` [steps][n].
"""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "formats"))
import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

import irt  # noqa: E402

N, K = 3, 3

CASES = {
    "conv2d": "input shape=2x9x8\nconv2d out=4 kernel=3x2 stride=2x1 pad=1x2 dilation=2x1\nrelu\nflatten\n"
              "dense out=classes\nloss ce",
    "conv2d-groups": "input shape=4x7x6\nconv2d out=8 kernel=3 pad=1 groups=2\nconv2d out=8 kernel=3 groups=8 bias=no\n"
                     "tanh\nflatten\ndense out=classes\nloss ce",
    "conv2d-3x3": "input shape=3x14x13\nconv2d out=8 kernel=3 pad=1\nconv2d out=16 kernel=3\nconv2d out=16 kernel=3 pad=1\n"
                  "swish\nglobal kind=max\ndense out=classes\nloss ce",
    "conv1d": "input shape=2x40\nconv1d out=6 kernel=5 stride=2 pad=3 dilation=2\nrelu\nconv1d out=4 kernel=3 groups=2\n"
              "flatten\ndense out=classes\nloss ce",
    "conv1d-long": "input shape=2x400\nconv1d out=4 kernel=129\nrelu\nmaxpool1d size=8 stride=4\nconv1d out=6 kernel=33\n"
                   "relu\nmaxpool1d size=3 stride=2\nflatten\ndense out=classes\nloss bce",
    "pools": "input shape=2x9x11\nconv2d out=3 kernel=1\na = maxpool2d size=3x2 stride=2\nb = avgpool2d a size=2x3 stride=1x2\n"
             "flatten\ndense out=classes\nloss ce",
    "pools1d": "input shape=2x23\nconv1d out=3 kernel=1\nmaxpool1d size=4 stride=3\navgpool1d size=3 stride=2\nflatten\n"
               "dense out=classes\nloss ce",
    "batchnorm": "input shape=2x6x7\nconv2d out=4 kernel=3 bias=no\nbatchnorm\nrelu\nmaxpool2d size=2\nflatten\n"
                 "dense out=6\nbatchnorm momentum=0.3 eps=1e-3\nrelu\ndense out=classes\nloss ce",
    "batchnorm-frozen": "input shape=2x6x7\nconv2d out=4 kernel=3\nbatchnorm frozen=yes\nleakyrelu slope=0.2\nglobal kind=mean\n"
                        "dense out=classes\nloss ce",
    "layernorm": "input shape=3x8\nconv1d out=4 kernel=1\nlayernorm axis=channel\nlayernorm\nflatten\ndense out=classes\nloss ce",
    "activations": "input size=9\ndense out=10\nsigmoid\ndense out=9\nleakyrelu slope=0.33\ndense out=8\nswish\ndense out=8\n"
                   "tanh\nsoftmax\ndense out=classes\nloss bce",
    "global": "input shape=3x5x6\nconv2d out=4 kernel=1\na = global kind=mean axis=1\nb = global a kind=maxmean axis=time\n"
              "dense out=classes\nloss ce",
    "gru": "input shape=4x7\ngru out=5 bidirectional=yes\ngru out=3 return=last\ndense out=classes\nloss ce",
    "lstm": "input shape=4x7\nlstm out=5 bidirectional=yes\nlstm out=3 bidirectional=yes return=last\ndense out=classes\nloss ce",
    "branches": "a = input a shape=1x12\nconv1d out=3 kernel=4\nrelu\nc = global kind=max\nb = input b shape=2x5x4\n"
                "flatten keep=time\ntranspose order=1,0\nflatten\ndense out=3\nd = add c\nconcat d c\ndense out=classes\nloss ce",
    "shapes": "input shape=2x3x4\nconv2d out=2 kernel=1\ntranspose order=2,0,1\nreshape to=2x-\nflatten\ndense out=classes\nloss ce",
    "ce-weights": "input size=6\ndense out=classes\nloss ce weights=1,2.5,0.25 smoothing=0.15",
    "bce-unknown": "input size=6\ndense out=classes\nloss bce weights=1,2.5,0.25",
    "hinge": "input size=6\ndense out=classes\nloss hinge margin=0.8",
    "focal": "input size=6\ndense out=classes\nloss focal gamma=1 gamma_neg=4 clip=0.05",
    "attention": "input shape=3x7\nconv1d out=4 kernel=2\nattention\ndense out=classes\nloss ce",
    "attention-channels": "input shape=3x7\nconv1d out=4 kernel=2\nattention heads=channels\ndense out=classes\nloss ce",
    "pad": "input shape=2x3x4\nconv2d out=2 kernel=1\npad2d before=0x1 after=2x3\nconv2d out=3 kernel=3x4\nglobal kind=max\n"
           "dense out=classes\nloss ce",
    "gates": "input shape=3x5x6\na = conv2d out=4 kernel=1\nhardswish\nglobal\ndense out=4\ng = sigmoid\nb = mul a g\n"
             "c = elu alpha=0.7\nmul c a\nglobal\ndense out=classes\nloss ce",
}
CASES["branches"] = CASES["branches"].replace("d = add c\n", "d = add dense1 c\n")


def pair(text):
    a = [int(v) for v in text.split("x")]
    return (a * 2)[:2]


class Net:
    """The description language, once more, on PyTorch."""

    def __init__(self, text, rng):
        self.params, self.buffers, self.rng = {}, {}, rng
        self.lines = [line.split() for line in text.splitlines()]
        self.count = {}
        self.inputs = {}

    def param(self, name, *shape, buffer=False, value=None):
        if name not in self.params and name not in self.buffers:
            v = self.rng.normal(0, 0.5, shape) if value is None else np.full(shape, value, float)
            t = torch.tensor(v.astype("f4"), dtype=torch.float64)
            if buffer:
                self.buffers[name] = t
            else:
                self.params[name] = t.requires_grad_()
        return self.buffers[name] if buffer else self.params[name]

    def run(self, data):
        done, last = {}, None
        self.count = {}
        for words in self.lines:
            name = None
            if len(words) > 1 and words[1] == "=":
                name, words = words[0], words[2:]
            op, args, refs = words[0], dict(w.split("=", 1) for w in words[1:] if "=" in w), \
                [w for w in words[1:] if "=" not in w]
            if op == "loss":
                return last, refs[0], args
            self.count[op] = self.count.get(op, 0) + 1
            name = name or "%s%d" % (op, self.count[op])
            if op == "input":
                last = data[refs[0] if refs else "x"]
            else:
                last = self.layer(op, name, args, [done[r] for r in refs] or [last])
            done[name] = last

    def layer(self, op, name, a, xs):
        x = xs[0]
        p = lambda key, *shape, **kw: self.param("%s.%s" % (name, key), *shape, **kw)  # noqa: E731
        out = K if a.get("out") == "classes" else int(a.get("out", 0))
        if op in ("conv1d", "conv2d"):
            two = op == "conv2d"
            num = pair if two else (lambda t: [int(t)])
            k, groups = num(a["kernel"]), int(a.get("groups", 1))
            w = p("weight", out, x.shape[1] // groups, *k)
            b = p("bias", out) if a.get("bias") != "no" else None
            f = F.conv2d if two else F.conv1d
            return f(x, w, b, num(a.get("stride", "1")), num(a.get("pad", "0")), num(a.get("dilation", "1")), groups)
        if op.startswith(("maxpool", "avgpool")):
            num = pair if op.endswith("2d") else (lambda t: [int(t)])
            f = getattr(F, op[:3] + "_pool" + op[-2:])
            return f(x, num(a["size"]), num(a.get("stride", a["size"])))
        if op == "dense":
            return F.linear(x, p("weight", out, x.shape[1]), p("bias", out) if a.get("bias") != "no" else None)
        if op == "batchnorm":
            c = x.shape[1]
            mean, var = p("running_mean", c, buffer=True, value=0.1), p("running_var", c, buffer=True, value=1.5)
            return F.batch_norm(x, mean, var, p("weight", c), p("bias", c), a.get("frozen") != "yes",
                                float(a.get("momentum", 0.1)), float(a.get("eps", 1e-5)))
        if op == "layernorm":
            if a.get("axis") == "channel":
                c = x.shape[1]
                return F.layer_norm(x.transpose(1, -1), (c,), p("weight", c), p("bias", c)).transpose(1, -1)
            n = int(np.prod(x.shape[1:]))
            return F.layer_norm(x.reshape(N, n), (n,), p("weight", n), p("bias", n)).reshape(x.shape)
        if op == "leakyrelu":
            return F.leaky_relu(x, float(a.get("slope", 0.01)))
        if op in ("relu", "tanh", "sigmoid"):
            return getattr(torch, op)(x)
        if op == "swish":
            return F.silu(x)
        if op == "pad2d":
            before, after = pair(a.get("before", "0")), pair(a.get("after", "0"))
            return F.pad(x, (before[1], after[1], before[0], after[0]))
        if op == "hardswish":
            return F.hardswish(x)
        if op == "elu":
            return F.elu(x, float(a.get("alpha", 1)))
        if op == "mul":
            return xs[0] * xs[1].reshape(xs[1].shape + (1,) * (xs[0].dim() - xs[1].dim()))
        if op == "softmax":
            return torch.softmax(x, -1)
        if op == "flatten":
            return x.flatten(1, -2) if a.get("keep") == "time" else x.flatten(1)
        if op == "transpose":
            return x.permute(0, *[int(v) + 1 for v in a["order"].split(",")])
        if op == "reshape":
            return x.reshape(N, *[-1 if v == "-" else int(v) for v in a["to"].split("x")])
        if op == "add":
            return sum(xs)
        if op == "concat":
            return torch.cat(xs, int(a.get("axis", 0)) + 1)
        if op == "global":
            axis = {"time": x.dim() - 1, None: None}.get(a.get("axis"), None if a.get("axis") is None else
                                                         x.dim() - 1 if a["axis"] == "time" else int(a["axis"]) + 1)
            dims = [axis] if axis else list(range(2, x.dim()))
            parts = {"max": [torch.amax], "mean": [torch.mean], "sum": [torch.sum], "maxmean": [torch.amax, torch.mean]}
            return sum(f(x, dims) for f in parts[a.get("kind", "mean")])
        if op == "attention":
            heads = x.shape[1] if a.get("heads") == "channels" else 1
            score = F.conv1d(x, p("weight", heads, x.shape[1])[:, :, None], p("bias", heads))
            return (torch.softmax(score, 2) * x).sum(2)
        if op in ("gru", "lstm"):
            return self.rnn(op, p, a, x, out)
        raise ValueError(op)

    def rnn(self, op, p, a, x, out):
        two, gates, f = a.get("bidirectional") == "yes", 3 if op == "gru" else 4, x.shape[1]
        weights = []
        for suffix in [""] + (["_reverse"] if two else []):
            weights += [p("weight_ih" + suffix, gates * out, f), p("weight_hh" + suffix, gates * out, out),
                        p("bias_ih" + suffix, gates * out), p("bias_hh" + suffix, gates * out)]
        h = torch.zeros(2 if two else 1, N, out, dtype=torch.float64)
        s = x.permute(2, 0, 1)
        if op == "gru":
            y, _ = torch._VF.gru(s, h, weights, True, 1, 0.0, True, two, False)
        else:
            y = torch._VF.lstm(s, (h, h), weights, True, 1, 0.0, True, two, False)[0]
        if a.get("return") == "last":
            return torch.cat([y[-1, :, :out]] + ([y[0, :, out:]] if two else []), 1)
        return y.permute(1, 2, 0)


def loss_of(z, t, kind, a):
    w = torch.tensor([float(v) for v in a["weights"].split(",")] if "weights" in a else [1.0] * K, dtype=torch.float64)
    if kind == "ce":
        return F.cross_entropy(z, t.argmax(1), w, label_smoothing=float(a.get("smoothing", 0)))
    known = ~torch.isnan(t)
    y = torch.where(known, t, torch.zeros_like(t))
    if kind == "bce":
        cell = w * F.binary_cross_entropy_with_logits(z, y, reduction="none")
    elif kind == "hinge":
        cell = w * torch.relu(float(a["margin"]) - (2 * y - 1) * z)
    else:
        prob = torch.sigmoid(z)
        moved = torch.clamp(prob - float(a.get("clip", 0)), min=0)
        cell = w * (-y * (1 - prob) ** float(a["gamma"]) * torch.log(prob)
                    - (1 - y) * moved ** float(a["gamma_neg"]) * torch.log(1 - moved))
    return cell[known].sum() / known.sum()


def shape_of(args):
    return [int(args["size"])] if "size" in args else [int(v) for v in args["shape"].split("x")]


def layers(path):
    rng = np.random.default_rng(2026)
    with irt.Writer(path, {"domain": "param", "made": "PyTorch " + torch.__version__}, allow_nan=True) as w:
        for case, text in CASES.items():
            data = {}
            for words in (line.split() for line in text.splitlines()):
                if "input" in words:
                    rest = words[words.index("input") + 1:]
                    name = ([v for v in rest if "=" not in v] or ["x"])[0]
                    data[name] = rng.normal(0, 1, [N] + shape_of(dict(v.split("=") for v in rest if "=" in v))).astype("f4")
            t = np.eye(K, dtype="f4")[[0, 2, 1]]
            if text.splitlines()[-1].split()[1] != "ce":
                t = np.array([[1, 0, 1], [0, np.nan, 1], [0, 0, np.nan]], "f4")
            net = Net(text, rng)
            z, kind, args = net.run({k: torch.tensor(v, dtype=torch.float64) for k, v in data.items()})
            loss = loss_of(z, torch.tensor(t, dtype=torch.float64), kind, args)
            # buffers are updated by the pass: store what they were before
            before = {k: (0.1 if "mean" in k else 1.5) for k in net.buffers}
            loss.backward()
            w.put(np.frombuffer((text + "\n").encode(), "u1"), id=case, name="net")
            for k, v in data.items():
                w.put(v, id=case, name=k)
            w.put(t, id=case, name="t")
            for k, v in net.params.items():
                w.put(v.detach().numpy().astype("f4"), id=case, name="p:" + k)
                w.put(v.grad.numpy().astype("f4"), id=case, name="g:" + k)
            for k, v in net.buffers.items():
                w.put(np.full(v.shape, before[k], "f4"), id=case, name="p:" + k)
                w.put(v.numpy().astype("f4"), id=case, name="b:" + k)
            w.put(z.detach().numpy().astype("f4"), id=case, name="logits")
            w.put(np.array([loss.item()], "f4"), id=case, name="loss")


OPTIMS = {
    "sgd": ("sgd", torch.optim.SGD, {}, 0.1, 0),
    "sgd-decay": ("sgd,momentum=0.9,dampening=0.5", torch.optim.SGD, {"momentum": 0.9, "dampening": 0.5}, 0.1, 0.01),
    "nesterov": ("sgd,momentum=0.8,nesterov=yes", torch.optim.SGD, {"momentum": 0.8, "nesterov": True}, 0.1, 0),
    "adam": ("adam", torch.optim.Adam, {}, 0.01, 0),
    "adam-decay": ("adam,beta1=0.8,beta2=0.99", torch.optim.Adam, {"betas": (0.8, 0.99)}, 0.01, 0.1),
    "adamw": ("adamw", torch.optim.AdamW, {}, 0.01, 0.1),
    "rmsprop": ("rmsprop,rho=0.95,eps=1e-4,momentum=0.5", torch.optim.RMSprop,
                {"alpha": 0.95, "eps": 1e-4, "momentum": 0.5}, 0.01, 0.02),
}


def optims(path):
    rng = np.random.default_rng(7)
    with irt.Writer(path, {"domain": "param", "made": "PyTorch " + torch.__version__}) as out:
        for case, (spec, cls, args, lr, decay) in OPTIMS.items():
            w0, g = rng.normal(0, 1, 6).astype("f4"), rng.normal(0, 1, (8, 6)).astype("f4")
            w = torch.tensor(w0, dtype=torch.float64, requires_grad=True)
            optim, steps = cls([w], lr=lr, weight_decay=decay, **args), []
            for row in g:
                w.grad = torch.tensor(row, dtype=torch.float64)
                optim.step()
                steps.append(w.detach().numpy().astype("f4").copy())
            meta = {"id": case, "spec": spec, "lr": repr(lr), "decay": repr(decay)}
            out.put(w0, meta, name="w0")
            out.put(g, meta, name="g")
            out.put(np.array(steps), meta, name="w")


if __name__ == "__main__":
    layers(os.path.join(HERE, "layers.irt"))
    optims(os.path.join(HERE, "optims.irt"))
