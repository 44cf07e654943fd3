/* pool.c - a small thread pool. Tasks are numbered; which thread runs one never shows in a result.
 */
#include "base.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPINS 4000 /* about 20 µs of waiting before a thread goes to sleep */

struct ir_pool {
    unsigned threads;
    pthread_t *thread;
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    void (*fn)(void *, size_t, unsigned);
    void *arg;
    size_t tasks;
    size_t next;         /* atomic: the next task to hand out */
    unsigned busy;       /* atomic: helpers that joined this run and have not left it */
    bool open;           /* under the lock: a helper may still join this run */
    unsigned long round; /* atomic: number of the run */
    bool quit;
    unsigned started;
};

static void work(struct ir_pool *p, unsigned me)
{
    for (;;) {
        size_t t = __atomic_fetch_add(&p->next, 1, __ATOMIC_RELAXED);
        if (t >= p->tasks)
            return;
        p->fn(p->arg, t, me);
    }
}

static void pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void *helper(void *arg)
{
    struct ir_pool *p = arg;
    unsigned me = __atomic_add_fetch(&p->started, 1, __ATOMIC_RELAXED);
    unsigned long seen = 0;
    for (;;) {
        for (int i = 0; i < SPINS && __atomic_load_n(&p->round, __ATOMIC_ACQUIRE) == seen; i++)
            pause_cpu();
        pthread_mutex_lock(&p->lock);
        while (p->round == seen && !p->quit)
            pthread_cond_wait(&p->wake, &p->lock);
        seen = p->round;
        const bool quit = p->quit, late = !p->open;
        if (!quit && !late)
            __atomic_add_fetch(&p->busy, 1, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&p->lock);
        if (quit)
            return NULL;
        if (late) /* the others did it all */
            continue;
        work(p, me);
        if (__atomic_sub_fetch(&p->busy, 1, __ATOMIC_ACQ_REL) == 0) {
            pthread_mutex_lock(&p->lock);
            pthread_cond_signal(&p->done);
            pthread_mutex_unlock(&p->lock);
        }
    }
}

double ir_clock_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct ir_pool *ir_pool_new(unsigned threads)
{
    struct ir_pool *p = ir_zalloc(1, sizeof *p);
    if (threads == 0)
        threads = ir_cpu_count();
    p->thread = ir_zalloc(threads, sizeof *p->thread);
    p->threads = 1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->done, NULL);
    /* A thread that cannot be started is one less: results do not depend on it. */
    while (p->threads < threads && pthread_create(&p->thread[p->threads], NULL, helper, p) == 0)
        p->threads++;
    return p;
}

unsigned ir_pool_threads(const struct ir_pool *p)
{
    return p == NULL ? 1 : p->threads;
}

void ir_pool_run(struct ir_pool *p, size_t tasks,
                 void (*fn)(void *arg, size_t task, unsigned thread), void *arg)
{
    if (p == NULL || p->threads == 1 || tasks <= 1) {
        for (size_t t = 0; t < tasks; t++)
            fn(arg, t, 0);
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->fn = fn;
    p->arg = arg;
    p->tasks = tasks;
    __atomic_store_n(&p->next, 0, __ATOMIC_RELAXED);
    p->open = true;
    __atomic_add_fetch(&p->round, 1, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    work(p, 0);
    /* Only those that joined are waited for: where the machine is busy, one that was woken may
     * take longer to come than all the work did. */
    pthread_mutex_lock(&p->lock);
    p->open = false;
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < SPINS && __atomic_load_n(&p->busy, __ATOMIC_ACQUIRE) != 0; i++)
        pause_cpu();
    pthread_mutex_lock(&p->lock);
    while (__atomic_load_n(&p->busy, __ATOMIC_ACQUIRE) != 0)
        pthread_cond_wait(&p->done, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

void ir_pool_free(struct ir_pool *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->quit = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 1; i < p->threads; i++)
        pthread_join(p->thread[i], NULL);
    pthread_cond_destroy(&p->wake);
    pthread_cond_destroy(&p->done);
    pthread_mutex_destroy(&p->lock);
    free(p->thread);
    free(p);
}
