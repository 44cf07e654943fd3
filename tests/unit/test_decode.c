/* test_decode.c - the inside of ir-decode: cutting into segments, looking at headers that lie,
 * resampling in pieces, and a worker that is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../lib/decode/workers.h"
#include "../../lib/dsp.h"

/* ---- cutting ----------------------------------------------------------------------------------
 */

/* What the sink was given, as numbers: the clip's frame i holds the value i in channel 0. */
struct given {
    long long segments;
    uint32_t samples[64];
    float first[64], end[64]; /* first and last value */
    double offset[64], length[64];
};

static int keep(void *self, size_t item, const struct ir_sound *s, struct ir_err *err)
{
    struct given *g = self;
    (void)err;
    assert_int_equal(item, 3);
    assert_true(g->segments < 64);
    for (uint32_t c = 0; c < s->channels; c++)
        for (uint32_t i = 1; i < s->samples; i++) {
            float a = s->data[c * s->samples + i - 1], b = s->data[c * s->samples + i];
            assert_true(b == a + 1 || b == 0.0f); /* consecutive, then padding */
        }
    if (s->channels == 2)
        assert_true(s->data[s->samples] == s->data[0] + 1e6f);
    g->samples[g->segments] = s->samples;
    g->first[g->segments] = s->data[0];
    g->end[g->segments] = s->data[s->samples - 1];
    g->offset[g->segments] = s->offset_s;
    g->length[g->segments] = s->length_s;
    if (s->segment >= 0)
        assert_int_equal(s->segment, g->segments);
    g->segments++;
    return 0;
}

/* A clip of n frames (values 1 … n) in pieces of at most `piece` frames. Returns what the last call
 * did. */
static int cut(const struct ir_decode_opts *o, uint32_t channels, size_t n, size_t piece,
               struct given *g, struct ir_err *why)
{
    struct ir_decode_sink sink = {.self = g, .sound = keep};
    struct ir_cut c = {.info = {.rate_hz = 10000, .start_s = 2, .channels = channels},
                       .known = true};
    struct ir_buf planar = {0};
    struct ir_err err;
    int rc = 0;
    *g = (struct given){0};
    for (size_t i = 0; i < n;) {
        size_t now = n - i < piece ? n - i : piece;
        for (size_t k = i; k < i + now; k++)
            for (uint32_t ch = 0; ch < channels; ch++) {
                float v = (float)(k + 1) + 1e6f * (float)ch;
                ir_buf_add(&c.pend, &v, sizeof v);
            }
        i += now;
        rc = ir_cut_give(&c, false, 3, o, &sink, &planar, why, &err);
        assert_int_equal(rc, 0);
    }
    rc = ir_cut_give(&c, true, 3, o, &sink, &planar, why, &err);
    ir_buf_free(&c.pend);
    ir_buf_free(&planar);
    return rc;
}

static void pieces_do_not_matter(void **state)
{
    static const size_t hops[] = {37, 100, 163}, lengths[] = {1, 99, 100, 101, 463, 1000};
    (void)state;
    for (size_t h = 0; h < 3; h++)
        for (size_t l = 0; l < 6; l++)
            for (int last = 0; last < 3; last++)
                for (uint32_t ch = 1; ch <= 2; ch++) {
                    struct ir_decode_opts o = {.segment_s = 0.01,
                                               .hop_s = (double)hops[h] / 10000,
                                               .last = (enum ir_last)last};
                    struct given a, b;
                    struct ir_err why;
                    int ra = cut(&o, ch, lengths[l], 10000, &a, &why);
                    for (size_t piece = 1; piece < 130; piece += 17) {
                        assert_int_equal(cut(&o, ch, lengths[l], piece, &b, &why), ra);
                        assert_memory_equal(&a, &b, sizeof a);
                    }
                }
}

