"""learner_sklearn.py - write tests/data/learner: a data set with four labels, and what scikit-learn makes of it.
Run at the root: /usr/bin/python3 tests/golden/learner_sklearn.py

x.f32 [1600 × 16], y.f32 [1600 × 4]: 1200 clips to learn from, 400 to test. probabilities.f32 [3 × 400 × 4]: of
logistic regression, of the linear SVM's margins, of five neighbours. forest.tsv: F1 of ten random forests a kind.
Made with scikit-learn 1.2.1 and NumPy 1.24.2."""
import os

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

OUT = "tests/data/learner"
os.makedirs(OUT, exist_ok=True)
rng = np.random.default_rng(5)
N, TRAIN, D, K = 1600, 1200, 16, 4
h = rng.normal(size=(N, 3))
y = (h @ rng.normal(size=(3, K)) + rng.normal(size=(N, K)) > [0, .5, 1, 1.5]).astype(int)
x = y @ rng.normal(size=(K, D)) * (rng.random((1, D)) < .7) + 1.3 * rng.normal(size=(N, D))
x += 1.5 * (y[:, [0]] & y[:, [1]]) * (np.arange(D) % 3 == 0)
x = np.float32(x * (1 + np.arange(D)) ** 2 + 5)
x[:, 15] = 3  # constant
x.tofile(f"{OUT}/x.f32")
np.float32(y).tofile(f"{OUT}/y.f32")

scale = StandardScaler().fit(x[:TRAIN].astype(float))
a, b = scale.transform(x[:TRAIN].astype(float)), scale.transform(x[TRAIN:].astype(float))
logistic = OneVsRestClassifier(LogisticRegression(C=1, tol=1e-8, max_iter=10000)).fit(a, y[:TRAIN]).predict_proba(b)
# a large intercept_scaling leaves the intercept unpenalised, as ours is
svm = OneVsRestClassifier(LinearSVC(C=1, dual=False, tol=1e-8, intercept_scaling=1000, max_iter=100000))
svm = svm.fit(a, y[:TRAIN]).decision_function(b)
knn = KNeighborsClassifier(5).fit(a, y[:TRAIN]).predict_proba(b)
knn = np.stack([p[:, 1] for p in knn], 1)
np.float32([logistic, svm, knn]).tofile(f"{OUT}/probabilities.f32")

with open(f"{OUT}/forest.tsv", "w") as f:
    for name, make in (("relevance", lambda s: OneVsRestClassifier(RandomForestClassifier(100, random_state=s))),
                       ("joint", lambda s: RandomForestClassifier(100, random_state=s))):
        d = [make(s).fit(x[:TRAIN], y[:TRAIN]).predict(x[TRAIN:]) for s in range(10)]
        for average in ("micro", "macro"):
            v = [f1_score(y[TRAIN:], p, average=average) for p in d]
            print(name, average, f"{np.mean(v):.6f}", f"{np.std(v, ddof=1):.6f}", sep="\t", file=f)
    truth = y[:, 0] + 2 * y[:, 1]  # four classes, one each
    d = [RandomForestClassifier(100, random_state=s).fit(x[:TRAIN], truth[:TRAIN]).predict(x[TRAIN:]) for s in range(10)]
    v = [(p == truth[TRAIN:]).mean() for p in d]
    print("single", "accuracy", f"{np.mean(v):.6f}", f"{np.std(v, ddof=1):.6f}", sep="\t", file=f)
