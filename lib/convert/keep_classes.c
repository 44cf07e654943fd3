/* keep_classes.c - a model that knows fewer classes: the rows of its last dense layer that stand
 * for the others are left out. */
#include "convert.h"
#include "net.h"

#include <stdlib.h>
#include <string.h>

/* Place of each kept class among all. */
static size_t *find_places(const struct ir_strs *all, const struct ir_strs *keep,
                           struct ir_err *err)
{
    size_t *place = ir_alloc(keep->n + 1, sizeof *place);

    for (size_t i = 0; i < keep->n; i++) {
        int at = ir_strs_find(all, keep->at[i]);
        if (at < 0) {
            ir_fail(err, "the model has no class '%s'", keep->at[i]);
            free(place);
            return NULL;
        }
        place[i] = (size_t)at;
    }
    return place;
}

static int check(const struct ir_net *net, const struct ir_strs *keep, struct ir_err *err)
{
    struct ir_net_layer last;
    size_t n = ir_net_layers(net);
    const char *out = ir_net_layer_arg(net, n - 1, "out");

    ir_net_layer(net, n - 1, &last);
    if (strcmp(last.kind, "dense") != 0 || !out || strcmp(out, "classes") != 0)
        return ir_fail(err, "the last layer is '%s', wanted dense out=classes to keep some",
                       last.name);
    for (size_t i = 0; i < keep->n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(keep->at[i], keep->at[k]) == 0)
                return ir_fail(err, "class '%s' stands twice", keep->at[i]);
    return 0;
}

/* One number a class in the header; one for all stays. */
static void keep_numbers(struct ir_meta *head, const char *key, size_t all, const size_t *place,
                         size_t n)
{
    const char *text = ir_meta_get(head, key);
    struct ir_strs words = {0};
    struct ir_buf b = {0};

    if (!text)
        return;
    ir_strs_split(&words, text, " ");
    if (words.n == all) {
        for (size_t i = 0; i < n; i++)
            ir_buf_printf(&b, "%s%s", i ? " " : "", words.at[place[i]]);
        ir_meta_set(head, key, b.data);
    }
    ir_strs_free(&words);
    ir_buf_free(&b);
}

static int copy_params(struct ir_net *to, struct ir_net *from, const size_t *place,
                       struct ir_err *err)
{
    size_t last = ir_net_params(from) - 1, k = ir_net_classes(to)->n;
    bool bias = ir_net_param(from, last)->shape.rank == 1;

    for (size_t i = 0; i <= last; i++) {
        const struct ir_param *a = ir_net_param(from, i), *b = ir_net_param(to, i);
        size_t row = a->count / a->shape.dim[0];
        if (i == last || (bias && i + 1 == last))
            for (size_t c = 0; c < k; c++)
                memcpy(ir_net_values(to, i) + c * row, ir_net_values(from, i) + place[c] * row,
                       row * sizeof(float));
        else if (a->count == b->count)
            memcpy(ir_net_values(to, i), ir_net_values(from, i), a->count * sizeof(float));
        else
            return ir_fail(err, "%s too has its size from the number of classes", a->name);
    }
    return 0;
}

struct ir_net *ir_net_keep_classes(struct ir_net *net, const struct ir_strs *keep,
                                   const struct ir_shape *shapes, struct ir_meta *head,
                                   struct ir_err *err)
{
    const char *text = ir_net_text(net);
    struct ir_buf b = {0};

    if (check(net, keep, err) < 0)
        return NULL;
    size_t *place = find_places(ir_net_classes(net), keep, err);
    if (!place)
        return NULL;
    struct ir_net *to = ir_net_parse(text, strlen(text), "net", keep, err);
    if (to && (ir_net_plan(to, 1, shapes, false, NULL, 0, err) < 0 ||
               copy_params(to, net, place, err) < 0)) {
        ir_net_free(to);
        to = NULL;
    }
    if (to) {
        ir_names_format(keep, &b);
        ir_meta_set(head, "classes", b.data);
        keep_numbers(head, "thresholds", ir_net_classes(net)->n, place, keep->n);
        keep_numbers(head, "thresholds.off", ir_net_classes(net)->n, place, keep->n);
    }
    ir_buf_free(&b);
    free(place);
    return to;
}
