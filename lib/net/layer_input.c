/* layer_input.c - where records enter; the network sets its shape. */
#include "net/node.h"

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    (void)n, (void)a, (void)err;
    return 0;
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    (void)n, (void)p;
}

const struct ir_layer ir_layer_input = {
    .name = "input",
    .usage = "input [audio|feature] [RECORD] shape=AxBxC | channels=N bands=N frames=N|any | "
             "samples=N|any",
    .example = "input size=3\ndense out=classes\n",
    .setup = setup,
    .forward = forward,
    .backward = forward,
};
