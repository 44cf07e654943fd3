"""learner_bench.py DIR - the same data, the same learners with scikit-learn: fit and predict times, F1."""
import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

TRAIN, D, K = 16800, 60, 11
x = np.fromfile(sys.argv[1] + "/x.f32", np.float32).reshape(-1, D)
y = np.fromfile(sys.argv[1] + "/y.f32", np.float32).reshape(-1, K).astype(int)


def run(name, make, threads, turns=1):
    fits, predicts = [], []
    for _ in range(turns):
        m = make()
        t0 = time.monotonic()
        m.fit(x[:TRAIN], y[:TRAIN])
        t1 = time.monotonic()
        p = m.predict(x[TRAIN:])
        predicts.append(time.monotonic() - t1)
        fits.append(t1 - t0)
    micro, macro = (f1_score(y[TRAIN:], p, average=a) for a in ("micro", "macro"))
    print(f"{name:22} {threads:7} {min(fits):8.3f} s {min(predicts):8.3f} s   {micro:.4f}   {macro:.4f}", flush=True)


print(f"{'scikit-learn':22} {'threads':>7} {'fit':>10} {'predict':>10}   F1 micro, macro")
for j in (1, 2):
    run("logistic (1 vs rest)", lambda: make_pipeline(StandardScaler(), OneVsRestClassifier(
        LogisticRegression(max_iter=1000), n_jobs=j)), j, 3)
    run("forest (multi-output)", lambda: RandomForestClassifier(100, n_jobs=j, random_state=1), j)
if "all" in sys.argv[2:]:
    for seed in range(3):
        run(f"forest, seed {seed}", lambda: RandomForestClassifier(100, n_jobs=2, random_state=seed), 2)
    run("forest (1 vs rest)", lambda: OneVsRestClassifier(RandomForestClassifier(100, n_jobs=2, random_state=1)), 2)
    run("svm (1 vs rest)", lambda: make_pipeline(StandardScaler(), OneVsRestClassifier(LinearSVC(dual=False))), 1)
    run("knn", lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(5, n_jobs=2)), 2)
