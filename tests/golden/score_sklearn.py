"""score_sklearn.py - write tests/data/score: predictions (lines for tests/tools/score_pred.pl) and what scikit-learn,
SciPy and mir_eval say about them (metric, average, class, value). Run at the root: /usr/bin/python3 tests/golden/score_sklearn.py

Made with scikit-learn 1.2.1, SciPy 1.10.1, mir_eval 0.7 and NumPy 1.24.2."""
import os

import mir_eval
import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest
from sklearn import metrics as M

OUT = "tests/data/score"
os.makedirs(OUT, exist_ok=True)
rng = np.random.default_rng(11)


def lines(name, y, p, groups, known=None):
    classes = [chr(97 + c) for c in range(y.shape[1])]
    with open(f"{OUT}/{name}.txt", "w") as f:
        for i in range(len(y)):
            if known is None:
                label = ",".join(f"{c}:1" for c, v in zip(classes, y[i]) if v)
            else:
                label = ",".join(f"{c}:{v}" for c, v, w in zip(classes, y[i], known[i]) if w)
            print(i, label or "-", " ".join(f"{v:.6g}" for v in p[i]), f"group=g{groups[i]}", f"path=p{i // 3}", file=f)


class Table:
    def __init__(self, name):
        self.f = open(f"{OUT}/{name}.tsv", "w")

    def put(self, metric, average, cls, value):
        print(metric, average, cls, f"{value:.9f}", sep="\t", file=self.f)


def prf(t, y, d, classes):
    for name, fn in (("precision", M.precision_score), ("recall", M.recall_score), ("f1", M.f1_score)):
        kw = dict(zero_division=0)
        for a in ("macro", "micro"):
            t.put(name, a, "-", fn(y, d, average=a, **kw))
        for c, v in zip(classes, fn(y, d, average=None, **kw)):
            t.put(name, "class", c, v)
        keep = {"precision": d.any(1) | y.any(1), "recall": y.any(1), "f1": d.any(1) | y.any(1)}[name]
        t.put(name, "samples", "-", fn(y[keep], d[keep], average="samples", **kw))
    p, r = M.precision_score(y, d, average="micro"), M.recall_score(y, d, average="micro")
    assert abs(mir_eval.util.f_measure(p, r) - M.f1_score(y, d, average="micro")) < 1e-12


def ece(conf, right, bins=15):
    edges = np.linspace(0, 1, bins + 1)
    which = np.clip(np.searchsorted(edges, conf, side="left") - 1, 0, bins - 1)
    return sum(abs(conf[which == b].sum() - right[which == b].sum()) for b in range(bins)) / len(conf)


def rankings(t, y, p, classes):
    for c, name in enumerate(classes):
        t.put("ap", "class", name, M.average_precision_score(y[:, c], p[:, c]))
        t.put("roc_auc", "class", name, M.roc_auc_score(y[:, c], p[:, c]))
        t.put("brier", "class", name, np.mean((p[:, c] - y[:, c]) ** 2))
        t.put("true_probability", "class", name, p[y[:, c] > 0, c].mean())
    t.put("ap", "macro", "-", M.average_precision_score(y, p, average="macro"))
    t.put("ap", "micro", "-", M.average_precision_score(y, p, average="micro"))
    t.put("roc_auc", "macro", "-", M.roc_auc_score(y, p, average="macro"))


