/* test_render.c - scores, instruments, soundfonts of our own making, synthesis, stems and labels.
 */
#include "render.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define between(n, low, high) assert_true((n) >= (low) && (n) <= (high))

static char font_path[] = "/tmp/ir_render_XXXXXX";

/* Format 0, 480 ticks a quarter; at tempo 1 s a quarter: program 40 on channel 0, A4 for one
 * second, running status, then channel 9. */
static const uint8_t song[] = {
    'M',  'T',  'h',  'd',  0,    0, 0,  6, 0,    0,    0, 1,    1,    0xe0, 'M',
    'T',  'r',  'k',  0,    0,    0, 43, 0, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, /* tempo 1,000,000 µs
                                                                              */
    0,    0xc0, 40,                                                          /* violin */
    0,    0x90, 69,   100,                                                   /* A4 */
    0x83, 0x60, 69,   0,          /* 480 ticks later, running status, off */
    0,    69,   90,               /* A4 again */
    0x83, 0x60, 69,   0,          /* off */
    0,    0x99, 36,   100,        /* bass drum */
    0,    0xf0, 2,    1,    0xf7, /* system exclusive: skipped */
    0,    0x99, 38,   80,         /* snare */
    0x83, 0x60, 0xff, 0x2f, 0};

static void test_parse(void **state)
{
    (void)state;
    struct ir_score s;
    struct ir_err err;
    assert_int_equal(ir_score_parse(&s, song, sizeof song, &err), 0);
    assert_int_equal(s.n, 7);
    assert_int_equal(s.event[0].status, 0xc0);
    assert_true(fabs(s.event[2].time_s - 1) < 1e-9);
    assert_int_equal(s.event[2].b, 0);
    assert_int_equal(s.event[6].channel, 9);
    assert_true(fabs(s.end_s - 3) < 1e-9);
    ir_score_free(&s);
}

/* Cut anywhere: an error, or (after the end of the last track's events) never a crash. */
static void test_parse_cut(void **state)
{
    (void)state;
    struct ir_score s;
    struct ir_err err;
    for (size_t n = 0; n < sizeof song; n++) {
        uint8_t *copy = malloc(n + 1);
        memcpy(copy, song, n);
        assert_int_equal(ir_score_parse(&s, copy, n, &err), -1);
        assert_true(strlen(err.text) > 0);
        free(copy);
    }
    for (size_t n = 0; n < sizeof song; n++)
        for (int bit = 0; bit < 8; bit++) {
            uint8_t copy[sizeof song];
            memcpy(copy, song, sizeof song);
            copy[n] ^= (uint8_t)(1 << bit);
            if (ir_score_parse(&s, copy, sizeof copy, &err) == 0)
                ir_score_free(&s);
        }
}

static void test_parse_messages(void **state)
{
    (void)state;
    struct ir_score s;
    struct ir_err err;
    assert_int_equal(ir_score_parse(&s, "RIFFxxxxWAVEfmt ", 16, &err), -1);
    assert_non_null(strstr(err.text, "not a standard MIDI file"));
    uint8_t copy[sizeof song];
    memcpy(copy, song, sizeof song);
    copy[9] = 2;
    assert_int_equal(ir_score_parse(&s, copy, sizeof copy, &err), -1);
    assert_non_null(strstr(err.text, "format 2 found"));
    memcpy(copy, song, sizeof song);
    copy[23 + 0] = 0x45; /* data byte where the first event's status should be */
    assert_int_equal(ir_score_parse(&s, copy, sizeof copy, &err), -1);
    assert_non_null(strstr(err.text, "without a status"));
}

static void test_gm(void **state)
{
    (void)state;
    assert_string_equal(ir_gm_name(40), "violin");
    assert_string_equal(ir_gm_name(IR_DRUMS), "drum set");
    assert_int_equal(ir_gm_find("violin"), 40);
    assert_int_equal(ir_gm_next(40), 110);
    assert_int_equal(ir_gm_next(110), -1);
    assert_int_equal(ir_gm_find("theremin"), -1);
    for (int p = 0; p <= IR_DRUMS; p++) {
        int low, high;
        bool single;
        ir_gm_range(p, &low, &high, &single);
        assert_true(low >= 0 && high <= 127 && low < high);
        assert_true(ir_gm_find(ir_gm_name(p)) <= p);
    }
}

