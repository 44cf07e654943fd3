/* test_feature.c - every feature of the registry through its example; values against other
 * libraries' (tests/golden/features.py); settings as text. */
#include "feature.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ir_index *open_file(char *path)
{
    char *paths[1] = {path};
    struct ir_err err = {""};
    struct ir_index *x = ir_index_open(paths, 1, &err);
    if (!x)
        fail_msg("%s", err.text);
    return x;
}

static struct ir_extractor *make(const char *text, struct ir_pool *pool)
{
    struct ir_front f;
    struct ir_err err = {""};
    struct ir_extractor *x =
        ir_front_parse(text, &f, &err) ? NULL : ir_extractor_new(&f, pool, &err);
    if (!x)
        fail_msg("%s: %s", text, err.text);
    return x;
}

static float *noise(size_t n, uint64_t seed)
{
    struct ir_rng rng;
    float *x = ir_alloc(n, sizeof *x);
    ir_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(0.2 * ir_rng_normal(&rng));
    return x;
}

static void check_golden(const struct ir_rec *want, const struct ir_rec *sound)
{
    struct ir_extractor *x = make(ir_meta_get(&want->meta, "front"), NULL);
    const char *tensor = ir_meta_get(&want->meta, "tensor");
    struct ir_map m = {0};
    struct ir_buf tmp = {0};
    struct ir_err err = {""};
    size_t output = 0;
    while (tensor && strcmp(ir_extractor_name(x, output), tensor))
        output++;
    const float *pcm = ir_rec_f32(sound, true, &tmp), *w = want->data;
    assert_int_equal(ir_extractor_run(x, output, pcm, 1, sound->shape[1], &m, &err), 0);
    assert_int_equal(m.channels * m.rows * m.frames, ir_rec_count(want));
    const double tol = atof(ir_meta_get(&want->meta, "tol"));
    double worst = 0;
    for (size_t i = 0; i < ir_rec_count(want); i++)
        worst = fmax(worst, fabs((double)m.v[i] - (double)w[i]));
    if (!(worst <= tol))
        fail_msg("%s: largest difference %g, wanted at most %g", ir_rec_id(want), worst, tol);
    if (getenv("IR_TEST_SHOW"))
        printf("%s %g of %g\n", ir_rec_id(want), worst, tol);
    ir_map_free(&m);
    ir_buf_free(&tmp);
    ir_extractor_free(x);
}

static void golden(void **state)
{
    (void)state;
    char audio_path[] = "tests/golden/frontends-audio.irt", path[] = "tests/golden/features.irt";
    struct ir_index *audio = open_file(audio_path), *values = open_file(path);
    assert_true(ir_index_count(values) > 15);
    for (size_t i = 0; i < ir_index_count(values); i++) {
        const struct ir_rec *want = ir_index_rec(values, i), *sound = NULL;
        for (size_t k = 0; k < ir_index_count(audio) && !sound; k++) {
            const struct ir_rec *r = ir_index_rec(audio, k);
            if (!strcmp(ir_rec_id(r), "tone") &&
                !strcmp(ir_meta_get(&r->meta, "rate"), ir_meta_get(&want->meta, "rate")))
                sound = r;
        }
        assert_non_null(sound);
        check_golden(want, sound);
    }
    ir_index_close(values);
    ir_index_close(audio);
}

static void same_values(const struct ir_map *a, const struct ir_map *b)
{
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->frames, b->frames);
    assert_memory_equal(a->v, b->v, a->channels * a->rows * a->frames * sizeof *a->v);
}

/* Any number of threads gives the same bytes, in finite numbers, for sound, silence and a short
 * clip. */
static void one_example(const struct ir_feature *p, struct ir_pool *pool)
{
    struct ir_extractor *x = make(p->example, NULL), *y = make(p->example, pool);
    const size_t n = 30011;
    float *pcm = noise(n, 7);
    struct ir_map a = {0}, b = {0};
    struct ir_err err = {""};
    for (size_t o = 0; o < ir_extractor_outputs(x); o++) {
        for (int round = 0; round < 3; round++) {
            const size_t samples = round == 1 ? 2000 : n;
            assert_int_equal(ir_extractor_run(x, o, pcm, 1, samples, &a, &err), 0);
            assert_int_equal(ir_extractor_run(y, o, pcm, 1, samples, &b, &err), 0);
            same_values(&a, &b);
            for (size_t i = 0; i < a.channels * a.rows * a.frames; i++)
                assert_true(isfinite(a.v[i]));
            if (round == 1)
                memset(pcm, 0, n * sizeof *pcm);
        }
    }
    ir_map_free(&a);
    ir_map_free(&b);
    free(pcm);
    ir_extractor_free(x);
    ir_extractor_free(y);
}

