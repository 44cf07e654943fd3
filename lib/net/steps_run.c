/* steps_run.c - lays out and runs an inference plan. With as many clips as threads a thread takes a
 * group of clips through all steps; with fewer the threads share each step. */
#include "net/steps.h"
#include "net/norm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHARE_FLOATS 8192 /* a step that writes less is not worth waking a thread for */

/* ---- layout ------------------------------------------------------------------------------------
 */

static void span(struct ir_steps *s, size_t value, size_t step)
{
    if (value != IR_NO_VALUE)
        s->value[value].last = step;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void join(struct ir_field *to, const struct ir_field *from)
{
    for (int a = 0; a < 2; a++) {
        to->before[a] = most(to->before[a], from->before[a]);
        to->after[a] = most(to->after[a], from->after[a]);
    }
}

static void plan_stages(struct ir_steps *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct ir_step *t = &s->step[i];
        struct ir_stage *g = &t->stage;
        span(s, t->x, i);
        span(s, t->x2, i);
        g->x = t->x != IR_NO_VALUE ? s->value[t->x].field : (struct ir_field){0};
        g->y = t->y != IR_NO_VALUE ? s->value[t->y].field : (struct ir_field){0};
        ir_stage_choose(g);
        if (t->x != IR_NO_VALUE)
            join(&s->value[t->x].field, &g->x);
    }
    for (size_t i = 0; i < s->n; i++) {
        struct ir_step *t = &s->step[i];
        if (t->x != IR_NO_VALUE)
            t->stage.x = s->value[t->x].field;
        if (t->y != IR_NO_VALUE)
            t->stage.y = s->value[t->y].field;
        ir_stage_plan(&t->stage);
        if (t->stage.kind == IR_STAGE_POINT && t->norm == NULL)
            t->stage.packed = 0;
        t->packed = s->packed_floats;
        s->packed_floats += (t->stage.packed + 15) / 16 * 16;
        s->scratch = most(s->scratch, (t->stage.scratch + 15) / 16 * 16);
    }
}

/* Values that live at the same time lie apart. */
static void place(struct ir_steps *s, struct ir_step_span *r, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        struct ir_step_value *v = &s->value[i];
        size_t floats = v->floats * (v->all ? r->group : 1);
        bool moved = true;
        v->offset = 0;
        while (moved) {
            moved = false;
            for (size_t j = from; j < i; j++) {
                const struct ir_step_value *o = &s->value[j];
                size_t end = o->offset + o->floats * (o->all ? r->group : 1);
                bool meets = v->all || o->all || (o->first <= v->last && v->first <= o->last);
                if (!meets || o->offset >= v->offset + floats || end <= v->offset)
                    continue;
                v->offset = end;
                moved = true;
            }
        }
        r->arena = most(r->arena, v->offset + floats);
    }
}

static void lay_out_stretch(struct ir_steps *s, struct ir_step_span *r, size_t clips)
{
    size_t from = SIZE_MAX, to = 0;
    r->group = 1;
    r->split = r->to;
    for (size_t i = r->from; i < r->to; i++) {
        size_t group = ir_stage_group(&s->step[i].stage);
        if (group > 1 && clips > 1 && r->split == r->to)
            r->split = i;
        r->group = most(r->group, group);
    }
    r->group = r->group < clips ? r->group : clips;
    for (size_t i = 0; i < s->n_values; i++) {
        struct ir_step_value *v = &s->value[i];
        if (v->first < r->from || v->first >= r->to)
            continue;
        from = from < i ? from : i;
        to = i + 1;
        v->floats = ir_field_floats(&v->field);
        v->all = v->last >= r->split;
    }
    place(s, r, from, to);
}

void ir_steps_lay_out(struct ir_steps *s, size_t batch, const struct ir_pool *pool)
{
    size_t threads = ir_pool_threads(pool);
    plan_stages(s);
    s->arenas = threads < batch ? threads : batch;
    s->scratches = threads;
    for (size_t i = 0; i < s->n_stretches; i++) {
        lay_out_stretch(s, &s->stretch[i], (batch + s->arenas - 1) / s->arenas);
        s->arena = most(s->arena, s->stretch[i].arena);
    }
}

static size_t floats_of(const struct ir_steps *s)
{
    return s->arenas * s->arena + s->scratches * s->scratch + s->packed_floats;
}

size_t ir_steps_bytes(const struct ir_steps *s)
{
    return s != NULL ? floats_of(s) * sizeof(float) : 0;
}

void ir_steps_allocate(struct ir_steps *s)
{
    if (s == NULL || s->n == 0)
        return;
    s->memory = ir_huge_new(ir_steps_bytes(s));
    s->packed = s->memory + s->arenas * s->arena + s->scratches * s->scratch;
}

void ir_steps_free(struct ir_steps *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n; i++)
        ir_stage_free(&s->step[i].stage);
    ir_huge_free(s->memory, ir_steps_bytes(s));
    free(s->step);
    free(s->value);
    free(s->stretch);
    free(s->of);
    free(s);
}

/* ---- weights -----------------------------------------------------------------------------------
 */

/* weight' = weight × scale, bias' = (bias - mean) × scale + beta. */
static void fold(const struct ir_node *norm, const float *bias, size_t n, float *scale,
                 float *shift)
{
    const struct ir_norm *l = norm->state;
    for (size_t c = 0; c < n; c++) {
        double by =
            (double)norm->w[IR_NORM_WEIGHT][c] / sqrt((double)norm->w[IR_NORM_VAR][c] + l->eps);
        double from = (bias != NULL ? (double)bias[c] : 0) - (double)norm->w[IR_NORM_MEAN][c];
        scale[c] = (float)by;
        shift[c] = (float)(from * by + (double)norm->w[IR_NORM_BIAS][c]);
    }
}

