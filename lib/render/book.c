/* book.c - the scores of a run, with their names. */
#include "render.h"

#include <stdlib.h>
#include <string.h>

int ir_book_read(struct ir_book *b, struct ir_run *run)
{
    static char *const stdin_only[] = {"-"};
    char *const *files = run->n_files ? run->files : stdin_only;
    size_t n = run->n_files ? run->n_files : 1;
    b->score = ir_zalloc(n, sizeof *b->score);
    b->name = ir_zalloc(n, sizeof *b->name);
    b->takes = ir_zalloc(n, sizeof *b->takes);
    for (size_t i = 0; i < n; i++) {
        struct ir_buf bytes = {0};
        struct ir_err why = {{0}};
        int rc = ir_read_file(files[i], IR_SCORE_BYTES_MAX, &bytes, &why);
        if (rc == 0 && (rc = ir_score_parse(&b->score[b->n], bytes.data, bytes.len, &why)) != 0)
            ir_fail_in(&why, "%s", files[i]);
        ir_buf_free(&bytes);
        if (rc != 0 && ir_run_bad(run, &why) != 0)
            return -1;
        if (rc != 0)
            continue;
        const char *base = strrchr(files[i], '/') ? strrchr(files[i], '/') + 1 : files[i];
        b->name[b->n] = ir_strndup(base, strcspn(base, "."));
        for (char *at = b->name[b->n]; *at; at++)
            if ((unsigned char)*at <= ' ' || strchr("/,:;\"'\\%", *at))
                *at = '_';
        b->n++;
    }
    return b->n ? 0 : ir_fail(&run->err, "no score left to render");
}

void ir_book_free(struct ir_book *b)
{
    for (size_t i = 0; i < b->n; i++) {
        ir_score_free(&b->score[i]);
        free(b->name[i]);
    }
    free(b->score);
    free(b->name);
    free(b->takes);
}
