/* checkpoint.c - the state of training as a tensor stream, in two generations. */
#include "train/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void set_number(struct ir_meta *m, const char *key, uint64_t v)
{
    ir_meta_setf(m, key, "%llu", (unsigned long long)v);
}

static void set_head(struct ir_meta *m, const struct ir_train *t, const struct ir_train_state *s)
{
    ir_meta_set(m, "domain", "param");
    set_number(m, "checkpoint", 1);
    set_number(m, "updates", s->updates);
    set_number(m, "epoch", (uint64_t)s->epoch);
    set_number(m, "position", s->position);
    set_number(m, "best_epoch", (uint64_t)s->best_epoch);
    set_number(m, "stale", (uint64_t)s->stale);
    set_number(m, "done", s->done);
    set_number(m, "clips", s->best.clips);
    ir_meta_setf(m, "loss", "%a", s->loss);
    ir_meta_setf(m, "weight", "%a", s->weight);
    for (int i = 0; i < IR_MEASURES; i++) {
        char key[20];
        snprintf(key, sizeof key, "best.%d", i);
        ir_meta_setf(m, key, "%a", s->best.v[i]);
    }
    ir_meta_setf(m, "input", "%016llx", (unsigned long long)t->input_hash);
    ir_meta_set(m, "settings", t->settings);
}

static int put(struct ir_writer *w, const char *name, const float *values, size_t n,
               struct ir_err *err)
{
    struct ir_rec r = {.dtype = 'f', .rank = 1, .shape = {(uint32_t)n}};
    r.data = (void *)(uintptr_t)values;
    r.bytes = n * sizeof(float);
    ir_meta_set(&r.meta, "name", name);
    int rc = ir_writer_put(w, &r, err);
    ir_meta_free(&r.meta);
    return rc;
}

static char *with_suffix(const char *path, const char *suffix)
{
    struct ir_buf b = {0};
    ir_buf_printf(&b, "%s%s", path, suffix);
    return b.data;
}

/* Keep the present file as path.old; both names exist at every moment. */
static int keep_old(const char *path, struct ir_err *err)
{
    char *old = with_suffix(path, ".old"), *tmp = with_suffix(path, ".old.tmp");
    int rc = 0;
    unlink(tmp);
    if (link(path, tmp) < 0 && errno != ENOENT)
        rc = ir_fail(err, "%s: %s", tmp, strerror(errno));
    else if (access(tmp, F_OK) == 0 && rename(tmp, old) < 0)
        rc = ir_fail(err, "%s: %s", old, strerror(errno));
    unlink(tmp); /* rename of two names of one file leaves both */
    free(old);
    free(tmp);
    return rc;
}

