/* ranks_one.c - what stands for ranks_mpi.c in a program of one process: nothing need be told. */
#include "train/ranks.h"

#include <string.h>

void ir_ranks_start(int argc, char **argv)
{
    (void)argc, (void)argv;
}

void ir_ranks_end(void)
{
}

void ir_ranks_kill(int status)
{
    (void)status;
}

const char *ir_ranks_program(void)
{
    return "ir-train";
}

size_t ir_ranks_rank(void)
{
    return 0;
}

size_t ir_ranks_count(void)
{
    return 1;
}

void ir_ranks_gather(const void *mine, size_t each, void *all)
{
    memcpy(all, mine, each);
}

void ir_ranks_share(void *bytes, size_t n)
{
    (void)bytes, (void)n;
}

void ir_ranks_spread(size_t slot, const float *out, const size_t *n_out, const size_t *at_out,
                     float *in, const size_t *n_in)
{
    (void)slot, (void)n_in;
    memcpy(in, out + at_out[0], n_out[0] * sizeof *in);
}

void ir_ranks_collect(size_t slot, float *all, const size_t *n)
{
    (void)slot, (void)all, (void)n;
}

bool ir_ranks_done(size_t slot, bool wait)
{
    (void)slot, (void)wait;
    return true;
}
