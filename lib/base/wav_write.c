/* wav_write.c - PCM WAV files, and folders for them. */
#include "base.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void put_sample(uint8_t *p, float v, bool as_float)
{
    if (as_float) {
        uint32_t bits;
        memcpy(&bits, &v, sizeof bits);
        ir_put_le(p, bits, 4);
        return;
    }
    double s = fmin(fmax(round((double)v * 32768), -32768), 32767);
    ir_put_le(p, (unsigned)(int)s & 0xffffu, 2);
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
    ir_put_le(file + 4, (uint32_t)(36 + bytes), 4);
    ir_put_le(file + 16, 16, 4);
    ir_put_le(file + 20, as_float ? 3 : 1, 2);
    ir_put_le(file + 22, (unsigned)channels, 2);
    ir_put_le(file + 24, rate, 4);
    ir_put_le(file + 28, rate * (uint32_t)(channels * width), 4);
    ir_put_le(file + 32, (unsigned)(channels * width), 2);
    ir_put_le(file + 34, (unsigned)(8 * width), 2);
    memcpy(file + 36, "data", 4);
    ir_put_le(file + 40, (uint32_t)bytes, 4);
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
