/* probe_pcm.c - the headers of WAV, AIFF/AIFC and AU, checked against the file; what stands behind
 * them are bare samples. */
#include "sound.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define CHUNKS_MAX 1000000
#define NO_LENGTH                                                                                  \
    0x7ef00000u /* from here on a size that the file does not have means "unknown"                 \
                 */

/* A program that could not go back to fill in the length left one of: 0, 2^31 or 2^32 less a little
 * (SoX: the largest multiple of the block below 0x7ffff000; AIFF: 0x7f000000), all ones. The sound
 * then goes on to the end. */
static bool no_length(uint64_t n, uint64_t have)
{
    return n > have ? n >= NO_LENGTH : n == 0 && have > 0;
}

/* Fill in frames from the bytes of sound; `have` is what the file holds from s->offset on. */
static int set_frames(struct ir_source *s, uint64_t want, uint64_t have, struct ir_err *err)
{
    if (s->channels < 1 || s->channels > IR_DECODE_CHANNELS_MAX)
        return 0; /* told by the caller */
    uint64_t frame = s->channels * ir_coding_bytes(s->coding);
    if (no_length(want, have)) {
        if (!s->stream)
            ir_damage_add(&s->damage, IR_DAMAGE_REMARK, 0, 0,
                          "%s header does not know its length (it says %llu bytes): read to the "
                          "end of the file",
                          s->name, (unsigned long long)want);
        want = have;
    }
    if (want > have && have < frame)
        return ir_fail(err,
                       "%s is cut short: the header promises %llu bytes of sound, %llu are there",
                       s->name, (unsigned long long)want, (unsigned long long)have);
    s->frames = want / frame;
    if (want > have) {
        s->frames = have / frame;
        ir_damage_add(&s->damage, IR_DAMAGE_CUT, s->frames, want / frame - s->frames,
                      "%s is cut short: the header promises %llu bytes of sound, %llu are there",
                      s->name, (unsigned long long)want, (unsigned long long)have);
    }
    return 0;
}

/* ---- WAV ----------------------------------------------------------------------------------- */

struct wav {
    bool have_fmt;
    unsigned tag, align, bits;
    uint64_t data64; /* RF64: size of the data chunk */
};

static const char *wav_coding_name(unsigned tag)
{
    static const struct {
        unsigned tag;
        const char *name;
    } known[] = {
        {0x02, "MS ADPCM"},   {0x10, "OKI ADPCM"},     {0x11, "IMA ADPCM"}, {0x14, "G.723"},
        {0x22, "TrueSpeech"}, {0x31, "GSM 6.10"},      {0x40, "G.721"},     {0x42, "G.723.1"},
        {0x45, "G.726"},      {0x50, "MPEG audio"},    {0x55, "MP3"},       {0x64, "G.726"},
        {0x65, "G.722"},      {0xff, "AAC"},           {0x160, "WMA 1"},    {0x161, "WMA 2"},
        {0x162, "WMA 9"},     {0x163, "WMA lossless"}, {0x270, "ATRAC3"},   {0x1610, "AAC"},
        {0x2000, "AC-3"},     {0x674f, "Vorbis"},      {0x6750, "Vorbis"},  {0x6751, "Vorbis"},
        {0x676f, "Vorbis"},   {0x6770, "Vorbis"},      {0x6771, "Vorbis"},  {0xf1ac, "FLAC"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].tag == tag)
            return known[i].name;
    return "an unknown coding";
}

static int wav_coding(const struct wav *w, struct ir_source *s, struct ir_err *err)
{
    unsigned bytes = s->channels ? w->align / s->channels : 0;
    bool other = w->tag != 1 && w->tag != 3 && w->tag != 6 && w->tag != 7;
    if (!other && s->channels &&
        (w->align != bytes * s->channels || w->bits > 8 * bytes || w->bits == 0))
        return ir_fail(err,
                       "WAV header is not consistent: %u channels of %u bits in blocks of %u bytes",
                       s->channels, w->bits, w->align);
    static const enum ir_coding pcm[] = {IR_CODING_U8, IR_CODING_S16, IR_CODING_S24, IR_CODING_S32};
    if (w->tag == 1 && bytes >= 1 && bytes <= 4 && w->bits >= 8) /* below: packed, or not */
        s->coding = pcm[bytes - 1];
    else if (w->tag == 3 && w->bits == 8 * bytes && (bytes == 4 || bytes == 8))
        s->coding = bytes == 4 ? IR_CODING_F32 : IR_CODING_F64;
    else if ((w->tag == 6 || w->tag == 7) && bytes == 1)
        s->coding = w->tag == 6 ? IR_CODING_ALAW : IR_CODING_ULAW;
    else if (other && w->tag != 0) {
        s->foreign = "wav";
        return ir_fail(err,
                       "WAV holds %s (format %#x, %u bits), which the program ffmpeg decodes, and "
                       "there is none in PATH (Debian: apt-get install ffmpeg); wanted it, or PCM "
                       "of 8 to 32 bits, float, mu-law or A-law",
                       wav_coding_name(w->tag), w->tag, w->bits);
    } else if (s->channels || other)
        return ir_fail(err,
                       "WAV holds an odd PCM (format %#x, %u bits); wanted PCM of 8 to 32 bits, "
                       "float, mu-law or A-law",
                       w->tag, w->bits);
    return 0;
}

