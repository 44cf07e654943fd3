/* damage.c - what is wrong in a sound that can be decoded all the same: where, how long, in words.
 */
#include "sound.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SPANS_MAX   100000
#define SPANS_SHOWN 16

/* A doubt that has a length: somewhere so much is wrong. */
static bool counts(enum ir_damage_kind k)
{
    return k == IR_DAMAGE_HOLE || k == IR_DAMAGE_SUM || k == IR_DAMAGE_BAD || k == IR_DAMAGE_DOUBT;
}

static void add_span(struct ir_damage *d, enum ir_damage_kind kind, uint64_t at, uint64_t n)
{
    struct ir_damage_span *last = d->count ? &d->span[d->count - 1] : NULL;
    if (last && last->kind == kind && (last->at + last->n == at || d->count == SPANS_MAX)) {
        last->n += n;
        return;
    }
    if (d->count == SPANS_MAX)
        return;
    ir_grow(&d->span, &d->cap, d->count + 1, sizeof *d->span);
    d->span[d->count++] = (struct ir_damage_span){kind, at, n};
}

void ir_damage_add(struct ir_damage *d, enum ir_damage_kind kind, uint64_t at, uint64_t n,
                   const char *fmt, ...)
{
    char *text = kind == IR_DAMAGE_REMARK ? d->remark : d->first;
    va_list ap;
    va_start(ap, fmt);
    if (!*text)
        vsnprintf(text, sizeof d->first, fmt, ap);
    va_end(ap);
    if (kind != IR_DAMAGE_REMARK)
        add_span(d, kind, at, n);
}

void ir_damage_take(struct ir_damage *d, const struct ir_damage *from, uint64_t lo, uint64_t hi)
{
    size_t before = d->count;
    for (size_t i = 0; i < from->count; i++) {
        struct ir_damage_span s = from->span[i];
        uint64_t end = s.at + s.n;
        if (s.kind == IR_DAMAGE_CUT ? s.at <= hi : s.kind == IR_DAMAGE_DOUBT)
            add_span(d, s.kind, s.at, s.n);
        else if (s.at < hi && end > lo)
            add_span(d, s.kind, s.at > lo ? s.at : lo,
                     (end < hi ? end : hi) - (s.at > lo ? s.at : lo));
    }
    if (d->count > before && !*d->first)
        memcpy(d->first, from->first, sizeof d->first);
    if (!*d->remark)
        memcpy(d->remark, from->remark, sizeof d->remark);
}

uint64_t ir_damage_frames(const struct ir_damage *d)
{
    uint64_t n = 0;
    for (size_t i = 0; i < d->count; i++)
        n += counts(d->span[i].kind) ? d->span[i].n : 0;
    return n;
}

bool ir_damage_is(const struct ir_damage *d)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->span[i].kind != IR_DAMAGE_START)
            return true;
    return false;
}

void ir_damage_text(const struct ir_damage *d, uint64_t skip, double rate_hz, char *to, size_t size)
{
    static const char *const name[] = {"hole", "sum", "bad", "cut", "doubt", "start", ""};
    size_t at = 0;
    to[0] = '\0';
    for (size_t i = 0; i < d->count && at + 80 < size; i++) {
        const struct ir_damage_span *s = &d->span[i];
        double from = s->at > skip ? (double)(s->at - skip) / rate_hz : 0;
        if (i == SPANS_SHOWN) {
            snprintf(to + at, size - at, " and:%zu", d->count - i);
            return;
        }
        at += (size_t)snprintf(to + at, size - at, "%s%s@%.3f", i ? " " : "", name[s->kind], from);
        if (s->n > 0)
            at += (size_t)snprintf(to + at, size - at, "+%.3f", (double)s->n / rate_hz);
    }
}

void ir_damage_free(struct ir_damage *d)
{
    free(d->span);
    *d = (struct ir_damage){0};
}
