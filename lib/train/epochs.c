/* epochs.c - a stream that brings every epoch its own clips (key `epoch`, as ir-augment --epochs
 * writes): one epoch at a time is kept in a temporary file, so that it can be shuffled, while a
 * thread reads the next. */
#include "train.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct ir_epochs {
    struct ir_reader *reader;
    struct ir_rec ahead; /* first record of the next epoch */
    bool has_ahead, ended;
    struct ir_err err;
    bool failed, reading;
    int spool; /* the epoch that was read last, in a file without a name; -1: taken */
    pthread_t thread;
    struct ir_data *first, *now; /* first also holds the validation clips */
    struct ir_choice now_choice;
    struct ir_strs names; /* files: the epochs, all of them in first */
    size_t at;            /* the one that trains */
};

/* ---- one epoch into a file ---------------------------------------------------------------------
 */

/* True when the record belongs to another epoch than `epoch` (empty: none seen so far). */
static bool other_epoch(const struct ir_rec *r, char epoch[32])
{
    const char *is = ir_meta_get(&r->meta, "epoch");
    if (is == NULL)
        return false;
    if (epoch[0] != '\0')
        return strncmp(epoch, is, 31) != 0;
    snprintf(epoch, 32, "%s", is);
    return false;
}

static int spool_records(struct ir_epochs *e, struct ir_writer *w)
{
    char epoch[32] = "";
    struct ir_rec r;
    int rc = 0;
    if (e->has_ahead) {
        (void)other_epoch(&e->ahead, epoch);
        rc = ir_writer_put(w, &e->ahead, &e->err);
        ir_rec_free(&e->ahead);
        e->has_ahead = false;
    }
    while (rc == 0) {
        int got = ir_reader_next(e->reader, &r, &e->err);
        if (got <= 0) {
            e->ended = got == 0;
            return got;
        }
        if (other_epoch(&r, epoch)) {
            ir_rec_copy(&e->ahead, &r);
            e->has_ahead = true;
            return 0;
        }
        rc = ir_writer_put(w, &r, &e->err);
    }
    return rc;
}

static void drop_spool(struct ir_epochs *e)
{
    if (e->spool >= 0)
        close(e->spool);
    e->spool = -1;
}

static void *spool(void *arg)
{
    struct ir_epochs *e = arg;
    struct ir_writer *w = NULL;
    e->spool = ir_temporary(&e->err);
    if (e->spool >= 0) {
        char *path = ir_fd_path(e->spool, &e->err);
        if (path != NULL)
            w = ir_writer_open(path, ir_reader_header(e->reader), false, &e->err);
        free(path);
    }
    if (w != NULL)
        ir_writer_allow_nan(w);
    int rc = w != NULL ? spool_records(e, w) : -1;
    if (rc < 0)
        ir_writer_abort(w);
    else
        rc = ir_writer_close(w, 0, &e->err);
    e->failed = rc < 0;
    return NULL;
}

static int start(struct ir_epochs *e, struct ir_err *err)
{
    if (e->ended && !e->has_ahead)
        return 0;
    int rc = pthread_create(&e->thread, NULL, spool, e);
    if (rc != 0)
        return ir_fail(err, "a thread could not be started: %s", strerror(rc));
    e->reading = true;
    return 0;
}

/* Wait a moment for the reading thread; a live pipe may keep it for ever. */
static bool joined(struct ir_epochs *e)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 200000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (pthread_timedjoin_np(e->thread, NULL, &until) != 0)
        return false;
    e->reading = false;
    return true;
}

/* The next epoch as clips, NULL at the end (*done) or on failure. */
static struct ir_data *next(struct ir_epochs *e, const struct ir_strs *classes,
                            const struct ir_train *t, bool *done, struct ir_err *err)
{
    *done = !e->reading;
    if (!e->reading)
        return NULL;
    while (!joined(e))
        if (t != NULL && t->stopped != NULL && t->stopped(t->self)) {
            ir_fail(err, "interrupted");
            return NULL;
        }
    if (e->failed) {
        *err = e->err;
        return NULL;
    }
    char *path = ir_fd_path(e->spool, err);
    struct ir_data *d = path != NULL ? ir_data_open(&path, 1, classes, err) : NULL;
    free(path);
    drop_spool(e); /* it stays mapped */
    if (d != NULL && start(e, err) < 0) {
        ir_data_close(d);
        d = NULL;
    }
    return d;
}

/* ---- what training sees ------------------------------------------------------------------------
 */

