/* load.c - parameters of a network from tensors that another program named and laid out. */
#include "convert.h"
#include "net.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 4

/* How the axes of a tensor lie there. */
enum { AS_OURS, SWAP, REVERSE };

struct rule {
    char *ours, *theirs; /* theirs NULL: every number is `constant` */
    double constant;
    int axes;
    int line;
    bool used;
};

struct rules {
    struct rule *at;
    size_t n, cap;
};

static void free_rules(struct rules *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->at[i].ours);
        free(r->at[i].theirs);
    }
    free(r->at);
    *r = (struct rules){0};
}

static int add_rule(struct rules *r, char *line, int number, struct ir_err *err)
{
    char *word[WORDS] = {NULL}, *save = NULL;
    size_t n = 0;

    line[strcspn(line, "#")] = '\0';
    for (char *w = strtok_r(line, " \t\r", &save); w && n < WORDS;
         w = strtok_r(NULL, " \t\r", &save))
        word[n++] = w;
    if (n == 0)
        return 0;
    bool constant = n == 3 && strcmp(word[1], "=") == 0;
    int axes = n != 3 || constant                ? AS_OURS
               : strcmp(word[2], "swap") == 0    ? SWAP
               : strcmp(word[2], "reverse") == 0 ? REVERSE
                                                 : -1;
    double value = 0;
    if (n < 2 || n > 3 || axes < 0 || (n == 2 && strcmp(word[1], "=") == 0))
        return ir_fail(
            err, "line %d of the map: wanted OURS THEIRS [swap|reverse], or OURS = NUMBER", number);
    if (constant && ir_parse_real(word[2], -3e38, 3e38, word[0], &value, err) < 0)
        return ir_fail_in(err, "line %d of the map", number);
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->at[i].ours, word[0]) == 0)
            return ir_fail(err, "line %d of the map: %s stands in line %d too", number, word[0],
                           r->at[i].line);
    ir_grow(&r->at, &r->cap, r->n + 1, sizeof *r->at);
    r->at[r->n++] = (struct rule){.ours = ir_strdup(word[0]),
                                  .theirs = constant ? NULL : ir_strdup(word[1]),
                                  .constant = value,
                                  .axes = axes,
                                  .line = number};
    return 0;
}

static int read_rules(const char *map, struct rules *r, struct ir_err *err)
{
    int number = 1, rc = 0;

    for (const char *p = map; p && *p && rc == 0; number++) {
        size_t n = strcspn(p, "\n");
        char *line = ir_strndup(p, n);
        rc = add_rule(r, line, number, err);
        free(line);
        p += n + (p[n] == '\n');
    }
    return rc;
}

static struct rule *find_rule(struct rules *r, const char *ours)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->at[i].ours, ours) == 0)
            return &r->at[i];
    return NULL;
}

/* Axis of the tensor that is our axis i of `rank`. */
static int axis_of(int axes, int rank, int i)
{
    if (axes == REVERSE)
        return rank - 1 - i;
    return axes == SWAP && i >= rank - 2 ? 2 * rank - 3 - i : i;
}

static bool fits(const struct ir_shape *want, const struct ir_rec *rec, int axes)
{
    if (rec->rank != want->rank || (axes == SWAP && want->rank < 2))
        return false;
    for (int i = 0; i < want->rank; i++)
        if (rec->shape[axis_of(axes, want->rank, i)] != want->dim[i])
            return false;
    return true;
}

static void copy(float *to, const float *from, const struct ir_shape *s, int axes)
{
    size_t count = ir_shape_count(s), step[IR_NET_RANK], index[IR_NET_RANK] = {0}, at = 0;

    for (int i = 0; i < s->rank; i++) { /* how far apart neighbours along our axis i lie there */
        step[i] = 1;
        for (int k = 0; k < s->rank; k++)
            if (axis_of(axes, s->rank, k) > axis_of(axes, s->rank, i))
                step[i] *= s->dim[k];
    }
    for (size_t n = 0; n < count; n++) {
        to[n] = from[at];
        for (int k = s->rank - 1; k >= 0; k--) {
            at += step[k];
            if (++index[k] < s->dim[k])
                break;
            at -= step[k] * s->dim[k];
            index[k] = 0;
        }
    }
}

/* PyTorch counts the batches that each of its normalisations saw; nothing ever reads that. */
static bool is_counter(const char *name)
{
    static const char tail[] = "num_batches_tracked";
    size_t n = strlen(name);

    return n >= sizeof tail - 1 && strcmp(name + n - (sizeof tail - 1), tail) == 0;
}

static int load_one(const struct ir_tensors *t, struct ir_net *net, size_t i, struct rules *rules,
                    bool *taken, struct ir_err *err)
{
    const struct ir_param *p = ir_net_param(net, i);
    struct rule *rule = find_rule(rules, p->name);
    const char *name = rule && rule->theirs ? rule->theirs : p->name;
    int axes = rule ? rule->axes : AS_OURS, at;
    struct ir_buf tmp = {0};
    struct ir_rec rec;
    char found[80], wanted[96];

    if (rule)
        rule->used = true;
    if (rule && !rule->theirs) {
        for (size_t k = 0; k < p->count; k++)
            ir_net_values(net, i)[k] = (float)rule->constant;
        return 0;
    }
    at = ir_tensors_find(t, name);
    if (at < 0)
        return ir_fail(err, "parameter %s: no tensor %s in the file", p->name, name);
    if (ir_tensors_get(t, (size_t)at, &rec, err) < 0)
        return -1;
    taken[at] = true;
    int rc =
        fits(&p->shape, &rec, axes)
            ? 0
            : ir_fail(err, "parameter %s: tensor %s is %s, wanted %s%s", p->name, name,
                      ir_shape_text(found, rec.rank, rec.shape), ir_shape_show(wanted, &p->shape),
                      axes == SWAP      ? " with its last axes swapped"
                      : axes == REVERSE ? " with its axes in reverse order"
                                        : "");
    if (rc == 0)
        copy(ir_net_values(net, i), ir_rec_f32(&rec, false, &tmp), &p->shape, axes);
    ir_rec_free(&rec);
    ir_buf_free(&tmp);
    return rc;
}

int ir_tensors_load(const struct ir_tensors *t, struct ir_net *net, const char *map,
                    struct ir_strs *unused, struct ir_err *err)
{
    struct rules rules = {0};
    bool *taken = ir_zalloc(ir_tensors_count(t) + 1, sizeof *taken);
    int rc = read_rules(map, &rules, err);

    for (size_t i = 0; i < ir_net_params(net) && rc == 0; i++)
        rc = load_one(t, net, i, &rules, taken, err);
    for (size_t i = 0; i < rules.n && rc == 0; i++)
        if (!rules.at[i].used)
            rc = ir_fail(err, "line %d of the map: the network has no parameter %s",
                         rules.at[i].line, rules.at[i].ours);
    for (size_t i = 0; i < ir_tensors_count(t) && rc == 0; i++)
        if (!taken[i] && !is_counter(ir_tensors_name(t, i)))
            ir_strs_add(unused, ir_tensors_name(t, i));
    free_rules(&rules);
    free(taken);
    return rc;
}
