/* outputs.c - what a training writes to, looked at before it begins. */
#include "train.h"

#include <unistd.h>

int ir_train_outputs(const char *output, const char *log, const char *checkpoint, char *const *in,
                     size_t n_in, bool *fresh, struct ir_err *err)
{
    struct ir_buf old = {0};
    *fresh = false;
    int rc = ir_out_try(output, true, err);
    if (rc == 0 && checkpoint != NULL) {
        ir_buf_printf(&old, "%s.old", checkpoint);
        const char *const out[] = {old.data, output, log};
        rc = ir_check_outputs(out, sizeof out / sizeof *out, (const char *const *)in, n_in, err);
        if (rc == 0)
            rc = ir_out_try(checkpoint, true, err);
        *fresh = access(checkpoint, F_OK) != 0 && access(old.data, F_OK) != 0;
    }
    ir_buf_free(&old);
    return rc;
}
