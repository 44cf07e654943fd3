/* sox.c - the only file that speaks to libsox: open, read, resample. It runs in a worker
 * process. */
#include "sound.h"

#include <math.h>
#include <sox.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK    ((size_t)32768) /* samples in one call of libsox */
#define HEADROOM 16.0            /* `rate` works on integers: full scale ±16, 27 bits below ±1 */
#define INT_ONE  2147483648.0    /* libsox's full scale */

/* ---- messages ------------------------------------------------------------------------------ */

/* The first warning or failure since the file was opened. libsox has one handler a process. */
static char complaint[256];

static void on_message(unsigned level, const char *file, const char *fmt, va_list ap)
    IR_PRINTF(3, 0);
static void on_message(unsigned level, const char *file, const char *fmt, va_list ap)
{
    (void)file;
    char text[sizeof complaint];
    if (level > 2 || complaint[0])
        return;
    vsnprintf(text, sizeof text, fmt, ap);
    /* "can't open input file `/proc/self/fd/5': why": only the last part is for the user. */
    const char *why = strstr(text, "/proc/self/fd/");
    why = why ? strchr(why, ':') : NULL;
    snprintf(complaint, sizeof complaint, "%s", why && why[1] ? why + 2 : text);
}

int ir_sox_start(struct ir_err *err)
{
    static bool started;
    if (started)
        return 0;
    if (sox_init() != SOX_SUCCESS || sox_format_init() != SOX_SUCCESS)
        return ir_fail(err, "libsox cannot be started");
    sox_globals_t *g = sox_get_globals();
    g->output_message_handler = on_message;
    g->verbosity = 2;
    g->use_threads = sox_false;
    g->bufsiz = BLOCK;
    started = true;
    return 0;
}

/* ---- reading ------------------------------------------------------------------------------- */

struct ir_sox {
    sox_format_t *f;
    const struct ir_source *s;
    sox_sample_t *buf;
    size_t frames_max;         /* in buf */
    uint64_t got;              /* frames read from the decoder */
    struct ir_mpeg_pipe *feed; /* MP3 */
};

static void raw_setup(const struct ir_source *s, sox_signalinfo_t *sig, sox_encodinginfo_t *enc)
{
    static const struct {
        sox_encoding_t encoding;
        unsigned bits;
    } map[] = {
        [IR_CODING_U8] = {SOX_ENCODING_UNSIGNED, 8},
        [IR_CODING_S8] = {SOX_ENCODING_SIGN2, 8},
        [IR_CODING_S16] = {SOX_ENCODING_SIGN2, 16},
        [IR_CODING_S24] = {SOX_ENCODING_SIGN2, 24},
        [IR_CODING_S32] = {SOX_ENCODING_SIGN2, 32},
        /* Floats come through as 32-bit words: libsox would clip them and turn NaN into a click. */
        [IR_CODING_F32] = {SOX_ENCODING_SIGN2, 32},
        [IR_CODING_F64] = {SOX_ENCODING_SIGN2, 32},
        [IR_CODING_ULAW] = {SOX_ENCODING_ULAW, 8},
        [IR_CODING_ALAW] = {SOX_ENCODING_ALAW, 8}};
    const uint16_t one = 1;
    bool big_host = *(const unsigned char *)&one == 0;
    memset(sig, 0, sizeof *sig);
    memset(enc, 0, sizeof *enc); /* sox_init_encodinginfo leaves opposite_endian as it was */
    sig->rate = s->rate_hz;
    sig->channels = s->channels * (s->coding == IR_CODING_F64 ? 2 : 1);
    sox_init_encodinginfo(enc);
    enc->encoding = map[s->coding].encoding;
    enc->bits_per_sample = map[s->coding].bits;
    enc->reverse_bytes = s->big_endian != big_host ? sox_option_yes : sox_option_no;
    enc->reverse_bits = enc->reverse_nibbles = sox_option_no;
}

static int open_format(struct ir_sox *x, int fd, struct ir_err *err)
{
    static const char *const type[] = {"raw", "flac", "vorbis", "mp3"};
    sox_signalinfo_t sig = {0};
    sox_encodinginfo_t enc;
    char path[32];
    if (x->s->kind == IR_KIND_MP3) {
        if (!(x->feed = ir_mpeg_pipe_new(fd, x->s->mpeg_start, x->s->mpeg_end, err)))
            return -1;
        fd = ir_mpeg_pipe_fd(x->feed);
    }
    bool raw = x->s->kind == IR_KIND_RAW;
    raw_setup(x->s, &sig, &enc);
    if (!raw)
        sig = (sox_signalinfo_t){.length = x->s->kind == IR_KIND_MP3 ? SOX_IGNORE_LENGTH : 0};
    sox_get_globals()->input_bufsiz = raw && x->s->stream ? 4096 : BLOCK;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    complaint[0] = '\0';
    x->f =
        sox_open_read(path, raw || sig.length ? &sig : NULL, raw ? &enc : NULL, type[x->s->kind]);
    if (!x->f)
        return ir_fail(err, "%s cannot be decoded%s%s", x->s->name, complaint[0] ? ": " : "",
                       complaint);
    if (raw && x->s->offset > 0) {
        x->f->data_start = x->s->offset;
        if (sox_seek(x->f, 0, SOX_SEEK_SET) != SOX_SUCCESS)
            return ir_fail(err, "%s: libsox cannot go to byte %llu", x->s->name,
                           (unsigned long long)x->s->offset);
    }
    /* Our count is the right one; FLAC compares its MD5 sum only when read beyond its end. */
    if (raw || x->s->kind == IR_KIND_FLAC)
        x->f->signal.length = SOX_UNSPEC;
    return 0;
}

