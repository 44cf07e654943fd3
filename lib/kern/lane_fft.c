/* lane_fft.c - plans of the FFT over SIMD lanes: radices and twiddle factors, computed in double.
 */
#include "lane_fft.h"
#include "../base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ir_unit_root(float out[2], size_t turn, size_t of)
{
    double angle = -2 * 3.14159265358979323846 * (double)(turn % of) / (double)of;
    out[0] = (float)cos(angle);
    out[1] = (float)sin(angle);
}

static size_t strip(size_t n, size_t factor, int *count)
{
    *count = 0;
    while (n % factor == 0) {
        n /= factor;
        ++*count;
    }
    return n;
}

bool ir_lane_fft_fits(size_t n)
{
    int a, b, c;
    return n && strip(strip(strip(n, 2, &a), 3, &b), 5, &c) == 1 &&
           b + c + a / 2 + 1 <= IR_FFT_PASSES;
}

size_t ir_lane_fft_next(size_t n, size_t of)
{
    n = (n + of - 1) / of * of;
    while (!ir_lane_fft_fits(n))
        n += of;
    return n;
}

static void choose_radices(struct ir_lane_fft *f)
{
    int two, three, five;
    strip(f->n, 2, &two);
    strip(f->n, 3, &three);
    strip(f->n, 5, &five);
    while (five-- > 0)
        f->radix[f->passes++] = 5;
    while (three-- > 0)
        f->radix[f->passes++] = 3;
    while (two > 0) {
        size_t r = two == 1 ? 2 : two == 2 || two == 4 ? 4 : 8;
        f->radix[f->passes++] = r;
        two -= r == 2 ? 1 : r == 4 ? 2 : 3;
    }
}

void ir_lane_fft_init(struct ir_lane_fft *f, size_t n)
{
    memset(f, 0, sizeof *f);
    f->n = n;
    choose_radices(f);
    size_t left = n, total = 0, at = 0;
    for (int i = 0; i < f->passes; left /= f->radix[i++])
        total += left / f->radix[i] * (f->radix[i] - 1) * 2;
    f->all = ir_alloc(total + 1, sizeof(float));
    left = n;
    for (int i = 0; i < f->passes; left /= f->radix[i++]) {
        f->twiddle[i] = f->all + at;
        for (size_t p = 0; p < left / f->radix[i]; p++)
            for (size_t k = 1; k < f->radix[i]; k++, at += 2)
                ir_unit_root(f->all + at, p * k, left);
    }
}

void ir_lane_fft_free(struct ir_lane_fft *f)
{
    free(f->all);
    memset(f, 0, sizeof *f);
}

void ir_long_fft_init(struct ir_long_fft *f, size_t rows, size_t cols)
{
    size_t half = rows * cols;
    f->n = 2 * half;
    f->rows = rows;
    f->cols = cols;
    ir_lane_fft_init(&f->down, rows);
    ir_lane_fft_init(&f->along, cols);
    f->twist = ir_alloc(half, 2 * sizeof(float));
    f->odd = ir_alloc(half, 2 * sizeof(float));
    for (size_t c = 0; c < cols; c++)
        for (size_t r = 0; r < rows; r++) {
            ir_unit_root(f->twist + 2 * (c * rows + r), r * c, half);
            ir_unit_root(f->odd + 2 * (c * rows + r), r * cols + c, f->n);
        }
}

void ir_long_fft_free(struct ir_long_fft *f)
{
    ir_lane_fft_free(&f->down);
    ir_lane_fft_free(&f->along);
    free(f->twist);
    free(f->odd);
    memset(f, 0, sizeof *f);
}