/* f: the first bytes of the fmt chunk, zeros behind its n bytes. */
static int wav_fmt(const unsigned char f[40], uint64_t n, struct wav *w, struct ir_source *s,
                   struct ir_err *err)
{
    static const unsigned char guid[14] = {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80,
                                           0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71};
    if (n < 16)
        return ir_fail(err, "WAV fmt chunk is too short");
    uint64_t (*get)(const unsigned char *, size_t) = s->big_endian ? ir_be : ir_le;
    w->tag = (unsigned)get(f, 2);
    s->channels = (unsigned)get(f + 2, 2);
    s->rate_hz = (double)get(f + 4, 4);
    w->align = (unsigned)get(f + 12, 2);
    w->bits = (unsigned)get(f + 14, 2);
    if (w->tag == 0xfffe) {
        if (n < 40 || memcmp(f + 26, guid, 14) != 0)
            return ir_fail(err, "WAV extensible header names no coding that is known here");
        w->tag = (unsigned)get(f + 24, 2);
    }
    w->have_fmt = true;
    return wav_coding(w, s, err);
}

static int wav_data(const struct wav *w, uint64_t at, uint64_t n, uint64_t size, bool rf64,
                    struct ir_source *s, struct ir_err *err)
{
    if (!w->have_fmt)
        return ir_fail(err, "WAV has no fmt chunk before its data");
    s->offset = at;
    return set_frames(s, rf64 && n == 0xffffffff ? w->data64 : n, size - at, err);
}

/* Take down what the first 12 bytes say; true for RF64 and BW64, whose sizes stand elsewhere. */
static bool wav_start(const unsigned char h[12], struct ir_source *s)
{
    s->kind = IR_KIND_RAW;
    s->name = "WAV";
    s->big_endian = h[3] == 'X';
    return h[1] != 'I';
}

/* Does a row of chunks from here on end where the file ends? */
static bool chunks_to_the_end(int fd, uint64_t at, uint64_t size,
                              uint64_t (*get)(const unsigned char *, size_t))
{
    unsigned char h[8];
    for (int i = 0; i < 16 && at < size; i++) {
        if (!ir_read_at(fd, h, 8, at))
            return false;
        for (int k = 0; k < 4; k++)
            if (h[k] < 0x20 || h[k] > 0x7e)
                return false;
        uint64_t n = get(h + 4, 4);
        at += 8 + n + (n & 1);
    }
    return at == size || at == size + 1;
}

int ir_probe_wav(int fd, uint64_t start, uint64_t size, struct ir_source *s, struct ir_err *err)
{
    unsigned char h[12], f[40];
    struct wav w = {0};
    if (!ir_read_at(fd, h, 12, start))
        return ir_fail(err, "WAV header is cut short");
    bool rf64 = wav_start(h, s);
    uint64_t (*get)(const unsigned char *, size_t) = s->big_endian ? ir_be : ir_le;
    uint64_t at = start + 12;
    for (int i = 0; i < CHUNKS_MAX && at <= size && ir_read_at(fd, h, 8, at); i++) {
        uint64_t n = get(h + 4, 4);
        at += 8;
        if (!memcmp(h, "fmt ", 4)) {
            memset(f, 0, sizeof f);
            if (!ir_read_at(fd, f, n < 40 ? (size_t)n : 40, at))
                return ir_fail(err, "WAV fmt chunk is cut short");
            if (wav_fmt(f, n, &w, s, err) < 0)
                return -1;
        }
        if (!memcmp(h, "data", 4)) {
            if (n == 0 && chunks_to_the_end(fd, at, size, get))
                size = at; /* truly empty, with other chunks behind it */
            return wav_data(&w, at, n, size, rf64, s, err);
        }
        unsigned char d[16];
        if (rf64 && !memcmp(h, "ds64", 4) && n >= 24 && ir_read_at(fd, d, 16, at))
            w.data64 = ir_le(d + 8, 8);
        at += n + (n & 1);
    }
    return ir_fail(err, "WAV has no data chunk");
}

