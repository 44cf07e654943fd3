/* h5_none.c - what stands for h5.c where libhdf5 is not installed. */
#include "convert/h5.h"

int ir_h5_send(const struct ir_buf *bytes, FILE *out, struct ir_err *err)
{
    (void)bytes, (void)out;
    return ir_fail(err, "this ir-model was built without libhdf5 (Debian: libhdf5-dev)");
}
