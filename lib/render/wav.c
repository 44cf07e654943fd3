/* wav.c - PCM WAV files, and folders for them. */
#include "render.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void put32(uint8_t *p, uint32_t v)
{
    ir_put_le(p, v, 4);
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put_sample(uint8_t *p, float v, bool as_float)
{
    if (as_float) {
        uint32_t bits;
        memcpy(&bits, &v, sizeof bits);
        put32(p, bits);
        return;
    }
    double s = fmin(fmax(round((double)v * 32768), -32768), 32767);
    put16(p, (unsigned)(int)s & 0xffffu);
}

int ir_wav_write(const char *path, const float *x, size_t channels, size_t n, double rate_hz,
                 bool as_float, struct ir_err *err)
{
    size_t width = as_float ? 4 : 2, bytes = n * channels * width;
    uint32_t rate = (uint32_t)lround(rate_hz);
    if (bytes > 0xf0000000u)
        return ir_fail(err, "%s: %zu bytes of sound do not fit a WAV file", path, bytes);
    uint8_t *file = ir_alloc(44 + bytes, 1);
    memcpy(file, "RIFF....WAVEfmt ", 16);
    put32(file + 4, (uint32_t)(36 + bytes));
    put32(file + 16, 16);
    put16(file + 20, as_float ? 3 : 1);
    put16(file + 22, (unsigned)channels);
    put32(file + 24, rate);
    put32(file + 28, rate * (uint32_t)(channels * width));
    put16(file + 32, (unsigned)(channels * width));
    put16(file + 34, (unsigned)(8 * width));
    memcpy(file + 36, "data", 4);
    put32(file + 40, (uint32_t)bytes);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < channels; c++)
            put_sample(file + 44 + (i * channels + c) * width, x[c * n + i], as_float);
    struct ir_out *o = ir_out_open(path, true, err);
    int rc = o ? ir_out_write(o, file, 44 + bytes, err) : -1;
    if (rc == 0)
        rc = ir_out_commit(o, err);
    else
        ir_out_abort(o);
    free(file);
    return rc;
}

int ir_make_folder(const char *path, struct ir_err *err)
{
    char *copy = ir_strdup(path);
    int rc = 0;
    for (char *at = copy + 1; rc == 0; at++) {
        if (*at && *at != '/')
            continue;
        char kept = *at;
        *at = 0;
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            rc = ir_fail(err, "%s: cannot make the folder: %s", copy, strerror(errno));
        *at = kept;
        if (!kept)
            break;
    }
    free(copy);
    return rc;
}
