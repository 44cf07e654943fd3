/* onnx.c - a network as an ONNX file. Numbers of fields are those of onnx.proto (IR version 7). */
#include "convert/onnx.h"
#include "convert/proto.h"
#include "score.h"

#include <stdlib.h>
#include <string.h>

#define OPSET      13
#define IR_FORMAT  7
#define SIZE_LIMIT ((size_t)2000000000) /* protocol buffers end at 2 GiB */

enum { TYPE_FLOAT = 1, TYPE_INT64 = 7 };
enum { ATTRIBUTE_FLOAT = 1, ATTRIBUTE_INT = 2, ATTRIBUTE_STRING = 3, ATTRIBUTE_INTS = 7 };

/* ---- nodes ----------------------------------------------------------------------------------- */

void ir_onnx_start(struct ir_onnx_node *n, const char *op)
{
    *n = (struct ir_onnx_node){0};
    ir_proto_text(&n->b, 4, op);
}

void ir_onnx_input(struct ir_onnx_node *n, const char *value)
{
    ir_proto_text(&n->b, 1, value);
}

void ir_onnx_int(struct ir_onnx_node *n, const char *name, long long v)
{
    struct ir_buf a = {0};

    ir_proto_text(&a, 1, name);
    ir_proto_int(&a, 3, (uint64_t)v);
    ir_proto_int(&a, 20, ATTRIBUTE_INT);
    ir_proto_message(&n->b, 5, &a);
    ir_buf_free(&a);
}

void ir_onnx_ints(struct ir_onnx_node *n, const char *name, const long long *v, size_t count)
{
    struct ir_buf a = {0};

    ir_proto_text(&a, 1, name);
    for (size_t i = 0; i < count; i++)
        ir_proto_int(&a, 8, (uint64_t)v[i]);
    ir_proto_int(&a, 20, ATTRIBUTE_INTS);
    ir_proto_message(&n->b, 5, &a);
    ir_buf_free(&a);
}

void ir_onnx_text(struct ir_onnx_node *n, const char *name, const char *v)
{
    struct ir_buf a = {0};

    ir_proto_text(&a, 1, name);
    ir_proto_text(&a, 4, v);
    ir_proto_int(&a, 20, ATTRIBUTE_STRING);
    ir_proto_message(&n->b, 5, &a);
    ir_buf_free(&a);
}

void ir_onnx_real(struct ir_onnx_node *n, const char *name, double v)
{
    struct ir_buf a = {0};

    ir_proto_text(&a, 1, name);
    ir_proto_float(&a, 2, (float)v);
    ir_proto_int(&a, 20, ATTRIBUTE_FLOAT);
    ir_proto_message(&n->b, 5, &a);
    ir_buf_free(&a);
}

void ir_onnx_output(struct ir_onnx_node *n, const char *value)
{
    ir_proto_text(&n->b, 2, value);
}

void ir_onnx_end(struct ir_onnx *o, struct ir_onnx_node *n, const char *output)
{
    ir_proto_text(&n->b, 2, output);
    ir_proto_text(&n->b, 3, output); /* the node is named after its output */
    ir_proto_message(&o->nodes, 1, &n->b);
    ir_buf_free(&n->b);
}

/* ---- constants ------------------------------------------------------------------------------- */

void ir_onnx_weight(struct ir_onnx *o, const char *name, const float *v, int rank,
                    const size_t *dim)
{
    struct ir_buf t = {0}, raw = {0};
    size_t count = 1;

    for (int i = 0; i < rank; i++) {
        ir_proto_int(&t, 1, dim[i]);
        count *= dim[i];
    }
    ir_proto_int(&t, 2, TYPE_FLOAT);
    ir_proto_text(&t, 8, name);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    ir_proto_bytes(&t, 9, v, count * sizeof *v);
#else
    for (size_t i = 0; i < count; i++)
        for (size_t k = sizeof *v; k > 0; k--)
            ir_buf_add(&raw, (const char *)&v[i] + k - 1, 1);
    ir_proto_bytes(&t, 9, raw.data, raw.len);
#endif
    ir_proto_message(&o->weights, 5, &t);
    ir_buf_free(&t);
    ir_buf_free(&raw);
}

void ir_onnx_numbers(struct ir_onnx *o, const char *name, const long long *v, size_t count)
{
    struct ir_buf t = {0}, raw = {0};

    ir_proto_int(&t, 1, count);
    ir_proto_int(&t, 2, TYPE_INT64);
    ir_proto_text(&t, 8, name);
    for (size_t i = 0; i < count; i++)
        ir_buf_le(&raw, (uint64_t)v[i], 8);
    ir_proto_bytes(&t, 9, raw.data, raw.len);
    ir_proto_message(&o->weights, 5, &t);
    ir_buf_free(&t);
    ir_buf_free(&raw);
}

/* ---- the graph ------------------------------------------------------------------------------- */

