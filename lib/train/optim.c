/* optim.c - the table of optimisers, made by make from the file names. */
#include "args.h"
#include "train.h"

#include <stdlib.h>
#include <string.h>

#define X(n) extern const struct ir_optim ir_optim_##n;
#include "optim.inc"
#undef X

static const struct ir_optim *const optims[] = {
#define X(n) &ir_optim_##n,
#include "optim.inc"
#undef X
};

const struct ir_optim *ir_optim_at(size_t i)
{
    return i < sizeof optims / sizeof *optims ? optims[i] : NULL;
}

void ir_train_list(struct ir_buf *out)
{
    ir_buf_puts(out, "optimisers (--optim):\n");
    for (size_t i = 0; i < sizeof optims / sizeof *optims; i++)
        ir_buf_printf(out, "  %s\n", optims[i]->usage);
    ir_buf_printf(out, "schedules (--schedule):\n  %s\n", ir_schedule_usage);
}

void ir_optim_names(struct ir_strs *names)
{
    for (size_t i = 0; i < sizeof optims / sizeof *optims; i++)
        ir_strs_add(names, optims[i]->name);
}

const struct ir_optim *ir_optim_find(const char *name)
{
    for (size_t i = 0; i < sizeof optims / sizeof *optims; i++) {
        if (strcmp(optims[i]->name, name) == 0)
            return optims[i];
    }
    return NULL;
}

int ir_optim_parse(const char *text, const struct ir_optim **optim, struct ir_optim_state *state,
                   struct ir_err *err)
{
    size_t len = strcspn(text, ",");
    char *name = ir_strndup(text, len);
    struct ir_args args = {0};
    *optim = ir_optim_find(name);
    int rc = 0;
    if (*optim == NULL) {
        struct ir_strs known = {0};
        ir_optim_names(&known);
        rc = ir_fail_unknown(err, "optimiser", name, &known);
        ir_strs_free(&known);
    } else {
        args.op = (*optim)->name;
        memset(state, 0, sizeof *state);
        rc = ir_args_parse(&args, text + len, err);
        if (rc == 0)
            rc = (*optim)->setup(state, &args, err);
        if (rc == 0)
            rc = ir_args_check(&args, (*optim)->usage, err);
    }
    ir_args_free(&args);
    free(name);
    return rc;
}
