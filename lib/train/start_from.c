/* start_from.c - the parameters of another model as the start of a training. */
#include "train.h"

#include <stdlib.h>
#include <string.h>

int ir_train_start_from(const char *path, struct ir_net *net, struct ir_strs *notes,
                        struct ir_err *err)
{
    struct ir_buf report = {0}, line = {0};
    struct ir_strs left = {0};
    size_t loaded = 0;
    struct ir_model *from = ir_model_open(path, err);
    int rc = from != NULL ? ir_model_apply(from, net, &report, &loaded, err) : -1;
    if (rc == 0 && loaded == 0)
        rc = ir_fail(err, "%s: no parameter fits this network", path);
    if (rc == 0) {
        ir_buf_printf(&line, "%s: loaded %zu of %zu parameters", path, loaded, ir_net_params(net));
        ir_strs_add(notes, line.data);
        ir_strs_split(&left, report.data != NULL ? report.data : "", "\n");
    }
    for (size_t i = 0; i < left.n; i++) {
        line.len = 0;
        ir_buf_printf(&line, "not loaded: %s", left.at[i]);
        ir_strs_add(notes, line.data);
    }
    ir_strs_free(&left);
    ir_buf_free(&line);
    ir_buf_free(&report);
    ir_model_close(from);
    return rc;
}
