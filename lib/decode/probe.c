/* probe.c - find out what a file is from its first bytes, never from its name. */
#include "sound.h"

#include <string.h>
#include <unistd.h>

bool ir_read_at(int fd, void *to, size_t n, uint64_t offset)
{
    char *p = to;
    while (n > 0) {
        if (offset > INT64_MAX)
            return false;
        ssize_t got = pread(fd, p, n, (off_t)offset);
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

size_t ir_coding_bytes(enum ir_coding c)
{
    static const size_t bytes[] = {1, 1, 2, 3, 4, 4, 8, 1, 1};
    return bytes[c];
}

/* Length of the ID3v2 tags at the start of the file. */
static uint64_t id3_bytes(int fd, uint64_t size)
{
    uint64_t at = 0;
    unsigned char h[10];
    for (int i = 0; i < 16 && ir_read_at(fd, h, 10, at); i++) {
        if (memcmp(h, "ID3", 3) != 0 || (h[6] | h[7] | h[8] | h[9]) & 0x80)
            break;
        uint64_t n = (uint64_t)h[6] << 21 | (uint64_t)h[7] << 14 | (uint64_t)h[8] << 7 | h[9];
        n += h[5] & 0x10 ? 20 : 10;
        if (n > size - at)
            break;
        at += n;
    }
    return at;
}

/* Formats that are known but not decoded by our own readers, with the name that ffmpeg has for
 * them; NULL: no sound, better told by name than as "not a sound file". */
static const struct {
    size_t at;
    const char *magic, *name, *format;
} others[] = {
    {4, "ftyp", "MP4 or M4A (AAC)", "mov"},
    {4, "moov", "QuickTime", "mov"},
    {4, "mdat", "QuickTime", "mov"},
    {0, "caff", "CAF", "caf"},
    {0, "wvpk", "WavPack", "wv"},
    {0, "\x1a\x45\xdf\xa3", "Matroska or WebM", "matroska"},
    {0, "Creative Voice", "VOC", "voc"},
    {0, "#!AMR", "AMR", "amr"},
    {0, "riff", "Wave64", "w64"},
    {0, "MAC ", "Monkey's Audio", "ape"},
    {0, "ADIF", "AAC", "aac"},
    {0, "\x30\x26\xb2\x75", "WMA", "asf"},
    {0, "TTA1", "True Audio", "tta"},
    {0, "MPCK", "Musepack", "mpc8"},
    {0, "MP+", "Musepack", "mpc"},
    {0, "\x0b\x77", "AC-3", "ac3"},
    {0, "DSD ", "DSF", "dsf"},
    {0, "FRM8", "DSDIFF", "iff"},
    {0, "tBaK", "TAK", "tak"},
    {0, "ajkg", "Shorten", "shn"},
    {0, "NIST_1A", "NIST SPHERE", "nistsphere"},
    {0, "FLV\x01", "Flash video", "flv"},
    {8, "AVI LIST", "AVI", "avi"},
    {0, "", "WAV", "wav"}, /* in a coding that is not ours: named by their own readers */
    {0, "", "AIFF", "aiff"},
    {0, "", "AU", "au"},
    {0, "", "Ogg", "ogg"},
    {0, "MThd", "MIDI", NULL},
    {0, "IRT1", "a tensor stream", NULL},
    {0, "IRT2", "a tensor stream of version 2 (these tools write version 1)", NULL},
    {0, "#irt-list", "a list of clips", NULL},
    {0, "PK\003\004", "ZIP", NULL},
    {0, "\x1f\x8b", "gzip", NULL},
};

const char *ir_foreign_format(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].format && strlen(others[i].format) == n &&
            memcmp(others[i].format, name, n) == 0)
            return others[i].format;
    return NULL;
}

