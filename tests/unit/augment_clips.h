/* augment_clips.h - clips of tones, and partners to mix them with, for the tests of augmentations.
 */
#ifndef AUGMENT_CLIPS_H
#define AUGMENT_CLIPS_H

#include "augment.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RATE = 8000, N = 16000 };

static struct ir_index *others;
static struct ir_partners *partners;
static char others_path[] = "/tmp/ir-test-augment-XXXXXX";

static double tone(size_t i, double hz)
{
    return 0.3 * sin(2 * M_PI * hz * (double)i / (double)RATE);
}

/* Three clips that mixtures may draw from, two of them in the split train. */
static int open_partners(void **state)
{
    (void)state;
    struct ir_err err = {""};
    struct ir_meta head = {0};
    char *paths[1] = {others_path};
    const int fd = mkstemp(others_path);
    assert_true(fd >= 0);
    close(fd);
    ir_meta_set(&head, "domain", "audio");
    struct ir_writer *w = ir_writer_open(others_path, &head, false, &err);
    assert_non_null(w);
    for (int i = 0; i < 3; i++) {
        static const char *const labels[3] = {"flute:1", "violin:1 flute:0.5", "drum:1"};
        const uint32_t shape[2] = {1, N};
        struct ir_rec r;
        ir_rec_init(&r, 'f', 2, shape);
        for (size_t k = 0; k < N; k++)
            ((float *)r.data)[k] = (float)tone(k, 300 + 100 * i);
        ir_meta_setf(&r.meta, "id", "other%d", i);
        ir_meta_set(&r.meta, "rate", "8000");
        ir_meta_set(&r.meta, "labels", labels[i]);
        ir_meta_set(&r.meta, "split", i < 2 ? "train" : "test");
        assert_int_equal(ir_writer_put(w, &r, &err), 0);
        ir_rec_free(&r);
    }
    assert_int_equal(ir_writer_close(w, 0, &err), 0);
    ir_meta_free(&head);
    others = ir_index_open(paths, 1, &err);
    assert_non_null(others);
    partners = ir_partners_new(others);
    return 0;
}

static int close_partners(void **state)
{
    (void)state;
    ir_partners_free(partners);
    ir_index_close(others);
    unlink(others_path);
    return 0;
}

static struct ir_augment_clip make(bool feature, struct ir_meta *meta)
{
    struct ir_augment_clip s = {.feature = feature,
                                .channels = 1,
                                .rows = feature ? 40 : 1,
                                .frames = feature ? 400 : N,
                                .rate_hz = RATE,
                                .meta = meta};
    memset(meta, 0, sizeof *meta);
    ir_meta_set(meta, "id", "one");
    ir_meta_set(meta, "split", "train");
    ir_meta_set(meta, "labels", "piano:1");
    s.v = ir_alloc(ir_augment_clip_count(&s), sizeof *s.v);
    for (size_t i = 0; i < ir_augment_clip_count(&s); i++)
        s.v[i] = (float)(tone(i, 500) * (i < 12000 ? 1 : 0.01));
    return s;
}

static void drop(struct ir_augment_clip *s)
{
    free(s->v);
    ir_meta_free(s->meta);
}

static int apply(const char *text, uint64_t seed, struct ir_augment_clip *s, struct ir_err *err)
{
    struct ir_augmenter a;
    int rc = ir_augmenter_parse(text, &a, err);
    if (rc)
        return rc;
    a.partners = partners;
    rc = ir_augment_run(&a, 1, seed, s, err);
    ir_augmenter_free(&a);
    return rc;
}

static void must(const char *text, uint64_t seed, struct ir_augment_clip *s)
{
    struct ir_err err = {""};
    if (apply(text, seed, s, &err))
        fail_msg("%s: %s", text, err.text);
}

/* Power of the component at hz, as the mean square of a sine. */
static double power_at(const float *v, size_t n, double hz)
{
    double re = 0, im = 0;
    for (size_t i = 0; i < n; i++) {
        re += (double)v[i] * cos(2 * M_PI * hz * (double)i / (double)RATE);
        im += (double)v[i] * sin(2 * M_PI * hz * (double)i / (double)RATE);
    }
    return 2 * (re * re + im * im) / ((double)n * (double)n);
}

#endif