static void the_end_of_a_clip(void **state)
{
    struct ir_decode_opts o = {.segment_s = 0.01, .last = IR_LAST_PAD};
    struct given g;
    struct ir_err why;
    (void)state;
    assert_int_equal(cut(&o, 1, 250, 64, &g, &why), 0);
    assert_int_equal(g.segments, 3);
    assert_true(g.samples[2] == 100 && g.first[2] == 201.0f && g.end[2] == 0.0f);
    assert_true(fabs(g.offset[2] - 2.02) < 1e-12 && fabs(g.length[2] - 0.005) < 1e-12);
    o.last = IR_LAST_KEEP;
    assert_int_equal(cut(&o, 1, 250, 64, &g, &why), 0);
    assert_true(g.segments == 3 && g.samples[2] == 50 && g.end[2] == 250.0f);
    o.last = IR_LAST_DROP;
    assert_int_equal(cut(&o, 1, 250, 64, &g, &why), 0);
    assert_int_equal(g.segments, 2);
    assert_int_equal(cut(&o, 1, 99, 64, &g, &why), 1);
    assert_string_equal(why.text, "is 0.0099 s long, shorter than --segment 0.01");
    o = (struct ir_decode_opts){.segment_s = 0};
    assert_int_equal(cut(&o, 2, 250, 64, &g, &why), 0);
    assert_true(g.segments == 1 && g.samples[0] == 250);
    assert_int_equal(cut(&o, 2, 0, 64, &g, &why), 1);
}

/* ---- looking ----------------------------------------------------------------------------------
 */

static void put_be(unsigned char *p, uint64_t v, size_t n)
{
    while (n-- > 0) {
        p[n] = (unsigned char)v;
        v >>= 8;
    }
}

/* A plausible start of each format, for the mutations to begin with. */
static size_t seed_file(int kind, unsigned char *b, size_t size)
{
    memset(b, 0, size);
    switch (kind) {
    case 0:
        memcpy(b,
               "RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\2\0\x44\xac\0\0\0\0\0\0\4\0\x10\0data\0\2\0\0",
               44);
        return 556;
    case 1:
        memcpy(b, "FORM\0\0\2\0AIFFCOMM\0\0\0\x12\0\2\0\0\0\x40\0\x10\x40\x0e\xac\x44", 32);
        memcpy(b + 38, "SSND\0\0\1\x08", 8);
        return 310;
    case 2:
        memcpy(b, ".snd\0\0\0\x18\0\0\1\0\0\0\0\3\0\0\xac\x44\0\0\0\2", 24);
        return 280;
    case 3:
        memcpy(b, "fLaC\0\0\0\x22", 8);
        put_be(b + 18, (uint64_t)44100 << 44 | (uint64_t)1 << 41 | (uint64_t)15 << 36 | 4096, 8);
        return 400;
    case 4:
        memcpy(b, "OggS\0\2", 6);
        b[26] = 1;
        b[27] = 30;
        memcpy(b + 28, "\1vorbis\0\0\0\0\2\x44\xac", 14);
        return 200;
    default:
        for (size_t i = 0; i + 104 <= size;
             i += 104) /* 32 kbit/s, 44.1 kHz, mono, padded to 105: no */
            memcpy(b + i, "\xff\xfb\x10\xc0", 4);
        memcpy(b + 4 + 17, "Info\0\0\0\x0f\0\0\0\5", 12);
        memcpy(b + 4 + 17 + 120, "LAME3.100", 9);
        return 1040;
    }
}