/* ValueInfoProto: [batch, …]; free axes get a name each. */
static void value_info(struct ir_buf *graph, unsigned field, const char *name,
                       const struct ir_shape *s)
{
    struct ir_buf info = {0}, type = {0}, tensor = {0}, shape = {0}, dim = {0};
    char axis[64];

    ir_proto_text(&dim, 2, "batch");
    ir_proto_message(&shape, 1, &dim);
    for (int i = 0; i < s->rank; i++) {
        snprintf(axis, sizeof axis, "%.40s_axis%d", name, i);
        if (s->dim[i])
            ir_proto_int(&dim, 1, s->dim[i]);
        else
            ir_proto_text(&dim, 2, axis);
        ir_proto_message(&shape, 1, &dim);
    }
    ir_proto_int(&tensor, 1, TYPE_FLOAT);
    ir_proto_message(&tensor, 2, &shape);
    ir_proto_message(&type, 1, &tensor);
    ir_proto_text(&info, 1, name);
    ir_proto_message(&info, 2, &type);
    ir_proto_message(graph, field, &info);
    ir_buf_free(&info), ir_buf_free(&type), ir_buf_free(&tensor), ir_buf_free(&shape),
        ir_buf_free(&dim);
}

/* `logits` as the network gives them; `probabilities` of the logits divided by the temperature that
 * the model was calibrated with, as in ir-infer. */
static int output_nodes(struct ir_onnx *o, const struct ir_meta *head, struct ir_err *err)
{
    struct ir_onnx_node n;
    const char *last = o->value.at[o->value.n - 1];
    bool single = ir_net_single(o->net), said;
    double temperature = 1;

    if (ir_calibration_read(head, &temperature, &said, err) < 0)
        return -1;
    ir_onnx_apply(o, "Identity", last, NULL, "logits");
    if (temperature < 1 || temperature > 1) {
        float t = (float)temperature;
        ir_onnx_weight(o, "temperature", &t, 0, NULL);
        ir_onnx_apply(o, "Div", last, "temperature", "calibrated");
        last = "calibrated";
    }
    ir_onnx_start(&n, single ? "Softmax" : "Sigmoid");
    ir_onnx_input(&n, last);
    if (single)
        ir_onnx_int(&n, "axis", 1);
    ir_onnx_end(o, &n, "probabilities");
    return 0;
}

static int add_layers(struct ir_onnx *o, const struct ir_meta *head, struct ir_err *err)
{
    for (o->layer = 0; o->layer < ir_net_layers(o->net); o->layer++) {
        ir_net_layer(o->net, o->layer, &o->l);
        o->extra = 0;
        if (ir_onnx_layer(o, err) < 0)
            return -1;
        if (o->weights.len > SIZE_LIMIT)
            return ir_fail(err, "more than 2 GB of weights, which no onnx file can hold");
    }
    return output_nodes(o, head, err);
}

static void add_metadata(struct ir_buf *model, const char *key, const char *value)
{
    struct ir_buf p = {0};

    ir_proto_text(&p, 1, key);
    ir_proto_text(&p, 2, value);
    ir_proto_message(model, 14, &p);
    ir_buf_free(&p);
}

static void build_model(struct ir_onnx *o, const struct ir_meta *head, struct ir_buf *model)
{
    struct ir_buf graph = {0}, opset = {0};
    size_t classes = ir_net_classes(o->net)->n;
    struct ir_shape out = {.rank = 1, .dim = {classes}};

    ir_buf_add(&graph, o->nodes.data, o->nodes.len);
    ir_proto_text(&graph, 2, "irtools");
    ir_buf_add(&graph, o->weights.data, o->weights.len);
    ir_buf_free(&o->weights);
    for (size_t i = 0; i < ir_net_inputs(o->net); i++)
        value_info(&graph, 11, ir_net_input(o->net, i)->name, &ir_net_input(o->net, i)->shape);
    value_info(&graph, 12, "probabilities", &out);
    value_info(&graph, 12, "logits", &out);
    ir_proto_int(model, 1, IR_FORMAT);
    ir_proto_text(model, 2, "irtools");
    ir_proto_text(model, 3, IR_VERSION);
    ir_proto_message(model, 7, &graph);
    ir_proto_int(&opset, 2, OPSET);
    ir_proto_message(model, 8, &opset);
    for (size_t i = 0; i < head->n; i++)
        add_metadata(model, head->key[i], head->value[i]);
    add_metadata(model, "net", ir_net_text(o->net));
    ir_buf_free(&graph);
    ir_buf_free(&opset);
}

int ir_onnx_write(const char *path, const struct ir_net *net, const struct ir_meta *head,
                  struct ir_err *err)
{
    struct ir_onnx o = {.net = net};
    struct ir_buf model = {0};
    int rc = add_layers(&o, head, err);

    if (rc == 0) {
        build_model(&o, head, &model);
        struct ir_out *out = ir_out_open(path, true, err);
        rc = out ? ir_out_write(out, model.data, model.len, err) : -1;
        if (rc == 0)
            rc = ir_out_commit(out, err);
        else
            ir_out_abort(out);
    }
    ir_buf_free(&o.nodes), ir_buf_free(&o.weights), ir_buf_free(&model);
    ir_strs_free(&o.value);
    return rc;
}
