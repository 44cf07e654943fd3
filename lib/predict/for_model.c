/* for_model.c - a tool reads its command line with the options that a model wants of it. */
#include "predict.h"

#include <stdlib.h>
#include <string.h>

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

/* The command line with the model's words first (what the user gives holds) and --for without
 * effect: once is enough. Everything that an option may point to lives as long as the program. */
static char **longer_line(int *argc, char **argv, struct ir_strs *words)
{
    static char **all; /* reachable: not lost */
    int at = 1, k = 0;
    all = ir_zalloc((size_t)*argc + words->n + 2, sizeof *all);
    all[k++] = argv[0];
    for (size_t i = 0; i < words->n; i++)
        all[k++] = words->at[i];
    for (; at < *argc && strcmp(argv[at], "--") != 0; at++)
        all[k++] = argv[at];
    all[k++] = (char *)(uintptr_t) "--for=";
    for (; at < *argc; at++)
        all[k++] = argv[at];
    *argc = k;
    return all;
}

int ir_run_start_for(struct ir_run *run, const struct ir_tool *tool, const char *const *model,
                     int argc, char **argv)
{
    static struct ir_strs words;
    struct ir_buf line = {0};
    int status = ir_run_start(run, tool, argc, argv);
    if (status >= 0 || *model == NULL || **model == '\0')
        return status;
    if (read_line(*model, &line, &run->err) < 0)
        return ir_run_finish(run, -1);
    add_words(line.data, tool->name, &words);
    ir_buf_free(&line);
    if (words.n == 0)
        return ir_run_finish(run,
                             ir_fail(&run->err, "the model %s wants nothing of %s: leave it out",
                                     *model, tool->name));
    argv = longer_line(&argc, argv, &words);
    free(run->prog);
    return ir_run_start(run, tool, argc, argv);
}
