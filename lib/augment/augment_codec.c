/* augment_codec.c - to MP3 and back, by LAME (the only file with <lame/lame.h>): what low bit rates
 * leave of a recording. */
#include "augment.h"

#include <lame/lame.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

static const struct ir_augment_param params[] = {
    {"kbps", 8, 320, "32..128", "kbit/s", NULL,
     "bit rate of each channel; the nearest that MP3 has"},
    {0},
};

/* Decoder's delay of an MP3 filter bank, in samples (LAME's documentation of gapless playback). */
enum { DECODER_DELAY = 528 + 1, BLOCK = 1152, ROOM = 2 * BLOCK + 7200 };

static bool rate_known(double rate_hz)
{
    static const int rates[] = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        if (rate_hz == rates[i])
            return true;
    return false;
}

static lame_t encoder(double rate_hz, double kbps)
{
    lame_t l = lame_init();
    if (!l)
        return NULL;
    lame_set_num_channels(l, 1);
    lame_set_in_samplerate(l, (int)rate_hz);
    lame_set_out_samplerate(l, (int)rate_hz);
    lame_set_mode(l, MONO);
    lame_set_brate(l, (int)rint(kbps));
    lame_set_quality(l, 7);
    lame_set_bWriteVbrTag(l, 0);
    if (lame_init_params(l) < 0) {
        lame_close(l);
        return NULL;
    }
    return l;
}

/* Samples of coded blocks go to v after `skip` of them were left out. */
struct sink {
    hip_t hip;
    float *v;
    size_t n, at, skip;
    float gain;
};

static void decode(struct sink *k, unsigned char *bytes, int n)
{
    static _Thread_local short pcm[BLOCK * 2], right[BLOCK * 2];
    int got = n > 0 ? hip_decode1(k->hip, bytes, (size_t)n, pcm, right) : 0;
    for (; got > 0; got = hip_decode1(k->hip, bytes, 0, pcm, right))
        for (int i = 0; i < got; i++) {
            if (k->skip)
                k->skip--;
            else if (k->at < k->n)
                k->v[k->at++] = k->gain * (float)pcm[i] / 32768;
        }
}

/* v of n samples, in place. Zeros behind it push the last samples through both delays. */
static void through(lame_t l, struct sink *k, double peak)
{
    static _Thread_local unsigned char coded[ROOM];
    const float scale = peak > 0.9 ? (float)(0.9 / peak) : 1;
    const size_t tail = 4 * BLOCK, n = k->n;
    float *in = ir_zalloc(n + tail, sizeof *in);
    for (size_t i = 0; i < n; i++)
        in[i] = k->v[i] * scale;
    k->gain = 1 / scale;
    k->skip = (size_t)lame_get_encoder_delay(l) + DECODER_DELAY;
    for (size_t i = 0; i < n + tail; i += BLOCK) {
        const size_t m = n + tail - i < BLOCK ? n + tail - i : BLOCK;
        decode(k, coded, lame_encode_buffer_ieee_float(l, in + i, in + i, (int)m, coded, ROOM));
    }
    decode(k, coded, lame_encode_flush(l, coded, ROOM));
    while (k->at < n)
        k->v[k->at++] = 0;
    free(in);
}

/* Both sides fill tables of the library's own when the first of them is made: one thread at a time.
 */
static pthread_mutex_t tables = PTHREAD_MUTEX_INITIALIZER;

static bool start(double rate_hz, double kbps, lame_t *l, hip_t *hip)
{
    pthread_mutex_lock(&tables);
    *l = encoder(rate_hz, kbps);
    *hip = *l ? hip_decode_init() : NULL;
    pthread_mutex_unlock(&tables);
    return *hip != NULL;
}

static int codec(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                 struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)rng;
    const double peak = ir_augment_clip_peak(s);
    if (!rate_known(s->rate_hz))
        return ir_fail(err,
                       "MP3 has no rate of %g Hz (8000, 11025, 12000, 16000, 22050, 24000, "
                       "32000, 44100 or 48000)",
                       s->rate_hz);
    for (size_t c = 0; c < s->channels && peak > 0; c++) {
        lame_t l;
        hip_t hip;
        if (!start(s->rate_hz, value[0], &l, &hip)) {
            lame_close(l);
            return ir_fail(err, "the MP3 encoder cannot be started");
        }
        struct sink k = {.hip = hip, .v = s->v + c * s->frames, .n = s->frames};
        through(l, &k, peak);
        hip_decode_exit(hip);
        lame_close(l);
    }
    return 0;
}

const struct ir_augment ir_augment_codec = {
    .name = "codec",
    .usage = "to MP3 and back",
    .example = "codec kbps=32..96 p=0.5",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = codec,
};
