/* test_augment.c - every augmentation of the registry through its example, and what each promises.
 */
#include "augment_clips.h"

static void one_kind(const struct ir_augment *k, bool feature)
{
    struct ir_meta meta[4];
    struct ir_augment_clip s[4];
    char never[400];
    for (int i = 0; i < 4; i++)
        s[i] = make(feature, &meta[i]);
    snprintf(never, sizeof never, "%s p=0", k->example);
    must(never, 1, &s[3]);
    struct ir_meta meta0;
    struct ir_augment_clip fresh = make(feature, &meta0);
    assert_memory_equal(s[3].v, fresh.v, ir_augment_clip_count(&fresh) * sizeof(float));
    /* The same seed gives the same bytes, whatever was done before. */
    snprintf(never, sizeof never, "%s p=1", k->example);
    must(never, 5, &s[0]);
    must(never, 6, &s[1]);
    must(never, 5, &s[2]);
    assert_int_equal(s[0].frames, s[2].frames);
    assert_memory_equal(s[0].v, s[2].v, ir_augment_clip_count(&s[0]) * sizeof(float));
    for (size_t i = 0; i < ir_augment_clip_count(&s[0]); i++)
        assert_true(isfinite(s[0].v[i]));
    /* Silence and very short clips stay finite too. */
    memset(s[1].v, 0, ir_augment_clip_count(&s[1]) * sizeof(float));
    must(never, 7, &s[1]);
    ir_augment_clip_resize(&fresh, 1);
    must(never, 7, &fresh);
    for (size_t i = 0; i < ir_augment_clip_count(&s[1]); i++)
        assert_true(isfinite(s[1].v[i]));
    for (int i = 0; i < 4; i++)
        drop(&s[i]);
    drop(&fresh);
}

static void registry(void **state)
{
    (void)state;
    size_t n = 0;
    for (; ir_augment_at(n); n++) {
        const struct ir_augment *k = ir_augment_at(n);
        assert_ptr_equal(ir_augment_find(k->name), k);
        if (k->domain & IR_AUGMENT_AUDIO)
            one_kind(k, false);
        if (k->domain & IR_AUGMENT_FEATURE && !k->mixes) /* them here is sound */
            one_kind(k, true);
    }
    assert_true(n >= 20);
}

static void noises(void **state)
{
    (void)state;
    static const char *const text[] = {"noise snr=12", "pink snr=12"};
    for (int i = 0; i < 2; i++) {
        struct ir_meta meta, meta0;
        struct ir_augment_clip s = make(false, &meta), clean = make(false, &meta0);
        must(text[i], 3, &s);
        double power = 0;
        for (size_t k = 0; k < N; k++)
            power += pow((double)s.v[k] - (double)clean.v[k], 2) / (double)N;
        assert_true(fabs(10 * log10(ir_augment_clip_power(&clean) / power) - 12) < 0.2);
        for (size_t k = 0; k < N; k++)
            s.v[k] -= clean.v[k];
        /* Pink: as much in 125-250 Hz as in 1000-2000 Hz; white: eight times less. */
        double low = 0, high = 0;
        for (double hz = 125; hz < 250; hz += 0.5)
            low += power_at(s.v, N, hz);
        for (double hz = 1000; hz < 2000; hz += 0.5)
            high += power_at(s.v, N, hz);
        const double octaves = 10 * log10(high / low);
        assert_true(fabs(octaves - (i ? 0 : 9)) < 1.5);
        drop(&s);
        drop(&clean);
    }
}

