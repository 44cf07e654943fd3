#!/usr/bin/env bats
# ir-train-mpi: any number of ranks makes the bytes of one process, and ranks that are not alike are refused.

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || exit 1
    [ -x "$IR_BUILD/bin/ir-train-mpi" ] || skip "ir-train-mpi is not built here (no mpicc)"
    command -v mpirun > /dev/null || skip "mpirun is not installed"
    data=tests/data/net/single.irt # 27 clips train
    t=$BATS_TEST_TMPDIR
    net=$t/cnn.net
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' standardize 'conv2d out=4 kernel=3 pad=1' batchnorm relu \
        'maxpool2d size=2' flatten 'dropout p=0.2' 'dense out=16' batchnorm relu 'dense out=classes' 'loss ce' > "$net"
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 \
        OMPI_MCA_btl_base_warn_component_unused=0 TMPDIR=/tmp # long names of sockets are refused
    options="-q --seed 3 --epochs 3 --batch 8 --parts 5"
    run mpirun -n 1 ir-train-mpi --plan --classes 'a b c' "$net"
    [ "$status" -eq 0 ] || skip "mpirun does not start anything here"
}

ranks() { # ranks N OPTION…
    local n=$1
    shift
    timeout 100 mpirun -n "$n" ir-train-mpi -j 1 $options "$@"
}

differ() { # differ PATTERN COMMAND OF RANK 1…: rank 0 is as it should be; both are named, nothing is left
    local pattern=$1
    shift
    run timeout 100 mpirun -n 1 ir-train-mpi -j 1 $options "$net" $data -o "$t/x.irt" : -n 1 "$@"
    echo "$output"
    [ "$status" -ne 0 ]
    [[ "$output" == *$pattern* ]]
    [ ! -e "$t/x.irt" ]
}

@test "1, 2, 3 and 4 ranks make the bytes of one process, on any number of threads" {
    ir-train -j 2 $options "$net" $data -o "$t/one.irt"
    for n in 1 2 3 4; do
        ranks $n "$net" $data -o "$t/m.irt"
        cmp "$t/m.irt" "$t/one.irt"
    done
    ranks 2 -j 3 "$net" $data -o "$t/m.irt"
    cmp "$t/m.irt" "$t/one.irt"
    ranks 5 --batch 26 --clip-norm 1 --decay 0.01 --optim rmsprop "$net" $data -o "$t/m.irt" # the last batch is of one clip
    ir-train $options --batch 26 --clip-norm 1 --decay 0.01 --optim rmsprop "$net" $data -o "$t/one.irt"
    cmp "$t/m.irt" "$t/one.irt"
}

@test "weights of several messages, frozen ones between" {
    printf '%s\n' 'input feature channels=1 bands=6 frames=10' flatten 'dense out=1500' 'relu' 'dense out=700' batchnorm relu \
        'dense out=900' relu 'dense out=classes' 'loss ce' > "$net"
    ir-train $options --epochs 1 --freeze dense3.bias "$net" $data -o "$t/one.irt"
    ranks 3 --epochs 1 --freeze dense3.bias "$net" $data -o "$t/m.irt"
    cmp "$t/m.irt" "$t/one.irt"
}

@test "a checkpoint of one number of ranks is gone on with by another, and by none" {
    ir-train $options --epochs 6 "$net" $data -o "$t/whole.irt"
    ranks 2 --epochs 2 --checkpoint "$t/ck" "$net" $data -o "$t/m.irt"
    ranks 3 --epochs 4 --checkpoint "$t/ck" --resume "$net" $data -o "$t/m.irt"
    ir-train $options --epochs 5 --checkpoint "$t/ck" --resume "$net" $data -o "$t/m.irt"
    ranks 1 --epochs 6 --checkpoint "$t/ck" --resume "$net" $data -o "$t/m.irt"
    cmp "$t/m.irt" "$t/whole.irt"
    run ranks 2 --epochs 7 --lr 1 --checkpoint "$t/ck" --resume "$net" $data -o "$t/x.irt"
    [ "$status" -ne 0 ]
    [[ "$output" == *"the checkpoint was made with"* ]]
}

@test "ranks with other options, network or epochs are refused with both names" {
    differ "ranks differ: rank 1 (host "*") has 'lr 0.5', rank 0 (host "*") has 'lr 0'" \
        ir-train-mpi $options --lr 0.5 "$net" $data -o "$t/x.irt"
    differ "has 'epochs 4', rank 0" ir-train-mpi $options --epochs 4 "$net" $data -o "$t/x.irt"
    sed 's/p=0.2/p=0.1/' "$net" > "$t/other.net"
    differ "has 'dropout p=0.1', rank 0" ir-train-mpi $options "$t/other.net" $data -o "$t/x.irt"
}

@test "a rank of another version is refused" {
    v=$(sed -n 's/^#define IR_VERSION "\(.*\)"/\1/p' "$BATS_TEST_DIRNAME/../../lib/base.h")
    other=${v%?}z
    V=$v O=$other perl -0777 -pe 's/\Q$ENV{V}\E/$ENV{O}/g' "$(command -v ir-train-mpi)" > "$t/other"
    chmod +x "$t/other"
    [ "$("$t/other" --version | grep -c "$other")" -eq 1 ]
    differ "ranks differ: rank 1 (host *) has 'version $other" "$t/other" -j 1 $options "$net" $data -o "$t/y.irt"
    [ ! -e "$t/y.irt" ]
}

