/* rnn.c - recurrent layers over the batch: clips in fixed parts, one task a part and direction;
 * everything that does not recur is one matrix product. Rows are ordered part, time, clip. */
#include "net/rnn.h"
#include "kern.h"

#include <math.h>
#include <string.h>

#define PART 8 /* clips of one task */

enum { W_IN, W_REC, B_IN, B_REC, PER_DIR };

struct work {
    struct ir_node *n;
    const struct ir_rnn *l;
    const struct ir_pass *p;
    size_t rows, gh; /* batch × time, gates × hidden */
    float *x;        /* kept: [rows][in] */
    float *gate[2], *h0[2], *c[2];
    float *din[2], *drec[2], *dx; /* scratch */
    float *own;                   /* scratch of each part and direction */
    size_t own_size;
};

static size_t own_floats(const struct ir_rnn *l)
{
    return PART * (l->gates * l->hidden + 4 * l->hidden);
}

int ir_rnn_setup(struct ir_node *n, struct ir_args *a, size_t gates, struct ir_err *err)
{
    struct ir_rnn *l = n->state;
    if (ir_node_inputs(n, 1, 1, 2, 2, err) < 0)
        return -1;
    l->in = n->in[0]->shape.dim[0];
    l->time = n->in[0]->shape.dim[1];
    l->gates = gates;
    l->hidden = ir_arg_size(a, "out", 1, 1 << 14, IR_ARG_MUST);
    l->dirs = ir_arg_flag(a, "bidirectional", false) ? 2 : 1;
    l->last = ir_arg_choice(a, "return", "sequence|last", 0) == 1;
    if (ir_args_check(a, n->layer->usage, err) < 0)
        return -1;
    n->shape = (struct ir_shape){.rank = l->last ? 1 : 2,
                                 .dim = {l->dirs * l->hidden, l->last ? 0 : l->time}};
    n->macs = (double)(l->dirs * gates * l->hidden) * (double)(l->in + l->hidden) * (double)l->time;
    n->needs_x = n->needs_y = false;
    size_t rows = n->batch * l->time, gh = gates * l->hidden;
    n->keep_bytes = rows * (l->in + l->dirs * 6 * l->hidden) * sizeof(float);
    n->scratch_size = rows * (2 * gh * l->dirs + l->in) +
                      ((n->batch + PART - 1) / PART) * l->dirs * own_floats(l);
    static const char *const names[2 * PER_DIR] = {
        "weight_ih",         "weight_hh",         "bias_ih",         "bias_hh",
        "weight_ih_reverse", "weight_hh_reverse", "bias_ih_reverse", "bias_hh_reverse"};
    for (size_t i = 0; i < l->dirs * PER_DIR; i++) {
        size_t dim[2] = {gh, i % PER_DIR == W_IN ? l->in : l->hidden};
        if (ir_node_param(n, names[i], i % PER_DIR < B_IN ? 2 : 1, dim, false, err) < 0)
            return -1;
    }
    return 0;
}

void ir_rnn_init(struct ir_node *n, struct ir_rng *rng)
{
    const struct ir_rnn *l = n->state;
    for (size_t i = 0; i < n->n_params; i++)
        ir_node_uniform(n->w[i], n->param[i].count, 1 / sqrt((double)l->hidden), rng);
}

static struct work open_work(struct ir_node *n, const struct ir_pass *p)
{
    const struct ir_rnn *l = n->state;
    struct work w = {
        .n = n, .l = l, .p = p, .rows = p->batch * l->time, .gh = l->gates * l->hidden};
    float *keep = n->keep, *s = p->scratch;
    w.x = keep;
    keep += w.rows * l->in;
    for (size_t d = 0; d < l->dirs; d++) {
        w.gate[d] = keep;
        w.h0[d] = keep + 4 * w.rows * l->hidden;
        w.c[d] = keep + 5 * w.rows * l->hidden;
        keep += 6 * w.rows * l->hidden;
        w.din[d] = s;
        w.drec[d] = s + w.rows * w.gh;
        s += 2 * w.rows * w.gh;
    }
    w.dx = s;
    w.own = s + w.rows * l->in;
    w.own_size = own_floats(l);
    return w;
}

static size_t part_of(const struct work *w, size_t part, size_t *first)
{
    *first = part * PART;
    return w->p->batch - *first < PART ? w->p->batch - *first : PART;
}

