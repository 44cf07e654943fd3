/* parse.c - network descriptions: one layer a line, see formats/net.md. */
#include "net/node.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64
#define NODES_MAX 4096
#define TEXT_MAX  (1 << 20)

struct word {
    const char *at;
    size_t len;
};

static bool word_is(struct word w, const char *s)
{
    return strlen(s) == w.len && memcmp(w.at, s, w.len) == 0;
}

static bool is_name(struct word w)
{
    if (w.len == 0 || w.len > 64 || isdigit((unsigned char)w.at[0]))
        return false;
    for (size_t i = 0; i < w.len; i++) {
        char c = w.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-'))
            return false;
    }
    return true;
}

/* Words of one line up to '#'; -1 when there are too many. */
static int split_line(const char *line, size_t len, struct word *w)
{
    int n = 0;
    size_t i = 0;
    while (i < len) {
        while (i < len && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r'))
            i++;
        if (i == len || line[i] == '#')
            break;
        size_t start = i;
        while (i < len && line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            i++;
        if (n == WORDS_MAX)
            return -1;
        w[n++] = (struct word){line + start, i - start};
    }
    return n;
}

static struct ir_node *find_node(struct ir_net *net, struct word w)
{
    for (size_t i = 0; i < net->n_nodes; i++) {
        if (word_is(w, net->node[i].name))
            return &net->node[i];
    }
    return NULL;
}

static int add_word_arg(struct ir_args *a, struct word w)
{
    const char *eq = memchr(w.at, '=', w.len);
    if (eq == NULL || eq == w.at)
        return -1;
    ir_args_add(a, w.at, (size_t)(eq - w.at), eq + 1, (size_t)(w.at + w.len - eq - 1));
    return 0;
}

static size_t axis_arg(struct ir_args *a, const char *key, size_t def)
{
    const char *text = ir_arg_text(a, key, NULL);
    if (text != NULL && strcmp(text, "any") == 0)
        return 0;
    return ir_arg_size(a, key, 1, (size_t)1 << 30, def);
}

static bool has_key(const struct ir_args *a, const char *key)
{
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->key[i], key) == 0)
            return true;
    }
    return false;
}

static const char input_usage[] = "input [audio|feature] [RECORD] channels=N bands=N frames=N|any, "
                                  "or samples=N|any, or size=N, or shape=AxBxC";

static int shape_text(const char *text, struct ir_shape *s, struct ir_err *err)
{
    s->rank = 0;
    for (const char *p = text; p != NULL;) {
        const char *x = strchr(p, 'x');
        char *one = ir_strndup(p, x != NULL ? (size_t)(x - p) : strlen(p));
        long long v = 0;
        int rc = strcmp(one, "any") == 0 ? 0 : ir_parse_int(one, 1, 1 << 30, "shape", &v, err);
        free(one);
        if (rc < 0)
            return -1;
        if (s->rank == IR_NET_RANK)
            return ir_fail(err, "shape=%s has more than %d axes", text, IR_NET_RANK);
        s->dim[s->rank++] = (size_t)v;
        p = x != NULL ? x + 1 : NULL;
    }
    return 0;
}

static int input_shape(struct ir_args *a, struct ir_shape *s, struct ir_err *err)
{
    static const char *const middle[] = {"bands", "height"}, *const last[] = {"frames", "samples",
                                                                              "width"};
    const char *text = ir_arg_text(a, "shape", NULL);
    if (text != NULL && shape_text(text, s, err) < 0)
        return -1;
    if (text == NULL && has_key(a, "size")) {
        s->rank = 1;
        s->dim[0] = axis_arg(a, "size", 1);
    } else if (text == NULL) {
        s->dim[s->rank++] = axis_arg(a, "channels", 1);
        for (size_t i = 0; i < 2; i++) {
            if (has_key(a, middle[i]))
                s->dim[s->rank++] = axis_arg(a, middle[i], 1);
        }
        int before = s->rank;
        for (size_t i = 0; i < 3; i++) {
            if (has_key(a, last[i]) && s->rank < IR_NET_RANK)
                s->dim[s->rank++] = axis_arg(a, last[i], 1);
        }
        if (s->rank != before + 1)
            return ir_fail(err, "input needs its size (usage: %s)", input_usage);
    }
    return ir_args_check(a, input_usage, err);
}

static int parse_input(struct ir_net *net, struct ir_node *node, const struct word *w, int n,
                       struct ir_err *err)
{
    struct ir_net_input *in = &net->input[net->n_inputs];
    *in = (struct ir_net_input){.line = node->line};
    struct word record = {"x", 1};
    for (int i = 0; i < n; i++) {
        if (add_word_arg(node->args, w[i]) == 0)
            continue;
        if (in->domain == NULL && word_is(w[i], "audio"))
            in->domain = "audio";
        else if (in->domain == NULL && word_is(w[i], "feature"))
            in->domain = "feature";
        else if (record.len == 1 && is_name(w[i]))
            record = w[i];
        else
            return ir_fail(err, "found '%.*s' (usage: %s)", (int)w[i].len, w[i].at, input_usage);
    }
    if (input_shape(node->args, &in->shape, err) < 0)
        return -1;
    in->name = ir_strndup(record.at, record.len);
    for (size_t i = 0; i < net->n_inputs; i++) {
        if (strcmp(net->input[i].name, in->name) == 0) {
            net->n_inputs++;
            return ir_fail(err, "the record '%s' is read by line %d already", in->name,
                           net->input[i].line);
        }
    }
    net->input_node[net->n_inputs++] = node;
    return 0;
}

