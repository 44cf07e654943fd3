/* fuzz_model.c - models: a network with its parameters, or a classic learner, as ir-infer opens
 * them. */
#include "fuzz.h"
#include "learn.h"
#include "net.h"

#define MEMORY_MAX ((size_t)32 << 20)
#define LENGTH     20

static void network(const char *path)
{
    struct ir_err err;
    struct ir_shape shape[16] = {0};
    size_t loaded;
    struct ir_model *m = ir_model_open(path, &err);
    if (m == NULL)
        return;
    struct ir_net *net = ir_model_net(m);
    if (ir_net_inputs(net) <= sizeof shape / sizeof *shape) {
        ir_net_shapes(net, LENGTH, shape);
        if (ir_net_plan(net, 1, shape, false, NULL, MEMORY_MAX, &err) == 0)
            (void)ir_model_apply(m, net, NULL, &loaded, &err);
    }
    ir_model_close(m);
}

static void learner(char *path)
{
    struct ir_err err;
    struct ir_learned learned = {0};
    struct ir_reader *r = ir_reader_open(&path, 1, &err);
    if (r == NULL)
        return;
    if (ir_meta_get(ir_reader_header(r), "learner") != NULL) {
        (void)ir_learner_read(&learned, r, &err);
        ir_learner_free(&learned);
    }
    ir_reader_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[64];
    uint8_t *copy = malloc(n + 1);
    if (copy == NULL)
        return 0;
    memcpy(copy, bytes, n);
    fuzz_mend(copy, n);
    int fd = fuzz_file(copy, n, path);
    network(path);
    learner(path);
    close(fd);
    free(copy);
    return 0;
}