static void test_note_names(void **state)
{
    (void)state;
    assert_int_equal(ir_note_key("C4", false), 60);
    assert_int_equal(ir_note_key("As3", false), 58);
    assert_int_equal(ir_note_key("Bb3", false), 58);
    assert_int_equal(ir_note_key("A#3", false), 58);
    assert_int_equal(ir_note_key("C-1", false), 0);
    assert_int_equal(ir_note_key("cello_Gs2_15_piano.mp3", true), 44);
    assert_int_equal(ir_note_key("H4", false), -1);
    assert_int_equal(ir_note_key("", false), -1);
}

/* A font of two sine tones: violin (40) at A4 and drums at key 36 and 38. */
static int make_font(void **state)
{
    (void)state;
    enum { N = 44100 };
    int16_t *x = ir_alloc(N, sizeof *x), *d = ir_alloc(4410, sizeof *d);
    for (size_t i = 0; i < N; i++)
        x[i] = (int16_t)(12000 * sin(2 * M_PI * 440 * (double)i / 44100));
    for (size_t i = 0; i < 4410; i++)
        d[i] = (int16_t)(9000 * sin(2 * M_PI * 100 * (double)i / 44100));
    struct ir_note note[] = {
        {IR_DRUMS, 36, d, 4410, 44100}, {40, 69, x, N, 44100}, {IR_DRUMS, 38, d, 4410, 44100}};
    int fd = mkstemp(font_path);
    close(fd);
    int rc = ir_font_write(font_path, note, 3, NULL);
    free(x);
    free(d);
    return rc;
}

static int drop_font(void **state)
{
    (void)state;
    return unlink(font_path);
}

static double rms(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum / (double)n);
}

static void test_font(void **state)
{
    (void)state;
    struct ir_err err;
    struct ir_synth *s = ir_synth_open(font_path, 44100, &err);
    assert_non_null(s);
    assert_true(ir_synth_has(s, 40));
    assert_true(ir_synth_has(s, IR_DRUMS));
    assert_false(ir_synth_has(s, 0));
    ir_synth_close(s);
    assert_null(ir_synth_open("/dev/null", 44100, &err));
    assert_non_null(strstr(err.text, "no soundfont"));
    assert_int_equal(ir_font_write("/tmp/never", NULL, 0, &err), -1);
    assert_non_null(strstr(err.text, "0 notes"));
}

/* The part sounds while its notes do, an octave up doubles the frequency, and the same call gives
 * the same samples whatever was played between. */
static void test_play(void **state)
{
    (void)state;
    enum { N = 44100 * 3 };
    struct ir_score s;
    struct ir_parts p;
    assert_int_equal(ir_score_parse(&s, song, sizeof song, NULL), 0);
    ir_parts_find(&s, 0, 10, 1, &p);
    assert_int_equal(p.n, 2);
    assert_int_equal(p.at[0].program, 40);
    assert_int_equal(p.at[0].notes, 2);
    assert_int_equal(p.at[1].program, IR_DRUMS);
    struct ir_synth *y = ir_synth_open(font_path, 44100, NULL);
    float *a = ir_alloc(2 * N, sizeof *a), *b = ir_alloc(2 * N, sizeof *b);
    assert_int_equal(ir_synth_play(y, &s, &p.at[0], 0, a, N, NULL), 0);
    assert_true(rms(a + 4410, 35000) > 0.001);
    assert_true(rms(a + 44100 * 5 / 2, 20000) < 1e-5);
    int crossings = 0;
    for (size_t i = 10000; i < 10000 + 22050; i++)
        crossings += a[i] <= 0 && a[i + 1] > 0;
    between(crossings, 219, 221);
    assert_int_equal(ir_synth_play(y, &s, &p.at[1], 0, b, N, NULL), 0);
    assert_true(rms(b + 44100 * 2, 4000) > 0.001);
    assert_true(rms(b, 44100) < 1e-5);
    assert_int_equal(ir_synth_play(y, &s, &p.at[0], 0, b, N, NULL), 0);
    assert_memory_equal(a, b, 2 * N * sizeof *a);
    p.at[0].transpose = 12;
    assert_int_equal(ir_synth_play(y, &s, &p.at[0], 0, b, N, NULL), 0);
    crossings = 0;
    for (size_t i = 10000; i < 10000 + 8820; i++)
        crossings += b[i] <= 0 && b[i + 1] > 0;
    between(crossings, 175, 177);
    free(a);
    free(b);
    ir_synth_close(y);
    ir_parts_free(&p);
    ir_score_free(&s);
}

