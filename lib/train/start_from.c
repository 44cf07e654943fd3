/* start_from.c - before a training: memory for it, and the parameters of another model. */
#include "train/batch.h"

#include <stdlib.h>
#include <string.h>

int ir_train_start_from(const char *path, struct ir_net *net, struct ir_strs *notes,
                        struct ir_err *err)
{
    struct ir_buf report = {0}, line = {0};
    struct ir_strs left = {0};
    size_t loaded = 0;
    struct ir_model *from = ir_model_open(path, err);
    int rc = from != NULL ? ir_model_apply(from, net, &report, &loaded, err) : -1;
    if (rc == 0 && loaded == 0)
        rc = ir_fail(err, "%s: no parameter fits this network", path);
    if (rc == 0) {
        ir_buf_printf(&line, "%s: loaded %zu of %zu parameters", path, loaded, ir_net_params(net));
        ir_strs_add(notes, line.data);
        ir_strs_split(&left, report.data != NULL ? report.data : "", "\n");
    }
    for (size_t i = 0; i < left.n; i++) {
        line.len = 0;
        ir_buf_printf(&line, "not loaded: %s", left.at[i]);
        ir_strs_add(notes, line.data);
    }
    ir_strs_free(&left);
    ir_buf_free(&line);
    ir_buf_free(&report);
    ir_model_close(from);
    return rc;
}

size_t ir_train_memory(const struct ir_train *t)
{
    size_t weights = 0;
    for (size_t i = 0; i < ir_net_params(t->net); i++)
        weights += ir_net_param(t->net, i)->count;
    return (t->optim->slots + 1) * weights * sizeof(float) + ir_batch_memory(t->net, t->parts);
}

int ir_train_plan(const struct ir_train *t, const struct ir_shape *shapes,
                  const struct ir_strs *freeze, const struct ir_strs *scale, struct ir_err *err)
{
    if (ir_net_plan(t->net, 1, shapes, false, t->pool, 0, err) < 0 ||
        ir_train_scale(t->net, freeze, scale, err) < 0)
        return -1;
    size_t limit = t->memory_max, beside = ir_train_memory(t);
    if (limit > 0 && beside >= limit)
        return ir_fail(err, "the optimiser needs %.0f MB of memory, the limit is %.0f MB",
                       (double)beside / 1e6, (double)limit / 1e6);
    return ir_net_plan(t->net, (t->batch + t->parts - 1) / t->parts, shapes, true, t->pool,
                       limit > 0 ? limit - beside : 0, err);
}