static void headers_that_lie(void **state)
{
    unsigned char b[2048];
    struct ir_rng rng;
    int fd = memfd_create("sound", MFD_CLOEXEC), accepted[6] = {0};
    (void)state;
    assert_true(fd >= 0);
    ir_rng_seed(&rng, 1);
    for (int round = 0; round < 30000; round++) {
        int kind = round % 6;
        size_t n = seed_file(kind, b, sizeof b);
        for (int m = (int)ir_rng_below(&rng, 6); m > 0; m--) {
            size_t at = (size_t)ir_rng_below(&rng, m % 2 ? 64 : n);
            b[at] = (unsigned char)(m % 3 ? ir_rng_u64(&rng) : 0xff);
        }
        if (ir_rng_below(&rng, 4) == 0)
            n = (size_t)ir_rng_below(&rng, n + 1);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, b, n, 0), (ssize_t)n);
        struct ir_source s = IR_SOURCE_NEW;
        struct ir_err err = {""};
        if (ir_probe(fd, n, &s, &err) < 0) {
            assert_true(err.text[0] != '\0');
            ir_damage_free(&s.damage);
            continue;
        }
        accepted[kind]++;
        assert_true(s.rate_hz >= IR_DECODE_RATE_MIN && s.rate_hz <= IR_DECODE_RATE_MAX);
        assert_true(s.channels >= 1 && s.channels <= IR_DECODE_CHANNELS_MAX && s.frames > 0);
        if (s.kind == IR_KIND_RAW) /* every promised sample is in the file */
            assert_true(s.offset + s.frames * s.channels * ir_coding_bytes(s.coding) <= n);
        if (s.kind == IR_KIND_MP3)
            assert_true(s.mpeg_start < s.mpeg_end && s.mpeg_end <= n && s.keep <= s.frames);
        ir_damage_free(&s.damage);
    }
    close(fd);
    assert_true(accepted[0] > 100 && accepted[1] > 100 && accepted[2] > 100 && accepted[3] > 100);
}

/* ---- resampling -------------------------------------------------------------------------------
 */

/* Output samples from `first` on, of input that comes in pieces. */
static size_t resample(const struct ir_rate_filter *f, uint64_t first, const float *in, size_t n,
                       size_t piece, float *out)
{
    struct ir_rate *r = ir_rate_new(f, first, piece % 2 == 1);
    const float *got;
    size_t total = 0, now;
    for (size_t i = (size_t)ir_rate_first(f, first); i < n; i += piece) {
        now = ir_rate_push(r, in + i, n - i < piece ? n - i : piece, &got);
        memcpy(out + total, got, now * sizeof *out);
        total += now;
    }
    now = ir_rate_drain(r, ir_rate_total(f, n), &got);
    memcpy(out + total, got, now * sizeof *out);
    ir_rate_free(r);
    return total + now;
}

/* The bits depend neither on how the input is cut nor on where one begins; a sine stays one. */
static void resampling_in_pieces(void **state)
{
    static const double rates[][2] = {{44100, 22050}, {44100, 16000}, {8000, 192000},
                                      {11025, 48000}, {44100, 22051}, {768000, 4000}};
    const size_t n = 60011, room = n * 25;
    float *in = ir_alloc(n, sizeof *in), *a = ir_alloc(room, sizeof *a);
    float *b = ir_alloc(room, sizeof *b);
    struct ir_err err;
    (void)state;
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        struct ir_rate_filter *f = ir_rate_filter_new(rates[k][0], rates[k][1], &err);
        assert_non_null(f);
        double step = rates[k][0] / rates[k][1], low = step > 1 ? step : 1;
        for (size_t i = 0; i < n; i++)
            in[i] = (float)(0.9 * sin(0.5 / low * (double)i));
        size_t na = resample(f, 0, in, n, n, a), nb = resample(f, 0, in, n, 777, b);
        assert_int_equal(na, llround((double)n / step));
        assert_int_equal(na, nb);
        assert_memory_equal(a, b, na * sizeof *a);
        nb = resample(f, na / 3, in, n, 5000, b);
        assert_int_equal(nb, na - na / 3);
        assert_memory_equal(a + na / 3, b, nb * sizeof *a);
        for (size_t i = na / 3; i < na / 2; i++)
            assert_true(fabs((double)a[i] - 0.9 * sin(0.5 / low * step * (double)i)) < 3e-6);
        ir_rate_filter_free(f);
    }
    free(in);
    free(a);
    free(b);
}

/* ---- a worker that is not believed -------------------------------------------------------------
 */

