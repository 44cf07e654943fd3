/* schedule.c - how the learning rate changes over the updates. */
#include "args.h"
#include "train.h"

#include <math.h>
#include <string.h>

enum { CONSTANT, STEP, EXPONENTIAL, INVERSE, COSINE };

const char ir_schedule_usage[] = "constant | step,every=EPOCHS,factor=F | exponential,factor=F | "
                                 "inverse,k=K | cosine[,floor=F]; "
                                 "each also warmup=UPDATES";

static const char *const names[] = {"constant", "step", "exponential", "inverse", "cosine"};

void ir_schedule_names(struct ir_strs *out)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ir_strs_add(out, names[i]);
}

int ir_schedule_parse(const char *text, struct ir_schedule *s, struct ir_err *err)
{
    size_t len = strcspn(text, ",");
    struct ir_args a = {.op = "schedule"};
    *s = (struct ir_schedule){.kind = -1};
    for (int i = 0; i < 5; i++) {
        if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0)
            s->kind = i;
    }
    if (s->kind < 0)
        return ir_fail(err, "unknown schedule '%.*s' (%s)", (int)len, text, ir_schedule_usage);
    int rc = ir_args_parse(&a, text + len, err);
    s->warmup = ir_arg_real(&a, "warmup", 0, 1e9, 0);
    if (s->kind == STEP) {
        s->every = ir_arg_real(&a, "every", 1, 1e6, 10);
        s->factor = ir_arg_real(&a, "factor", 1e-9, 1, 0.1);
    }
    if (s->kind == EXPONENTIAL)
        s->factor = ir_arg_real(&a, "factor", 1e-9, 1, 0.95);
    if (s->kind == INVERSE)
        s->k = ir_arg_real(&a, "k", 0, 1e6, 1e-4);
    if (s->kind == COSINE)
        s->floor = ir_arg_real(&a, "floor", 0, 1, 0);
    if (rc == 0)
        rc = ir_args_check(&a, ir_schedule_usage, err);
    ir_args_free(&a);
    return rc;
}

double ir_schedule_at(const struct ir_schedule *s, uint64_t t, uint64_t per_epoch, uint64_t total)
{
    double rise = s->warmup > 0 && (double)t < s->warmup ? ((double)t + 1) / s->warmup : 1;
    uint64_t epoch = per_epoch > 0 ? t / per_epoch : 0;
    double share = total > 0 ? (double)t / (double)total : 0;
    switch (s->kind) {
    case STEP:
        return rise * pow(s->factor, floor((double)epoch / s->every));
    case EXPONENTIAL:
        return rise * pow(s->factor, (double)epoch);
    case INVERSE:
        return rise / (1 + s->k * (double)t);
    case COSINE:
        return rise * (s->floor + (1 - s->floor) * 0.5 * (1 + cos(3.14159265358979323846 * share)));
    default:
        return rise;
    }
}