static void release(struct ir_sox *x)
{
    if (x->f)
        sox_close(x->f);
    ir_mpeg_pipe_free(x->feed);
    free(x->buf);
    free(x);
}

struct ir_sox *ir_sox_open(int fd, const struct ir_source *s, struct ir_err *err)
{
    struct ir_sox *x = ir_zalloc(1, sizeof *x);
    x->s = s;
    if (open_format(x, fd, err) < 0)
        goto bad;
    if (s->kind != IR_KIND_RAW &&
        (x->f->signal.channels != s->channels || x->f->signal.rate != s->rate_hz)) {
        ir_fail(err, "%s header says %g Hz, %u channels, its decoder %g Hz, %u channels", s->name,
                s->rate_hz, s->channels, x->f->signal.rate, x->f->signal.channels);
        goto bad;
    }
    size_t words = s->channels * (s->coding == IR_CODING_F64 ? 2u : 1u);
    x->frames_max = (s->stream ? 1024 : BLOCK) / words;
    if (x->frames_max == 0)
        x->frames_max = 1;
    x->buf = ir_alloc(x->frames_max * words, sizeof *x->buf);
    return x;
bad:
    release(x);
    return NULL;
}

/* 32-bit words as they stand in the file to floats. */
static int bits_to_float(const struct ir_sox *x, float *to, size_t n, struct ir_err *err)
{
    for (size_t i = 0; i < n; i++) {
        double v;
        if (x->s->coding == IR_CODING_F32) {
            float f;
            memcpy(&f, &x->buf[i], 4);
            v = (double)f;
        } else {
            uint64_t a = (uint32_t)x->buf[2 * i], b = (uint32_t)x->buf[2 * i + 1];
            uint64_t bits = x->s->big_endian ? a << 32 | b : b << 32 | a;
            memcpy(&v, &bits, 8);
        }
        if (!(v >= -HEADROOM && v <= HEADROOM))
            return ir_fail(err,
                           isnan(v)   ? "sample %llu is not a number (NaN)"
                           : isinf(v) ? "sample %llu is infinite"
                                      : "sample %llu is %g, more than 16 times full scale (1.0)",
                           (unsigned long long)(x->got + i / x->s->channels), v);
        to[i] = (float)v;
    }
    return 0;
}

static long read_block(struct ir_sox *x, float *to, size_t frames, struct ir_err *err)
{
    bool raw = x->s->kind == IR_KIND_RAW;
    size_t words = x->s->channels * (raw && x->s->coding == IR_CODING_F64 ? 2u : 1u);
    if (frames > x->frames_max)
        frames = x->frames_max;
    if (x->got < x->s->lost) { /* silence */
        frames = frames < x->s->lost - x->got ? frames : (size_t)(x->s->lost - x->got);
        memset(to, 0, frames * x->s->channels * sizeof *to);
        x->got += frames;
        return (long)frames;
    }
    if (x->s->frames != IR_FRAMES_UNKNOWN && raw && frames > x->s->frames - x->got)
        frames = (size_t)(x->s->frames - x->got);
    if (frames == 0)
        return 0;
    size_t got = sox_read(x->f, x->buf, frames * words) / words, n = got * x->s->channels;
    if (raw && (x->s->coding == IR_CODING_F32 || x->s->coding == IR_CODING_F64)) {
        if (bits_to_float(x, to, n, err) < 0)
            return -1;
    } else {
        for (size_t i = 0; i < n; i++)
            to[i] = (float)x->buf[i] * (float)(1 / INT_ONE);
    }
    x->got += got;
    if (x->s->frames != IR_FRAMES_UNKNOWN && x->got > x->s->frames)
        return ir_fail(err, "%s gives more frames than its header promises, %llu", x->s->name,
                       (unsigned long long)x->s->frames);
    return (long)got;
}

