/* sf2.c - a SoundFont 2 file out of recorded notes (after the SoundFont Technical
 * Specification 2.04). */
#include "render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GAP = 46,
    GEN_INSTRUMENT = 41,
    GEN_KEYS = 43,
    GEN_SAMPLE = 53,
    GEN_MODES = 54,
    GEN_ROOT = 58,
    GEN_RELEASE = 38,
    RELEASE_TIMECENTS = -2400 /* 0.25 s */
};

static void put_name(struct ir_buf *b, const char *name)
{
    char text[20] = {0};
    memcpy(text, name, strnlen(name, sizeof text - 1));
    ir_buf_add(b, text, sizeof text);
}

static void put_gen(struct ir_buf *b, int oper, int amount)
{
    ir_buf_le(b, (unsigned)oper, 2);
    ir_buf_le(b, (unsigned)amount & 0xffffu, 2);
}

static void chunk(struct ir_buf *out, const char *id, const struct ir_buf *body)
{
    ir_buf_add(out, id, 4);
    ir_buf_le(out, body->len, 4);
    ir_buf_add(out, body->data, body->len);
    if (body->len & 1)
        ir_buf_le(out, 0, 1);
}

static int by_program(const void *pa, const void *pb)
{
    const struct ir_note *a = *(const struct ir_note *const *)pa,
                         *b = *(const struct ir_note *const *)pb;
    if (a->program != b->program)
        return a->program - b->program;
    return a->key != b->key ? a->key - b->key : (a > b) - (a < b);
}

struct tables {
    struct ir_buf phdr, pbag, pmod, pgen, inst, ibag, imod, igen, shdr;
    size_t at; /* sample position */
};

/* One zone of an instrument: sample i, for the keys nearer to it than to its neighbours. */
static void zone(struct tables *t, const struct ir_note *const *n, size_t i, size_t from, size_t to)
{
    int low = i == from ? 0 : (n[i - 1]->key + n[i]->key) / 2 + 1;
    int high = i + 1 == to ? 127 : (n[i]->key + n[i + 1]->key) / 2;
    char name[32];
    ir_buf_le(&t->ibag, t->igen.len / 4, 2);
    ir_buf_le(&t->ibag, 0, 2);
    put_gen(&t->igen, GEN_KEYS, low | high << 8);
    put_gen(&t->igen, GEN_RELEASE, RELEASE_TIMECENTS);
    put_gen(&t->igen, GEN_MODES, 0);
    put_gen(&t->igen, GEN_ROOT, n[i]->key);
    put_gen(&t->igen, GEN_SAMPLE, (int)i);
    snprintf(name, sizeof name, "%03d key %d", n[i]->program, n[i]->key);
    put_name(&t->shdr, name);
    ir_buf_le(&t->shdr, t->at, 4);
    ir_buf_le(&t->shdr, t->at + n[i]->n, 4);
    ir_buf_le(&t->shdr, t->at, 4);
    ir_buf_le(&t->shdr, t->at + n[i]->n, 4);
    ir_buf_le(&t->shdr, (uint64_t)(n[i]->rate_hz + 0.5), 4);
    ir_buf_le(&t->shdr, (unsigned)n[i]->key, 1);
    ir_buf_le(&t->shdr, 0, 3);
    ir_buf_le(&t->shdr, 1, 2);
    t->at += n[i]->n + GAP;
}

static void preset(struct tables *t, const struct ir_note *const *n, size_t from, size_t to,
                   size_t number)
{
    int program = n[from]->program;
    bool drums = program == IR_DRUMS;
    put_name(&t->phdr, ir_gm_name(program));
    ir_buf_le(&t->phdr, drums ? 0u : (unsigned)program, 2);
    ir_buf_le(&t->phdr, drums ? 128u : 0u, 2);
    ir_buf_le(&t->phdr, t->pbag.len / 4, 2);
    ir_buf_le(&t->phdr, 0, 12);
    ir_buf_le(&t->pbag, t->pgen.len / 4, 2);
    ir_buf_le(&t->pbag, 0, 2);
    put_gen(&t->pgen, GEN_INSTRUMENT, (int)number);
    put_name(&t->inst, ir_gm_name(program));
    ir_buf_le(&t->inst, t->ibag.len / 4, 2);
    for (size_t i = from; i < to; i++)
        zone(t, n, i, from, to);
}

static void terminals(struct tables *t)
{
    put_name(&t->phdr, "EOP");
    ir_buf_le(&t->phdr, 0, 4);
    ir_buf_le(&t->phdr, t->pbag.len / 4, 2);
    ir_buf_le(&t->phdr, 0, 12);
    ir_buf_le(&t->pbag, t->pgen.len / 4, 2);
    ir_buf_le(&t->pbag, 0, 2);
    ir_buf_le(&t->pmod, 0, 10);
    ir_buf_le(&t->pgen, 0, 4);
    put_name(&t->inst, "EOI");
    ir_buf_le(&t->inst, t->ibag.len / 4, 2);
    ir_buf_le(&t->ibag, t->igen.len / 4, 2);
    ir_buf_le(&t->ibag, 0, 2);
    ir_buf_le(&t->imod, 0, 10);
    ir_buf_le(&t->igen, 0, 4);
    put_name(&t->shdr, "EOS");
    ir_buf_le(&t->shdr, 0, 26);
}

