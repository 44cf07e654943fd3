/* reader.c - reading tensor streams: one or more, one after another, each checked to its last byte.
 */
#include "codec.h"
#include "head.h"
#include "reader.h"
#include "intake.h"

#include <stdlib.h>
#include <string.h>

struct store {
    void *at;
    size_t cap;
};

struct ir_reader {
    struct ir_intake *source;
    char **path;
    size_t n, now; /* inputs; the one being read */
    struct ir_meta header;
    long long tensors; /* of each clip, as the header of this stream promises; 0: unknown */
    bool has_header;   /* the first header was read, though it may be empty */
    bool in_stream;    /* between H and E */
    uint32_t seq;      /* next number wanted */
    unsigned long long records; /* over all inputs, for messages */
    long long bad;
    struct store head, meta, data;
    void *plain; /* payload that was unpacked */
    size_t plain_cap;
    struct ir_rec rec;
};

/* Put input, byte and record in front of a message about the record that starts at `at`. */
static int fail_at(const struct ir_reader *r, size_t at, struct ir_err *err)
{
    return ir_fail_in(err, "%s: record %llu at byte %zu", r->source[r->now].name, r->records, at);
}

/* Take n bytes and the zero padding behind them. */
static int take_part(struct ir_reader *r, size_t n, uint32_t crc, const char *what,
                     struct store *store, const unsigned char **out, struct ir_err *err)
{
    size_t whole = ir_padded(n);
    int rc = ir_intake_take(&r->source[r->now], whole, &store->at, &store->cap, out, err);
    if (rc == 0)
        return ir_fail(err, "the input ends %zu bytes early", whole);
    if (rc < 0)
        return -1;
    for (size_t i = n; i < whole; i++)
        if ((*out)[i] != 0)
            return ir_fail(err, "padding behind the %s is not zero", what);
    if (ir_crc32(0, *out, n) != crc)
        return ir_fail(err, "damaged %s: its CRC does not match", what);
    return 0;
}

/* Everything but the payload. 1: there is a record, 0: end of this input, -1: error. */
static int take_head(struct ir_reader *r, struct ir_head *h, struct ir_meta *meta,
                     struct ir_err *err)
{
    const unsigned char *bytes;
    int rc =
        ir_intake_take(&r->source[r->now], IR_HEAD_BYTES, &r->head.at, &r->head.cap, &bytes, err);
    if (rc <= 0)
        return rc;
    if (ir_head_read(h, bytes, err) != 0)
        return -1;
    const unsigned char *text;
    if (take_part(r, h->meta_bytes, h->meta_crc, "metadata", &r->meta, &text, err) != 0)
        return -1;
    return ir_meta_parse(meta, (const char *)text, h->meta_bytes, err) == 0 ? 1 : -1;
}

static int check_same(const struct ir_meta *a, const struct ir_meta *b, struct ir_err *err)
{
    static const char *const keys[] = {"domain", "classes", "labels", "frontend"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *x = ir_meta_get(a, keys[i]), *y = ir_meta_get(b, keys[i]);
        if ((x == NULL) != (y == NULL) || (x != NULL && strcmp(x, y) != 0))
            return ir_fail(err, "joined streams differ in %s: found \"%.200s\", wanted \"%.200s\"",
                           keys[i], y != NULL ? y : "(none)", x != NULL ? x : "(none)");
    }
    return 0;
}

static int start_stream(struct ir_reader *r, const struct ir_head *h, struct ir_meta *meta,
                        struct ir_err *err)
{
    if (h->kind != 'H')
        return ir_fail(err, "a stream starts with a header, found a record of kind %c", h->kind);
    const char *tensors = ir_meta_get(meta, "tensors");
    r->tensors = 0;
    if (tensors != NULL && ir_parse_int(tensors, 1, 1000000, "tensors", &r->tensors, err) != 0)
        return -1;
    ir_meta_set(meta, "tensors", NULL); /* a promise of this stream, not of what is made from it */
    if (!r->has_header) {
        r->has_header = true;
        r->header = *meta;
        *meta = (struct ir_meta){0};
    } else if (check_same(&r->header, meta, err) != 0) {
        return -1;
    }
    r->in_stream = true;
    r->seq = 0;
    return 0;
}

static int end_stream(struct ir_reader *r, const struct ir_head *h, const struct ir_meta *meta,
                      struct ir_err *err)
{
    const char *text = ir_meta_get(meta, "bad");
    long long bad = 0;
    if (h->seq != r->seq)
        return ir_fail(err, "the end record counts %u records, found %u", h->seq, r->seq);
    if (text != NULL && ir_parse_int(text, 0, 1LL << 60, "bad", &bad, err) != 0)
        return -1;
    r->bad += bad;
    r->in_stream = false;
    return 0;
}

