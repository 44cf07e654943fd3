/* flow.c - reading, computing and writing at the same time: a ring of slots between the thread that
 * reads and writes, in order, and those that work. */
#include "base.h"

#include <pthread.h>
#include <stdlib.h>

enum state { FREE, FILLED, TAKEN, DONE };

struct ir_flow {
    const struct ir_flow_job *job;
    size_t slots, size;
    char *item;
    enum state *state;
    size_t filled, taken, written; /* counts since the start; slot = count % slots */
    bool quit;
    unsigned threads;
    pthread_t *thread;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
};

struct start {
    struct ir_flow *flow;
    unsigned number;
};

static void *slot(const struct ir_flow *f, size_t count)
{
    return f->item + count % f->slots * f->size;
}

static void *worker(void *arg)
{
    const struct start s = *(struct start *)arg;
    struct ir_flow *f = s.flow;
    free(arg);
    pthread_mutex_lock(&f->lock);
    for (;;) {
        while (f->taken == f->filled && !f->quit)
            pthread_cond_wait(&f->work, &f->lock);
        if (f->quit)
            break;
        const size_t mine = f->taken++;
        f->state[mine % f->slots] = TAKEN;
        pthread_mutex_unlock(&f->lock);
        f->job->work(f->job->self, slot(f, mine), s.number);
        pthread_mutex_lock(&f->lock);
        f->state[mine % f->slots] = DONE;
        pthread_cond_signal(&f->done);
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

struct ir_flow *ir_flow_new(const struct ir_flow_job *job, unsigned threads, size_t slots,
                            size_t size)
{
    struct ir_flow *f = ir_zalloc(1, sizeof *f);
    threads = threads ? threads : ir_cpu_count();
    f->job = job;
    f->slots = slots ? slots : 4 * (size_t)threads;
    f->size = size;
    f->item = ir_zalloc(f->slots, size);
    f->state = ir_zalloc(f->slots, sizeof *f->state);
    f->thread = ir_zalloc(threads, sizeof *f->thread);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->work, NULL);
    pthread_cond_init(&f->done, NULL);
    /* A thread that cannot be started is one less; with none, the caller's own does the work. */
    while (f->threads < threads) {
        struct start *s = ir_alloc(1, sizeof *s);
        *s = (struct start){f, f->threads};
        if (pthread_create(&f->thread[f->threads], NULL, worker, s)) {
            free(s);
            break;
        }
        f->threads++;
    }
    return f;
}

/* Write the oldest item, waiting for it; with `wait` false only if it is ready. 1: written, 0:
 * there is none, -1: failure. */
static int write_oldest(struct ir_flow *f, bool wait, struct ir_err *err)
{
    const size_t at = f->written % f->slots;
    pthread_mutex_lock(&f->lock);
    while (wait && f->written < f->filled && f->state[at] != DONE)
        pthread_cond_wait(&f->done, &f->lock);
    const bool ready = f->written < f->filled && f->state[at] == DONE;
    pthread_mutex_unlock(&f->lock);
    if (!ready)
        return 0;
    const int rc = f->job->write(f->job->self, slot(f, f->written), err);
    f->state[at] = FREE; /* no worker looks at it before it is filled again */
    f->written++;
    return rc ? -1 : 1;
}

void *ir_flow_slot(struct ir_flow *f, struct ir_err *err)
{
    int rc = 1;
    while (rc == 1)
        rc = write_oldest(f, false, err);
    if (rc == 0 && f->filled - f->written == f->slots)
        rc = write_oldest(f, true, err) < 0 ? -1 : 0;
    return rc < 0 ? NULL : slot(f, f->filled);
}

void ir_flow_push(struct ir_flow *f)
{
    if (f->threads == 0)
        f->job->work(f->job->self, slot(f, f->filled), 0);
    pthread_mutex_lock(&f->lock);
    f->state[f->filled % f->slots] = f->threads ? FILLED : DONE;
    f->filled++;
    pthread_cond_signal(&f->work);
    pthread_mutex_unlock(&f->lock);
}

int ir_flow_drain(struct ir_flow *f, struct ir_err *err)
{
    int rc;
    while ((rc = write_oldest(f, true, err)) == 1)
        ;
    return rc;
}

void ir_flow_free(struct ir_flow *f)
{
    if (!f)
        return;
    pthread_mutex_lock(&f->lock);
    f->quit = true;
    pthread_cond_broadcast(&f->work);
    pthread_mutex_unlock(&f->lock);
    for (unsigned i = 0; i < f->threads; i++)
        pthread_join(f->thread[i], NULL);
    for (; f->written < f->filled; f->written++)
        if (f->job->drop)
            f->job->drop(f->job->self, slot(f, f->written));
    pthread_cond_destroy(&f->work);
    pthread_cond_destroy(&f->done);
    pthread_mutex_destroy(&f->lock);
    free(f->thread);
    free(f->state);
    free(f->item);
    free(f);
}
