/* clip.c - one clip, or one piece of a long one, inside a worker: find its part of the file,
 * decode, average, resample, send. */
#include "reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CUT_SLACK_S 0.1 /* a cut that ends so little after the sound is taken as far as it goes */
#define BLOCK       ((size_t)8192)
#define REST_MAX    ((uint64_t)1 << 30)
#define PIECE_S     16.0
#define SUM_HZ      10e6 /* samples a second that are surely decoded, a tenth of what is usual */
#define PIECES_MIN  3    /* a shorter clip is not worth it */

struct work {
    const struct ir_decode_opts *opts;
    const struct ir_job *job;
    int pipe;
    struct ir_sound_file *f;
    const struct ir_source *s;
    unsigned out_channels, lanes; /* lanes: channels that are resampled */
    bool resample;
    struct ir_rate *rate[IR_DECODE_CHANNELS_MAX];
    float *block, *lane[IR_DECODE_CHANNELS_MAX]; /* BLOCK frames */
    uint64_t skip, keep;                         /* the clip: frames of the source */
    uint64_t from, until, kept;                  /* of this piece, counted from `skip` */
    uint64_t made_from, made_until, made;        /* output samples of this piece */
    uint32_t pieces;
    bool ended; /* the source gave all it has */
    struct ir_damage damage;
    float *out; /* interleaved, IR_MSG_MAX bytes */
    size_t out_n;
};

/* ---- samples out --------------------------------------------------------------------------- */

static void flush_out(struct work *w)
{
    if (w->out_n > 0)
        ir_send_message(w->pipe, IR_MSG_DATA, w->out, w->out_n * sizeof(float));
    w->out_n = 0;
}

/* n samples of each lane to the pipe; one lane may feed several channels. */
static void put_lanes(struct work *w, const float *const *lane, size_t n)
{
    unsigned ch = w->out_channels;
    size_t room = IR_MSG_MAX / sizeof(float) / ch;
    if (n > w->made_until - w->made)
        n = (size_t)(w->made_until - w->made);
    w->made += n;
    for (size_t done = 0; done < n;) {
        size_t filled = w->out_n / ch, now = n - done < room - filled ? n - done : room - filled;
        float *to = w->out + w->out_n;
        if (ch == 1)
            memcpy(to, lane[0] + done, now * sizeof(float));
        else
            for (unsigned k = 0; k < ch; k++)
                for (size_t i = 0; i < now; i++)
                    to[i * ch + k] = lane[w->lanes == 1 ? 0 : k][done + i];
        w->out_n += now * ch;
        done += now;
        if (filled + now == room)
            flush_out(w);
    }
    if (w->s->stream)
        flush_out(w);
}