static int take_payload(struct ir_reader *r, const struct ir_head *h, struct ir_rec *rec,
                        struct ir_err *err)
{
    const unsigned char *bytes;
    if (take_part(r, (size_t)h->data_bytes, h->data_crc, "payload", &r->data, &bytes, err) != 0)
        return -1;
    rec->data = (void *)(uintptr_t)bytes;
    if (h->codec == 'z') {
        if (r->plain_cap < h->unpacked || r->plain == NULL) {
            free(r->plain);
            r->plain = ir_try_alloc(h->unpacked, 1, err);
            r->plain_cap = r->plain != NULL ? h->unpacked : 0;
            if (r->plain == NULL)
                return -1;
        }
        if (ir_unpack(bytes, (size_t)h->data_bytes, r->plain, h->unpacked, err) != 0)
            return -1;
        rec->data = r->plain;
    }
    rec->dtype = h->dtype;
    rec->rank = h->rank;
    memcpy(rec->shape, h->shape, sizeof rec->shape);
    rec->seq = h->seq;
    rec->bytes = h->unpacked;
    return 0;
}

/* 1: a T record, 2: an H or E record was used up, 0: end of this input. */
static int next_here(struct ir_reader *r, struct ir_rec *rec, struct ir_err *err)
{
    struct ir_head h;
    int rc = take_head(r, &h, &rec->meta, err);
    if (rc == 0 && r->in_stream)
        return ir_fail(err,
                       "the end record is missing: the program that wrote this did not finish");
    if (rc <= 0)
        return rc;
    if (!r->in_stream)
        return start_stream(r, &h, &rec->meta, err) == 0 ? 2 : -1;
    if (h.kind == 'H')
        return ir_fail(err, "a header inside a stream");
    if (h.kind == 'E')
        return end_stream(r, &h, &rec->meta, err) == 0 ? 2 : -1;
    if (h.seq != r->seq)
        return ir_fail(err, "found record number %u, wanted %u", h.seq, r->seq);
    if (r->seq == UINT32_MAX)
        return ir_fail(err, "more records than a stream can number");
    r->seq++;
    return take_payload(r, &h, rec, err) == 0 ? 1 : -1;
}

static int open_input(struct ir_reader *r, struct ir_err *err)
{
    return ir_intake_open(&r->source[r->now], r->path[r->now], err);
}

int ir_reader_next(struct ir_reader *r, struct ir_rec *rec, struct ir_err *err)
{
    ir_meta_free(&r->rec.meta);
    while (r->now < r->n) {
        size_t at = r->source[r->now].at;
        int rc = next_here(r, &r->rec, err);
        if (rc < 0)
            return fail_at(r, at, err);
        if (rc == 0) {
            if (at == 0)
                return ir_fail(err, "%s: empty input, a tensor stream was wanted",
                               r->source[r->now].name);
            if (++r->now < r->n && open_input(r, err) != 0)
                return -1;
            continue;
        }
        r->records++;
        if (rc == 1) {
            *rec = r->rec;
            return 1;
        }
    }
    return 0;
}

struct ir_reader *ir_reader_open(char *const *paths, size_t n, struct ir_err *err)
{
    struct ir_reader *r = ir_zalloc(1, sizeof *r);
    r->n = n == 0 ? 1 : n;
    r->source = ir_zalloc(r->n, sizeof *r->source);
    r->path = ir_zalloc(r->n, sizeof *r->path);
    for (size_t i = 0; i < r->n; i++) {
        r->source[i].fd = -1;
        r->path[i] = ir_strdup(n == 0 ? "-" : paths[i]);
    }
    if (open_input(r, err) == 0) {
        int rc = next_here(r, &r->rec, err);
        if (rc == 2)
            r->records = 1;
        else if (rc == 0)
            ir_fail(err, "%s: empty input, a tensor stream was wanted", r->source[0].name);
        else
            fail_at(r, 0, err);
        if (rc == 2)
            return r;
    }
    ir_reader_close(r);
    return NULL;
}

long long ir_reader_tensors(const struct ir_reader *r)
{
    return r->tensors;
}

const struct ir_meta *ir_reader_header(const struct ir_reader *r)
{
    return &r->header;
}

long long ir_reader_bad(const struct ir_reader *r)
{
    return r->bad;
}

double ir_reader_position(const struct ir_reader *r, double *total)
{
    double at = 0;
    *total = 0;
    for (size_t i = 0; i < r->n; i++) {
        at += (double)r->source[i].at;
        if (r->n == 1)
            *total = (double)r->source[i].size;
    }
    return at;
}

bool ir_reader_mapped(const struct ir_reader *r, const struct ir_rec *rec)
{
    const struct ir_intake *s = &r->source[r->now < r->n ? r->now : r->n - 1];
    const unsigned char *p = rec->data;
    return s->map != NULL && p >= s->map && p < s->map + s->size;
}

void ir_reader_rest(const struct ir_reader *r)
{
    for (size_t i = 0; i < r->n; i++)
        ir_intake_rest(&r->source[i]);
}

int ir_reader_unchanged(const struct ir_reader *r, struct ir_err *err)
{
    for (size_t i = 0; i < r->n; i++)
        if (ir_intake_unchanged(&r->source[i], err) != 0)
            return -1;
    return 0;
}

void ir_reader_close(struct ir_reader *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++) {
        ir_intake_close(&r->source[i]);
        free(r->path[i]);
    }
    free(r->source);
    free(r->path);
    ir_meta_free(&r->header);
    ir_meta_free(&r->rec.meta);
    free(r->head.at);
    free(r->meta.at);
    free(r->data.at);
    free(r->plain);
    free(r);
}
