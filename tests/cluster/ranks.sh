# ranks.sh - of tests/cluster.sh: one training over the ranks of MPI jobs, by mpirun and by srun.

train_ranks() {
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
    printf '%s\n' 'input feature bands=32 frames=any' standardize 'conv2d out=8 kernel=3x3 pad=1' batchnorm relu 'maxpool2d size=2' \
        'conv2d out=16 kernel=3x3 pad=1' batchnorm relu 'global kind=mean' 'dropout p=0.2' 'dense out=classes' 'loss ce' > n.net
    small="-q --seed 5 --epochs 2 --batch 8 --parts 6 --valid-fraction 0.3 n.net whole.irt"
    ir-train $small -o one.model.irt
    for r in 1 2 3 4; do
        mpirun -n $r ir-train-mpi -j 1 $small -o m.irt > say 2>&1
        check "a training on $r ranks by mpirun: the bytes of one process" equal m.irt one.model.irt
    done
    rm -f m.irt
    srun -K -N 2 -n 2 --mpi=pmix ir-train-mpi -j 1 $small -o m.irt > say 2>&1
    check "on two nodes by srun --mpi=pmix" equal m.irt one.model.irt
    rm -f m.irt
    srun -K -N 3 -n 3 --mpi=pmix ir-train-mpi -j 1 $small -o m.irt > say 2>&1
    check "on three nodes by srun --mpi=pmix" equal m.irt one.model.irt
    kill_ranks
    refuse_ranks
}

# kill -9 of a rank at a random moment, ten times, each time resumed with another number of ranks.
kill_ranks() {
    long="-q --seed 5 --batch 8 --parts 6 --valid-fraction 0.3 n.net whole.irt"
    ck="--checkpoint-every 0.1 --checkpoint k.ck --resume"
    killed=0 told=0
    for k in 1 2 3 4 5 6 7 8 9 10; do
        r=$((k % 4 + 1))
        case $k in
        5 | 10) srun -K -N 2 -n 2 --mpi=pmix ir-train-mpi -j 1 --epochs 1000000 $ck $long -o k.irt > "say.$k" 2>&1 & ;;
        *) mpirun -n $r ir-train-mpi -j 1 --epochs 1000000 $ck $long -o k.irt > "say.$k" 2>&1 & ;;
        esac
        job=$!
        for _ in $(seq 200); do pgrep -x ir-train-mpi > pids && break; sleep 0.05; done
        sleep "$((RANDOM % 2 + 1)).$((RANDOM % 10))"
        victim=$(pgrep -x ir-train-mpi | shuf -n 1)
        [ -z "$victim" ] || kill -9 "$victim"
        wait $job
        status=$?
        [ -z "$victim" ] || [ $status -eq 0 ] || killed=$((killed + 1))
        grep -qiE 'signal 9|killed' "say.$k" && told=$((told + 1))
        for _ in $(seq 100); do pgrep -x ir-train-mpi > /dev/null || break; sleep 0.1; done
        pgrep -x ir-train-mpi > /dev/null && { echo "a rank is left" >> "say.$k"; killed=0; }
    done
    cat say.? say.10 > say
    echo "$killed killed, $told told" >> say
    check "kill -9 of a rank, ten times: all ranks end, and the message says so" [ "$killed/$told" = 10/10 ]
    check "nothing that is half a model is left" [ ! -e k.irt ]
    reached=$(ir-cat --look k.ck | grep -oE '(^|[[:space:]])epoch=[0-9]+' | head -n 1 | cut -d= -f2)
    mpirun -n 3 ir-train-mpi -j 1 --epochs $((reached + 5)) $ck $long -o k.irt > say 2>&1
    echo "epoch $reached, then $((reached + 5))" >> say
    ir-train --epochs $((reached + 5)) $long -o k1.irt
    check "resumed each time with another number of ranks: the bytes of a training that nobody killed" equal k.irt k1.irt
}

refuse_ranks() {
    ir-cat --no-prog -n 23 whole.irt -o less.irt
    command="$bin/ir-train-mpi -j 1"
    refused_rank() { # refused_rank NAME PATTERN COMMAND OF RANK 1
        printf '0 %s %s -o x.irt\n1 %s -o x.irt\n' "$command" "$small" "$3" > jobs
        rm -f x.irt
        srun -K -N 2 -n 2 --mpi=pmix --multi-prog jobs > say 2>&1
        status=$?
        check "a rank with other $1 is refused, both are named" both_named "$2"
    }
    both_named() { [ $status -ne 0 ] && grep -q "rank 1 (host .*$1.*rank 0 (host " say && [ ! -e x.irt ]; }
    refused_rank options "has 'lr 0.5'" "$command --lr 0.5 $small"
    refused_rank input "has 'input of 23 clips" "$command ${small/whole/less}"
    mkdir -p blas
    real=$(ldconfig -p | sed -n 's/.*libopenblas\.so\.0 .*=> //p' | head -n 1)
    cat > blas.c <<C
#include <dlfcn.h>
static void *f(const char *n) { static void *h; return dlsym(h = h ? h : dlopen("$real", RTLD_NOW), n); }
char *openblas_get_corename(void) { return "Other"; }
void openblas_set_num_threads(int n) { ((void (*)(int))f("openblas_set_num_threads"))(n); }
void cblas_cgemm(void) { __builtin_trap(); }
void cblas_sgemm(int o, int t, int u, int m, int n, int k, float p, void *a, int i, void *b, int j, float q, void *c, int l)
{
    ((void (*)(int, int, int, int, int, int, float, void *, int, void *, int, float, void *, int))f("cblas_sgemm"))(
        o, t, u, m, n, k, p, a, i, b, j, q, c, l);
}
C
    if gcc -w -shared -fPIC -o blas/libopenblas.so.0 blas.c -ldl 2> /dev/null; then
        refused_rank kernels "OpenBLAS for Other'" "/usr/bin/env LD_LIBRARY_PATH=$t/blas $command $small"
    else
        skipped "a rank with other kernels: no gcc, or no shared OpenBLAS"
    fi
}

if [ -x "$bin/ir-train-mpi" ] && command -v mpirun > /dev/null; then
    train_ranks
else
    skipped "a training over ranks: no ir-train-mpi, or no mpirun"
fi
