/* ranks_mpi.c - the ranks of an MPI job; the only file that knows MPI. Linked into ir-train-mpi
 * before the library, so that it stands for ranks_one.c. Errors of MPI itself end the job, as MPI
 * has it by default. */
#include "train/ranks.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static struct {
    bool on;
    int rank, count;
    /* Collective calls of one communicator begin in one order everywhere; which of the two a rank
     * begins next is its own affair. */
    MPI_Comm spread, collect;
    struct slot {
        MPI_Request request;
        int *n; /* sizes and places, kept by MPI while it works: 4 × [count] */
    } * slot;
    size_t slots, cap;
} mpi = {.count = 1};

void ir_ranks_start(int argc, char **argv)
{
    int got;
    if (argc > 1 && (strncmp(argv[1], "--help", 6) == 0 || strcmp(argv[1], "--version") == 0))
        return; /* no job for that */
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &got);
    MPI_Comm_rank(MPI_COMM_WORLD, &mpi.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &mpi.count);
    MPI_Comm_dup(MPI_COMM_WORLD, &mpi.spread);
    MPI_Comm_dup(MPI_COMM_WORLD, &mpi.collect);
    mpi.on = true;
}

void ir_ranks_end(void)
{
    for (size_t i = 0; i < mpi.slots; i++)
        free(mpi.slot[i].n);
    free(mpi.slot);
    if (mpi.on) {
        MPI_Barrier(MPI_COMM_WORLD); /* who ends first with a failure may end the others */
        MPI_Finalize();
    }
    mpi.on = false;
}

void ir_ranks_kill(int status)
{
    if (mpi.on)
        MPI_Abort(MPI_COMM_WORLD, status);
}

const char *ir_ranks_program(void)
{
    return "ir-train-mpi";
}

size_t ir_ranks_rank(void)
{
    return (size_t)mpi.rank;
}

size_t ir_ranks_count(void)
{
    return (size_t)mpi.count;
}

void ir_ranks_gather(const void *mine, size_t each, void *all)
{
    if (mpi.count == 1)
        memcpy(all, mine, each);
    else
        MPI_Allgather(mine, (int)each, MPI_BYTE, all, (int)each, MPI_BYTE, MPI_COMM_WORLD);
}

void ir_ranks_share(void *bytes, size_t n)
{
    char *at = bytes;
    for (size_t done = 0; done < n && mpi.count > 1;) {
        size_t step = n - done < (1 << 30) ? n - done : 1 << 30;
        MPI_Bcast(at + done, (int)step, MPI_BYTE, 0, MPI_COMM_WORLD);
        done += step;
    }
}

static struct slot *take(size_t slot)
{
    ir_grow(&mpi.slot, &mpi.cap, slot + 1, sizeof *mpi.slot);
    for (; mpi.slots <= slot; mpi.slots++)
        mpi.slot[mpi.slots] = (struct slot){MPI_REQUEST_NULL, NULL};
    struct slot *s = &mpi.slot[slot];
    if (s->n == NULL)
        s->n = ir_alloc(4 * (size_t)mpi.count, sizeof *s->n);
    return s;
}

/* Sizes and places as MPI wants them. */
static void lay_out(const size_t *n, int *size, int *place)
{
    size_t at = 0;
    for (int i = 0; i < mpi.count; i++) {
        size[i] = (int)n[i];
        place[i] = (int)at;
        at += n[i];
    }
}

void ir_ranks_spread(size_t slot, const float *out, const size_t *n_out, const size_t *at_out,
                     float *in, const size_t *n_in)
{
    struct slot *s = take(slot);
    int *a = s->n, *b = a + mpi.count, *c = b + mpi.count, *d = c + mpi.count;
    for (int i = 0; i < mpi.count; i++) {
        a[i] = (int)n_out[i];
        b[i] = (int)at_out[i];
    }
    lay_out(n_in, c, d);
    MPI_Ialltoallv(out, a, b, MPI_FLOAT, in, c, d, MPI_FLOAT, mpi.spread, &s->request);
}

void ir_ranks_collect(size_t slot, float *all, const size_t *n)
{
    struct slot *s = take(slot);
    int *a = s->n, *b = a + mpi.count;
    lay_out(n, a, b);
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, a, b, MPI_FLOAT, mpi.collect,
                    &s->request);
}

bool ir_ranks_done(size_t slot, bool wait)
{
    struct slot *s = take(slot);
    int done = 1;
    if (wait)
        MPI_Wait(&s->request, MPI_STATUS_IGNORE);
    else
        MPI_Test(&s->request, &done, MPI_STATUS_IGNORE);
    return done != 0;
}
