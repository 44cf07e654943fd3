/* dsp.h - Fourier transforms, windows, band weights and other numerics of sound.
 *
 * Everything here is pure arithmetic on arrays: no streams, no metadata. Results depend neither on
 * threads nor on memory alignment. Frequencies are in Hz, times in samples unless a name says more.
 */
#ifndef IR_DSP_H
#define IR_DSP_H

#include "base.h"

/* ---- single transforms (FFTW, planned with ESTIMATE so that results repeat) ---- */

enum ir_fft_kind {
    IR_FFT_R2C, /* n real → n/2+1 complex, e^(-2πi jk/n) */
    IR_FFT_C2R, /* n/2+1 complex → n real, unnormalised: C2R(R2C(x)) = n·x; destroys its input */
    IR_FFT_C2C, /* n complex → n complex, e^(-2πi jk/n) */
    IR_FFT_C2C_BACK /* n complex → n complex, e^(+2πi jk/n), unnormalised */
};
struct ir_fft;
#define IR_FFT_SIZE_MAX ((size_t)1 << 24)

/* A plan for `many` transforms of n points each, out of place. Element j of transform t is at
 * in[t × in_dist + j × in_stride], in units of the element (float or complex pair of floats); the
 * same for out. 1 ≤ n ≤ IR_FFT_SIZE_MAX. May be called from any thread; NULL and *err on failure.
 */
struct ir_fft *ir_fft_new_many(enum ir_fft_kind kind, size_t n, size_t many, size_t in_stride,
                               size_t in_dist, size_t out_stride, size_t out_dist,
                               struct ir_err *err);
/* The usual case: one after another without gaps (dist n or n/2+1). */
struct ir_fft *ir_fft_new(enum ir_fft_kind kind, size_t n, size_t many, struct ir_err *err);
/* Run the plan. in and out are different arrays from ir_alloc_aligned (64 bytes), so that the bits
 * do not depend on where they lie. One plan may run in several threads at once. */
void ir_fft_run(const struct ir_fft *f, float *in, float *out);
void ir_fft_free(struct ir_fft *f);
/* Smallest size ≥ n with only the factors 2, 3 and 5. */
size_t ir_fft_good_size(size_t n);

/* ---- transforms of IR_LANES frames at once (own kernel, one frame a SIMD lane) ---- */

#define IR_LANES 16
struct ir_lanes;
#define IR_LANES_SIZE_MAX ((size_t)1 << 18)

/* n real points a frame, 2 ≤ n ≤ IR_LANES_SIZE_MAX, largest prime factor ≤ 61. NULL and *err else.
 */
struct ir_lanes *ir_lanes_new(size_t n, struct ir_err *err);
size_t ir_lanes_bins(const struct ir_lanes *p);    /* n/2 + 1 */
size_t ir_lanes_scratch(const struct ir_lanes *p); /* floats of scratch that a call needs */
/* in[j × IR_LANES + lane]: sample j of a frame; destroyed. out[k × IR_LANES + lane] = |X_k|².
 * All arrays 64-byte aligned. Each lane's result depends on that lane alone. */
void ir_lanes_power(const struct ir_lanes *p, float *in, float *scratch, float *out);
/* The same with out[2k × IR_LANES + lane] = Re X_k, out[(2k+1) × IR_LANES + lane] = Im X_k. */
void ir_lanes_complex(const struct ir_lanes *p, float *in, float *scratch, float *out);
void ir_lanes_free(struct ir_lanes *p);

/* ---- elementwise kernels ---- */

/* x[i] = factor × ln(max(x[i], floor)); floor ≥ 1.2e-38. Relative error of ln < 2e-7. */
void ir_dsp_log(float *x, size_t n, float floor, float factor);
/* x[i] = √x[i]. */
void ir_dsp_sqrt(float *x, size_t n);

/* Whether no number is NaN or infinite. */
bool ir_dsp_finite(const float *x, size_t n);

/* x[i] += sigma × a standard normal number, white, from `seed` alone; no value beyond 5.8 sigma. */
void ir_dsp_noise(float *x, size_t n, double sigma, uint64_t seed);
/* Σ x[i]², in double. */
double ir_dsp_energy(const float *x, size_t n);

/* ---- windows ---- */

/* w[0 … n-1], peak 1. Names: hann (periodic), hann-sym, hamming (periodic), hamming-sym, povey
 * (symmetric Hann to the power 0.85, as Kaldi), blackman-sym (0.42), rect. -1 for any other name.
 */
int ir_dsp_window(const char *name, size_t n, double *w, struct ir_err *err);
void ir_dsp_window_names(struct ir_strs *names); /* appends them */

/* ---- mel ---- */

enum ir_mel_scale {
    IR_MEL_SLANEY, /* 3f/200 below 1000 Hz, above 15 + 27 ln(f/1000)/ln 6.4 */
    IR_MEL_HTK     /* 2595 log10(1 + f/700) */
};
double ir_mel_from_hz(enum ir_mel_scale scale, double hz);
double ir_mel_to_hz(enum ir_mel_scale scale, double mel);