static void registry(void **state)
{
    (void)state;
    struct ir_pool *pool = ir_pool_new(3);
    size_t n = 0;
    for (; ir_feature_at(n); n++) {
        const struct ir_feature *p = ir_feature_at(n);
        assert_ptr_equal(ir_feature_find(p->name), p);
        assert_non_null(p->usage);
        assert_true(p->order == 0 ? p->bank != NULL : p->on != NULL && p->apply != NULL);
        one_example(p, pool);
    }
    assert_true(n >= 11);
    assert_null(ir_feature_find("nothing"));
    ir_pool_free(pool);
}

/* The text that is written reads back as the same text, for presets and examples. */
static void canonical(void **state)
{
    (void)state;
    struct ir_err err = {""};
    for (size_t i = 0; ir_front_preset_name(i, NULL) || ir_feature_at(i); i++) {
        for (int which = 0; which < 2; which++) {
            const char *text = which && ir_feature_at(i) ? ir_feature_at(i)->example
                                                         : ir_front_preset_name(i, NULL);
            struct ir_buf once = {0}, twice = {0};
            if (!text)
                continue;
            assert_int_equal(ir_front_canonical(text, &once, &err), 0);
            assert_int_equal(ir_front_canonical(once.data, &twice, &err), 0);
            assert_string_equal(once.data, twice.data);
            ir_buf_free(&once);
            ir_buf_free(&twice);
        }
    }
}

static void same_front(const char *a, const char *b)
{
    struct ir_buf x = {0}, y = {0};
    struct ir_err err = {""};
    assert_int_equal(ir_front_canonical(a, &x, &err), 0);
    assert_int_equal(ir_front_canonical(b, &y, &err), 0);
    assert_string_equal(x.data, y.data);
    ir_buf_free(&x);
    ir_buf_free(&y);
}

static void one_way_to_write(void **state)
{
    (void)state;
    same_front("librosa", "librosa win=2048 fmax=11025");
    same_front("librosa hop=1/4", "librosa hop=512");
    same_front("librosa image=8x8", "librosa log=db ref=max top-db=80 image=8x8");
    same_front("panns", "rate=32000 n-fft=1024 hop=320 edges=reflect-strict bands=64 fmin=50 "
                        "fmax=14000 log=db top-db=none");
}

static void compared(void **state)
{
    (void)state;
    struct ir_err err = {""};
    assert_int_equal(ir_front_compare("panns", "panns", &err), 0);
    assert_int_equal(ir_front_compare("panns bands=64", "panns", &err), 0);
    assert_int_equal(ir_front_compare("librosa bands=96", "librosa hop=256", &err), -1);
    assert_string_equal(err.text,
                        "another front end: hop found 512, wanted 256; bands found 96, wanted 128");
    assert_int_equal(ir_front_compare("librosa", "librosa image=8x9", &err), -1);
    assert_non_null(strstr(err.text, "image found (none), wanted 8x9"));
    assert_int_equal(ir_front_compare("mine", "librosa", &err), -1);
    assert_string_equal(err.text, "the front end found is \"mine\", wanted \"librosa\"");
}

static void refused(const char *text, const char *message)
{
    struct ir_front f;
    struct ir_err err = {""};
    if (!ir_front_parse(text, &f, &err))
        fail_msg("%s was accepted", text);
    if (!strstr(err.text, message))
        fail_msg("%s: \"%s\" does not say \"%s\"", text, err.text, message);
}