static void test_sound(void **state)
{
    (void)state;
    struct ir_score s;
    struct ir_rng rng;
    struct ir_excerpt e;
    struct ir_rendered sound;
    struct ir_err err;
    assert_int_equal(ir_score_parse(&s, song, sizeof song, NULL), 0);
    struct ir_synth *y = ir_synth_open(font_path, 44100, NULL);
    struct ir_fonts fonts = {&y, 1, 1};
    struct ir_arrange a = {.parts = {4, 4}, .min_notes = 1};
    ir_rng_seed(&rng, 7);
    assert_int_equal(ir_excerpt_draw(&a, &s, 1, &fonts, &rng, 0, &e, &err), 1); /* wants 4 parts */
    a.parts = (struct ir_range){1, 4};
    int drawn = 1;
    while (drawn)
        drawn = ir_excerpt_draw(&a, &s, 1, &fonts, &rng, 0, &e, &err) != 0 || e.parts.n != 2;
    assert_int_equal(ir_excerpt_play(&e, &fonts, (struct ir_range){6, 6}, (struct ir_range){-6, -6},
                                     44100, &rng, &sound, &err),
                     0);
    double peak = 0, worst = 0;
    for (size_t i = 0; i < 2 * sound.n; i++) {
        double sum = 0;
        for (size_t k = 0; k < sound.stems; k++)
            sum += (double)sound.stem[k * 2 * sound.n + i];
        worst = fmax(worst, fabs(sum - (double)sound.mix[i]));
        peak = fmax(peak, fabs((double)sound.mix[i]));
    }
    assert_true(worst < 1e-6);
    assert_true(fabs(peak - 0.5012) < 1e-3);
    struct ir_strs classes = {0};
    float label[3];
    ir_strs_add(&classes, "violin");
    ir_strs_add(&classes, "drum set");
    ir_strs_add(&classes, "piano");
    ir_rendered_labels(&sound, &e, 0, 44100, 0.5, &classes, label);
    assert_true(label[0] > 0.5F && label[1] < 0.5F && label[2] < 0.5F);
    ir_rendered_labels(&sound, &e, 44100 * 2 + 600, 44100 * 2 + 4400, 0.5, &classes, label);
    assert_true(label[1] > 0.5F);
    ir_strs_free(&classes);
    ir_rendered_free(&sound);
    ir_excerpt_free(&e);
    ir_synth_close(y);
    ir_score_free(&s);
}

/* MedleyDB's values: silence is 0.0474, a loud lone stem is near 1. */
static void test_activation(void **state)
{
    (void)state;
    enum { N = 44100 * 4 };
    float *x = ir_zalloc(N, sizeof *x), *silent = ir_zalloc(N, sizeof *silent), *conf;
    for (size_t i = N / 2; i < N; i++)
        x[i] = (float)(0.5 * sin(2 * M_PI * 440 * (double)i / 44100));
    size_t frames = ir_activation((const float *const[]){x, silent}, 2, N, &conf);
    assert_int_equal(frames, N / 2048 + 1);
    assert_true(fabs((double)conf[5] - 0.0474) < 3e-3);
    assert_true(fabs((double)conf[frames + frames - 10] - 0.0474) < 1e-4);
    assert_true(conf[frames - 10] > 0.99F);
    free(conf);
    free(x);
    free(silent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),          cmocka_unit_test(test_parse_cut),
        cmocka_unit_test(test_parse_messages), cmocka_unit_test(test_gm),
        cmocka_unit_test(test_note_names),     cmocka_unit_test(test_font),
        cmocka_unit_test(test_play),           cmocka_unit_test(test_sound),
        cmocka_unit_test(test_activation),
    };
    return cmocka_run_group_tests(tests, make_font, drop_font);
}
