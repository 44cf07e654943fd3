/* dataset_rttm.c - Rich Transcription Time Marked (NIST RT-09, appendix A): lines TYPE FILE CHANNEL
 * START DURATION <NA> <NA> NAME CONFIDENCE <NA>, blanks between; of them SPEAKER lines are spans.
 */
#include "spans.h"

#include <stdlib.h>
#include <string.h>

#define ENDS ".rttm"
enum { TYPE, RECORDING, CHANNEL, START, DURATION, ORTHOGRAPHY, SUBTYPE, NAME, LEAST_FIELDS };

struct rttm {
    struct ir_spans spans;
    const char *file;
    size_t line, others;
};

static int bad(const struct rttm *r, struct ir_err *err)
{
    return ir_fail_in(err, "%s:%zu", r->file, r->line);
}

/* One line, cut into its fields in place. */
static int add_line(struct rttm *r, char *line, struct ir_err *err)
{
    char *field[LEAST_FIELDS], *save = NULL;
    size_t n = 0;
    double start, length;
    for (char *w = strtok_r(line, " \t\r", &save); w != NULL;
         w = strtok_r(NULL, " \t\r", &save), n++)
        if (n < LEAST_FIELDS)
            field[n] = w;
    if (n == 0 || strncmp(field[0], ";;", 2) == 0)
        return 0;
    if (strcmp(field[TYPE], "SPEAKER") != 0) {
        r->others++;
        return 0;
    }
    if (n < LEAST_FIELDS) {
        ir_fail(err, "found %zu fields, wanted SPEAKER FILE CHANNEL START DURATION <NA> <NA> NAME",
                n);
        return bad(r, err);
    }
    if (ir_parse_real(field[START], 0, 1e9, "start", &start, err) < 0 ||
        ir_parse_real(field[DURATION], 0, 1e9, "duration", &length, err) < 0)
        return bad(r, err);
    char *path = ir_spans_sound(&r->spans, field[RECORDING], err);
    if (path == NULL)
        return bad(r, err);
    ir_spans_add(&r->spans, path, start, length > 0 ? length : -1,
                 strcmp(field[NAME], "<NA>") == 0 ? "" : field[NAME], NULL);
    free(path);
    return 0;
}

static int read_file(void *arg, const char *file, struct ir_err *err)
{
    struct rttm *r = arg;
    struct ir_buf text = {0};
    r->file = file;
    r->line = 0;
    int rc = ir_spans_beside(&r->spans, file, err);
    if (rc == 0)
        rc = ir_read_file(file, (size_t)1 << 30, &text, err);
    for (char *at = text.data, *end; rc == 0 && at != NULL && *at != '\0'; at = end) {
        size_t n = strcspn(at, "\n");
        end = at + n + (at[n] == '\n');
        at[n] = '\0';
        r->line++;
        rc = add_line(r, at, err);
    }
    ir_buf_free(&text);
    return rc;
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct rttm r = {.spans = {.f = f, .list = list}};
    int rc = ir_spans_run(&r.spans, ENDS, read_file, &r, err);
    if (rc == 0 && r.others > 0)
        ir_find_note(f, "%zu lines of other types than SPEAKER are left out", r.others);
    ir_spans_free(&r.spans);
    return rc;
}

const struct ir_dataset ir_dataset_rttm = {
    .name = "rttm",
    .summary = "RTTM, a clip a SPEAKER line: its name is the label",
    .layout = "FILE.rttm …, or a folder of them; the sounds that they name lie beside them or in "
              "--audio",
    .uses = "audio",
    .many = true,
    .own = true,
    .find = find,
};