int ir_checkpoint_write(const char *path, const struct ir_train *t, const struct ir_train_state *s,
                        struct ir_err *err)
{
    struct ir_meta head = {0};
    size_t n;
    set_head(&head, t, s);
    struct ir_writer *w = ir_writer_open(path, &head, false, err);
    ir_meta_free(&head);
    if (w == NULL)
        return -1;
    int rc = put(w, "values", ir_net_arena(t->net, &n), s->floats, err);
    for (size_t i = 0; i < s->slots && rc == 0; i++)
        rc = put(w, "slot", s->slot[i], s->floats, err);
    if (rc == 0)
        rc = put(w, "best", s->best_values, s->floats, err);
    if (rc == 0)
        rc = keep_old(path, err);
    if (rc < 0) {
        ir_writer_abort(w);
        return -1;
    }
    return ir_writer_close(w, 0, err);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static int number(const struct ir_meta *m, const char *key, uint64_t *out, struct ir_err *err)
{
    const char *text = ir_meta_get(m, key);
    long long v;
    if (text == NULL)
        return ir_fail(err, "no '%s': not a checkpoint", key);
    if (ir_parse_int(text, 0, 1ll << 53, key, &v, err) < 0)
        return -1;
    *out = (uint64_t)v;
    return 0;
}

static double hex(const struct ir_meta *m, const char *key)
{
    const char *text = ir_meta_get(m, key);
    return text != NULL ? strtod(text, NULL) : 0;
}

/* Name the first word in which the settings differ. */
static int compare_settings(const char *was, const char *now, struct ir_err *err)
{
    while (*was != '\0' || *now != '\0') {
        size_t a = strcspn(was, "\n"), b = strcspn(now, "\n");
        if (a != b || memcmp(was, now, a) != 0)
            return ir_fail(err, "the checkpoint was made with '%.*s', now it is '%.*s'", (int)a,
                           was, (int)b, now);
        was += a + (was[a] == '\n');
        now += b + (now[b] == '\n');
    }
    return 0;
}

static int read_head(const struct ir_meta *m, const struct ir_train *t, struct ir_train_state *s,
                     struct ir_err *err)
{
    uint64_t epoch = 0, best_epoch = 0, stale = 0, done = 0, clips = 0, mark = 0;
    const char *settings = ir_meta_get(m, "settings"), *input = ir_meta_get(m, "input");
    char hash[32];
    if (number(m, "checkpoint", &mark, err) < 0 || number(m, "updates", &s->updates, err) < 0 ||
        number(m, "epoch", &epoch, err) < 0 || number(m, "position", &s->position, err) < 0 ||
        number(m, "best_epoch", &best_epoch, err) < 0 || number(m, "stale", &stale, err) < 0 ||
        number(m, "done", &done, err) < 0 || number(m, "clips", &clips, err) < 0)
        return -1;
    if (compare_settings(settings != NULL ? settings : "", t->settings, err) < 0)
        return -1;
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)t->input_hash);
    if (input == NULL || strcmp(input, hash) != 0)
        return ir_fail(err, "the checkpoint was made with other training data (hash %s, now %s)",
                       input != NULL ? input : "absent", hash);
    if (s->position > t->n_train)
        return ir_fail(err, "position %llu is past the %zu training clips",
                       (unsigned long long)s->position, t->n_train);
    s->epoch = (long long)epoch;
    s->best_epoch = (long long)best_epoch;
    s->stale = (long long)stale;
    /* It had stopped for good, or only because of a number of epochs that may have grown since. */
    s->done = (done != 0 && s->epoch > t->epochs) || (t->patience > 0 && s->stale >= t->patience);
    s->best.clips = clips;
    s->loss = hex(m, "loss");
    s->weight = hex(m, "weight");
    for (int i = 0; i < IR_MEASURES; i++) {
        char key[20];
        snprintf(key, sizeof key, "best.%d", i);
        s->best.v[i] = hex(m, key);
    }
    return 0;
}

static int get(struct ir_reader *r, const char *name, float *values, size_t n, struct ir_err *err)
{
    struct ir_rec rec;
    int rc = ir_reader_next(r, &rec, err);
    if (rc < 0)
        return -1;
    if (rc == 0 || strcmp(ir_rec_name(&rec), name) != 0 || rec.dtype != 'f' ||
        ir_rec_count(&rec) != n)
        return ir_fail(err, "wanted a record '%s' of %zu numbers", name, n);
    memcpy(values, rec.data, n * sizeof(float));
    return 0;
}

static int read_file(char *path, struct ir_train *t, struct ir_train_state *s, bool *damaged,
                     struct ir_err *err)
{
    struct ir_rec rec;
    size_t n;
    *damaged = true;
    struct ir_reader *r = ir_reader_open(&path, 1, err);
    if (r == NULL)
        return -1;
    int rc = read_head(ir_reader_header(r), t, s, err);
    *damaged = rc == 0;
    if (rc == 0)
        rc = get(r, "values", ir_net_arena(t->net, &n), s->floats, err);
    for (size_t i = 0; i < s->slots && rc == 0; i++)
        rc = get(r, "slot", s->slot[i], s->floats, err);
    if (rc == 0)
        rc = get(r, "best", s->best_values, s->floats, err);
    if (rc == 0 && ir_reader_next(r, &rec, err) != 0)
        rc = ir_fail(err, "the checkpoint does not end where it should");
    ir_reader_close(r);
    return rc < 0 ? ir_fail_in(err, "%s", path) : 0;
}

int ir_checkpoint_read(const char *path, struct ir_train *t, struct ir_train_state *s, bool *older,
                       struct ir_err *err)
{
    bool damaged;
    struct ir_err second;
    char *now = ir_strdup(path), *old = with_suffix(path, ".old");
    *older = false;
    int rc = read_file(now, t, s, &damaged, err);
    if (rc < 0 && damaged && read_file(old, t, s, &damaged, &second) == 0) {
        *older = true;
        rc = 0;
    }
    free(now);
    free(old);
    return rc;
}
