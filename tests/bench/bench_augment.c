/* bench_augment.c [SECONDS] - augmentations on clips of 3 s at 22,050 Hz, one thread: median time
 * of a clip, as times real time. */
#include "augment.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RATE = 22050, FRAMES = 3 * RATE, MOST = 4000 };

static const char *const chains[] = {
    "gain db=-6..6",
    "eq bands=4",
    "noise snr=10..30",
    "lowpass hz=2000..8000",
    "room rt60=0.2..0.6 wet=0.1..0.4",
    "pitch semitones=-2..2",
    "stretch factor=0.9..1.1 keep=yes",
};

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(const char *text, double seconds)
{
    struct ir_augmenter a;
    struct ir_err err = {""};
    struct ir_meta meta = {0};
    struct ir_augment_clip s = {.channels = 1, .rows = 1, .rate_hz = RATE, .meta = &meta};
    double *took = ir_zalloc(MOST, sizeof *took);
    size_t n = 0;
    if (ir_augmenter_parse(text, &a, &err)) {
        fprintf(stderr, "bench_augment: %s\n", err.text);
        free(took);
        return -1;
    }
    struct ir_rng rng;
    ir_rng_seed(&rng, 1);
    for (const double end = ir_clock_s() + seconds; n < MOST && (n < 3 || ir_clock_s() < end);) {
        s.frames = FRAMES;
        s.v = ir_alloc(FRAMES, sizeof *s.v);
        for (size_t i = 0; i < FRAMES; i++)
            s.v[i] = (float)(0.1 * (ir_rng_uniform(&rng) - 0.5));
        const double t = cpu_s();
        if (ir_augment_run(&a, 1, n, &s, &err))
            fprintf(stderr, "bench_augment: %s\n", err.text);
        took[n++] = cpu_s() - t;
        free(s.v);
    }
    qsort(took, n, sizeof *took, by_size);
    printf("%-40s %8.0f x real time (median of %zu clips)\n", text, 3 / took[n / 2], n);
    ir_augmenter_free(&a);
    ir_meta_free(&meta);
    free(took);
    return 0;
}

int main(int argc, char **argv)
{
    int rc = 0;
    ir_memory_keep();
    for (size_t i = 0; i < sizeof chains / sizeof *chains && !rc; i++)
        rc = measure(chains[i], argc > 1 ? atof(argv[1]) : 0.5);
    return rc ? 1 : 0;
}