/* Rows of weights over the bins of a spectrum; row r covers bins lo[r] … lo[r] + n[r] - 1 with
 * weights w[at[r] …]. Complex banks hold pairs (re, im). {0} is empty. */
struct ir_bank {
    size_t rows, bins;
    bool is_complex;
    size_t *lo, *n, *at;
    float *w;
    size_t w_n, w_cap;
};
void ir_bank_init(struct ir_bank *b, size_t rows, size_t bins, bool is_complex);
/* Set row r from n weights of the bins from `lo` on (pairs when complex): zeros at both ends are
 * dropped. Rows are set in order. */
void ir_bank_range(struct ir_bank *b, size_t r, size_t lo, size_t n, const double *w);
/* The same from all bins. */
void ir_bank_row(struct ir_bank *b, size_t r, const double *dense);
void ir_bank_free(struct ir_bank *b);

struct ir_mel {
    double rate_hz, fmin_hz, fmax_hz;
    size_t n_fft, bands;
    enum ir_mel_scale scale;
    bool slopes_in_mel; /* triangles linear in mel (Kaldi, HTK, VGGish), else linear in Hz */
    bool area_norm;     /* each triangle × 2/(its width in Hz) (Slaney) */
};
/* Triangles between bands + 2 points equal in mel. 0 ≤ fmin < fmax ≤ rate/2, bands ≥ 1. A band
 * narrower than the distance of two bins may be all zero: kept, as the oracles do. */
int ir_mel_bank(const struct ir_mel *m, struct ir_bank *out, struct ir_err *err);

/* rows × n matrix of the orthonormal DCT-II: m[r × n + j] = s_r cos(π r (j + ½)/n). */
void ir_dsp_dct(size_t rows, size_t n, double *m);

/* ---- another sampling rate, as it streams ---- */

/* The weights for one pair of rates (1 Hz to 10 MHz each): a linear-phase low-pass with the edges
 * of SoX's `rate -h` (soxr's HQ). Whole rates are met exactly, others to 1/1024 Hz. Used by any
 * number of ir_rate. */
struct ir_rate_filter;
struct ir_rate_filter *ir_rate_filter_new(double in_hz, double out_hz, struct ir_err *err);
void ir_rate_filter_free(struct ir_rate_filter *f);
bool ir_rate_filter_is(const struct ir_rate_filter *f, double in_hz, double out_hz);
/* n samples in make so many: round(n × out / in). */
uint64_t ir_rate_total(const struct ir_rate_filter *f, uint64_t n);
/* The first input sample that output sample m sees, and the end of those that m-1 and all before it
 * see: so a part of a long sound gives the same bits as the whole. */
uint64_t ir_rate_first(const struct ir_rate_filter *f, uint64_t m);
uint64_t ir_rate_end(const struct ir_rate_filter *f, uint64_t m);

/* One channel, from output sample m on: the first sample pushed is number ir_rate_first(m). live:
 * each sample is made as soon as its input is there, else in blocks of 0.1 to 0.4 s, which is
 * faster; the bits are the same. */
struct ir_rate;
struct ir_rate *ir_rate_new(const struct ir_rate_filter *f, uint64_t m, bool live);
/* Push n samples. What comes out stands in *out until the next call. */
size_t ir_rate_push(struct ir_rate *r, const float *in, size_t n, const float **out);
/* Nothing more comes: silence follows. The rest, up to output sample `total` - 1. */
size_t ir_rate_drain(struct ir_rate *r, uint64_t total, const float **out);
void ir_rate_free(struct ir_rate *r);

/* ---- filters, rate and length ---- */

/* y[i] = Σ_k h[k] x[i + lead - k] for i < n, x zero outside: convolution with its start `lead`
 * samples late (0: causal; (m - 1)/2: a symmetric filter without delay). Overlap-add; y may be x. m
 * ≥ 1. */
int ir_dsp_convolve(const float *x, size_t n, const float *h, size_t m, size_t lead, float *y,
                    struct ir_err *err);
/* Windowed-sinc low-pass of odd length m, gain 1 at 0 Hz, half at `cut` (as a share of the rate,
 * below ½). */
void ir_dsp_lowpass(double cut, size_t m, float *h);
/* y[i] = x at the time i × step, i < out_n, x zero outside: a Kaiser-windowed sinc of 24 crossings,
 * its band cut at the lower of both rates. step = rate of x / rate of y, 1/64 to 64. */
void ir_dsp_resample(const float *x, size_t n, double step, float *y, size_t out_n);
/* The same sound `factor` times as long at the same pitch, 0.25 ≤ factor ≤ 4: phase vocoder
 * (Flanagan & Golden 1966) with phases locked to the spectrum's peaks (Laroche & Dolson 1999), 2048
 * points, hop 512. *out (length *out_n = round(n factor)) is freed by the caller. */
int ir_dsp_stretch(const float *x, size_t n, double factor, float **out, size_t *out_n,
                   struct ir_err *err);

#endif
