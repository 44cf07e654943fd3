/* test_augment_music.c - augmentations that make music of notes: backgrounds, phrases, compression,
 * MP3. */
#include "augment_clips.h"

/* A stream of one background: a tone of 900 Hz, shorter than the clip, with labels. */
static void write_background(char path[], const char *labels)
{
    struct ir_err err = {""};
    struct ir_meta head = {0};
    const uint32_t shape[2] = {1, 4000}; /* 450 whole periods */
    struct ir_rec r;
    ir_meta_set(&head, "domain", "audio");
    struct ir_writer *w = ir_writer_open(path, &head, false, &err);
    assert_non_null(w);
    ir_rec_init(&r, 'f', 2, shape);
    for (size_t k = 0; k < shape[1]; k++)
        ((float *)r.data)[k] = (float)tone(k, 900);
    ir_meta_set(&r.meta, "id", "under");
    ir_meta_set(&r.meta, "rate", "8000");
    ir_meta_set(&r.meta, "labels", labels);
    assert_int_equal(ir_writer_put(w, &r, &err), 0);
    ir_rec_free(&r);
    assert_int_equal(ir_writer_close(w, 0, &err), 0);
    ir_meta_free(&head);
}

static void under(const char *how, bool is_open, const char *had, const char *wanted)
{
    char path[] = "/tmp/ir-test-under-XXXXXX", text[120];
    close(mkstemp(path));
    write_background(path, "flute:0.6 violin:0");
    struct ir_meta meta, meta0;
    struct ir_augment_clip s = make(false, &meta), clean = make(false, &meta0);
    s.open = is_open;
    ir_meta_set(&meta, "labels", had);
    snprintf(text, sizeof text, "background file=%s snr=10 labels=%s", path, how);
    must(text, 3, &s);
    assert_string_equal(ir_meta_get(&meta, "labels"), wanted);
    for (size_t i = 0; i < N; i++)
        clean.v[i] = s.v[i] - clean.v[i];
    const double ratio = ir_augment_clip_power(&s) / ir_augment_clip_power(&clean);
    assert_true(fabs(10 * log10(ratio - 1) - 10) < 0.3);
    assert_true(power_at(clean.v, N, 900) > 0.9 * ir_augment_clip_power(&clean));
    drop(&s);
    drop(&clean);
    unlink(path);
}

static void backgrounds(void **state)
{
    (void)state;
    under("own", false, "piano:1", "piano:1");
    under("join", false, "piano:1", "piano:1 flute:0.6");
    /* Unknown: the flute may be heard; the violin is neither here nor there. */
    under("unknown", true, "piano:1 flute:0 violin:0 drum:0", "piano:1 violin:0");
    under("unknown", true, "piano:1 flute:1 violin:0 drum:0", "piano:1 flute:1 violin:0");
    struct ir_meta meta;
    struct ir_err err;
    struct ir_augment_clip s = make(false, &meta);
    assert_int_equal(apply("background labels=unknown", 1, &s, &err), -1);
    assert_non_null(strstr(err.text, "labels=open"));
    drop(&s);
}

static void phrases(void **state)
{
    (void)state;
    struct ir_meta meta;
    struct ir_augment_clip s = make(false, &meta);
    ir_meta_set(&meta, "labels", "flute:1");
    must("phrase s=3 note=0.5 overlap=0 rest=0 level=0", 4, &s);
    assert_int_equal(s.frames, 3 * RATE);
    assert_string_equal(ir_meta_get(&meta, "labels"), "flute:1");
    /* The clip's own note comes first, the others are the one other flute of its split (300 Hz). */
    assert_true(power_at(s.v, RATE / 2 - 300, 500) > 0.8 * 0.045);
    for (size_t k = 1; k < 6; k++)
        assert_true(power_at(s.v + k * RATE / 2, RATE / 2 - 300, 300) > 0.8 * 0.045);
    drop(&s);
}

static double crest(const struct ir_augment_clip *s)
{
    return ir_augment_clip_peak(s) / sqrt(ir_augment_clip_power(s));
}

static void dynamics(void **state)
{
    (void)state;
    struct ir_meta meta, meta0;
    struct ir_augment_clip s = make(false, &meta), clean = make(false, &meta0);
    must("compress threshold=-40 ratio=10 attack=0.001 release=0.05", 1, &s);
    assert_true(fabs(ir_augment_clip_peak(&s) - ir_augment_clip_peak(&clean)) < 1e-6);
    /* The soft end of the clip, 40 dB below the rest, comes up against it. */
    const double before =
                     power_at(clean.v + 13000, 3000, 500) / power_at(clean.v + 4000, 8000, 500),
                 after = power_at(s.v + 13000, 3000, 500) / power_at(s.v + 4000, 8000, 500);
    assert_true(after > 100 * before && crest(&s) > 0);
    drop(&s);
    drop(&clean);
}

static void coded(void **state)
{
    (void)state;
    if (!ir_augment_find("codec")) {
        print_message("skipped: built without libmp3lame\n");
        skip();
    }
    struct ir_meta meta, meta0;
    struct ir_augment_clip s = make(false, &meta), clean = make(false, &meta0);
    must("codec kbps=64", 1, &s);
    assert_int_equal(s.frames, clean.frames);
    double dot = 0, power = 0;
    for (size_t i = 2000; i < 10000; i++) {
        dot += (double)s.v[i] * (double)clean.v[i];
        power += (double)clean.v[i] * (double)clean.v[i];
    }
    assert_true(fabs(dot / power - 1) < 0.05); /* neither late nor louder */
    assert_true(memcmp(s.v, clean.v, N * sizeof *s.v));
    s.rate_hz = 9000;
    struct ir_err err;
    assert_int_equal(apply("codec", 1, &s, &err), -1);
    assert_non_null(strstr(err.text, "no rate of 9000 Hz"));
    drop(&s);
    drop(&clean);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backgrounds),
        cmocka_unit_test(phrases),
        cmocka_unit_test(dynamics),
        cmocka_unit_test(coded),
    };
    return cmocka_run_group_tests(tests, open_partners, close_partners);
}