static void pack_step(void *arg, size_t i, unsigned thread)
{
    const struct ir_steps *s = arg;
    const struct ir_step *t = &s->step[i];
    const struct ir_node *n = t->node;
    (void)thread;
    if (t->stage.packed == 0)
        return;
    size_t out = t->stage.y.channels;
    bool conv = t->stage.kind == IR_STAGE_CONV;
    const float *bias = conv && n->n_params > 1 ? n->w[1] : NULL;
    float *scale = NULL, *shift = NULL;
    if (t->norm != NULL) {
        scale = ir_alloc(out, sizeof *scale);
        shift = ir_alloc(out, sizeof *shift);
        fold(t->norm, bias, out, scale, shift);
        bias = shift;
    }
    ir_stage_pack(&t->stage, conv ? n->w[0] : scale, conv ? scale : NULL, bias,
                  s->packed + t->packed);
    free(scale);
    free(shift);
}

/* ---- running -----------------------------------------------------------------------------------
 */

struct job {
    const struct ir_steps *s;
    const struct ir_step_span *r;
    size_t batch, groups;
    /* of one step that threads share */
    const struct ir_step *step;
    size_t clip, parts;
};

/* Where value v of clip `at` of a group lies, and how far the next clip is. */
static float *at(const struct ir_steps *s, size_t v, size_t clip, unsigned arena, size_t *apart)
{
    const struct ir_step_value *value = &s->value[v];
    *apart = value->floats;
    return s->memory + arena * s->arena + value->offset + (value->all ? clip * value->floats : 0);
}

/* One step over `clips` clips from number `in` of a group, which are first + in … of the batch. */
static void run_step(const struct job *j, const struct ir_step *t, size_t first, size_t in,
                     size_t clips, unsigned arena, unsigned thread, size_t part, size_t parts)
{
    const struct ir_steps *s = j->s;
    struct ir_stage_pass p = {.clips = clips, .part = part, .parts = parts};
    p.packed = t->stage.packed > 0 ? s->packed + t->packed : NULL;
    p.scratch = s->memory + s->arenas * s->arena + thread * s->scratch;
    if (t->x != IR_NO_VALUE) {
        p.x = at(s, t->x, in, arena, &p.x_apart);
    } else {
        p.x = t->node->y + (first + in) * t->node->size;
        p.x_apart = t->node->size;
    }
    if (t->y != IR_NO_VALUE) {
        p.y = at(s, t->y, in, arena, &p.y_apart);
    } else {
        p.y = t->node->y + (first + in) * t->node->size;
        p.y_apart = t->node->size;
    }
    if (t->x2 != IR_NO_VALUE) {
        const struct ir_field *f = &s->value[t->x2].field;
        p.x2_row = ir_field_row(f);
        p.x2_wide = f->wide;
        p.x2 =
            at(s, t->x2, in, arena, &p.x2_apart) + f->before[0] * p.x2_row + f->before[1] * f->wide;
    }
    ir_stage_run(&t->stage, &p);
}

static void group_task(void *arg, size_t g, unsigned thread)
{
    const struct job *j = arg;
    const struct ir_step_span *r = j->r;
    size_t first = j->batch * g / j->groups, n = j->batch * (g + 1) / j->groups - first;
    for (size_t c = 0; c < n; c++)
        for (size_t i = r->from; i < r->split; i++)
            run_step(j, &j->s->step[i], first, c, 1, thread, thread, 0, 1);
    for (size_t i = r->split; i < r->to; i++)
        run_step(j, &j->s->step[i], first, 0, n, thread, thread, 0, 1);
}

static void share_task(void *arg, size_t part, unsigned thread)
{
    const struct job *j = arg;
    run_step(j, j->step, j->clip, 0, 1, 0, thread, part, j->parts);
}

/* Fewer clips than threads: one after the other. */
static void run_shared(struct job *j, struct ir_pool *pool)
{
    for (j->clip = 0; j->clip < j->batch; j->clip++)
        for (size_t i = j->r->from; i < j->r->to; i++) {
            const struct ir_step *t = j->step = &j->s->step[i];
            size_t v = t->y != IR_NO_VALUE ? t->y : t->x;
            j->parts = j->s->value[v].floats < SHARE_FLOATS && t->stage.packed < SHARE_FLOATS
                           ? 1
                           : ir_pool_threads(pool);
            ir_pool_run(pool, j->parts, share_task, j);
        }
}

void ir_steps_run(struct ir_net *net, size_t i, const struct ir_pass *p)
{
    struct ir_steps *s = net->steps;
    size_t threads = ir_pool_threads(p->pool);
    for (size_t k = 0; s != NULL && k < s->n_stretches; k++) {
        const struct ir_step_span *r = &s->stretch[k];
        if (r->node != i)
            continue;
        if (k == 0 && !p->same_w)
            ir_pool_run(p->pool, s->n, pack_step, s);
        struct job j = {.s = s, .r = r, .batch = p->batch};
        if (p->batch < threads) {
            run_shared(&j, p->pool);
            return;
        }
        j.groups = (p->batch + r->group * threads - 1) / (r->group * threads) * threads;
        j.groups = j.groups < p->batch ? j.groups : p->batch;
        ir_pool_run(p->pool, j.groups, group_task, &j);
        return;
    }
}
