/* clip_choice.c - which clips train, which choose the model, whether their labels fit, and which
 * parameters learn how fast. */
#include "train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool in_list(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = names; *p != '\0';) {
        size_t n = strcspn(p, ",");
        if (n == len && memcmp(p, name, n) == 0)
            return true;
        p += n + (p[n] == ',');
    }
    return false;
}

/* By group, so that a recording is never on both sides. */
static bool by_chance(const struct ir_data_clip *clip, const struct ir_choice *c)
{
    const char *key = clip->group[0] != '\0' ? clip->group : clip->id;
    return (double)(ir_hash(key, strlen(key), c->seed) >> 11) * 0x1p-53 < c->valid_fraction;
}

/* A clip that trains must not be one of those that judge. */
static int check_leak(const struct ir_data *d, const struct ir_choice *c, struct ir_err *err)
{
    struct ir_name_set train = {0};
    int rc = 0;
    for (size_t i = 0; i < c->n_train; i++) {
        struct ir_data_clip clip;
        ir_data_clip(d, c->train[i], &clip);
        if (clip.id[0] != '\0' && clip.split[0] != '\0')
            ir_name_set_add(&train, clip.id);
    }
    for (size_t i = 0; i < ir_data_clips(d) && rc == 0 && train.n > 0; i++) {
        struct ir_data_clip clip;
        ir_data_clip(d, i, &clip);
        if (clip.split[0] != '\0' && !in_list(c->train_splits, clip.split) &&
            ir_name_set_has(&train, clip.id))
            rc = ir_fail(err, "clip %s trains and is in split '%s' too", clip.id, clip.split);
    }
    ir_name_set_free(&train);
    return rc;
}

int ir_choose_clips(const struct ir_data *d, struct ir_choice *c, struct ir_err *err)
{
    size_t n = ir_data_clips(d);
    c->train = ir_alloc(n + 1, sizeof *c->train);
    c->valid = ir_alloc(n + 1, sizeof *c->valid);
    c->n_train = c->n_valid = 0;
    for (size_t i = 0; i < n; i++) {
        struct ir_data_clip clip;
        ir_data_clip(d, i, &clip);
        const char *epoch = ir_meta_get(clip.meta, "epoch");
        if (c->epoch != NULL && epoch != NULL && strcmp(epoch, c->epoch) != 0)
            continue;
        bool train = clip.split[0] == '\0' || in_list(c->train_splits, clip.split);
        if (train && c->valid_fraction > 0 && by_chance(&clip, c))
            c->valid[c->n_valid++] = i;
        else if (train)
            c->train[c->n_train++] = i;
        else if (in_list(c->valid_splits, clip.split))
            c->valid[c->n_valid++] = i;
    }
    if (c->n_train == 0)
        return ir_fail(err, "no clip to train on: none of %zu clips is in split '%s'", n,
                       c->train_splits);
    return check_leak(d, c, err);
}

void ir_choice_free(struct ir_choice *c)
{
    free(c->train);
    free(c->valid);
    c->train = c->valid = NULL;
}

int ir_choice_bind(const struct ir_choice *c, struct ir_data *d, const struct ir_net *net,
                   struct ir_shape *longest, struct ir_err *err)
{
    size_t n = c->n_train + c->n_valid;
    size_t *both = ir_alloc(n + 1, sizeof *both);
    memcpy(both, c->train, c->n_train * sizeof *both);
    memcpy(both + c->n_train, c->valid, c->n_valid * sizeof *both);
    int rc = ir_data_bind(d, net, both, n, longest, err);
    free(both);
    return rc;
}

static void warn_alike(const struct ir_strs *classes, struct ir_strs *warnings)
{
    struct ir_buf line = {0};
    if (ir_names_alike(classes, &line))
        ir_strs_add(warnings, line.data);
    ir_buf_free(&line);
}

int ir_check_labels(const struct ir_data *d, const struct ir_choice *c, struct ir_net *net,
                    struct ir_strs *warnings, struct ir_err *err)
{
    bool single = ir_net_single(net);
    const struct ir_strs *classes = ir_data_classes(d);
    size_t *count = ir_zalloc(classes->n + 1, sizeof *count), present = 0;
    int rc = 0;
    for (size_t i = 0; i < c->n_train + c->n_valid && rc == 0; i++) {
        struct ir_data_clip clip;
        double sum = 0;
        ir_data_clip(d, i < c->n_train ? c->train[i] : c->valid[i - c->n_train], &clip);
        for (size_t k = 0; k < classes->n; k++) {
            sum += clip.y[k] > 0 ? (double)clip.y[k] : 0;
            count[k] += i < c->n_train && clip.y[k] >= 0.5f;
        }
        if (!clip.labelled)
            rc = ir_fail(err, "clip %s has no labels", clip.id);
        else if (single && fabs(sum - 1) > 1e-3)
            rc = ir_fail(err,
                         "clip %s has labels that add to %g; loss %s wants one class a clip (for "
                         "several use loss bce)",
                         clip.id, sum, ir_net_loss_name(net));
    }
    for (size_t k = 0; k < classes->n && rc == 0; k++) {
        struct ir_buf line = {0};
        present += count[k] > 0;
        ir_buf_printf(&line, "class '%s' has no training clip", classes->at[k]);
        if (count[k] == 0)
            ir_strs_add(warnings, line.data);
        ir_buf_free(&line);
    }
    if (rc == 0 && (classes->n < 2 || present < (single ? 2 : 1)))
        rc = ir_fail(err, "training clips of %zu of %zu classes, wanted at least two classes",
                     present, classes->n);
    ir_net_balance(net, count);
    free(count);
    warn_alike(classes, warnings);
    return rc;
}

int ir_train_scale(struct ir_net *net, const struct ir_strs *freeze, const struct ir_strs *scale,
                   struct ir_err *err)
{
    for (size_t i = 0; i < freeze->n; i++) {
        if (ir_net_scale(net, freeze->at[i], 0) == 0)
            return ir_fail(err, "--freeze %s: no parameter has such a name", freeze->at[i]);
    }
    for (size_t i = 0; i < scale->n; i++) {
        const char *eq = strrchr(scale->at[i], '=');
        double f = 1;
        if (eq == NULL)
            return ir_fail(err, "--lr-scale %s: wanted PATTERN=FACTOR", scale->at[i]);
        if (ir_parse_real(eq + 1, 0, 1e6, "--lr-scale", &f, err) < 0)
            return -1;
        char *pattern = ir_strndup(scale->at[i], (size_t)(eq - scale->at[i]));
        size_t n = ir_net_scale(net, pattern, f);
        free(pattern);
        if (n == 0)
            return ir_fail(err, "--lr-scale %s: no parameter has such a name", scale->at[i]);
    }
    return 0;
}
