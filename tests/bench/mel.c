/* mel.c - log-mel of ten minutes of noise, times real time: mel THREADS RATE N_FFT HOP BANDS
 * [REPEATS]. Prints two numbers, the best of the repeats by the clock and by processor time.
 * tests/bench/mel.py runs torchaudio beside it. */
#include "feature.h"

#include <stdlib.h>
#include <time.h>

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    struct ir_err err = {""};
    struct ir_front f;
    struct ir_buf text = {0};
    if (argc < 6)
        return 2;
    ir_buf_printf(&text, "torchaudio rate=%s n-fft=%s hop=%s bands=%s edges=reflect log=db",
                  argv[2], argv[3], argv[4], argv[5]);
    struct ir_pool *pool = ir_pool_new((unsigned)atoi(argv[1]));
    struct ir_extractor *x =
        ir_front_parse(text.data, &f, &err) ? NULL : ir_extractor_new(&f, pool, &err);
    if (!x) {
        fprintf(stderr, "mel: %s\n", err.text);
        return 1;
    }
    const size_t n = (size_t)(600 * f.rate_hz);
    float *pcm = ir_alloc_aligned(n, sizeof *pcm);
    struct ir_rng rng;
    ir_rng_seed(&rng, 1);
    for (size_t i = 0; i < n; i++)
        pcm[i] = (float)(ir_rng_uniform(&rng) - 0.5);
    double best = 1e30, best_cpu = 1e30;
    struct ir_map m = {0};
    for (int i = 0; i < (argc > 6 ? atoi(argv[6]) : 7); i++) {
        const double start = ir_clock_s(), used = cpu_s();
        if (ir_extractor_run(x, 0, pcm, 1, n, &m, &err))
            return 1;
        const double took = ir_clock_s() - start;
        const double cpu = cpu_s() - used;
        best = took < best ? took : best;
        best_cpu = cpu < best_cpu ? cpu : best_cpu;
    }
    printf("%.0f %.0f\n", 600 / best, 600 / best_cpu);
    ir_map_free(&m);
    free(pcm);
    ir_buf_free(&text);
    ir_extractor_free(x);
    ir_pool_free(pool);
    return 0;
}