static void refusals(void **state)
{
    (void)state;
    refused("nothing", "unknown preset 'nothing', known are librosa,");
    refused("librosa colour=red", "unknown setting \"colour\"");
    refused("librosa rate=8000 fmax=8000", "rate 8000 Hz is less than twice fmax 8000 Hz");
    refused("vggish rate=8000", "rate 8000 Hz is less than twice fmax 7500 Hz");
    refused("kaldi n-fft=256", "the window of 400 samples is longer than n-fft 256");
    refused("librosa fmin=12000", "fmin 12000 Hz is not below fmax 11025 Hz");
    refused("librosa n-fft=0", "n-fft");
    refused("librosa bands=0", "bands");
    refused("librosa hop=0", "hop");
    refused("librosa window=kaiser", "unknown window 'kaiser'");
    refused("librosa log=sqrt", "log: unknown word 'sqrt', known are none, db, ln, log10, pcen");
    refused("librosa feature=delta", "unknown feature 'delta'");
    refused("librosa feature=mfcc coeffs=200", "200 cepstra from number 0 on do not fit 128 bands");
    refused("librosa image=20", "expected HEIGHTxWIDTH");
    refused("librosa image=20x20 summary=mean", "exclude each other");
    refused("librosa feature=cqt bands=200", "half the rate");
    refused("librosa cuts=a=0..1000,a=1..2", "two ranges are named \"a\"");
    refused("librosa cuts=0..20000", "less than twice fmax 20000 Hz");
    refused("librosa deltas=1 delta-width=4", "delta-width 4 is even");
    refused("librosa feature=chroma bands=1000", "1000 pitch classes");
    refused("librosa bands=9000", "bands");
    refused("librosa rate", "expected key=value, found \"rate\"");
}

static void short_clips(void **state)
{
    (void)state;
    struct ir_err err = {""};
    struct ir_map m = {0};
    float *pcm = noise(500, 3);
    struct ir_extractor *x = make("torchaudio", NULL);
    assert_int_equal(ir_extractor_run(x, 0, pcm, 1, 200, &m, &err), -1);
    assert_string_equal(err.text, "200 samples, but this front end's edges need at least 201");
    assert_int_equal(ir_extractor_run(x, 0, pcm, 1, 201, &m, &err), 0);
    assert_int_equal(ir_extractor_run(x, 0, pcm, 1, 0, &m, &err), -1);
    ir_extractor_free(x);
    x = make("vggish", NULL);
    assert_int_equal(ir_extractor_run(x, 0, pcm, 1, 399, &m, &err), -1);
    assert_string_equal(err.text, "399 samples, but one window needs at least 400");
    ir_extractor_free(x);
    x = make("librosa", NULL);
    assert_int_equal(ir_extractor_run(x, 0, pcm, 1, 1, &m, &err), 0);
    assert_int_equal(m.frames, 1);
    pcm[77] = NAN;
    assert_int_equal(ir_extractor_run(x, 0, pcm, 1, 500, &m, &err), -1);
    assert_string_equal(err.text, "the sound holds NaN or infinity");
    pcm[77] = 1e30F;
    assert_int_equal(ir_extractor_run(x, 0, pcm, 1, 500, &m, &err), -1);
    assert_non_null(strstr(err.text, "the result is not finite"));
    assert_int_equal(ir_extractor_run(x, 0, pcm, 0, 500, &m, &err), -1);
    ir_extractor_free(x);
    ir_map_free(&m);
    free(pcm);
}

/* Experiment 002: three and nine spectrograms of three seconds have the published shapes. */
static void published_shapes(void **state)
{
    (void)state;
    static const size_t rows[9] = {12, 24, 47, 35, 69, 139, 81, 163, 326};
    const char *base = "librosa feature=stft hop=1/4 spectrum=magnitude log=db ref=max";
    char text[300];
    float *pcm = noise(66150, 5);
    struct ir_map m = {0};
    struct ir_err err = {""};
    snprintf(text, sizeof text, "%s n-fft=256,512,1024 cuts=0..1000,1000..4000,4000..11025", base);
    struct ir_extractor *x = make(text, NULL);
    assert_int_equal(ir_extractor_outputs(x), 9);
    for (size_t o = 0; o < 9; o++) {
        assert_int_equal(ir_extractor_run(x, o, pcm, 1, 66150, &m, &err), 0);
        assert_int_equal(m.rows, rows[o]);
    }
    assert_string_equal(ir_extractor_name(x, 5), "b2_1024");
    ir_extractor_free(x);
    snprintf(text, sizeof text, "%s cuts=low=0..1000:1024,mid=1000..4000:512,high=4000..11025:256",
             base);
    x = make(text, NULL);
    assert_int_equal(ir_extractor_outputs(x), 3);
    static const size_t three[3][2] = {{47, 259}, {69, 517}, {81, 1034}};
    for (size_t o = 0; o < 3; o++) {
        assert_int_equal(ir_extractor_run(x, o, pcm, 1, 66150, &m, &err), 0);
        assert_int_equal(m.rows, three[o][0]);
        assert_int_equal(m.frames, three[o][1]);
    }
    ir_extractor_free(x);
    ir_map_free(&m);
    free(pcm);
}