/* Send bytes as a worker would, and read until something is said. */
static int hear(const void *bytes, size_t n, struct ir_cut *c, enum ir_msg *msg, char *text)
{
    int p[2], rc;
    assert_int_equal(pipe(p), 0);
    fcntl(p[0], F_SETFL, O_NONBLOCK);
    struct ir_link h = {.pipe = p[0], .jobs = -1};
    assert_int_equal(write(p[1], bytes, n), (ssize_t)n);
    close(p[1]);
    do
        rc = ir_link_read(&h, c, msg);
    while (rc == 1 && *msg == 0);
    memcpy(text, h.text, sizeof h.text);
    close(p[0]);
    return rc;
}

static int hear_message(uint32_t msg, uint32_t bytes, const void *body, size_t n, struct ir_cut *c,
                        enum ir_msg *got, char *text)
{
    unsigned char b[4096];
    struct ir_msg_head h = {msg, bytes};
    memcpy(b, &h, sizeof h);
    if (n > 0)
        memcpy(b + sizeof h, body, n);
    return hear(b, sizeof h + n, c, got, text);
}

static void nonsense_from_a_worker(void **state)
{
    char text[IR_TEXT_MAX + 1];
    float data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct ir_info info = {44100, 0, 2, 1};
    struct ir_cut c = {0};
    enum ir_msg msg;
    (void)state;
    assert_int_equal(hear_message(IR_MSG_DATA, 32, data, 32, &c, &msg, text), -2); /* before INFO */
    assert_int_equal(hear_message(IR_MSG_INFO, 8, &info, 8, &c, &msg, text), -2);
    assert_int_equal(hear_message(99, 0, NULL, 0, &c, &msg, text), -2);
    assert_int_equal(hear_message(IR_MSG_BAD, IR_TEXT_MAX + 1, NULL, 0, &c, &msg, text), -2);
    assert_int_equal(hear_message(IR_MSG_DONE, 4, data, 4, &c, &msg, text), -2);
    info.channels = 65;
    assert_int_equal(hear_message(IR_MSG_INFO, sizeof info, &info, sizeof info, &c, &msg, text),
                     -2);
    info.channels = 2;
    info.rate_hz = (double)NAN;
    assert_int_equal(hear_message(IR_MSG_INFO, sizeof info, &info, sizeof info, &c, &msg, text),
                     -2);
    info.rate_hz = 44100;
    info.pieces = 0;
    assert_int_equal(hear_message(IR_MSG_INFO, sizeof info, &info, sizeof info, &c, &msg, text),
                     -2);
    info.pieces = 1;
    assert_int_equal(hear_message(IR_MSG_INFO, sizeof info, &info, sizeof info, &c, &msg, text), 1);
    assert_int_equal(msg, IR_MSG_INFO);
    assert_int_equal(hear_message(IR_MSG_INFO, sizeof info, &info, sizeof info, &c, &msg, text),
                     -2);
    assert_int_equal(hear_message(IR_MSG_DATA, 12, data, 12, &c, &msg, text),
                     -2); /* half a frame */
    assert_int_equal(hear_message(IR_MSG_DATA, 1u << 30, data, 32, &c, &msg, text), -2);
    assert_int_equal(hear_message(IR_MSG_DATA, 32, data, 32, &c, &msg, text), 1);
    assert_int_equal(c.pend.len, 32);
    assert_memory_equal(c.pend.data, data, 32);
    assert_int_equal(hear_message(IR_MSG_DATA, 32, data, 16, &c, &msg, text), -1); /* ends in it */
    assert_int_equal(hear_message(IR_MSG_BAD, 3, "why", 3, &c, &msg, text), 1);
    assert_string_equal(text, "why");
    ir_buf_free(&c.pend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_do_not_matter),   cmocka_unit_test(the_end_of_a_clip),
        cmocka_unit_test(headers_that_lie),       cmocka_unit_test(resampling_in_pieces),
        cmocka_unit_test(nonsense_from_a_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