def multi():
    n, k = 180, 6
    y = (rng.random((n, k)) < np.array([.5, .3, .2, .4, .1, .3])).astype(int)
    p = np.clip(rng.normal(0.35 + 0.3 * y, 0.25), 0, 1).round(2)
    p = np.float32(p).astype(float)
    d = (p >= 0.5).astype(int)
    groups = rng.integers(0, 12, n)
    lines("multi", y, p, groups)
    t, classes = Table("multi"), "abcdef"
    prf(t, y, d, classes)
    rankings(t, y, p, classes)
    some, mixed = y.any(1), y.any(1) & ~y.all(1)
    t.put("lrap", "-", "-", M.label_ranking_average_precision_score(y[some], p[some]))
    # ties count as wrong in both
    t.put("ranking_loss", "-", "-", M.label_ranking_loss(y[mixed], p[mixed]))
    t.put("cell_accuracy", "-", "-", 1 - M.hamming_loss(y, d))
    t.put("exact_match", "-", "-", M.accuracy_score(y, d))
    q = np.clip(p, 1e-7, 1 - 1e-7)
    t.put("log_loss", "-", "-", np.mean([M.log_loss(y[i], q[i], labels=[0, 1], eps=1e-15) for i in range(n)]))
    t.put("ece", "-", "-", ece(p.ravel(), y.ravel()))
    t.put("brier", "-", "-", np.mean((p - y) ** 2))
    present = np.array([[y[groups == groups[i], c].any() for c in range(k)] for i in range(n)])
    t.put("present_accuracy", "-", "-", (y == d)[present].mean())
    # the same with a third of the cells unknown
    known = rng.random((n, k)) > 1 / 3
    lines("open", y, p, groups, known)
    t = Table("open")
    for c, name in enumerate(classes):
        m = known[:, c]
        t.put("ap", "class", name, M.average_precision_score(y[m, c], p[m, c]))
        t.put("roc_auc", "class", name, M.roc_auc_score(y[m, c], p[m, c]))
        t.put("f1", "class", name, M.f1_score(y[m, c], d[m, c]))
    t.put("ap", "micro", "-", M.average_precision_score(y[known], p[known]))
    t.put("f1", "micro", "-", M.f1_score(y[known], d[known]))
    t.put("cell_accuracy", "-", "-", (y == d)[known].mean())
    t.put("ece", "-", "-", ece(p[known], y[known]))
    # thresholds: the best F1 of each class
    t = Table("tuned")
    for c, name in enumerate(classes):
        pr, re, _ = M.precision_recall_curve(y[:, c], p[:, c])
        t.put("f1", "class", name, np.max(2 * pr * re / np.maximum(pr + re, 1e-12)))
    pr, re, _ = M.precision_recall_curve(y.ravel(), p.ravel())
    Table("tuned_micro").put("f1", "micro", "-", np.max(2 * pr * re / np.maximum(pr + re, 1e-12)))
    # files of three clips: mean, max, vote and sum
    y3 = y.reshape(-1, 3, k).max(1)
    for how, q in (("mean", p.reshape(-1, 3, k).mean(1)), ("max", p.reshape(-1, 3, k).max(1)),
                   ("vote", d.reshape(-1, 3, k).mean(1)),
                   ("sum", p.reshape(-1, 3, k).sum(1) / p.reshape(-1, 3, k).sum(1).max(1, keepdims=True))):
        t, q = Table("file_" + how), np.float32(q).astype(float)
        t.put("ap", "macro", "-", M.average_precision_score(y3, q, average="macro"))
        t.put("f1", "micro", "-", M.f1_score(y3, (q >= 0.5).astype(int), average="micro"))


def single():
    n, k = 200, 5
    truth = rng.integers(0, k, n)
    z = rng.normal(size=(n, k)) * 1.5
    z[np.arange(n), truth] += 1.5
    p = np.exp(2 * z)
    p = (p / p.sum(1, keepdims=True)).round(6)
    p[:, 0] += 1 - p.sum(1)
    p = np.float32(np.clip(p.round(6), 0, 1)).astype(float)
    y, top, classes = np.eye(k, dtype=int)[truth], p.argmax(1), "abcde"
    lines("single", y, p, rng.integers(0, 20, n))
    t = Table("single")
    for name, fn in (("precision", M.precision_score), ("recall", M.recall_score), ("f1", M.f1_score)):
        for a in ("macro", "micro"):
            t.put(name, a, "-", fn(truth, top, average=a))
        for c, v in zip(classes, fn(truth, top, average=None)):
            t.put(name, "class", c, v)
    rankings(t, y, p, classes)
    t.put("accuracy", "-", "-", M.accuracy_score(truth, top))
    t.put("top3", "-", "-", M.top_k_accuracy_score(truth, p, k=3))
    q = p / p.sum(1, keepdims=True)
    t.put("log_loss", "-", "-", M.log_loss(truth, np.clip(q, 1e-7, 1 - 1e-7), eps=1e-15))
    t.put("ece", "-", "-", ece(p.max(1), top == truth))
    for a in range(k):
        for b in range(k):
            t.put("confusion", classes[a], classes[b], M.confusion_matrix(truth, top)[a, b])

    def nll(log_t):
        r = q ** (1 / np.exp(log_t))
        r /= r.sum(1, keepdims=True)
        return -np.log(np.clip(r[np.arange(n), truth], 1e-7, 1 - 1e-7)).sum()

    best = minimize_scalar(nll, bounds=(np.log(.05), np.log(20)), method="bounded", options={"xatol": 1e-10})
    Table("temperature").put("temperature", "-", "-", np.exp(best.x))
    t = Table("mcnemar")
    for b, c in ((3, 10), (0, 0), (25, 25), (1, 0), (120, 80), (0, 9)):
        t.put("mcnemar", b, c, binomtest(b, b + c).pvalue if b + c else 1)


multi()
single()