/* Exactly n bytes of a pipe; the first `keep` of them to `to`. */
static bool pipe_bytes(int fd, void *to, size_t keep, uint64_t n)
{
    unsigned char waste[512];
    for (uint64_t done = 0; done < n;) {
        bool kept = done < keep;
        size_t room = kept ? keep - (size_t)done : sizeof waste;
        size_t want = n - done < room ? (size_t)(n - done) : room;
        ssize_t got = read(fd, kept ? (unsigned char *)to + done : waste, want);
        if (got <= 0)
            return false;
        done += (uint64_t)got;
    }
    return true;
}

int ir_probe_wav_pipe(int fd, struct ir_source *s, struct ir_err *err)
{
    unsigned char h[12], f[40];
    struct wav w = {0};
    if (!pipe_bytes(fd, h, 12, 12) || memcmp(h, "RI", 2) != 0 || memcmp(h + 8, "WAVE", 4) != 0)
        return ir_fail(err, "WAV header is cut short");
    wav_start(h, s);
    uint64_t (*get)(const unsigned char *, size_t) = s->big_endian ? ir_be : ir_le;
    for (int i = 0; i < CHUNKS_MAX && pipe_bytes(fd, h, 8, 8); i++) {
        uint64_t n = get(h + 4, 4);
        if (!memcmp(h, "data", 4)) {
            bool open_ended = n == 0 || n >= NO_LENGTH;
            if (wav_data(&w, 0, open_ended ? 0 : n, UINT64_MAX, false, s, err) < 0)
                return -1;
            if (open_ended)
                s->frames = IR_FRAMES_UNKNOWN;
            return ir_source_check(s, err);
        }
        memset(f, 0, sizeof f);
        if (!pipe_bytes(fd, f, sizeof f, n + (n & 1)))
            break;
        if (!memcmp(h, "fmt ", 4) && wav_fmt(f, n, &w, s, err) < 0)
            return -1;
    }
    return ir_fail(err, "WAV has no data chunk");
}

/* ---- AIFF ---------------------------------------------------------------------------------- */

static double extended(const unsigned char *p) /* 80-bit IEEE, as in SANE */
{
    int e = (int)ir_be(p, 2) & 0x7fff;
    return p[0] & 0x80 ? -1.0 : ldexp((double)ir_be(p + 2, 8), e - 16383 - 63);
}

