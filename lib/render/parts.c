/* parts.c - the parts of a score: who plays how many notes, where and how densely. */
#include "render.h"

#include <stdlib.h>
#include <string.h>

static struct ir_part *part_of(struct ir_parts *p, int channel, int program)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->at[i].channel == channel && p->at[i].program == program)
            return &p->at[i];
    ir_grow(&p->at, &p->cap, p->n + 1, sizeof *p->at);
    struct ir_part *part = &p->at[p->n++];
    *part = (struct ir_part){.channel = channel,
                             .program = program,
                             .as = program,
                             .gain = 1,
                             .low = 127,
                             .high = 0,
                             .name = ir_gm_name(program)};
    return part;
}

static void count_note(struct ir_part *p, int key, int sounding)
{
    p->notes++;
    p->low = key < p->low ? key : p->low;
    p->high = key > p->high ? key : p->high;
    if (sounding > p->chord && sounding <= 99)
        p->chord = sounding;
}

static int by_channel(const void *pa, const void *pb)
{
    const struct ir_part *a = pa, *b = pb;
    if (a->channel != b->channel)
        return a->channel - b->channel;
    return a->program - b->program;
}

void ir_parts_find(const struct ir_score *s, double start_s, double end_s, size_t min_notes,
                   struct ir_parts *out)
{
    int program[16] = {0}, sounding[16] = {0};
    uint8_t held[16][128] = {{0}};
    memset(out, 0, sizeof *out);
    program[9] = IR_DRUMS;
    for (size_t i = 0; i < s->n && s->event[i].time_s < end_s; i++) {
        const struct ir_midi_event *e = &s->event[i];
        if (e->status == 0xc0 && e->channel != 9)
            program[e->channel] = e->a;
        bool on = e->status == 0x90 && e->b > 0;
        bool off = e->status == 0x80 || (e->status == 0x90 && e->b == 0);
        if (on && !held[e->channel][e->a]) {
            held[e->channel][e->a] = 1;
            sounding[e->channel]++;
        }
        if (off && held[e->channel][e->a]) {
            held[e->channel][e->a] = 0;
            sounding[e->channel]--;
        }
        if (on && e->time_s >= start_s)
            count_note(part_of(out, e->channel, program[e->channel]), e->a, sounding[e->channel]);
    }
    size_t kept = 0;
    for (size_t i = 0; i < out->n; i++)
        if (out->at[i].notes >= min_notes)
            out->at[kept++] = out->at[i];
    out->n = kept;
    if (out->n)
        qsort(out->at, out->n, sizeof *out->at, by_channel);
}

void ir_parts_free(struct ir_parts *p)
{
    free(p->at);
    memset(p, 0, sizeof *p);
}
