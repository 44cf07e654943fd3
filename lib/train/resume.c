/* resume.c - a training goes on from its checkpoint, which rank 0 alone reads and writes. */
#include "train/ranks.h"
#include "train/state.h"

int ir_train_resume(struct ir_train *t, struct ir_train_state *s, struct ir_err *err)
{
    struct ir_train_state mine = *s;
    bool older = false;
    size_t n;
    int rc = 0;
    if (ir_ranks_rank() == 0)
        rc = ir_checkpoint_read(t->checkpoint, t, s, &older, err);
    if (ir_ranks_meet(rc, err) != 0)
        return -1;
    ir_ranks_share(s, sizeof *s);
    for (size_t i = 0; i < mine.slots; i++) {
        s->slot[i] = mine.slot[i];
        ir_ranks_share(s->slot[i], s->floats * sizeof(float));
    }
    s->best_values = mine.best_values;
    ir_ranks_share(s->best_values, s->floats * sizeof(float));
    ir_ranks_share(ir_net_arena(t->net, &n), s->floats * sizeof(float));
    return 0;
}

int ir_train_save(const struct ir_train *t, const struct ir_train_state *s, struct ir_err *err)
{
    if (t->checkpoint == NULL || ir_ranks_rank() != 0)
        return 0;
    return ir_checkpoint_write(t->checkpoint, t, s, err);
}
