/* dataset_audacity.c - label tracks of Audacity: start, end and label, tabs between, seconds; a
 * line that begins with a backslash holds the frequencies of the span before it. */
#include "spans.h"

#include <stdlib.h>
#include <string.h>

#define ENDS ".txt"

static int add_row(struct ir_spans *s, const struct ir_csv *c, const char *path, struct ir_err *err)
{
    double start, end;
    if (strcmp(c->field[0], "\\") == 0) /* frequencies */
        return 0;
    if (c->n < 2 || c->n > 3) {
        ir_fail(err, "found %zu fields, wanted start, end and label with tabs between", c->n);
        return ir_csv_fail(c, err);
    }
    if (ir_csv_real(c, 0, 0, 1e9, &start, err) < 0 || ir_csv_real(c, 1, 0, 1e9, &end, err) < 0)
        return -1;
    if (end < start) {
        ir_fail(err, "the end, %s s, is before the start, %s s", c->field[1], c->field[0]);
        return ir_csv_fail(c, err);
    }
    ir_spans_add(s, path, start, end > start ? end - start : -1, c->n > 2 ? c->field[2] : "", NULL);
    return 0;
}

static int read_track(void *arg, const char *file, struct ir_err *err)
{
    struct ir_spans *s = arg;
    struct ir_csv c;
    int row, rc = ir_spans_beside(s, file, err);
    const char *base = ir_path_base(file);
    char *stem = ir_strndup(base, strlen(base) - ir_path_ends(base, ENDS));
    char *path = rc == 0 ? ir_spans_sound(s, stem, err) : NULL;
    free(stem);
    if (path == NULL)
        return rc == 0 ? ir_fail_in(err, "%s", file) : -1;
    rc = ir_csv_open(&c, file, '\t', err);
    if (rc == 0) {
        while (rc == 0 && (row = ir_csv_next(&c, false, err)) != 0)
            rc = row < 0 ? -1 : add_row(s, &c, path, err);
        ir_csv_close(&c);
    }
    free(path);
    return rc;
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct ir_spans s = {.f = f, .list = list};
    int rc = ir_spans_run(&s, ENDS, read_track, &s, err);
    ir_spans_free(&s);
    return rc;
}

const struct ir_dataset ir_dataset_audacity = {
    .name = "audacity",
    .summary = "label tracks of Audacity, a clip a labelled span",
    .layout = "NAME.txt …, or a folder of them; the sound NAME.wav, NAME.flac … lies beside it or "
              "in --audio",
    .uses = "audio",
    .many = true,
    .own = true,
    .find = find,
};