static int aiff_coding(const unsigned char *type, unsigned bits, struct ir_source *s,
                       struct ir_err *err)
{
    static const enum ir_coding pcm[] = {IR_CODING_S8, IR_CODING_S16, IR_CODING_S24, IR_CODING_S32};
    static const struct {
        char name[5];
        enum ir_coding coding;
    } other[] = {{"fl32", IR_CODING_F32},  {"FL32", IR_CODING_F32},  {"fl64", IR_CODING_F64},
                 {"FL64", IR_CODING_F64},  {"ulaw", IR_CODING_ULAW}, {"ULAW", IR_CODING_ULAW},
                 {"alaw", IR_CODING_ALAW}, {"ALAW", IR_CODING_ALAW}, {"raw ", IR_CODING_U8},
                 {"in24", IR_CODING_S24},  {"in32", IR_CODING_S32}};
    s->big_endian = memcmp(type, "sowt", 4) != 0;
    if (!memcmp(type, "NONE", 4) || !memcmp(type, "twos", 4) || !memcmp(type, "sowt", 4)) {
        if (bits < 1 || bits > 32)
            return ir_fail(err, "AIFF header says %u bits a sample, wanted 1 to 32", bits);
        s->coding = pcm[(bits + 7) / 8 - 1];
        return 0;
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (!memcmp(type, other[i].name, 4)) {
            s->coding = other[i].coding;
            return 0;
        }
    s->foreign = "aiff";
    return ir_fail(
        err,
        "AIFF holds the coding %.4s, which the program ffmpeg decodes, and there is none "
        "in PATH (Debian: apt-get install ffmpeg); wanted it, or PCM, float, mu-law or "
        "A-law",
        (const char *)type);
}

struct aiff {
    bool comm, open_ended; /* open_ended: its program could not fill in the lengths */
    uint64_t frames, sound;
};

static int aiff_comm(int fd, uint64_t at, uint64_t n, bool aifc, struct aiff *a,
                     struct ir_source *s, struct ir_err *err)
{
    unsigned char c[22];
    if (n < (aifc ? 22u : 18u) || !ir_read_at(fd, c, aifc ? 22 : 18, at))
        return ir_fail(err, "AIFF COMM chunk is too short");
    a->comm = true;
    s->channels = (unsigned)ir_be(c, 2);
    a->frames = ir_be(c + 2, 4);
    s->rate_hz = extended(c + 8);
    return aiff_coding(aifc ? c + 18 : (const unsigned char *)"NONE", (unsigned)ir_be(c + 6, 2), s,
                       err);
}

static int aiff_ssnd(int fd, uint64_t at, uint64_t n, uint64_t size, struct aiff *a,
                     struct ir_source *s, struct ir_err *err)
{
    unsigned char x[8];
    bool there = ir_read_at(fd, x, 8, at);
    a->open_ended = there && at + 8 < size && no_length(n > 8 ? n : 0, size - at);
    if (!there || (!a->open_ended && n < 8) || ir_be(x, 4) > (a->open_ended ? size - at : n) - 8)
        return ir_fail(err, "AIFF SSND chunk is not consistent");
    s->offset = at + 8 + ir_be(x, 4);
    a->sound = (a->open_ended ? size - at : n) - 8 - ir_be(x, 4);
    return 0;
}

int ir_probe_aiff(int fd, uint64_t start, uint64_t size, struct ir_source *s, struct ir_err *err)
{
    unsigned char h[12];
    struct aiff a = {0};
    uint64_t at = start + 12;
    if (!ir_read_at(fd, h, 12, start))
        return ir_fail(err, "AIFF header is cut short");
    bool aifc = h[11] == 'C';
    s->kind = IR_KIND_RAW;
    s->name = "AIFF";
    for (int i = 0; i < CHUNKS_MAX && !a.open_ended && at <= size && ir_read_at(fd, h, 8, at);
         i++) {
        uint64_t n = ir_be(h + 4, 4);
        at += 8;
        if (!memcmp(h, "COMM", 4) && aiff_comm(fd, at, n, aifc, &a, s, err) < 0)
            return -1;
        if (!memcmp(h, "SSND", 4) && aiff_ssnd(fd, at, n, size, &a, s, err) < 0)
            return -1;
        at += n + (n & 1);
    }
    if (!a.comm || s->offset == 0)
        return ir_fail(err, "AIFF has no %s chunk", a.comm ? "SSND" : "COMM");
    uint64_t want = a.frames * s->channels * ir_coding_bytes(s->coding);
    uint64_t have = s->offset < size ? size - s->offset : 0;
    if (a.open_ended && (a.frames == 0 || want > have))
        return set_frames(s, have, have, err);
    if (want > a.sound)
        ir_damage_add(&s->damage, IR_DAMAGE_DOUBT, 0, 0,
                      "AIFF header promises %llu frames, %llu bytes; its sound chunk has %llu",
                      (unsigned long long)a.frames, (unsigned long long)want,
                      (unsigned long long)a.sound);
    if (want > a.sound)
        want = a.sound;
    if (want == 0 && a.sound > 0) /* a count that was never filled in */
        want = a.sound;
    if (want == 0)
        have = 0;
    return set_frames(s, want, have, err);
}

/* ---- AU ------------------------------------------------------------------------------------ */

int ir_probe_au(int fd, uint64_t start, uint64_t size, struct ir_source *s, struct ir_err *err)
{
    static const struct {
        unsigned code;
        enum ir_coding coding;
    } codes[] = {{1, IR_CODING_ULAW}, {2, IR_CODING_S8},  {3, IR_CODING_S16}, {4, IR_CODING_S24},
                 {5, IR_CODING_S32},  {6, IR_CODING_F32}, {7, IR_CODING_F64}, {27, IR_CODING_ALAW}};
    unsigned char h[24];
    if (!ir_read_at(fd, h, 24, start))
        return ir_fail(err, "AU header is cut short");
    s->kind = IR_KIND_RAW;
    s->name = "AU";
    s->big_endian = h[0] == '.';
    uint64_t (*get)(const unsigned char *, size_t) = s->big_endian ? ir_be : ir_le;
    unsigned code = (unsigned)get(h + 12, 4);
    size_t i = 0;
    while (i < sizeof codes / sizeof *codes && codes[i].code != code)
        i++;
    if (i == sizeof codes / sizeof *codes) {
        s->foreign = code ? "au" : NULL;
        return ir_fail(
            err,
            "AU holds the coding %u, which the program ffmpeg decodes perhaps, and there "
            "is none in PATH (Debian: apt-get install ffmpeg); wanted PCM, float, "
            "mu-law or A-law",
            code);
    }
    s->coding = codes[i].coding;
    s->rate_hz = (double)get(h + 16, 4);
    s->channels = (unsigned)get(h + 20, 4);
    uint64_t head = get(h + 4, 4);
    if (head < 24 || head > size - start)
        return ir_fail(err, "AU header says that it is %llu bytes long, the file has %llu",
                       (unsigned long long)head, (unsigned long long)(size - start));
    s->offset = start + head;
    return set_frames(s, get(h + 8, 4), size - s->offset, err);
}
