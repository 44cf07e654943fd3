#!/bin/sh
# learner.sh BUILD - forest, logistic regression, svm and knn beside scikit-learn on the same data: 16,800 clips of 60
# features with 11 labels to learn from, 4,200 to test. All forms of scikit-learn (minutes): BENCH_LEARNERS=all
set -u
build=${1:-build}
here=$(dirname "$0")
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OMP_NUM_THREADS OPENBLAS_NUM_THREADS
echo "learners: 16,800 x 60 features, 11 labels"
"$build/bench/learner_bench" "$dir" || exit 1
for python in python3 /usr/bin/python3; do
    if "$python" -c 'import sklearn' 2>/dev/null; then
        "$python" "$here/learner_bench.py" "$dir" ${BENCH_LEARNERS:-}
        exit
    fi
done
echo "skipped: scikit-learn (python3-sklearn is not installed)"
