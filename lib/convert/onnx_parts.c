/* onnx_parts.c - what the layers share when they are said in ONNX: names, arguments, constants. */
#include "convert/onnx.h"

#include <stdlib.h>
#include <string.h>

const char *ir_onnx_in(const struct ir_onnx *o, size_t k)
{
    return o->value.at[o->l.in[k]];
}

const char *ir_onnx_out(const struct ir_onnx *o)
{
    return o->value.at[o->layer];
}

char *ir_onnx_between(struct ir_onnx *o)
{
    struct ir_buf b = {0};

    ir_buf_printf(&b, "%s/%zu", o->l.name, ++o->extra);
    return b.data;
}

struct ir_shape ir_onnx_in_shape(const struct ir_onnx *o, size_t k)
{
    struct ir_net_layer l;

    ir_net_layer(o->net, o->l.in[k], &l);
    return l.shape;
}

const char *ir_onnx_arg(const struct ir_onnx *o, const char *key, const char *def)
{
    const char *text = ir_net_layer_arg(o->net, o->layer, key);

    return text ? text : def;
}

int ir_onnx_axis(const struct ir_onnx *o, const char *def, int rank)
{
    const char *text = ir_onnx_arg(o, "axis", def);

    if (strcmp(text, "all") == 0)
        return -1;
    if (strcmp(text, "channel") == 0)
        return 0;
    if (strcmp(text, "time") == 0)
        return rank - 1;
    return (int)strtol(text, NULL, 10);
}

const char *ir_onnx_param(struct ir_onnx *o, size_t k)
{
    const struct ir_param *p = o->l.param[k];

    ir_onnx_weight(o, p->name, o->l.values[k], p->shape.rank, p->shape.dim);
    return p->name;
}

void ir_onnx_broadcast(struct ir_onnx *o, const char *name, const float *v, size_t count, int axis,
                       int rank)
{
    size_t dim[IR_NET_RANK + 1];

    for (int i = 0; i <= rank; i++)
        dim[i] = i == axis + 1 ? count : 1;
    ir_onnx_weight(o, name, v, rank + 1, dim);
}

void ir_onnx_apply(struct ir_onnx *o, const char *op, const char *a, const char *b,
                   const char *output)
{
    struct ir_onnx_node n;

    ir_onnx_start(&n, op);
    ir_onnx_input(&n, a);
    if (b)
        ir_onnx_input(&n, b);
    ir_onnx_end(o, &n, output);
}
