/* replay.c - run a fuzz target on files without libFuzzer: each file as it is, and changed in a few
 * hundred ways that are the same every time. usage: TARGET [-mutants=N] FILE… */
#include "fuzz.h"

#define BYTES_MAX ((size_t)1 << 20)

/* One change or several of the seed: a flipped bit, an odd byte, a cut, a piece twice or left out.
 */
static size_t change(uint8_t *b, size_t n, struct ir_rng *rng)
{
    static const uint8_t odd[] = {0, 1, 0x7f, 0x80, 0xff, '[', '"', '\n', '-', '9'};
    for (uint64_t k = ir_rng_below(rng, 4) + 1; k > 0 && n > 1; k--) {
        size_t at = (size_t)ir_rng_below(rng, n), len = (size_t)ir_rng_below(rng, n - at) % 64 + 1;
        switch (ir_rng_below(rng, 6)) {
        case 0:
            b[at] ^= (uint8_t)(1u << ir_rng_below(rng, 8));
            break;
        case 1:
            b[at] = odd[ir_rng_below(rng, sizeof odd)];
            break;
        case 2:
            n = at + 1;
            break;
        case 3: /* a piece left out */
            len = len < n - at ? len : n - at - 1;
            memmove(b + at, b + at + len, n - at - len);
            n -= len;
            break;
        case 4: /* a number of 32 bits */
            for (size_t i = at; i < n && i < at + 4; i++)
                b[i] = ir_rng_below(rng, 2) ? 0xff : 0;
            break;
        default: /* a piece of it in another place */
            len = len < n - at ? len : n - at;
            memmove(b + ir_rng_below(rng, n - len + 1), b + at, len);
        }
    }
    return n;
}

static void run(const uint8_t *bytes, size_t n)
{
    uint8_t *copy =
        malloc(n + 1); /* of its exact size, so that the sanitizer sees a byte too many */
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, n);
    copy = realloc(copy, n > 0 ? n : 1);
    (void)LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

int main(int argc, char **argv)
{
    long long mutants = 200;
    struct ir_err err;
    for (int i = 1; i < argc; i++) {
        struct ir_buf seed = {0};
        struct ir_rng rng;
        if (strncmp(argv[i], "-mutants=", 9) == 0) {
            mutants = atoll(argv[i] + 9);
            continue;
        }
        if (ir_read_file(argv[i], BYTES_MAX, &seed, &err) != 0) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        run((const uint8_t *)seed.data, seed.len);
        ir_rng_seed(&rng, ir_hash(seed.data, seed.len, 1));
        uint8_t *b = malloc(seed.len + 1);
        for (long long k = 0; k < mutants && b != NULL; k++) {
            memcpy(b, seed.data, seed.len);
            run(b, change(b, seed.len, &rng));
        }
        free(b);
        ir_buf_free(&seed);
    }
    return 0;
}
