/* registry.c - the tables of layers and losses, made by make from the file names. */
#include "net/node.h"

#include <string.h>

#define X(n) extern const struct ir_layer ir_layer_##n;
#include "layer.inc"
#undef X
#define X(n) extern const struct ir_loss ir_loss_##n;
#include "loss.inc"
#undef X

static const struct ir_layer *const layers[] = {
#define X(n) &ir_layer_##n,
#include "layer.inc"
#undef X
};

static const struct ir_loss *const losses[] = {
#define X(n) &ir_loss_##n,
#include "loss.inc"
#undef X
};

const struct ir_layer *ir_layer_at(size_t i)
{
    return i < sizeof layers / sizeof *layers ? layers[i] : NULL;
}

const struct ir_layer *ir_layer_find(const char *name)
{
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        if (strcmp(layers[i]->name, name) == 0)
            return layers[i];
    }
    return NULL;
}

const struct ir_loss *ir_loss_at(size_t i)
{
    return i < sizeof losses / sizeof *losses ? losses[i] : NULL;
}

const struct ir_loss *ir_loss_find(const char *name)
{
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        if (strcmp(losses[i]->name, name) == 0)
            return losses[i];
    }
    return NULL;
}

int ir_layer_unknown(const char *name, struct ir_err *err)
{
    struct ir_strs names = {0};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        ir_strs_add(&names, layers[i]->name);
    ir_fail_unknown(err, "layer", name, &names);
    ir_strs_free(&names);
    return -1;
}

int ir_loss_unknown(const char *name, struct ir_err *err)
{
    struct ir_strs names = {0};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        ir_strs_add(&names, losses[i]->name);
    ir_fail_unknown(err, "loss", name, &names);
    ir_strs_free(&names);
    return -1;
}

void ir_net_list(struct ir_buf *out)
{
    ir_buf_puts(out, "layers:\n");
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        ir_buf_printf(out, "  %s\n", layers[i]->usage);
    ir_buf_puts(out, "losses:\n");
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        ir_buf_printf(out, "  %s\n", losses[i]->usage);
}