static void pictures(void **state)
{
    (void)state;
    struct ir_extractor *x = make("librosa bands=96 image=150x150", NULL);
    struct ir_map m = {0};
    struct ir_err err = {""};
    float *pcm = noise(22050, 5);
    for (size_t i = 0; i < 22050; i++) /* a loud low tone: red at the bottom, blue at the top */
        pcm[i] = (float)sin(0.05 * (double)i) + 1e-6F * pcm[i];
    assert_int_equal(ir_extractor_run(x, 0, pcm, 1, 22050, &m, &err), 0);
    assert_int_equal(m.channels, 3);
    assert_int_equal(m.rows, 150);
    assert_int_equal(m.frames, 150);
    double red[2] = {0, 0};
    for (size_t i = 0; i < 22500; i++) {
        for (size_t c = 0; c < 3; c++)
            assert_true(m.v[c * 22500 + i] >= 0 && m.v[c * 22500 + i] <= 1);
        red[i >= 11250] += (double)m.v[i];
    }
    assert_true(red[1] > 100 && red[0] < 1);
    ir_extractor_free(x);
    x = make("librosa image=10x20 colormap=gray", NULL);
    assert_int_equal(ir_extractor_run(x, 0, pcm, 1, 22050, &m, &err), 0);
    assert_int_equal(m.channels * m.rows * m.frames, 200);
    ir_extractor_free(x);
    ir_map_free(&m);
    free(pcm);
}

/* Kaldi's --snip-edges=false: the same frames as of the sound with its ends mirrored by hand, the
 * outermost sample twice; and bands without a bin are counted. */
static void mirrored_edges(void **state)
{
    (void)state;
    enum { N = 4000, PAD = 400 / 2 - 160 / 2, HOPS = 25 };
    struct ir_extractor *mirror = make("rate=16000 n-fft=512 win=400 hop=160 align=right bands=23 "
                                       "edges=mirror log=ln",
                                       NULL),
                        *snip = make("rate=16000 n-fft=512 win=400 hop=160 align=right bands=23 "
                                     "edges=snip log=ln",
                                     NULL);
    struct ir_map a = {0}, b = {0};
    float *x = noise(N, 4), *padded = ir_alloc(N + 2 * PAD, sizeof *padded);
    size_t first = 99;
    for (int i = -PAD; i < N + PAD; i++)
        padded[i + PAD] = x[i < 0 ? -1 - i : i >= N ? 2 * N - 1 - i : i];
    assert_int_equal(ir_extractor_run(mirror, 0, x, 1, N, &a, NULL), 0);
    assert_int_equal(ir_extractor_run(snip, 0, padded, 1, N + 2 * PAD, &b, NULL), 0);
    assert_int_equal(a.frames, HOPS);
    assert_int_equal(b.frames, HOPS);
    for (size_t i = 0; i < a.rows * HOPS; i++)
        assert_true(a.v[i] == b.v[i]);
    assert_int_equal(ir_extractor_frames(mirror, 0, 79), 0);
    assert_int_equal(ir_extractor_frames(mirror, 0, 80), 1);
    assert_int_equal(ir_extractor_empty(mirror, 0, &first), 0);
    ir_extractor_free(mirror);
    ir_extractor_free(snip);
    mirror = make("rate=16000 n-fft=512 bands=256", NULL);
    assert_true(ir_extractor_empty(mirror, 0, &first) > 0 && first < 20);
    ir_extractor_free(mirror);
    ir_map_free(&a);
    ir_map_free(&b);
    free(padded);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden),      cmocka_unit_test(registry),
        cmocka_unit_test(canonical),   cmocka_unit_test(one_way_to_write),
        cmocka_unit_test(compared),    cmocka_unit_test(refusals),
        cmocka_unit_test(short_clips), cmocka_unit_test(published_shapes),
        cmocka_unit_test(pictures),    cmocka_unit_test(mirrored_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