struct ir_epochs *ir_epochs_open(char *const *files, size_t n, struct ir_err *err)
{
    struct ir_epochs *e = ir_zalloc(1, sizeof *e);
    bool done;
    e->spool = -1;
    e->reader = ir_reader_open(files, n, err);
    if (e->reader == NULL || start(e, err) < 0 ||
        (e->first = next(e, NULL, NULL, &done, err)) == NULL) {
        ir_epochs_close(e);
        return NULL;
    }
    return e;
}

int ir_train_open(char *const *files, size_t n, struct ir_data **data, struct ir_epochs **epochs,
                  struct ir_err *err)
{
    bool pipe = n == 0;
    for (size_t i = 0; i < n; i++)
        pipe = pipe || strcmp(files[i], "-") == 0;
    *data = NULL;
    *epochs = NULL;
    if (!pipe) {
        struct ir_strs names = {0};
        *data = ir_data_open(files, n, NULL, err);
        if (*data == NULL)
            return -1;
        ir_data_epochs(*data, &names);
        if (names.n > 1) {
            *epochs = ir_zalloc(1, sizeof **epochs);
            (*epochs)->first = *data;
            (*epochs)->spool = -1;
            (*epochs)->names = names;
        } else {
            ir_strs_free(&names);
        }
        return 0;
    }
    *epochs = ir_epochs_open(files, n, err);
    *data = *epochs != NULL ? (*epochs)->first : NULL;
    return *epochs != NULL ? 0 : -1;
}

bool ir_epochs_more(const struct ir_epochs *e)
{
    return e->reading || e->at + 1 < e->names.n;
}

const char *ir_epochs_first(const struct ir_epochs *e)
{
    return e->names.n > 0 ? e->names.at[0] : NULL;
}

/* Bind the training clips (and, when they are in the same data, the validation clips). */
static int bind(struct ir_data *d, const struct ir_train *t, const struct ir_choice *c, bool both,
                struct ir_err *err)
{
    size_t inputs = ir_net_inputs(t->net), n = c->n_train;
    struct ir_shape *longest = ir_zalloc(inputs, sizeof *longest);
    size_t *list = ir_alloc(n + t->n_valid + 1, sizeof *list);
    memcpy(list, c->train, n * sizeof *list);
    if (both) {
        memcpy(list + n, t->valid, t->n_valid * sizeof *list);
        n += t->n_valid;
    }
    int rc = ir_data_bind(d, t->net, list, n, longest, err);
    for (size_t i = 0; i < inputs && rc == 0; i++) {
        struct ir_shape planned;
        ir_net_planned(t->net, i, &planned);
        for (int k = 0; k < planned.rank && rc == 0; k++) {
            if (longest[i].dim[k] > planned.dim[k])
                rc =
                    ir_fail(err, "a clip of this epoch is longer (%zu) than all of the first (%zu)",
                            longest[i].dim[k], planned.dim[k]);
        }
    }
    free(list);
    free(longest);
    return rc;
}

int ir_epochs_next(struct ir_epochs *e, struct ir_train *t, struct ir_err *err)
{
    bool done = false, known = e->names.n > 0;
    if (known && e->at + 1 >= e->names.n)
        return 0;
    struct ir_data *d = known ? e->first : next(e, ir_net_classes(t->net), t, &done, err);
    if (d == NULL)
        return done ? 0 : -1;
    struct ir_choice c = {.train_splits = t->choice->train_splits,
                          .valid_splits = t->choice->valid_splits,
                          .valid_fraction = t->choice->valid_fraction,
                          .seed = t->choice->seed,
                          .epoch = known ? e->names.at[++e->at] : NULL};
    int rc = ir_choose_clips(d, &c, err);
    if (rc == 0 && c.n_valid > 0 && t->n_valid == 0)
        rc = ir_fail(err,
                     "validation clips come after the first epoch of the stream, wanted with it");
    if (rc == 0)
        rc = bind(d, t, &c, known, err);
    if (rc < 0) {
        ir_choice_free(&c);
        if (!known)
            ir_data_close(d);
        return -1;
    }
    if (e->now != NULL)
        ir_data_close(e->now);
    ir_choice_free(&e->now_choice);
    e->now = known ? NULL : d;
    e->now_choice = c;
    t->data = d;
    t->train = c.train;
    t->n_train = c.n_train;
    return 1;
}

void ir_epochs_close(struct ir_epochs *e)
{
    if (e == NULL)
        return;
    if (e->reading) {
        pthread_cancel(e->thread); /* it may wait in read() for a pipe that brings nothing more */
        pthread_join(e->thread, NULL);
    }
    drop_spool(e);
    if (e->has_ahead)
        ir_rec_free(&e->ahead);
    if (e->now != NULL)
        ir_data_close(e->now);
    ir_choice_free(&e->now_choice);
    ir_data_close(e->first);
    ir_strs_free(&e->names);
    ir_reader_close(e->reader);
    free(e);
}
