/* resample.c - sound at other times: a windowed sinc read from a table. */
#include "dsp.h"

#include <math.h>
#include <pthread.h>

enum { CROSSINGS = 24, STEPS = 512 };
static const double kaiser_beta = 9; /* stop band below -90 dB */

/* Modified Bessel function of the first kind, order 0: its power series. */
static double bessel0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; term > 1e-14 * sum; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

/* One wing of the windowed sinc, STEPS values a crossing; made once. */
static double wing[CROSSINGS * STEPS + 2];
static pthread_once_t wing_once = PTHREAD_ONCE_INIT;

static void make_wing(void)
{
    const size_t n = CROSSINGS * STEPS;
    const double top = bessel0(kaiser_beta);
    for (size_t i = 0; i <= n; i++) {
        const double x = (double)i / STEPS, r = x / CROSSINGS;
        const double window = bessel0(kaiser_beta * sqrt(fmax(0, 1 - r * r))) / top;
        wing[i] = (i ? sin(M_PI * x) / (M_PI * x) : 1) * window;
    }
}

void ir_dsp_resample(const float *x, size_t n, double step, float *y, size_t out_n)
{
    const double *t = wing;
    pthread_once(&wing_once, make_wing);
    const double band = step > 1 ? 1 / step : 1, reach = CROSSINGS / band;
    for (size_t i = 0; i < out_n; i++) {
        const double at = (double)i * step;
        const double lo = fmax(0, ceil(at - reach)), hi = fmin((double)n - 1, floor(at + reach));
        double sum = 0;
        for (double j = lo; j <= hi; j++) {
            const double place = fabs(at - j) * band * STEPS;
            const size_t k = (size_t)place;
            if (k > CROSSINGS * STEPS - 1)
                continue;
            const double share = place - (double)k;
            sum += (double)x[(size_t)j] * (t[k] + share * (t[k + 1] - t[k]));
        }
        y[i] = (float)(band * sum);
    }
}
