/* blas_env.c - keep the environment from changing results or speed. */
#include "kern.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WARM_SIDE 256
#define WARM_S    20 /* a first product takes milliseconds */
/* Address space that OpenBLAS takes for each thread (128 MB on large processors), rounded up. */
#define BLAS_BYTES ((size_t)136 << 20)

extern char **environ;

void ir_kern_settle(char **argv)
{
    static const char *const drop[] = {"OPENBLAS_", "GOTO_NUM_THREADS=", "OMP_NUM_THREADS="};
    const char *one = getenv("OPENBLAS_NUM_THREADS");
    bool settled = one != NULL && strcmp(one, "1") == 0;
    struct ir_strs names = {0};
    for (char **e = environ; *e != NULL; e++) {
        for (size_t i = 0; i < sizeof drop / sizeof *drop; i++) {
            if (strncmp(*e, drop[i], strlen(drop[i])) != 0)
                continue;
            char *name = ir_strndup(*e, strcspn(*e, "="));
            if (strcmp(name, "OPENBLAS_NUM_THREADS") != 0 || !settled)
                ir_strs_add(&names, name);
            free(name);
        }
    }
    bool again = names.n > 0 || !settled;
    for (size_t i = 0; i < names.n; i++)
        unsetenv(names.at[i]);
    ir_strs_free(&names);
    if (!again)
        return;
    /* OpenBLAS reads them when it is loaded: start over. Without /proc go on as it is. */
    if (setenv("OPENBLAS_NUM_THREADS", "1", 1) == 0)
        execv("/proc/self/exe", argv);
}

/* ---- the first product --------------------------------------------------------------------------
 */

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
    size_t room = (w.threads + 1) * BLAS_BYTES; /* it tries twice the size first */
    void *p = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        free(ir_alloc(SIZE_MAX, 2)); /* out of memory: ends the program where that is done */
    munmap(p, room);
    sigaction(SIGALRM, &act, &old);
    alarm(WARM_S);
    ir_pool_run(pool, w.threads, multiply, &w);
    alarm(0);
    sigaction(SIGALRM, &old, NULL);
}
