/* lane_fft.h - plans of the complex FFT that runs over all SIMD lanes at once: a lane is a
 * transform, a point is a vector of real parts followed by one of imaginary parts. Private to
 * lib/kern; the kernel is kern_fft.h. The front ends' transforms (lib/dsp/lanes.c) stay apart from
 * it: their bits are equal on all processors, while these use the widest lanes that a processor
 * has. */
#ifndef IR_KERN_LANE_FFT_H
#define IR_KERN_LANE_FFT_H

#include <stdbool.h>
#include <stddef.h>

#define IR_FFT_PASSES 12

struct ir_lane_fft {
    size_t n;
    int passes;
    size_t radix[IR_FFT_PASSES];
    const float *twiddle[IR_FFT_PASSES]; /* [p][radix - 1][re, im] */
    float *all;
};

/* n has no other factors than 2, 3 and 5. */
void ir_lane_fft_init(struct ir_lane_fft *f, size_t n);
void ir_lane_fft_free(struct ir_lane_fft *f);
bool ir_lane_fft_fits(size_t n);
/* The next n' ≥ n, a multiple of `of`, that fits. */
size_t ir_lane_fft_next(size_t n, size_t of);

/* A long transform of N = 2 × rows × cols points in two halves (even and odd frequencies lie in
 * neighbouring lanes, so that the data of VL real signals fill a buffer of N / 2 points), done as
 * columns, then rows. */
struct ir_long_fft {
    size_t n, rows, cols;           /* n = 2 × rows × cols */
    struct ir_lane_fft down, along; /* of `rows` and of `cols` points */
    float *twist;                   /* [row k][col c][re, im]: exp(-2 pi i k c / (n / 2)) */
    float *odd;                     /* [n / 2][re, im]: exp(-2 pi i m / n) */
};
void ir_long_fft_init(struct ir_long_fft *f, size_t rows, size_t cols);
void ir_long_fft_free(struct ir_long_fft *f);
/* exp(-2 pi i turn / of) in out[2]. */
void ir_unit_root(float out[2], size_t turn, size_t of);

#endif
