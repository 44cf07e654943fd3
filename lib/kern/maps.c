/* maps.c - plans the stages of inference: which kernel, what is read where, packed weights. */
#include "conv_wino.h"
#include "maps_impl.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_FLOATS ((size_t)160 << 10) /* transformed tiles of a task: two thirds of an L2 */
#define LARGE_FLOATS ((size_t)256 << 10) /* weights above this want many tiles */
#define MANY_TILES   ((size_t)48)

size_t ir_field_row(const struct ir_field *f)
{
    return (f->before[1] + f->size[1] + f->after[1]) * f->wide;
}

size_t ir_field_floats(const struct ir_field *f)
{
    return ir_round_up(
        (f->before[0] + f->size[0] + f->after[0]) * ir_field_row(f) + IR_KERN_MAX_LANES, 16);
}

void ir_field_narrow(struct ir_field *f)
{
    f->wide = f->channels;
}

void ir_field_widen(struct ir_field *f, int simd)
{
    f->wide = ir_round_up(f->channels, ir_kern_get(simd)->lanes);
}

static size_t span(const struct ir_stage *s, int a)
{
    return (s->kernel[a] - 1) * s->dilation[a] + 1;
}

static bool winograd(const struct ir_stage *s, size_t taps)
{
    for (int a = 0; a < 2; a++)
        if (s->kernel[a] != taps || s->stride[a] != 1 || s->dilation[a] != 1 || s->out[a] < 4)
            return false;
    return !s->depthwise && s->x.channels >= 12 && s->y.channels >= 12;
}

void ir_stage_choose(struct ir_stage *s)
{
    s->kern = ir_kern_get(s->simd);
    if (s->kind != IR_STAGE_CONV)
        return;
    for (int a = 0; a < 2; a++)
        s->out[a] = (s->x.size[a] + 2 * s->pad[a] - span(s, a)) / s->stride[a] + 1;
    s->route = winograd(s, 3)   ? IR_ROUTE_WINO3
               : winograd(s, 5) ? IR_ROUTE_WINO5
               : s->depthwise   ? IR_ROUTE_DEPTH
                                : IR_ROUTE_DIRECT;
    for (int a = 0; a < 2; a++) {
        size_t side = ir_stage_side(s), need = (s->out[a] - 1) * s->stride[a] + span(s, a);
        if (side) {
            s->tiles[a] = (s->out[a] + side - 1) / side;
            need = s->tiles[a] * side + 6 - side;
        }
        size_t after = need > s->pad[a] + s->x.size[a] ? need - s->pad[a] - s->x.size[a] : 0;
        s->x.before[a] = s->x.before[a] > s->pad[a] ? s->x.before[a] : s->pad[a];
        s->x.after[a] = s->x.after[a] > after ? s->x.after[a] : after;
    }
}

/* Runs of floats that lie side by side. */
static void plan_taps(struct ir_stage *s)
{
    bool joined = !s->depthwise && s->kind == IR_STAGE_CONV && s->dilation[1] == 1 &&
                  s->x.wide == s->x.channels;
    size_t across = joined ? 1 : s->kernel[1], row = ir_field_row(&s->x);
    s->runs = s->kernel[0] * across;
    s->len = joined ? s->kernel[1] * s->x.channels : s->x.channels;
    s->at = ir_alloc(s->runs, sizeof *s->at);
    for (size_t y = 0; y < s->kernel[0]; y++)
        for (size_t x = 0; x < across; x++)
            s->at[y * across + x] = y * s->dilation[0] * row + x * s->dilation[1] * s->x.wide;
}

static void plan_wino(struct ir_stage *s)
{
    const struct ir_kern *k = s->kern;
    size_t wide = s->y.wide < k->panel ? s->y.wide : k->panel, u = XI * s->x.channels * s->y.wide;
    s->chunk = CHUNK_FLOATS / (XI * (s->x.wide + wide));
    if (u > LARGE_FLOATS && s->chunk < MANY_TILES)
        s->chunk = MANY_TILES;
    s->chunk = s->chunk < 12 ? 12 : s->chunk;
    s->panels = (s->y.wide + k->panel - 1) / k->panel;
    s->packed = u + s->y.wide;
    s->scratch = XI * (ir_wino_xi(s->chunk, s->x.wide) + ir_wino_xi(s->chunk, wide));
}