static void average(float *to, const float *in, size_t n, unsigned ch)
{
    if (ch == 2) {
        for (size_t i = 0; i < n; i++)
            to[i] = 0.5f * (in[2 * i] + in[2 * i + 1]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (unsigned k = 0; k < ch; k++)
            sum += (double)in[i * ch + k];
        to[i] = (float)(sum / ch);
    }
}

static void process(struct work *w, const float *in, size_t n)
{
    unsigned ch = w->s->channels;
    const float *lane[IR_DECODE_CHANNELS_MAX];
    for (unsigned k = 0; k < w->lanes; k++) {
        lane[k] = w->lane[k];
        if (ch == 1)
            lane[k] = in;
        else if (w->lanes == 1)
            average(w->lane[0], in, n, ch);
        else
            for (size_t i = 0; i < n; i++)
                w->lane[k][i] = in[i * ch + k];
    }
    if (w->resample) {
        size_t out = 0;
        for (unsigned k = 0; k < w->lanes; k++)
            out = ir_rate_push(w->rate[k], lane[k], n, &lane[k]);
        n = out;
    }
    put_lanes(w, lane, n);
}

static void drain(struct work *w)
{
    const float *lane[IR_DECODE_CHANNELS_MAX];
    uint64_t total = w->made_until;
    if (w->resample) {
        if (w->keep == IR_FRAMES_UNKNOWN || w->ended)
            total = ir_rate_total(w->f->filter, w->from + w->kept);
        total = total < w->made_until ? total : w->made_until;
        size_t n = 0;
        for (unsigned k = 0; k < w->lanes; k++)
            n = ir_rate_drain(w->rate[k], total, &lane[k]);
        put_lanes(w, lane, n);
    }
    flush_out(w);
}

/* ---- the plan ------------------------------------------------------------------------------ */

/* --max-seconds for this clip; 0: no limit. */
static double seconds_allowed(const struct work *w)
{
    return w->s->stream ? w->opts->stream_seconds : w->opts->max_seconds;
}

/* Which frames of the source are wanted. */
static int plan_cut(struct work *w, struct ir_err *err)
{
    double rate = w->s->rate_hz;
    uint64_t start = (uint64_t)llround(w->job->start_s * rate);
    w->skip = w->s->skip + start;
    w->keep = w->s->keep;
    if (w->keep == IR_FRAMES_UNKNOWN && w->s->frames != IR_FRAMES_UNKNOWN)
        w->keep = w->s->frames;
    if (w->keep != IR_FRAMES_UNKNOWN) {
        if (w->keep == 0)
            return ir_fail(err, "%s holds no samples%s%s", w->s->name,
                           *w->s->damage.first ? ": " : "", w->s->damage.first);
        if (start >= w->keep)
            return ir_fail(err, "the cut starts at %g s, the sound is %g s long", w->job->start_s,
                           (double)w->keep / rate);
        w->keep -= start;
    }
    double seconds = (double)w->keep / rate, most = seconds_allowed(w);
    if (w->job->length_s > 0) {
        uint64_t n = (uint64_t)llround(w->job->length_s * rate);
        if (w->keep == IR_FRAMES_UNKNOWN || n < w->keep)
            w->keep = n > 0 ? n : 1;
        seconds = w->job->length_s;
    }
    if (most > 0 && w->keep != IR_FRAMES_UNKNOWN && seconds > most)
        return ir_fail(err, "is %.10g s long, more than --max-seconds %g", seconds, most);
    return 0;
}

/* Which output samples this piece makes, and of which frames. */
static void plan_piece(struct work *w, double out_hz)
{
    const struct ir_rate_filter *f = w->f->filter;
    w->pieces = 1;
    w->from = w->made_from = 0;
    w->until = w->keep;
    w->made_until = UINT64_MAX;
    if (w->keep == IR_FRAMES_UNKNOWN || w->s->stream)
        return;
    uint64_t total = w->resample ? ir_rate_total(f, w->keep) : w->keep;
    double pieces = ceil((double)total / (PIECE_S * out_hz));
    w->made_until = total;
    if (pieces < PIECES_MIN)
        return;
    w->pieces = (uint32_t)pieces;
    uint64_t size = total / w->pieces + 1;
    w->made_from = w->job->piece * size;
    w->made_until = w->made_from + size < total ? w->made_from + size : total;
    w->from = w->resample ? ir_rate_first(f, w->made_from) : w->made_from;
    w->until = w->resample ? ir_rate_end(f, w->made_until) : w->made_until;
    w->until = w->until < w->keep ? w->until : w->keep;
}

static int plan_channels(struct work *w, struct ir_err *err)
{
    struct ir_sound_file *f = w->f;
    unsigned have = w->s->channels, want = w->opts->channels;
    w->out_channels = want ? want : have;
    w->lanes = w->out_channels == 1 || have == 1 ? 1 : have;
    if (want > 1 && have > 1 && want != have)
        return ir_fail(err, "has %u channels, --channels %u wanted (1 averages them)", have, want);
    double out_hz = w->opts->rate_hz > 0 ? w->opts->rate_hz : w->s->rate_hz;
    w->resample = out_hz != w->s->rate_hz;
    if (w->resample && !ir_rate_filter_is(f->filter, w->s->rate_hz, out_hz)) {
        ir_rate_filter_free(f->filter);
        if (!(f->filter = ir_rate_filter_new(w->s->rate_hz, out_hz, err)))
            return -1;
    }
    if (w->opts->segment_s == 0 && w->keep != IR_FRAMES_UNKNOWN &&
        (double)w->keep / w->s->rate_hz * out_hz * w->out_channels * sizeof(float) >
            (double)IR_DATA_MAX)
        return ir_fail(err, "is longer than a record may be (1 GiB of samples): use --segment");
    plan_piece(w, out_hz);
    if (w->job->piece >= w->pieces)
        return ir_fail(err, "changed while it was read");
    w->made = w->made_from;
    w->block = ir_alloc(BLOCK * have, sizeof *w->block);
    for (unsigned k = 0; k < w->lanes; k++) {
        w->lane[k] = ir_alloc(BLOCK, sizeof(float));
        if (w->resample)
            w->rate[k] = ir_rate_new(f->filter, w->made_from, w->s->stream);
    }
    struct ir_info info = {out_hz, w->job->start_s, w->out_channels, w->pieces};
    ir_send_message(w->pipe, IR_MSG_INFO, &info, sizeof info);
    return 0;
}

/* ---- decoding ------------------------------------------------------------------------------ */

/* The MD5 sum of a FLAC file is that of all its samples. Where the file is cut into pieces, its
 * last piece is read from the start: it costs a decoding without resampling, and comes after all
 * others. Not where that might be taken for a hang (--timeout). */
static bool sums(const struct work *w)
{
    double samples = (double)w->s->frames * w->s->channels;
    return w->s->kind == IR_KIND_FLAC && w->pieces > 1 && w->job->piece + 1 == w->pieces &&
           w->skip == 0 && w->keep == w->s->frames &&
           (w->opts->timeout_s <= 0 || samples < w->opts->timeout_s * SUM_HZ);
}

static int read_piece(struct work *w, struct ir_err *err)
{
    struct ir_sound_file *f = w->f;
    bool sum = sums(w);
    double seconds = seconds_allowed(w);
    uint64_t most = seconds > 0 ? (uint64_t)(seconds * w->s->rate_hz) : IR_FRAMES_UNKNOWN;
    uint64_t begin = w->skip + w->from, want = w->until - w->from;
    if (w->until == IR_FRAMES_UNKNOWN)
        want = IR_FRAMES_UNKNOWN;
    if (sum ? ir_file_again(f, err) < 0 : ir_file_go(f, begin, err) < 0)
        return -1;
    bool all = w->skip + w->keep >= w->s->frames; /* FLAC shows its MD5 sum at the very end */
    for (;;) {
        if (w->kept == want && !all)
            return 0;
        long got = f->r->kind->read(f->r, w->block, BLOCK, err);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        uint64_t n = (uint64_t)got, from = begin > f->at ? begin - f->at : 0;
        f->at += n;
        if (from >= n)
            continue;
        uint64_t take = n - from < want - w->kept ? n - from : want - w->kept;
        w->kept += take;
        if (w->kept > most)
            return ir_fail(err, "is longer than --max-seconds %g", seconds);
        if (take > 0)
            process(w, w->block + from * w->s->channels, (size_t)take);
        if (w->kept == want && !sum && (w->pieces > 1 || !f->from_zero))
            return 0;
    }
    w->ended = true;
    return 0;
}

/* At the end of the source: was everything there? */
static void check_end(struct work *w)
{
    struct ir_sound_file *f = w->f;
    const struct ir_source *s = w->s;
    if (!w->ended)
        return;
    if (s->frames != IR_FRAMES_UNKNOWN && f->at != s->frames)
        ir_damage_add(&w->damage, f->at < s->frames ? IR_DAMAGE_CUT : IR_DAMAGE_DOUBT, f->at,
                      f->at < s->frames ? s->frames - f->at : 0,
                      "%s is damaged or cut short: %llu frames of sound of %llu", s->name,
                      (unsigned long long)f->at, (unsigned long long)s->frames);
    if (f->from_zero) {
        f->r->kind->close(f->r, &w->damage);
        f->r = NULL;
    }
}

static int check_cut(const struct work *w, struct ir_err *err)
{
    double rate = w->s->rate_hz, want = w->job->length_s, got = (double)w->kept / rate;
    if (w->job->piece > 0 || w->pieces > 1)
        return 0;
    if (w->kept == 0 && w->job->start_s > 0)
        return ir_fail(err, "the cut starts at %g s, after the end of the sound", w->job->start_s);
    if (w->kept == 0)
        return ir_fail(err, "%s holds no samples", w->s->name);
    if (want > 0 && got < want - CUT_SLACK_S)
        return ir_fail(err, "the cut of %g s from %g s on has only %.6g s of sound", want,
                       w->job->start_s, got);
    return 0;
}

/* What is wrong in this clip, or this piece of it; each frame belongs to one piece. */
static int tell_damage(struct work *w, struct ir_err *err)
{
    double ratio = w->resample ? w->s->rate_hz / w->opts->rate_hz : 1;
    bool last = w->made_until == UINT64_MAX || w->pieces <= w->job->piece + 1;
    uint64_t lo = w->skip + (uint64_t)((double)w->made_from * ratio);
    uint64_t hi = last ? w->skip + (w->keep == IR_FRAMES_UNKNOWN ? w->kept : w->keep)
                       : w->skip + (uint64_t)((double)w->made_until * ratio);
    char words[IR_TEXT_MAX - 300], text[IR_TEXT_MAX + 1];
    struct ir_damage all = {0};
    ir_damage_take(&all, &w->s->damage, lo, hi);
    if (w->f->r)
        ir_damage_take(&all, &w->f->r->damage, lo, hi);
    ir_damage_take(&all, &w->damage, lo, hi);
    int rc = w->opts->strict && ir_damage_is(&all) ? ir_fail(err, "%s", all.first) : 0;
    if (rc == 0 && all.count > 0) {
        ir_damage_text(&all, w->s->skip, w->s->rate_hz, words, sizeof words);
        snprintf(text, sizeof text, "%.9g\t%s\t%s", (double)ir_damage_frames(&all) / w->s->rate_hz,
                 words, all.first);
        ir_send_text(w->pipe, IR_MSG_DAMAGE, text);
    }
    if (rc == 0 && *all.remark && w->job->piece == 0)
        ir_send_text(w->pipe, IR_MSG_REMARK, all.remark);
    ir_damage_free(&all);
    return rc;
}

/* What stands behind the sound in a pipe is read too, within reason: its program would die of a
 * broken pipe. */
static void read_to_the_end(int fd)
{
    char waste[16 << 10];
    uint64_t done = 0;
    for (ssize_t n = 1; n > 0 && done<REST_MAX; done += n> 0 ? (uint64_t)n : 0)
        n = read(fd, waste, sizeof waste);
}

/* A file that shrank or was written over since it was opened is not what its header said. */
static int check_unchanged(const struct ir_sound_file *f, struct ir_err *err)
{
    struct stat now;
    if (f->s.stream || fstat(f->fd, &now) != 0 || now.st_size > f->st.st_size)
        return 0;
    if (now.st_size == f->st.st_size && now.st_mtim.tv_sec == f->st.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == f->st.st_mtim.tv_nsec)
        return 0;
    return ir_fail(err, "changed while it was read: it had %lld bytes, now it has %lld",
                   (long long)f->st.st_size, (long long)now.st_size);
}

static int decode(struct work *w, struct ir_err *err)
{
    if (plan_cut(w, err) < 0 || plan_channels(w, err) < 0 || read_piece(w, err) < 0)
        return -1;
    const struct ir_decoder *before = w->f->r;
    struct ir_damage seen = before->damage; /* kept when check_end closes the reader */
    w->f->r->damage = (struct ir_damage){0};
    w->damage = seen;
    check_end(w);
    if (check_unchanged(w->f, err) < 0 || check_cut(w, err) < 0)
        return -1;
    drain(w);
    if (tell_damage(w, err) < 0)
        return -1;
    if (w->s->stream)
        read_to_the_end(w->f->fd);
    return 0;
}

int ir_clip_decode(struct ir_sound_file *f, int fd, const struct ir_job *job, int pipe,
                   const struct ir_decode_opts *opts, float *out, struct ir_err *err)
{
    struct work w = {.opts = opts, .job = job, .pipe = pipe, .f = f, .s = &f->s, .out = out};
    int rc = ir_file_open(f, fd, job, opts, err);
    if (rc == 0)
        rc = decode(&w, err);
    else if (f->s.foreign && !f->s.stream) {
        char text[IR_TEXT_MAX + 1];
        snprintf(text, sizeof text, "%.12s\t%.40s\t%.100s\t%.700s", f->s.foreign, f->s.name,
                 f->s.damage.first, err->text);
        ir_send_text(pipe, IR_MSG_FOREIGN, text);
        rc = 1;
    }
    for (unsigned k = 0; k < IR_DECODE_CHANNELS_MAX; k++) {
        ir_rate_free(w.rate[k]);
        free(w.lane[k]);
    }
    free(w.block);
    ir_damage_free(&w.damage);
    if (rc != 0 || f->s.stream)
        ir_file_close(f);
    else if (!f->r)
        ir_file_close(f); /* read to its end; the next clip of it begins anew */
    return rc;
}