/* At the end: was everything there? */
static long at_end(struct ir_sox *x, struct ir_err *err)
{
    uint64_t want = x->s->frames;
    if (x->s->kind == IR_KIND_VORBIS && x->f->signal.length != SOX_UNSPEC)
        want = x->f->signal.length / x->s->channels;
    bool tail = x->s->kind == IR_KIND_FLAC && x->got == want; /* tags behind the last frame */
    if (x->f->sox_errno && x->f->sox_errno != SOX_EOF && !tail)
        return ir_fail(err, "%s is damaged: %s", x->s->name, x->f->sox_errstr);
    if (complaint[0])
        return ir_fail(err, "%s is damaged: %s", x->s->name, complaint);
    if (want == IR_FRAMES_UNKNOWN || x->got == want)
        return 0;
    return ir_fail(err, "%s is damaged or cut short: %llu frames of sound of %llu", x->s->name,
                   (unsigned long long)x->got, (unsigned long long)want);
}

long ir_sox_read(struct ir_sox *x, float *to, size_t frames, struct ir_err *err)
{
    long got = frames ? read_block(x, to, frames, err) : 0;
    return got ? got : at_end(x, err);
}

bool ir_sox_seek(struct ir_sox *x, uint64_t frame)
{
    uint64_t words = x->s->channels * (x->s->coding == IR_CODING_F64 ? 2u : 1u);
    if (frame == 0)
        return true;
    if ((x->s->kind != IR_KIND_RAW && x->s->kind != IR_KIND_FLAC) || x->s->stream ||
        (x->s->frames != IR_FRAMES_UNKNOWN && frame > x->s->frames) ||
        sox_seek(x->f, frame * words, SOX_SEEK_SET) != SOX_SUCCESS)
        return false;
    x->got = frame;
    return true;
}

int ir_sox_close(struct ir_sox *x, struct ir_err *err)
{
    bool whole = x->s->frames != IR_FRAMES_UNKNOWN ? x->got == x->s->frames : true;
    const char *name = x->s->name;
    release(x);
    /* FLAC compares its MD5 sum here; a cut that ends early leaves it unfinished. */
    return whole && complaint[0] ? ir_fail(err, "%s is damaged: %s", name, complaint) : 0;
}

/* ---- resampling ---------------------------------------------------------------------------- */

struct ir_rate {
    sox_effect_t *e;
    bool started;
    sox_sample_t *in, *out; /* BLOCK each */
    float *result;
    size_t result_n, result_cap;
};

struct ir_rate *ir_rate_new(double in_hz, double out_hz, struct ir_err *err)
{
    const sox_effect_handler_t *h = sox_find_effect("rate");
    char hz[32], high[] = "-h";
    char *args[] = {high, hz};
    if (!h) {
        ir_fail(err, "this libsox has no rate effect");
        return NULL;
    }
    struct ir_rate *r = ir_zalloc(1, sizeof *r);
    r->e = sox_create_effect(h);
    r->e->in_signal = (sox_signalinfo_t){.rate = in_hz, .channels = 1, .precision = 32};
    r->e->out_signal = (sox_signalinfo_t){.rate = out_hz, .channels = 1, .precision = 32};
    ir_format_real(hz, out_hz);
    if (sox_effect_options(r->e, 2, args) != SOX_SUCCESS ||
        r->e->handler.start(r->e) != SOX_SUCCESS) {
        ir_fail(err, "libsox cannot resample from %g to %g Hz", in_hz, out_hz);
        ir_rate_free(r);
        return NULL;
    }
    r->started = true;
    r->e->flows = 1;
    r->in = ir_alloc(BLOCK, sizeof *r->in);
    r->out = ir_alloc(BLOCK, sizeof *r->out);
    return r;
}

static void keep_output(struct ir_rate *r, size_t n)
{
    ir_grow(&r->result, &r->result_cap, r->result_n + n, sizeof *r->result);
    float *to = r->result + r->result_n;
    for (size_t i = 0; i < n; i++)
        to[i] = (float)r->out[i] * (float)(HEADROOM / INT_ONE);
    r->result_n += n;
}

size_t ir_rate_push(struct ir_rate *r, const float *in, size_t n, const float **out)
{
    static const float one = (float)(INT_ONE / HEADROOM), top = 2147483520.0f;
    r->result_n = 0;
    while (n > 0) {
        size_t now = n < BLOCK ? n : BLOCK;
        for (size_t i = 0; i < now; i++) {
            float v = in[i] * one;
            v = v > top ? top : v < -top ? -top : v;
            r->in[i] = (sox_sample_t)(v + copysignf(0.5f, v));
        }
        for (size_t done = 0; done < now;) { /* takes all of it unless its output is full */
            size_t take = now - done, room = BLOCK;
            r->e->handler.flow(r->e, r->in + done, r->out, &take, &room);
            keep_output(r, room);
            done += take;
        }
        in += now;
        n -= now;
    }
    *out = r->result;
    return r->result_n;
}

size_t ir_rate_drain(struct ir_rate *r, const float **out)
{
    size_t room = BLOCK;
    r->result_n = 0;
    r->e->handler.drain(r->e, r->out, &room);
    keep_output(r, room);
    *out = r->result;
    return r->result_n;
}

void ir_rate_free(struct ir_rate *r)
{
    if (!r)
        return;
    if (r->started)
        sox_delete_effect(r->e);
    free(r->in);
    free(r->out);
    free(r->result);
    free(r);
}