static void list_pdta(struct ir_buf *out, struct tables *t)
{
    struct ir_buf body = {0};
    ir_buf_add(&body, "pdta", 4);
    chunk(&body, "phdr", &t->phdr);
    chunk(&body, "pbag", &t->pbag);
    chunk(&body, "pmod", &t->pmod);
    chunk(&body, "pgen", &t->pgen);
    chunk(&body, "inst", &t->inst);
    chunk(&body, "ibag", &t->ibag);
    chunk(&body, "imod", &t->imod);
    chunk(&body, "igen", &t->igen);
    chunk(&body, "shdr", &t->shdr);
    chunk(out, "LIST", &body);
    ir_buf_free(&body);
    struct ir_buf *all[] = {&t->phdr, &t->pbag, &t->pmod, &t->pgen, &t->inst,
                            &t->ibag, &t->imod, &t->igen, &t->shdr};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ir_buf_free(all[i]);
}

static void list_info(struct ir_buf *out)
{
    struct ir_buf body = {0}, part = {0};
    ir_buf_add(&body, "INFO", 4);
    ir_buf_le(&part, 2, 2);
    ir_buf_le(&part, 1, 2);
    chunk(&body, "ifil", &part);
    part.len = 0;
    ir_buf_add(&part, "EMU8000\0", 8);
    chunk(&body, "isng", &part);
    part.len = 0;
    ir_buf_add(&part, "recorded notes\0\0", 16);
    chunk(&body, "INAM", &part);
    chunk(out, "LIST", &body);
    ir_buf_free(&part);
    ir_buf_free(&body);
}

static void list_sdta(struct ir_buf *out, const struct ir_note *const *n, size_t count,
                      size_t samples)
{
    ir_buf_add(out, "LIST", 4);
    ir_buf_le(out, 12 + 2 * samples, 4);
    ir_buf_add(out, "sdtasmpl", 8);
    ir_buf_le(out, 2 * samples, 4);
    static const uint8_t zero[2 * GAP];
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < n[i]->n; k++)
            ir_buf_le(out, (uint16_t)n[i]->x[k], 2);
        ir_buf_add(out, zero, sizeof zero);
    }
}

int ir_font_write(const char *path, const struct ir_note *note, size_t n, struct ir_err *err)
{
    struct tables t = {0};
    struct ir_buf file = {0};
    size_t samples = 0, presets = 0;
    for (size_t i = 0; i < n; i++)
        samples += note[i].n + GAP;
    if (n == 0 || n > 60000 || samples > (size_t)512 << 20)
        return ir_fail(err,
                       "%zu notes with %zu samples found, 1 to 60000 notes and at most 2^29 "
                       "samples wanted",
                       n, samples);
    const struct ir_note **by = ir_alloc(n, sizeof *by);
    for (size_t i = 0; i < n; i++)
        by[i] = &note[i];
    qsort(by, n, sizeof *by, by_program);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && by[to]->program == by[from]->program;)
            to++;
        preset(&t, by, from, to, presets++);
    }
    terminals(&t);
    ir_buf_add(&file, "RIFF....sfbk", 12);
    list_info(&file);
    list_sdta(&file, by, n, samples);
    list_pdta(&file, &t);
    ir_put_le((unsigned char *)file.data + 4, file.len - 8, 4);
    struct ir_out *o = ir_out_open(path, true, err);
    int rc = o ? ir_out_write(o, file.data, file.len, err) : -1;
    if (rc == 0)
        rc = ir_out_commit(o, err);
    else
        ir_out_abort(o);
    ir_buf_free(&file);
    free(by);
    return rc;
}

static int key_of(const char *s, size_t n)
{
    static const int step[] = {9, 11, 0, 2, 4, 5, 7};
    if (n < 2 || n > 4 || s[0] < 'A' || s[0] > 'G')
        return -1;
    int key = step[s[0] - 'A'];
    size_t at = 1;
    if (s[at] == 's' || s[at] == '#')
        key++, at++;
    else if (s[at] == 'b')
        key--, at++;
    bool minus = at < n && s[at] == '-';
    at += minus;
    if (at + 1 != n || s[at] < '0' || s[at] > '9')
        return -1;
    key += 12 * ((minus ? -(s[at] - '0') : s[at] - '0') + 1);
    return key >= 0 && key <= 127 ? key : -1;
}

int ir_note_key(const char *text, bool find)
{
    if (!find)
        return key_of(text, strlen(text));
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, "_-./ ");
        int key = key_of(at, n);
        if (key >= 0)
            return key;
        at += n + (at[n] != 0);
    }
    return -1;
}
