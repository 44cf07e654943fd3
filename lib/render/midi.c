/* midi.c - standard MIDI files to events in seconds. */
#include "render.h"

#include <stdlib.h>
#include <string.h>

/* What the tracks give: times in ticks; tempo changes have status 0. */
struct raw {
    uint64_t tick, order;
    uint32_t tempo; /* microseconds a quarter note */
    uint8_t status, channel, a, b;
};

struct track {
    const uint8_t *p;
    size_t at, end;
    struct ir_err *err;
    struct raw *raw;
    size_t n, cap;
    uint64_t last;
};

static uint32_t be(const uint8_t *p, int bytes)
{
    uint32_t v = 0;
    for (int i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

static int need(struct track *t, size_t n)
{
    if (n <= t->end - t->at)
        return 0;
    return ir_fail(t->err, "byte %zu: the track ends within an event", t->at);
}

static int number(struct track *t, uint32_t *out)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        if (need(t, 1) != 0)
            return -1;
        uint8_t byte = t->p[t->at++];
        v = v << 7 | (byte & 0x7fu);
        if (!(byte & 0x80)) {
            *out = v;
            return 0;
        }
    }
    return ir_fail(t->err, "byte %zu: a number longer than 4 bytes", t->at);
}

static struct raw *add(struct track *t, uint64_t tick)
{
    ir_grow(&t->raw, &t->cap, t->n + 1, sizeof *t->raw);
    struct raw *r = &t->raw[t->n];
    *r = (struct raw){.tick = tick, .order = t->n};
    t->n++;
    return r;
}

/* Meta and system exclusive events: all skipped but tempo and end of track (returns 1). */
static int system_event(struct track *t, uint8_t status, uint64_t tick)
{
    uint32_t len;
    uint8_t type = 0;
    if (status == 0xff) {
        if (need(t, 1) != 0)
            return -1;
        type = t->p[t->at++];
    } else if (status != 0xf0 && status != 0xf7) {
        return ir_fail(t->err, "byte %zu: status 0x%02x cannot stand in a file", t->at - 1, status);
    }
    if (number(t, &len) != 0 || need(t, len) != 0)
        return -1;
    if (status == 0xff && type == 0x51 && len == 3) {
        uint32_t tempo = be(t->p + t->at, 3);
        if (tempo > 0)
            add(t, tick)->tempo = tempo;
    }
    t->at += len;
    return status == 0xff && type == 0x2f;
}

static int read_track(struct track *t)
{
    uint64_t tick = 0;
    uint8_t running = 0;
    while (t->at < t->end) {
        uint32_t delta;
        if (number(t, &delta) != 0 || need(t, 1) != 0)
            return -1;
        tick += delta;
        uint8_t status = t->p[t->at];
        if (status & 0x80)
            t->at++;
        else
            status = running;
        if (status == 0)
            return ir_fail(t->err, "byte %zu: data 0x%02x without a status before it", t->at,
                           t->p[t->at]);
        if (status >= 0xf0) {
            int end = system_event(t, status, tick);
            if (end < 0)
                return -1;
            if (end)
                break;
            continue;
        }
        running = status;
        size_t len = (status & 0xe0) == 0xc0 ? 1 : 2;
        if (need(t, len) != 0)
            return -1;
        struct raw *r = add(t, tick);
        r->status = status & 0xf0;
        r->channel = status & 0x0f;
        r->a = t->p[t->at] & 0x7f;
        r->b = len == 2 ? t->p[t->at + 1] & 0x7f : 0;
        t->at += len;
    }
    t->last = tick > t->last ? tick : t->last;
    return 0;
}

static int by_tick(const void *pa, const void *pb)
{
    const struct raw *a = pa, *b = pb;
    if (a->tick != b->tick)
        return a->tick < b->tick ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static void to_seconds(struct ir_score *s, const struct track *t, double quarter, double fixed)
{
    double now = 0, per_tick = fixed > 0 ? fixed : 0.5 / quarter;
    uint64_t tick = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct raw *r = &t->raw[i];
        now += (double)(r->tick - tick) * per_tick;
        tick = r->tick;
        if (r->tempo && fixed <= 0)
            per_tick = r->tempo * 1e-6 / quarter;
        if (!r->status)
            continue;
        ir_grow(&s->event, &s->cap, s->n + 1, sizeof *s->event);
        s->event[s->n++] = (struct ir_midi_event){now, r->status, r->channel, r->a, r->b};
    }
    s->end_s = now + (double)(t->last > tick ? t->last - tick : 0) * per_tick;
}

static int read_chunks(struct track *t, const uint8_t *p, size_t n, unsigned *tracks)
{
    size_t at = 8 + be(p + 4, 4);
    while (at + 8 <= n) {
        size_t len = be(p + at + 4, 4);
        if (len > n - at - 8)
            return ir_fail(t->err, "byte %zu: a chunk of %zu bytes found, %zu are left", at, len,
                           n - at - 8);
        t->at = at + 8;
        t->end = at + 8 + len;
        if (memcmp(p + at, "MTrk", 4) == 0) {
            if (read_track(t) != 0)
                return -1;
            ++*tracks;
        }
        at += 8 + len;
    }
    return *tracks ? 0 : ir_fail(t->err, "no track found");
}

int ir_score_parse(struct ir_score *s, const void *bytes, size_t n, struct ir_err *err)
{
    const uint8_t *p = bytes;
    struct track t = {.p = p, .err = err};
    unsigned tracks = 0;
    memset(s, 0, sizeof *s);
    if (n < 14 || memcmp(p, "MThd", 4) != 0 || be(p + 4, 4) < 6 || be(p + 4, 4) > n - 8)
        return ir_fail(err, "not a standard MIDI file (no MThd chunk)");
    unsigned format = be(p + 8, 2), division = be(p + 12, 2);
    double quarter = division, fixed = 0;
    if (format > 1)
        return ir_fail(err, "MIDI format %u found, 0 or 1 wanted", format);
    if (division & 0x8000u) {
        double fps = 256 - (division >> 8), per_frame = division & 0xff;
        fixed = fps > 0 && per_frame > 0 ? 1 / (fps * per_frame) : 0;
    }
    if (division == 0 || ((division & 0x8000u) && fixed <= 0))
        return ir_fail(err, "byte 12: a division of 0x%04x ticks", division);
    int rc = read_chunks(&t, p, n, &tracks);
    if (rc == 0) {
        if (t.n)
            qsort(t.raw, t.n, sizeof *t.raw, by_tick);
        to_seconds(s, &t, quarter, fixed);
        if (s->end_s > 6 * 3600)
            rc = ir_fail(err, "a score of %.0f s found, at most 6 hours wanted", s->end_s);
    }
    free(t.raw);
    if (rc != 0)
        ir_score_free(s);
    return rc;
}

void ir_score_free(struct ir_score *s)
{
    free(s->event);
    memset(s, 0, sizeof *s);
}