int ir_probe_foreign(struct ir_source *s, const char *format, const char *name, struct ir_err *err)
{
    s->foreign = format;
    s->name = name;
    if (!format)
        return ir_fail(err,
                       "is %s, which is not decoded here; wanted WAV, FLAC, Ogg Vorbis, MP3, AIFF "
                       "or AU",
                       name);
    return ir_fail(err,
                   "is %s, which the program ffmpeg decodes, and there is none in PATH (Debian: "
                   "apt-get install ffmpeg); wanted it, or WAV, FLAC, Ogg Vorbis, MP3, AIFF or AU",
                   name);
}

/* -2: none of them. */
static int other_format(const unsigned char *h, struct ir_source *s, struct ir_err *err)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t n = strlen(others[i].magic);
        if (n > 0 && memcmp(h + others[i].at, others[i].magic, n) == 0)
            return ir_probe_foreign(s, others[i].format, others[i].name, err);
    }
    if (h[0] == 0xff && (h[1] & 0xf6) == 0xf0)
        return ir_probe_foreign(s, "aac", "AAC", err);
    return -2;
}

static int look_inside(int fd, uint64_t size, struct ir_source *s, struct ir_err *err)
{
    unsigned char h[32] = {0};
    if (!ir_read_at(fd, h, size < sizeof h ? (size_t)size : sizeof h, 0))
        return ir_fail(err, "cannot be read");
    uint64_t start = id3_bytes(fd, size);
    if (start > 0 && !ir_read_at(fd, h, sizeof h, start)) {
        memset(h, 0, sizeof h);
        ir_read_at(fd, h, size - start < sizeof h ? (size_t)(size - start) : sizeof h, start);
    }
    if ((!memcmp(h, "RIFF", 4) || !memcmp(h, "RIFX", 4) || !memcmp(h, "RF64", 4) ||
         !memcmp(h, "BW64", 4)) &&
        !memcmp(h + 8, "WAVE", 4))
        return ir_probe_wav(fd, start, size, s, err);
    if (!memcmp(h, "FORM", 4) && (!memcmp(h + 8, "AIFF", 4) || !memcmp(h + 8, "AIFC", 4)))
        return ir_probe_aiff(fd, start, size, s, err);
    if (!memcmp(h, ".snd", 4) || !memcmp(h, "dns.", 4))
        return ir_probe_au(fd, start, size, s, err);
    if (!memcmp(h, "OggS", 4) && start == 0)
        return ir_probe_ogg(fd, size, s, err);
    if (!memcmp(h, "fLaC", 4))
        return ir_probe_flac(fd, size, start, s, err);
    int rc = other_format(h, s, err);
    if (rc == -2)
        rc = ir_probe_mpeg(fd, size, start, s, err);
    if (rc == -2)
        return ir_fail(err,
                       "is not a sound file: wanted WAV, FLAC, Ogg Vorbis, MP3, AIFF or AU (by its "
                       "first bytes; the name does not count)");
    return rc;
}

int ir_source_check(const struct ir_source *s, struct ir_err *err)
{
    if (!(s->rate_hz >= IR_DECODE_RATE_MIN && s->rate_hz <= IR_DECODE_RATE_MAX))
        return ir_fail(err, "%s header says %.10g samples a second, wanted %.0f to %.0f", s->name,
                       s->rate_hz, IR_DECODE_RATE_MIN, IR_DECODE_RATE_MAX);
    if (s->channels < 1 || s->channels > IR_DECODE_CHANNELS_MAX)
        return ir_fail(err, "%s header says %u channels, wanted 1 to %d", s->name, s->channels,
                       IR_DECODE_CHANNELS_MAX);
    if (s->frames == 0 || s->keep == 0)
        return ir_fail(err, "%s holds no samples", s->name);
    return 0;
}

int ir_probe(int fd, uint64_t size, struct ir_source *s, struct ir_err *err)
{
    if (size == 0)
        return ir_fail(err, "is an empty file");
    return look_inside(fd, size, s, err) < 0 ? -1 : ir_source_check(s, err);
}
