/* log.c - the learning curve as TSV, one line an epoch, written at once so that it can be watched.
 */
#include "train.h"

#include <errno.h>
#include <string.h>

static void cell(struct ir_buf *b, double v)
{
    if (v == v)
        ir_buf_printf(b, "%.6g\t", v);
    else
        ir_buf_puts(b, "\t");
}

static int put(FILE *f, const struct ir_buf *b, struct ir_err *err)
{
    if (fwrite(b->data, 1, b->len, f) != b->len || fflush(f) != 0)
        return ir_fail(err, "the log: %s", strerror(errno));
    return 0;
}

FILE *ir_train_log_open(const char *path, bool append, struct ir_err *err)
{
    static const char head[] =
        "epoch\tlr\tloss\tvalid_loss\tvalid_accuracy\tvalid_macro_f1\tvalid_micro_f1\t"
        "valid_map\tbest\tseconds\texchange\n";
    FILE *f = fopen(path, append ? "a" : "w");
    if (f == NULL) {
        ir_fail(err, "%s: %s", path, strerror(errno));
        return NULL;
    }
    struct ir_buf b = {0};
    ir_buf_puts(&b, head);
    fseek(f, 0, SEEK_END); /* where a file opened to append stands is each libc's own affair */
    if (ftell(f) == 0 && put(f, &b, err) < 0) {
        fclose(f);
        f = NULL;
    }
    ir_buf_free(&b);
    return f;
}

int ir_train_log(FILE *f, const struct ir_train_epoch *e, struct ir_err *err)
{
    struct ir_buf b = {0};
    ir_buf_printf(&b, "%lld\t", e->epoch);
    cell(&b, e->lr);
    cell(&b, e->loss);
    for (int i = 0; i < IR_MEASURES; i++)
        cell(&b, e->valid.v[i]);
    ir_buf_printf(&b, "%d\t%.3f\t%.4f\n", e->best, e->seconds, e->exchange);
    int rc = put(f, &b, err);
    ir_buf_free(&b);
    return rc;
}

void ir_train_epoch_text(const struct ir_train *t, const struct ir_train_epoch *e,
                         struct ir_buf *out)
{
    ir_buf_printf(out, "epoch %lld/%lld: loss %.4f", e->epoch, t->epochs, e->loss);
    if (t->n_valid > 0)
        ir_buf_printf(out, ", validation loss %.4f, accuracy %.4f%s", e->valid.v[IR_MEASURE_LOSS],
                      e->valid.v[IR_MEASURE_ACCURACY], e->best ? ", best so far" : "");
    if (ir_ranks_count() > 1)
        ir_buf_printf(out, ", %.1f%% of the time in exchange", 100 * e->exchange);
}
