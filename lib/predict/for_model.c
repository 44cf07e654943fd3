/* for_model.c - a tool starts itself again with the options that a model wants of it. */
#include "predict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The words of one command of the pipeline ("ir-decode --rate 22050 …" or "ir-mel --frontend '…'"),
 * as --name=value each: the line is ours, so quotes stand around whole values only. */
static void add_words(const char *line, const char *tool, struct ir_strs *out)
{
    const char *at = strstr(line, tool);
    if (at == NULL)
        return;
    at += strlen(tool);
    while (strncmp(at, " --", 3) == 0) {
        struct ir_buf b = {0};
        size_t n = 1 + strcspn(at + 1, " ");
        ir_buf_add(&b, at + 1, n - 1);
        ir_buf_puts(&b, "=");
        at += n + 1;
        bool quoted = *at == '\'';
        at += quoted;
        n = strcspn(at, quoted ? "'" : " \n");
        ir_buf_add(&b, at, n);
        ir_strs_add(out, b.data);
        ir_buf_free(&b);
        at += n + quoted;
    }
}

static int read_line(const char *model, struct ir_buf *line, struct ir_err *err)
{
    char *path = ir_model_find(model, err);
    struct ir_reader *r = path != NULL ? ir_reader_open(&path, 1, err) : NULL;
    int rc = r != NULL ? ir_pipeline_text(ir_reader_header(r), NULL, line, err) : -1;
    ir_reader_close(r);
    free(path);
    return rc;
}

int ir_run_for_model(const char *tool, const char *model, int argc, char **argv, struct ir_err *err)
{
    struct ir_buf line = {0};
    struct ir_strs words = {0};
    int at = 1, k = 0;
    if (read_line(model, &line, err) < 0)
        return -1;
    add_words(line.data, tool, &words);
    ir_buf_free(&line);
    if (words.n == 0)
        return ir_fail(err, "the model %s wants nothing of %s: leave it out", model, tool);
    char **all = ir_zalloc((size_t)argc + words.n + 2, sizeof *all);
    all[k++] = argv[0];
    for (size_t i = 0; i < words.n; i++) /* first: what the user gives holds */
        all[k++] = words.at[i];
    for (; at < argc && strcmp(argv[at], "--") != 0; at++)
        all[k++] = argv[at];
    all[k++] = (char *)(uintptr_t) "--for="; /* once is enough */
    for (; at < argc; at++)
        all[k++] = argv[at];
    char *self = ir_own_path();
    if (self != NULL)
        execv(self, all);
    ir_fail(err, "%s cannot start again: %s", tool, strerror(errno));
    free(self);
    free(all);
    ir_strs_free(&words);
    return -1;
}