void ir_stage_plan(struct ir_stage *s)
{
    free(s->at);
    s->at = NULL;
    s->packed = s->scratch = 0;
    if (s->kind == IR_STAGE_POINT)
        s->packed = 2 * s->y.wide;
    if (s->kind == IR_STAGE_POOL)
        plan_taps(s);
    if (s->kind != IR_STAGE_CONV)
        return;
    if (ir_stage_side(s)) {
        plan_wino(s);
        return;
    }
    plan_taps(s);
    s->packed = (s->depthwise ? s->runs : s->runs * s->len) * s->y.wide + s->y.wide;
    s->scratch = s->pool2 ? 2 * IR_STRIP * s->y.wide : 0;
}

void ir_stage_free(struct ir_stage *s)
{
    free(s->at);
    s->at = NULL;
}

size_t ir_stage_group(const struct ir_stage *s)
{
    size_t tiles = s->tiles[0] * s->tiles[1];
    bool large = s->kind == IR_STAGE_CONV && ir_stage_side(s) && s->packed > LARGE_FLOATS;
    return large && tiles < MANY_TILES ? (MANY_TILES + tiles - 1) / tiles : 1;
}

/* ---- weights ------------------------------------------------------------------------------------
 */

/* packed: bias[wide], then panels [xi][in][panel]. */
static void pack_wino(const struct ir_stage *s, const float *w, float *u)
{
    const struct ir_kern *k = s->kern;
    size_t in = s->x.channels, taps = s->kernel[0] * s->kernel[1];
    for (size_t o = 0; o < s->y.channels; o += k->lanes) {
        size_t n = s->y.channels - o < k->lanes ? s->y.channels - o : k->lanes;
        size_t panel = o / k->panel, wide = s->y.wide - panel * k->panel;
        wide = wide < k->panel ? wide : k->panel;
        for (size_t i = 0; i < in; i++) {
            float *to = u + panel * k->panel * XI * in + i * wide + o % k->panel;
            if (taps == 9)
                k->wino_weights(w + (o * in + i) * 9, in * 9, n, 0, to, in * wide);
            else
                k->map_wino_weights5(w + (o * in + i) * 25, in * 25, n, to, in * wide);
        }
    }
}

/* Panels [run][channel][panel]: the tap that a float of a run belongs to follows from its place. */
static void pack_direct(const struct ir_stage *s, const float *w, float *to)
{
    const struct ir_kern *k = s->kern;
    size_t in = s->x.channels, taps = s->kernel[0] * s->kernel[1];
    for (size_t o = 0; o < s->y.channels; o++) {
        size_t panel = o / k->panel, wide = s->y.wide - panel * k->panel;
        wide = wide < k->panel ? wide : k->panel;
        float *column = to + panel * k->panel * in * taps + o % k->panel;
        for (size_t t = 0; t < taps; t++)
            for (size_t i = 0; i < in; i++)
                column[(t * in + i) * wide] = w[(o * in + i) * taps + t];
    }
}

static void pack_depth(const struct ir_stage *s, const float *w, float *to)
{
    const struct ir_kern *k = s->kern;
    size_t taps = s->kernel[0] * s->kernel[1];
    for (size_t c = 0; c < s->y.channels; c++)
        for (size_t t = 0; t < taps; t++)
            to[(c / k->lanes * taps + t) * k->lanes + c % k->lanes] = w[c * taps + t];
}

void ir_stage_pack(const struct ir_stage *s, const float *w, const float *scale, const float *bias,
                   float *packed)
{
    size_t out = s->y.channels, per;
    memset(packed, 0, s->packed * sizeof *packed);
    if (bias)
        memcpy(packed, bias, out * sizeof *bias);
    if (s->kind == IR_STAGE_POINT) {
        memcpy(packed + s->y.wide, w, out * sizeof *w);
        return;
    }
    per = (s->depthwise ? 1 : s->x.channels) * s->kernel[0] * s->kernel[1];
    float *scaled = NULL;
    if (scale) {
        scaled = ir_alloc(out * per, sizeof *scaled);
        for (size_t i = 0; i < out * per; i++)
            scaled[i] = w[i] * scale[i / per];
        w = scaled;
    }
    if (ir_stage_side(s))
        pack_wino(s, w, packed + s->y.wide);
    else if (s->depthwise)
        pack_depth(s, w, packed + s->y.wide);
    else
        pack_direct(s, w, packed + s->y.wide);
    free(scaled);
}
