/* random.c - xoshiro256++ random numbers and stable hashes. */
#include "base.h"

#include <math.h>
#include <string.h>

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void ir_rng_seed(struct ir_rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        r->s[i] = splitmix(&seed);
}

uint64_t ir_rng_u64(struct ir_rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotl(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

double ir_rng_uniform(struct ir_rng *r)
{
    return (double)(ir_rng_u64(r) >> 11) * 0x1p-53;
}

double ir_rng_in(struct ir_rng *r, struct ir_range range)
{
    return range.lo + (range.hi - range.lo) * ir_rng_uniform(r);
}

double ir_rng_normal(struct ir_rng *r)
{
    double u = 1.0 - ir_rng_uniform(r); /* (0, 1] */
    double v = ir_rng_uniform(r);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586477 * v);
}

uint64_t ir_rng_below(struct ir_rng *r, uint64_t n)
{
    uint64_t low = (0 - n) % n; /* values below this would favour small results */
    uint64_t x;
    do {
        x = ir_rng_u64(r);
    } while (x < low);
    return x % n;
}

uint64_t ir_hash(const void *bytes, size_t n, uint64_t start)
{
    const unsigned char *p = bytes;
    uint64_t h = 0xcbf29ce484222325u ^ start;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return splitmix(&h);
}

uint64_t ir_clip_seed(uint64_t seed, uint64_t epoch, const char *id)
{
    uint64_t start = seed;
    start = splitmix(&start) ^ epoch;
    start = splitmix(&start);
    return ir_hash(id, strlen(id), start);
}
