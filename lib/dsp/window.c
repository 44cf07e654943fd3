/* window.c - windows and the cosine transform. */
#include "dsp.h"

#include <math.h>
#include <string.h>

/* a0 - a1 cos(2πj/d) + a2 cos(4πj/d) */
static void cosines(size_t n, double d, const double a[3], double *w)
{
    for (size_t j = 0; j < n; j++) {
        const double t = d > 0 ? 2 * M_PI * (double)j / d : M_PI;
        w[j] = a[0] - a[1] * cos(t) + a[2] * cos(2 * t);
    }
}

void ir_dsp_window_names(struct ir_strs *names)
{
    ir_strs_split(names, "hann hann-sym hamming hamming-sym povey blackman-sym rect", " ");
}

int ir_dsp_window(const char *name, size_t n, double *w, struct ir_err *err)
{
    static const double hann[3] = {0.5, 0.5, 0}, hamming[3] = {0.54, 0.46, 0},
                        blackman[3] = {0.42, 0.5, 0.08};
    const double periodic = (double)n, symmetric = (double)n - 1;
    if (!strcmp(name, "hann")) {
        cosines(n, periodic, hann, w);
    } else if (!strcmp(name, "hann-sym")) {
        cosines(n, symmetric, hann, w);
    } else if (!strcmp(name, "hamming")) {
        cosines(n, periodic, hamming, w);
    } else if (!strcmp(name, "hamming-sym")) {
        cosines(n, symmetric, hamming, w);
    } else if (!strcmp(name, "blackman-sym")) {
        cosines(n, symmetric, blackman, w);
    } else if (!strcmp(name, "povey")) {
        cosines(n, symmetric, hann, w);
        for (size_t j = 0; j < n; j++)
            w[j] = pow(fmax(w[j], 0), 0.85);
    } else if (!strcmp(name, "rect")) {
        for (size_t j = 0; j < n; j++)
            w[j] = 1;
    } else {
        struct ir_strs names = {0};
        ir_dsp_window_names(&names);
        ir_fail_unknown(err, "window", name, &names);
        ir_strs_free(&names);
        return -1;
    }
    return 0;
}

void ir_dsp_dct(size_t rows, size_t n, double *m)
{
    for (size_t r = 0; r < rows; r++) {
        const double scale = sqrt((r ? 2.0 : 1.0) / (double)n);
        for (size_t j = 0; j < n; j++)
            m[r * n + j] = scale * cos(M_PI * (double)r * ((double)j + 0.5) / (double)n);
    }
}
