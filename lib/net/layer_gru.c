/* layer_gru.c - gated recurrent unit (Cho et al. 2014) over time, in PyTorch's form. */
#include "net/rnn.h"

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    return ir_rnn_setup(n, a, 3, err);
}

const struct ir_layer ir_layer_gru = {
    .name = "gru",
    .usage = "gru out=N [bidirectional=no] [return=sequence|last]",
    .example = "input shape=3x5\nconv1d out=3 kernel=1\ngru out=4 bidirectional=yes\ngru out=3 "
               "return=last\n"
               "dense out=classes\n",
    .state = sizeof(struct ir_rnn),
    .setup = setup,
    .init = ir_rnn_init,
    .forward = ir_rnn_forward,
    .backward = ir_rnn_backward,
};