static size_t parts(const struct work *w)
{
    return (w->p->batch + PART - 1) / PART;
}

/* ---- forward -----------------------------------------------------------------------------------
 */

/* Rows of one part, and their share of every gate that comes from the input. */
static void project_part(void *arg, size_t part, unsigned thread)
{
    const struct work *w = arg;
    const struct ir_rnn *l = w->l;
    size_t first, count = part_of(w, part, &first), rows = count * l->time;
    float *x = w->x + first * l->time * l->in;
    (void)thread;
    for (size_t b = 0; b < count; b++) {
        const float *from = ir_node_x(w->n, 0) + (first + b) * l->in * l->time;
        for (size_t i = 0; i < l->in; i++) {
            for (size_t t = 0; t < l->time; t++)
                x[(t * count + b) * l->in + i] = from[i * l->time + t];
        }
    }
    for (size_t d = 0; d < l->dirs; d++) {
        float *g = w->din[d] + first * l->time * w->gh;
        if (!w->p->training) {
            float *const *q = w->n->w + d * PER_DIR;
            ir_dots(rows, w->gh, l->in, x, l->in, q[W_IN], l->in, q[B_IN], g, w->gh);
            continue;
        }
        for (size_t r = 0; r < rows; r++)
            memcpy(g + r * w->gh, w->n->w[d * PER_DIR + B_IN], w->gh * sizeof(float));
        ir_gemm(false, true, rows, w->gh, l->in, 1, x, l->in, w->n->w[d * PER_DIR + W_IN], l->in, 1,
                g, w->gh);
    }
}

static void put_state(const struct work *w, size_t d, size_t first, size_t count, size_t t,
                      const float *h)
{
    const struct ir_rnn *l = w->l;
    for (size_t b = 0; b < count; b++) {
        float *y = w->n->y + (first + b) * w->n->size + d * l->hidden * (l->last ? 1 : l->time);
        for (size_t j = 0; j < l->hidden; j++)
            y[l->last ? j : j * l->time + t] = h[b * l->hidden + j];
    }
}

/* What every gate gets from the state; in inference the bits of a clip do not depend on the batch.
 */
static void from_state(const struct work *w, float *const *p, const float *h0, size_t count,
                       float *rec)
{
    size_t h = w->l->hidden;
    if (!w->p->training) {
        ir_dots(count, w->gh, h, h0, h, p[W_REC], h, p[B_REC], rec, w->gh);
        return;
    }
    for (size_t b = 0; b < count; b++)
        memcpy(rec + b * w->gh, p[B_REC], w->gh * sizeof(float));
    ir_gemm(false, true, count, w->gh, h, 1, h0, h, p[W_REC], h, 1, rec, w->gh);
}

static void recur_part(void *arg, size_t task, unsigned thread)
{
    const struct work *w = arg;
    const struct ir_rnn *l = w->l;
    size_t d = task % l->dirs, first, count = part_of(w, task / l->dirs, &first), h = l->hidden;
    float *rec = w->own + task * w->own_size, *state = rec + PART * w->gh;
    float *const *p = w->n->w + d * PER_DIR;
    const float *c0 = NULL;
    (void)thread;
    memset(state, 0, count * h * sizeof(float));
    for (size_t s = 0; s < l->time; s++) {
        size_t t = d == 1 ? l->time - 1 - s : s, row = first * l->time + t * count;
        float *h0 = w->h0[d] + row * h;
        memcpy(h0, state, count * h * sizeof(float));
        from_state(w, p, h0, count, rec);
        struct ir_rnn_step step = {.rows = count,
                                   .hidden = h,
                                   .in = w->din[d] + row * w->gh,
                                   .rec = rec,
                                   .h0 = h0,
                                   .c0 = c0,
                                   .gate = w->gate[d] + 4 * row * h,
                                   .h = state,
                                   .c = w->c[d] + row * h};
        if (l->gates == 3)
            ir_rnn_gru_step(&step);
        else
            ir_rnn_lstm_step(&step);
        c0 = step.c;
        if (!l->last || s + 1 == l->time)
            put_state(w, d, first, count, t, state);
    }
}

void ir_rnn_forward(struct ir_node *n, const struct ir_pass *p)
{
    struct work w = open_work(n, p);
    ir_pool_run(p->pool, parts(&w), project_part, &w);
    ir_pool_run(p->pool, parts(&w) * w.l->dirs, recur_part, &w);
}

