/* compare.c - do two streams hold the same, within a tolerance? */
#include "convert.h"
#include "convert/payload.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

static void differ(struct ir_compare *c, struct ir_buf *out, const char *fmt, ...) IR_PRINTF(3, 4);

static void differ(struct ir_compare *c, struct ir_buf *out, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    if (c->differences++ >= c->max_lines)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ir_buf_shown(out, text);
    ir_buf_puts(out, "\n");
}

static bool is_history(const char *key)
{
    return strncmp(key, "prog.", 5) == 0;
}

/* Keys whose values differ or that only one side has; the history of command lines may differ. */
static void compare_meta(struct ir_compare *c, const char *where, const struct ir_meta *a,
                         const struct ir_meta *b, struct ir_buf *out)
{
    for (size_t i = 0; i < a->n; i++) {
        const char *v = ir_meta_get(b, a->key[i]);
        if (is_history(a->key[i]))
            continue;
        if (!v)
            differ(c, out, "%s: key %s only in the first", where, a->key[i]);
        else if (strcmp(v, a->value[i]) != 0)
            differ(c, out, "%s: %s is %.80s and %.80s", where, a->key[i], a->value[i], v);
    }
    for (size_t i = 0; i < b->n; i++)
        if (!is_history(b->key[i]) && !ir_meta_get(a, b->key[i]))
            differ(c, out, "%s: key %s only in the second", where, b->key[i]);
}

static double element(const struct ir_rec *r, const float *f, size_t i)
{
    switch (r->dtype) {
    case 'd':
        return ((const double *)r->data)[i];
    case 'i':
        return ((const int32_t *)r->data)[i];
    case 'h':
        return ((const int16_t *)r->data)[i];
    case 'B':
        return ((const uint8_t *)r->data)[i];
    default:
        return f != NULL ? (double)f[i] : 0; /* there for every other type */
    }
}

static void compare_data(struct ir_compare *c, const char *where, const struct ir_rec *a,
                         const struct ir_rec *b, struct ir_buf *out)
{
    struct ir_buf ta = {0}, tb = {0};
    bool half = a->dtype == 'f' || a->dtype == 'e';
    const float *fa = half ? ir_rec_f32(a, false, &ta) : NULL;
    const float *fb = half ? ir_rec_f32(b, false, &tb) : NULL;
    size_t n = ir_rec_count(a), bad = 0, worst = 0;
    double worst_by = -1;

    for (size_t i = 0; i < n; i++) {
        double x = element(a, fa, i), y = element(b, fb, i), d = fabs(x - y);
        if ((isnan(x) && isnan(y)) || (isinf(x) && isinf(y) && signbit(x) == signbit(y)))
            continue;
        if (d > c->largest)
            c->largest = d;
        if (d <= c->absolute + c->relative * fabs(y))
            continue;
        bad++;
        if (worst_by < 0 || !(d <= worst_by))
            worst = i, worst_by = isnan(d) ? HUGE_VAL : d;
    }
    if (bad)
        differ(c, out, "%s: %zu of %zu numbers differ, most at %zu: %.9g and %.9g", where, bad, n,
               worst, element(a, fa, worst), element(b, fb, worst));
    ir_buf_free(&ta);
    ir_buf_free(&tb);
}

static void compare_records(struct ir_compare *c, const struct ir_rec *a, const struct ir_rec *b,
                            struct ir_buf *out)
{
    char where[160], x[80], y[80];

    snprintf(where, sizeof where, "record %u (%.80s, %.20s)", a->seq, ir_rec_id(a), ir_rec_name(a));
    if (c->meta)
        compare_meta(c, where, &a->meta, &b->meta, out);
    else if (strcmp(ir_rec_id(a), ir_rec_id(b)) != 0 || strcmp(ir_rec_name(a), ir_rec_name(b)) != 0)
        differ(c, out, "%s: the second is %.80s, %.20s", where, ir_rec_id(b), ir_rec_name(b));
    if (a->dtype != b->dtype || a->rank != b->rank ||
        memcmp(a->shape, b->shape, sizeof *a->shape * (size_t)a->rank) != 0)
        differ(c, out, "%s: %s %s and %s %s", where, ir_dtype_name(a->dtype),
               ir_shape_text(x, a->rank, a->shape), ir_dtype_name(b->dtype),
               ir_shape_text(y, b->rank, b->shape));
    else
        compare_data(c, where, a, b, out);
}

int ir_compare_streams(struct ir_compare *c, struct ir_reader *a, struct ir_reader *b,
                       struct ir_buf *out, struct ir_err *err)
{
    struct ir_rec ra, rb;
    size_t extra_a = 0, extra_b = 0;

    c->differences = 0;
    c->records = 0;
    c->largest = 0;
    if (c->meta)
        compare_meta(c, "header", ir_reader_header(a), ir_reader_header(b), out);
    for (int more_a = 1, more_b = 1;;) {
        more_a = more_a ? ir_reader_next(a, &ra, err) : 0;
        more_b = more_b && more_a >= 0 ? ir_reader_next(b, &rb, err) : 0;
        if (more_a < 0 || more_b < 0)
            return -1;
        if (!more_a && !more_b)
            break;
        extra_a += more_a && !more_b;
        extra_b += more_b && !more_a;
        if (more_a && more_b) {
            compare_records(c, &ra, &rb, out);
            c->records++;
        }
    }
    if (extra_a || extra_b)
        differ(c, out, "%zu more records in the %s", extra_a + extra_b,
               extra_a ? "first" : "second");
    return 0;
}

int ir_compare_run(struct ir_compare *c, struct ir_run *run)
{
    struct ir_buf text = {0};
    struct ir_reader *a, *b = NULL;

    if (run->n_files != 2)
        return ir_fail(&run->err, "--compare wants two files, found %zu", run->n_files) - 1;
    a = ir_reader_open(run->files, 1, &run->err);
    if (a)
        b = ir_reader_open(run->files + 1, 1, &run->err);
    int rc = a && b ? ir_compare_streams(c, a, b, &text, &run->err) : -1;
    if (rc == 0 && !c->differences && !run->quiet)
        ir_buf_printf(&text, "%zu records agree, largest difference %.3g\n", c->records,
                      c->largest);
    if (rc == 0 && ir_run_print(run, text.data ? text.data : "") < 0)
        rc = -1;
    else if (rc == 0 && c->differences)
        rc = ir_fail(&run->err, "%s and %s differ in %lld places", run->files[0], run->files[1],
                     c->differences);
    ir_buf_free(&text);
    ir_reader_close(a);
    ir_reader_close(b);
    return rc;
}