static void levels(void **state)
{
    (void)state;
    struct ir_meta meta, meta0;
    struct ir_augment_clip s = make(false, &meta), clean = make(false, &meta0);
    must("gain db=6", 1, &s);
    assert_true(fabs((double)(s.v[5] / clean.v[5]) - 1.99526) < 1e-4);
    must("limit peak=0.25", 1, &s);
    assert_true(fabs(ir_augment_clip_peak(&s) - 0.25) < 1e-6);
    must("polarity", 1, &s);
    assert_true(s.v[5] * clean.v[5] < 0);
    must("clipping level=0.5", 1, &s);
    assert_true(fabs(ir_augment_clip_peak(&s) - 0.125) < 1e-6);
    must("silence", 1, &s);
    assert_true(ir_augment_clip_peak(&s) == 0);
    assert_string_equal(ir_meta_get(s.meta, "labels"), "");
    drop(&s);
    drop(&clean);
}

static void times(void **state)
{
    (void)state;
    struct ir_meta meta, meta0;
    struct ir_augment_clip s = make(false, &meta), clean = make(false, &meta0);
    must("shift s=0.01", 1, &s);
    assert_true(s.v[0] == 0 && s.v[79] == 0);
    assert_memory_equal(s.v + 80, clean.v, (N - 80) * sizeof(float));
    must("shift s=-0.01 fill=wrap", 1, &s);
    assert_memory_equal(s.v, clean.v, (N - 80) * sizeof(float));
    ir_meta_set(s.meta, "offset", "2");
    must("crop s=0.5", 9, &s);
    assert_int_equal(s.frames, 4000);
    const double offset = atof(ir_meta_get(s.meta, "offset"));
    assert_true(offset > 2 && offset < 3.5);
    const size_t from = (size_t)rint((offset - 2) * (double)RATE);
    assert_true(s.v[0] == clean.v[from]);
    must("crop s=1", 9, &s);
    assert_int_equal(s.frames, 8000);
    assert_true(s.v[5000] == 0);
    must("stretch factor=1.5 keep=no", 9, &clean);
    assert_int_equal(clean.frames, 24000);
    assert_true(power_at(clean.v + 4000, 12000, 500) > 0.9 * 0.045);
    drop(&s);
    drop(&clean);
}

static void pitches(void **state)
{
    (void)state;
    static const double semitones[] = {-12, -2, 3, 7};
    for (int i = 0; i < 4; i++) {
        char text[60];
        struct ir_meta meta;
        struct ir_augment_clip s = make(false, &meta);
        snprintf(text, sizeof text, "pitch semitones=%g", semitones[i]);
        must(text, 1, &s);
        assert_int_equal(s.frames, N);
        assert_true(power_at(s.v + 2000, 8000, 500 * exp2(semitones[i] / 12)) > 0.9 * 0.045);
        drop(&s);
    }
}

static void filters(void **state)
{
    (void)state;
    struct ir_meta meta;
    struct ir_augment_clip s = make(false, &meta);
    for (size_t i = 0; i < N; i++)
        s.v[i] = (float)(tone(i, 500) + tone(i, 3000));
    must("lowpass hz=2000", 1, &s);
    assert_true(fabs(power_at(s.v + 1000, 14000, 500) / 0.045 - 1) < 0.01);
    assert_true(power_at(s.v + 1000, 14000, 3000) < 1e-7);
    must("eq bands=1 hz=500 db=6 q=1", 1, &s);
    assert_true(fabs(10 * log10(power_at(s.v + 1000, 14000, 500) / 0.045) - 6) < 0.1);
    const double power = ir_augment_clip_power(&s);
    must("room", 1, &s);
    assert_true(fabs(ir_augment_clip_power(&s) / power - 1) < 1e-3);
    drop(&s);
}