static int parse_loss(struct ir_net *net, const struct word *w, int n, int line, struct ir_err *err)
{
    net->loss_args = ir_zalloc(1, sizeof *net->loss_args);
    net->loss_args->op = "loss";
    net->loss_args->classes = net->classes.n;
    net->loss_line = line;
    for (int i = 0; i < n; i++) {
        if (add_word_arg(net->loss_args, w[i]) == 0)
            continue;
        char *name = ir_strndup(w[i].at, w[i].len);
        if (net->loss == NULL)
            net->loss = ir_loss_find(name);
        int rc = net->loss != NULL && i == 0 ? 0 : ir_loss_unknown(name, err);
        free(name);
        if (rc < 0)
            return -1;
    }
    if (net->loss == NULL)
        return ir_fail(err, "loss needs a name, such as 'loss ce'");
    net->loss_args->op = net->loss->name;
    net->loss_state.classes = net->classes.n;
    if (net->loss->setup != NULL && net->loss->setup(&net->loss_state, net->loss_args, err) < 0)
        return -1;
    return ir_args_check(net->loss_args, net->loss->usage, err);
}

static char *automatic_name(const struct ir_net *net, const struct ir_layer *layer)
{
    size_t k = 1;
    for (size_t i = 0; i < net->n_nodes; i++)
        k += net->node[i].layer == layer;
    struct ir_buf b = {0};
    ir_buf_printf(&b, "%s%zu", layer->name, k);
    return b.data;
}

static int parse_layer(struct ir_net *net, struct ir_node *node, const struct word *w, int n,
                       struct ir_err *err)
{
    for (int i = 0; i < n; i++) {
        if (add_word_arg(node->args, w[i]) == 0)
            continue;
        struct ir_node *from = find_node(net, w[i]);
        if (from == NULL)
            return ir_fail(err, "no earlier line is named '%.*s'", (int)w[i].len, w[i].at);
        if (node->n_in == IR_NODE_IN)
            return ir_fail(err, "more than %d inputs", IR_NODE_IN);
        node->in[node->n_in++] = from;
    }
    if (node->n_in == 0) {
        if (net->n_nodes == 0)
            return ir_fail(err, "%s has no input: the first line must be an input",
                           node->layer->name);
        node->in[node->n_in++] = node - 1;
    }
    return 0;
}

static int parse_line(struct ir_net *net, const struct word *w, int n, int line, struct ir_err *err)
{
    int at = 0;
    struct word name = {NULL, 0};
    if (net->loss != NULL)
        return ir_fail(err, "'loss' must be the last line");
    if (n > 1 && word_is(w[1], "=")) {
        name = w[0];
        at = 2;
        if (!is_name(name))
            return ir_fail(err, "'%.*s' cannot be a name", (int)name.len, name.at);
        if (find_node(net, name) != NULL)
            return ir_fail(err, "the name '%.*s' is taken by line %d", (int)name.len, name.at,
                           find_node(net, name)->line);
    }
    if (at >= n)
        return ir_fail(err, "a layer is missing after '='");
    if (word_is(w[at], "loss"))
        return parse_loss(net, w + at + 1, n - at - 1, line, err);
    char *op = ir_strndup(w[at].at, w[at].len);
    const struct ir_layer *layer = ir_layer_find(op);
    int rc = layer != NULL ? 0 : ir_layer_unknown(op, err);
    free(op);
    if (rc < 0)
        return -1;
    struct ir_node *node = &net->node[net->n_nodes];
    *node = (struct ir_node){.layer = layer, .line = line, .index = net->n_nodes};
    node->args = ir_zalloc(1, sizeof *node->args);
    node->args->op = layer->name;
    node->args->classes = net->classes.n;
    node->name = name.at != NULL ? ir_strndup(name.at, name.len) : automatic_name(net, layer);
    node->state = layer->state > 0 ? ir_zalloc(1, layer->state) : NULL;
    net->n_nodes++;
    if (strcmp(layer->name, "input") == 0)
        return parse_input(net, node, w + at + 1, n - at - 1, err);
    net->n_nodes--;
    rc = parse_layer(net, node, w + at + 1, n - at - 1, err);
    net->n_nodes++;
    return rc;
}

int ir_net_read_lines(struct ir_net *net, const char *text, struct ir_err *err)
{
    size_t lines = 1;
    for (const char *p = text; *p != '\0'; p++)
        lines += *p == '\n';
    if (lines > NODES_MAX || strlen(text) > TEXT_MAX)
        return ir_fail(err, "%s: more than %d lines or %d bytes", net->name, NODES_MAX, TEXT_MAX);
    net->node = ir_zalloc(lines, sizeof *net->node);
    net->input = ir_zalloc(lines, sizeof *net->input);
    net->input_node = ir_zalloc(lines, sizeof *net->input_node);
    int line = 1;
    for (const char *p = text; *p != '\0'; line++) {
        size_t len = strcspn(p, "\n");
        struct word w[WORDS_MAX];
        int n = split_line(p, len, w);
        if (n < 0)
            return ir_fail(err, "%s:%d: more than %d words", net->name, line, WORDS_MAX);
        if (n > 0 && parse_line(net, w, n, line, err) < 0)
            return ir_fail_in(err, "%s:%d", net->name, line);
        p += len + (p[len] == '\n');
    }
    if (net->n_inputs == 0)
        return ir_fail(err, "%s: no line is an input", net->name);
    if (net->loss == NULL)
        return ir_fail(err, "%s: the last line must be a loss, such as 'loss ce'", net->name);
    return 0;
}

struct ir_net *ir_net_read(const char *path, const struct ir_strs *classes, struct ir_err *err)
{
    struct ir_buf text = {0};
    struct ir_net *net = NULL;
    if (ir_read_file(path, 1 << 20, &text, err) == 0)
        net = ir_net_parse(text.data != NULL ? text.data : "", text.len, path, classes, err);
    ir_buf_free(&text);
    return net;
}
