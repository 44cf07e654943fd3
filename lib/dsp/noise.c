/* noise.c - white Gaussian noise, sixteen generators side by side, and the energy of sound. */
#include "dsp/vmath.h"

#include <math.h>
#include <string.h>

enum { PAIR = 2 * IR_LANES, CHUNK = 32 }; /* a chunk: 32 pairs of vectors */

typedef uint32_t uvec __attribute__((vector_size(IR_LANES * sizeof(uint32_t))));

/* xoshiro128+ (Blackman & Vigna 2018) in every lane; its upper bits are the good ones. */
struct generator {
    uvec s[4];
};

static void seed_lanes(struct generator *g, uint64_t seed)
{
    struct ir_rng rng;
    ir_rng_seed(&rng, seed);
    for (size_t i = 0; i < 4; i++)
        for (size_t lane = 0; lane < IR_LANES; lane++)
            g->s[i][lane] = (uint32_t)(ir_rng_u64(&rng) >> 32);
    g->s[0] |= 1; /* a state of zeros would stay */
}

IR_INLINE uvec draw(struct generator *g)
{
    uvec *s = g->s;
    const uvec result = s[0] + s[3], t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >> 21);
    return result;
}

/* Box & Muller 1958: radius √(-2 ln u), u in (0, 1] by steps of 2^-24, and a direction. Its
 * quarter of a turn is drawn apart, so that sine and cosine need no reduction. */
IR_CLONES static void normals(struct generator *g, float *out)
{
    float square[CHUNK * IR_LANES], *const first = out, *const second = out + CHUNK * IR_LANES;
    for (size_t i = 0; i < CHUNK; i++) {
        const uvec a = draw(g), b = draw(g);
        const ir_vec u = __builtin_convertvector((ir_ivec)(a >> 8) + 1, ir_vec) * 0x1p-24F;
        const ir_vec x = __builtin_convertvector((ir_ivec)b >> 8, ir_vec) * 0x1p-24F;
        const ir_vec r = -2.0F * ir_vec_log(u);
        ir_vec s, c;
        ir_vec_sincos(x, &s, &c);
        /* Two bits of the first draw that u has not used turn it by quarters. */
        const ir_ivec swap = -(ir_ivec)((a >> 7) & 1), sign = (ir_ivec)((a >> 6) & 1) << 31;
        ir_ivec si, ci;
        memcpy(&si, &s, sizeof si);
        memcpy(&ci, &c, sizeof ci);
        const ir_ivec p = ((ci & ~swap) | (si & swap)) ^ sign,
                      q = ((si & ~swap) | (ci & swap)) ^ sign ^ (swap & INT32_MIN);
        memcpy(square + i * IR_LANES, &r, sizeof r);
        memcpy(first + i * IR_LANES, &p, sizeof p);
        memcpy(second + i * IR_LANES, &q, sizeof q);
    }
    for (size_t i = 0; i < CHUNK * IR_LANES; i++) {
        const float r = sqrtf(square[i]);
        first[i] *= r;
        second[i] *= r;
    }
}

IR_CLONES static void add_scaled(float *x, const float *y, size_t n, float gain)
{
    for (size_t i = 0; i < n; i++)
        x[i] += gain * y[i];
}

void ir_dsp_noise(float *x, size_t n, double sigma, uint64_t seed)
{
    enum { BLOCK = CHUNK * PAIR };
    struct generator g;
    float block[BLOCK];
    seed_lanes(&g, seed);
    for (size_t at = 0; at < n; at += BLOCK) {
        normals(&g, block);
        add_scaled(x + at, block, n - at < BLOCK ? n - at : BLOCK, (float)sigma);
    }
}

IR_CLONES double ir_dsp_energy(const float *x, size_t n)
{
    double part[IR_LANES] = {0}, sum = 0;
    const size_t whole = n - n % IR_LANES;
    for (size_t i = 0; i < whole; i += IR_LANES)
        for (size_t j = 0; j < IR_LANES; j++)
            part[j] += (double)x[i + j] * (double)x[i + j];
    for (size_t i = whole; i < n; i++)
        part[i - whole] += (double)x[i] * (double)x[i];
    for (size_t j = 0; j < IR_LANES; j++)
        sum += part[j];
    return sum;
}