static void mixtures(void **state)
{
    (void)state;
    int flute = 0, violin = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct ir_meta meta;
        struct ir_augment_clip s = make(false, &meta);
        must("mix k=2", seed, &s);
        const char *labels = ir_meta_get(s.meta, "labels");
        flute += !strcmp(labels, "piano:1 flute:1");
        violin += !strcmp(labels, "piano:1 violin:1 flute:0.5");
        assert_true(fabs(power_at(s.v, 12000, 500) - 0.045 / 4) < 1e-3);
        assert_non_null(ir_meta_get(s.meta, "mixed"));
        drop(&s);
    }
    assert_int_equal(flute + violin, 40); /* the drum is in another split */
    assert_true(flute > 5 && violin > 5);
    struct ir_meta meta;
    struct ir_augment_clip s = make(false, &meta);
    must("mixup alpha=1", 4, &s);
    double piano = 0;
    assert_int_equal(sscanf(ir_meta_get(s.meta, "labels"), "piano:%lf", &piano), 1);
    assert_true(piano >= 0.5 && piano < 1);
    assert_true(fabs(power_at(s.v, 12000, 500) - 0.045 * piano * piano) < 1e-3);
    drop(&s);
}

static void joined_labels(void **state)
{
    (void)state;
    struct ir_meta meta = {0}, other = {0};
    struct ir_augment_clip s = {.meta = &meta, .open = true, .classes = "a b c"};
    ir_meta_set(&meta, "labels", "a:0 b:1 c:0");
    ir_meta_set(&other, "labels", "a:0 c:1");
    ir_augment_join_labels(&s, &other, -1);
    assert_string_equal(ir_meta_get(&meta, "labels"), "a:0 b:1 c:1");
    ir_meta_set(&meta, "labels", "a:0 b:0");
    ir_augment_join_labels(&s, &other, -1); /* b: 0 or unknown */
    assert_string_equal(ir_meta_get(&meta, "labels"), "a:0 c:1");
    ir_augment_no_labels(&s);
    assert_string_equal(ir_meta_get(&meta, "labels"), "a:0 b:0 c:0");
    s.open = false;
    ir_meta_set(&meta, "labels", "a:1");
    ir_meta_set(&other, "labels", NULL);
    ir_augment_join_labels(&s, &other, 0.25);
    assert_string_equal(ir_meta_get(&meta, "labels"), "a:0.75");
    ir_meta_free(&meta);
    ir_meta_free(&other);
}

static void masks(void **state)
{
    (void)state;
    struct ir_meta meta;
    struct ir_augment_clip s = make(true, &meta);
    for (size_t i = 0; i < 16000; i++)
        s.v[i] = 1 + (float)(i % 7);
    must("mask freq=5 time=20 freqs=1 times=1 fill=zero", 2, &s);
    size_t zeros = 0;
    for (size_t i = 0; i < 16000; i++)
        zeros += s.v[i] == 0;
    assert_int_equal(zeros, 5 * 400 + 20 * 40 - 5 * 20);
    drop(&s);
}

static void refused(const char *text, const char *message)
{
    struct ir_augmenter a;
    struct ir_err err = {""};
    assert_int_equal(ir_augmenter_parse(text, &a, &err), -1);
    if (!strstr(err.text, message))
        fail_msg("%s: \"%s\" does not say \"%s\"", text, err.text, message);
}

static void refusals(void **state)
{
    (void)state;
    refused("", "unknown augmentation ''");
    refused("nois", "unknown augmentation 'nois', known are");
    refused("noise snr", "noise: expected key=value, found \"snr\"");
    refused("noise loud=1", "noise: unknown key 'loud', known are snr, p");
    refused("noise snr=loud", "noise: snr");
    refused("noise snr=1..1000", "noise: snr");
    refused("noise p=1.5", "p");
    refused("shift fill=up", "shift: fill: unknown word 'up', known are zero, wrap");
    refused("room file=/nonexistent", "room: ");
    refused("background file=/nonexistent", "background: ");
    refused("background labels=some", "labels: unknown word 'some', known are own, join, unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry), cmocka_unit_test(noises),        cmocka_unit_test(levels),
        cmocka_unit_test(times),    cmocka_unit_test(pitches),       cmocka_unit_test(filters),
        cmocka_unit_test(mixtures), cmocka_unit_test(joined_labels), cmocka_unit_test(masks),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, open_partners, close_partners);
}
