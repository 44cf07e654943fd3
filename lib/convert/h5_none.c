/* h5_none.c - what stands for h5.c where libhdf5 is not installed. */
#include "convert/tensors.h"

int ir_h5_list(struct ir_tensors *t, struct ir_err *err)
{
    (void)t;
    return ir_fail(err, "this ir-model was built without libhdf5 (Debian: libhdf5-dev)");
}

int ir_h5_get(const struct ir_tensors *t, const struct ir_tensor *tensor, struct ir_rec *rec,
              struct ir_err *err)
{
    (void)tensor;
    (void)rec;
    return ir_h5_list((struct ir_tensors *)(uintptr_t)t, err);
}