@test "a rank with another input is refused, wherever the difference is" {
    ir-cat --no-prog -n 44 $data -o "$t/less.irt"
    differ "has 'input of 44 clips with the hash "*"', rank 0" ir-train-mpi $options "$net" "$t/less.irt" -o "$t/x.irt"
    for c in a b; do
        mkdir -p "$t/sounds/$c"
        for i in 1 2 3; do
            awk -v p=$((7 + i)) 'BEGIN { for (j = 0; j < 6000; j++) printf "%s", int(j / p) % 2 ? "\\0\\100" : "\\0\\300" }' > "$t/wave"
            { printf 'RIFF\004\57\0\0WAVEfmt \20\0\0\0\1\0\1\0\42\126\0\0\104\254\0\0\2\0\20\0data\340\56\0\0'
                printf "$(cat "$t/wave")"; } > "$t/sounds/$c/$i.wav"
        done
    done
    (cd "$t" && ir-label folder sounds | ir-decode > a.irt)
    printf '\1' | dd of="$t/sounds/a/2.wav" bs=1 seek=11000 conv=notrunc status=none # one sample, far behind the beginning
    (cd "$t" && ir-label folder sounds | ir-decode > b.irt)
    printf '%s\n' 'input audio channels=1 samples=any' 'conv1d out=2 kernel=8 stride=8' 'global kind=mean' 'dense out=classes' 'loss ce' > "$net"
    data=$t/a.irt
    options="-q --epochs 1 --batch 2 --parts 2"
    ranks 2 "$net" "$t/a.irt" -o "$t/m.irt"
    differ "has 'input of 6 clips with the hash "*"', rank 0" ir-train-mpi $options "$net" "$t/b.irt" -o "$t/x.irt"
    differ "rank 1 (host "*"): $t/none.irt: No such file" ir-train-mpi $options "$net" "$t/none.irt" -o "$t/x.irt"
}

@test "a rank with other kernels is refused" {
    blas=$(ldconfig -p | sed -n 's/.*libopenblas\.so\.0 .*=> //p' | head -n 1)
    command -v "${CC:-gcc}" > /dev/null && [ -n "$blas" ] || skip "no compiler, or no shared OpenBLAS"
    mkdir "$t/lib" # the same OpenBLAS under another name of its kernels
    cat > "$t/blas.c" <<'C'
#include <dlfcn.h>
static void *real(const char *name)
{
    static void *blas;
    blas = blas ? blas : dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
    return dlsym(blas, name);
}
char *openblas_get_corename(void) { return "Prescott2"; }
void openblas_set_num_threads(int n) { ((void (*)(int))real("openblas_set_num_threads"))(n); }
void cblas_cgemm(void) { __builtin_trap(); }
void cblas_sgemm(int o, int ta, int tb, int m, int n, int k, float p, const void *a, int la, const void *b, int lb, float q,
                 void *c, int lc)
{
    ((void (*)(int, int, int, int, int, int, float, const void *, int, const void *, int, float, void *, int))real(
        "cblas_sgemm"))(o, ta, tb, m, n, k, p, a, la, b, lb, q, c, lc);
}
C
    "${CC:-gcc}" -shared -fPIC -w -DREAL="\"$blas\"" -o "$t/lib/libopenblas.so.0" "$t/blas.c" -ldl
    differ "and those of OpenBLAS for Prescott2', rank 0" \
        env LD_LIBRARY_PATH="$t/lib" ir-train-mpi $options "$net" $data -o "$t/x.irt"
}

@test "what fails on all is said once, what fails on one in its name" {
    run ranks 3 "$net" "$t/none.irt" -o "$t/x.irt"
    [ "$(grep -c 'No such file' <<< "$output")" -eq 1 ]
    run ranks 2 --optim sgd --lr 1e30 "$net" $data -o "$t/x.irt"
    [ "$(grep -c 'the loss is not finite for . of 8 clips: clip' <<< "$output")" -eq 1 ]
    run ranks 2 "$net" $data -o "$t/no/x.irt"
    [[ "$output" == *"rank 0 (host "*"): $t/no/x.irt: No such file"* ]]
    run ranks 2 --parts 1 "$net" $data -o "$t/x.irt"
    [ "$status" -eq 2 ]
    [[ "$output" == *"2 ranks cannot share a batch of --parts 1: wanted 2 or more"* ]]
    run ranks 2 "$net" - -o "$t/x.irt" < $data
    [ "$status" -eq 2 ]
    [[ "$output" == *"several ranks train on files, not on standard input"* ]]
    run ranks 2 --learner knn $data -o "$t/x.irt"
    [[ "$output" == *"trained by one process"* ]]
    [ ! -e "$t/x.irt" ]
}

@test "the share of time in exchange is told" {
    ranks 2 --log "$t/log" "$net" $data -o "$t/m.irt"
    [ "$(awk -F'\t' '$11 > 0 && $11 <= 1.01' "$t/log" | wc -l)" -eq 3 ]
    timeout 100 mpirun -n 2 ir-train-mpi --epochs 1 --batch 8 --parts 2 "$net" $data -o "$t/m.irt" 2>&1 | grep -q '% of the time in exchange'
    ir-train $options --log "$t/log" "$net" $data -o "$t/m.irt"
    [ "$(awk -F'\t' 'NR > 1 && $11 == 0' "$t/log" | wc -l)" -eq 3 ]
}
