/* blas_env.c - keep the environment from changing results or speed. */
#include "kern.h"
#include "lanes.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blas.h"

#define WARM_SIDE 256
#define WARM_S    20 /* a first product takes milliseconds */
/* Address space that OpenBLAS takes for each thread (128 MB on large processors), rounded up. */
#define BLAS_BYTES ((size_t)136 << 20)

extern char **environ;

/* Does OpenBLAS crash on the kernels that it chooses by itself (for a processor that is not quite
 * what it says, as emulated ones are)? Tried in a process of its own. */
static bool own_choice_crashes(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        float m[3 * 16 * 16] = {0};
        unsetenv("OPENBLAS_CORETYPE");
        alarm(WARM_S);
        ir_gemm(false, false, 16, 16, 16, 1, m, 16, m + 256, 16, 0, m + 512, 16);
        kill(getpid(), SIGKILL); /* nothing of the parent's is flushed */
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           (WTERMSIG(status) == SIGILL || WTERMSIG(status) == SIGSEGV);
}

void ir_kern_settle(void)
{
    static const char *const drop[] = {"OPENBLAS_", "GOTO_NUM_THREADS=", "OMP_NUM_THREADS="};
    struct ir_strs names = {0};
    for (char **e = environ; *e != NULL; e++) {
        for (size_t i = 0; i < sizeof drop / sizeof *drop; i++) {
            if (strncmp(*e, drop[i], strlen(drop[i])) != 0)
                continue;
            char *name = ir_strndup(*e, strcspn(*e, "="));
            ir_strs_add(&names, name);
            free(name);
        }
    }
    for (size_t i = 0; i < names.n; i++)
        if (strcmp(names.at[i], "OPENBLAS_CORETYPE") != 0 || !own_choice_crashes())
            unsetenv(names.at[i]);
    ir_strs_free(&names);
    if (IR_SIMD_MAX == 2 && ir_simd_has(2)) /* make SIMD=avx2: all of it */
        setenv("OPENBLAS_CORETYPE", "Haswell", 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
}

/* ---- the first product --------------------------------------------------------------------------
 */

bool ir_blas_room(unsigned threads)
{
    size_t room = (threads + 1) * BLAS_BYTES; /* it tries twice the size first */
    void *p = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p != MAP_FAILED && munmap(p, room) == 0;
}

/* OpenBLAS takes its own memory at a thread's first product, and when there is none it tries for
 * ever. */
static void give_up(int sig)
{
    (void)sig;
    free(ir_alloc(SIZE_MAX, 2)); /* out of memory: ends the program where that is done */
}

struct warm {
    unsigned threads;
    unsigned here; /* atomic */
};

static void multiply(void *arg, size_t task, unsigned thread)
{
    struct warm *w = arg;
    float *m = ir_zalloc_aligned(2 * WARM_SIDE * WARM_SIDE, sizeof *m);
    (void)task, (void)thread;
    /* all at once, so that each thread needs a piece of its own; not for ever, threads may be few
     */
    __atomic_add_fetch(&w->here, 1, __ATOMIC_ACQ_REL);
    for (int i = 0; i < 1000 && __atomic_load_n(&w->here, __ATOMIC_ACQUIRE) < w->threads; i++)
        sched_yield();
    ir_gemm(false, true, WARM_SIDE, WARM_SIDE, WARM_SIDE, 1, m, WARM_SIDE, m, WARM_SIDE, 0,
            m + WARM_SIDE * WARM_SIDE, WARM_SIDE);
    free(m);
}

void ir_kern_warm(struct ir_pool *pool)
{
    static bool warm;
    struct warm w = {.threads = ir_pool_threads(pool)};
    struct sigaction act = {.sa_handler = give_up}, old;
    if (warm)
        return;
    warm = true;
    if (!ir_blas_room(w.threads))
        free(ir_alloc(SIZE_MAX, 2)); /* out of memory: ends the program where that is done */
    sigaction(SIGALRM, &act, &old);
    alarm(WARM_S);
    ir_pool_run(pool, w.threads, multiply, &w);
    alarm(0);
    sigaction(SIGALRM, &old, NULL);
}