/* ---- backward ----------------------------------------------------------------------------------
 */

static void add_dy(const struct work *w, size_t d, size_t first, size_t count, size_t t, float *dh)
{
    const struct ir_rnn *l = w->l;
    for (size_t b = 0; b < count; b++) {
        const float *dy =
            w->n->dy + (first + b) * w->n->size + d * l->hidden * (l->last ? 1 : l->time);
        for (size_t j = 0; j < l->hidden; j++)
            dh[b * l->hidden + j] += dy[l->last ? j : j * l->time + t];
    }
}

static void return_part(void *arg, size_t task, unsigned thread)
{
    const struct work *w = arg;
    const struct ir_rnn *l = w->l;
    size_t d = task % l->dirs, first, count = part_of(w, task / l->dirs, &first), h = l->hidden;
    float *dh = w->own + task * w->own_size, *dc = dh + PART * h;
    (void)thread;
    memset(dh, 0, 2 * PART * h * sizeof(float));
    for (size_t s = l->time; s-- > 0;) {
        size_t t = d == 1 ? l->time - 1 - s : s, row = first * l->time + t * count;
        size_t before = first * l->time + (d == 1 ? t + 1 : t - 1) * count;
        if (!l->last || s + 1 == l->time)
            add_dy(w, d, first, count, t, dh);
        struct ir_rnn_back back = {.rows = count,
                                   .hidden = h,
                                   .gate = w->gate[d] + 4 * row * h,
                                   .h0 = w->h0[d] + row * h,
                                   .c0 = s > 0 ? w->c[d] + before * h : NULL,
                                   .c = w->c[d] + row * h,
                                   .dh = dh,
                                   .dc = dc,
                                   .din = w->din[d] + row * w->gh,
                                   .drec = w->drec[d] + row * w->gh};
        if (l->gates == 3)
            ir_rnn_gru_back(&back);
        else
            ir_rnn_lstm_back(&back);
        ir_gemm(false, false, count, h, w->gh, 1, back.drec, w->gh, w->n->w[d * PER_DIR + W_REC], h,
                1, dh, h);
    }
}

static void data_part(void *arg, size_t part, unsigned thread)
{
    const struct work *w = arg;
    const struct ir_rnn *l = w->l;
    size_t first, count = part_of(w, part, &first), rows = count * l->time;
    float *dx = w->dx + first * l->time * l->in;
    (void)thread;
    for (size_t d = 0; d < l->dirs; d++)
        ir_gemm(false, false, rows, l->in, w->gh, 1, w->din[d] + first * l->time * w->gh, w->gh,
                w->n->w[d * PER_DIR + W_IN], l->in, d > 0 ? 1 : 0, dx, l->in);
    for (size_t b = 0; b < count; b++) {
        float *to = w->n->dx[0] + (first + b) * l->in * l->time;
        for (size_t i = 0; i < l->in; i++) {
            for (size_t t = 0; t < l->time; t++)
                to[i * l->time + t] = dx[(t * count + b) * l->in + i];
        }
    }
}

/* Gradients of one direction's parameters; tasks: direction × (input, recurrent). */
static void weight_task(void *arg, size_t task, unsigned thread)
{
    const struct work *w = arg;
    const struct ir_rnn *l = w->l;
    size_t d = task / 2, rec = task % 2, in = rec ? l->hidden : l->in;
    const float *dg = rec ? w->drec[d] : w->din[d], *x = rec ? w->h0[d] : w->x;
    float *db = w->n->g[d * PER_DIR + (rec ? B_REC : B_IN)];
    (void)thread;
    ir_gemm(true, false, w->gh, in, w->rows, 1, dg, w->gh, x, in, 1,
            w->n->g[d * PER_DIR + (rec ? W_REC : W_IN)], in);
    for (size_t r = 0; r < w->rows; r++) {
        for (size_t j = 0; j < w->gh; j++)
            db[j] += dg[r * w->gh + j];
    }
}

void ir_rnn_backward(struct ir_node *n, const struct ir_pass *p)
{
    struct work w = open_work(n, p);
    ir_pool_run(p->pool, parts(&w) * w.l->dirs, return_part, &w);
    ir_pool_run(p->pool, 2 * w.l->dirs, weight_task, &w);
    if (n->dx[0] != NULL)
        ir_pool_run(p->pool, parts(&w), data_part, &w);
}
