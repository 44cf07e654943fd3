/* test_feature_golden.c - every preset against the values of its oracle
 * (tests/golden/frontends.py). */
#include "feature.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ir_index *open_golden(const char *name)
{
    char path[200], *paths[1] = {path};
    struct ir_err err = {""};
    snprintf(path, sizeof path, "tests/golden/frontends-%s.irt", name);
    struct ir_index *x = ir_index_open(paths, 1, &err);
    if (!x)
        fail_msg("%s", err.text);
    return x;
}

/* The sound of that id and rate. */
static const struct ir_rec *find_sound(const struct ir_index *audio, const struct ir_rec *want)
{
    const char *rate = ir_meta_get(&want->meta, "rate");
    for (size_t i = 0; i < ir_index_count(audio); i++) {
        const struct ir_rec *r = ir_index_rec(audio, i);
        if (!strcmp(ir_rec_id(r), ir_rec_id(want)) && !strcmp(ir_meta_get(&r->meta, "rate"), rate))
            return r;
    }
    fail_msg("no sound %s", ir_rec_id(want));
    return NULL;
}

/* Power: 1e-4 relative, with the noise floor of single precision below the clip's strongest bin.
 * Logarithms: 0.01 dB. */
static double tolerance(const struct ir_front *f, double want, double top)
{
    switch (f->log) {
    case IR_LOG_NONE:
        return 1e-4 * want + 1e-9 * top;
    case IR_LOG_DB:
        return 0.01;
    case IR_LOG_LN:
        return 0.01 * log(10) / 10;
    default:
        return 0.001;
    }
}

static void check_values(const struct ir_front *f, const struct ir_map *m,
                         const struct ir_rec *want)
{
    const float *w = want->data;
    const size_t n = ir_rec_count(want);
    double top = 0;
    assert_int_equal(m->rows, want->shape[1]);
    assert_int_equal(m->frames, want->shape[2]);
    for (size_t i = 0; i < n; i++)
        top = fmax(top, (double)w[i]);
    for (size_t i = 0; i < n; i++) {
        const double a = (double)m->v[i], b = (double)w[i];
        if (!(fabs(a - b) <= tolerance(f, b, top)))
            fail_msg("%s: row %zu frame %zu: found %.9g, wanted %.9g", ir_rec_id(want),
                     i / m->frames, i % m->frames, a, b);
    }
}

static void one_preset(const char *name, struct ir_pool *pool)
{
    struct ir_index *audio = open_golden("audio"), *golden = open_golden(name);
    struct ir_front f;
    struct ir_err err = {""};
    assert_int_equal(ir_front_preset(name, &f, &err) || ir_front_check(&f, &err), 0);
    struct ir_extractor *x = ir_extractor_new(&f, pool, &err);
    assert_non_null(x);
    struct ir_map m = {0};
    struct ir_buf tmp = {0};
    assert_true(ir_index_count(golden) >= 7);
    for (size_t i = 0; i < ir_index_count(golden); i++) {
        const struct ir_rec *want = ir_index_rec(golden, i), *in = find_sound(audio, want);
        const float *pcm = ir_rec_f32(in, true, &tmp);
        const int rc = ir_extractor_run(x, 0, pcm, 1, in->shape[1], &m, &err);
        if (ir_meta_get(&want->meta, "refused")) {
            assert_int_equal(rc, -1);
            assert_non_null(strstr(err.text, "needs at least") ? err.text
                                                               : strstr(err.text, "need at least"));
            continue;
        }
        assert_int_equal(rc, 0);
        check_values(&f, &m, want);
    }
    ir_map_free(&m);
    ir_buf_free(&tmp);
    ir_extractor_free(x);
    ir_index_close(golden);
    ir_index_close(audio);
}

static void all_presets(void **state)
{
    (void)state;
    struct ir_pool *pool = ir_pool_new(3);
    for (size_t i = 0; ir_front_preset_name(i, NULL); i++)
        one_preset(ir_front_preset_name(i, NULL), i % 2 ? pool : NULL);
    ir_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_presets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
