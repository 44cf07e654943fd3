/* format.c - in which form an answer is written, by a word or by the end of a file's name. */
#include "predict.h"

#include <string.h>

/* In the order of IR_ANSWER_FORMATS: the format of lib/convert, the end of a name. */
static const char *const formats[][2] = {
    {"table", ".txt"}, {"tsv", ".tsv"}, {"jsonl", ".jsonl"},  {"json", ".json"}, {"jams", ".jams"},
    {"srt", ".srt"},   {"vtt", ".vtt"}, {"audacity", ".lab"}, {"rttm", ".rttm"}, {NULL, ".irt"}};
enum { N_FORMATS = sizeof formats / sizeof *formats };

int ir_answer_format_named(const char *path, struct ir_err *err)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash + 1 : path, '.');
    struct ir_buf b = {0};
    if (dot == NULL || strcmp(path, "-") == 0)
        return -1;
    for (int i = 0; i < N_FORMATS; i++) {
        if (strcmp(dot, formats[i][1]) == 0) {
            ir_buf_free(&b);
            return i;
        }
        ir_buf_printf(&b, " %s", formats[i][1]);
    }
    ir_fail(err, "%s: the end of the name says no format; known are%s; or say it with -f", path,
            b.data);
    ir_buf_free(&b);
    return -2;
}

const struct ir_export *ir_answer_format(int format)
{
    return formats[format][0] != NULL ? ir_export_find(formats[format][0]) : NULL;
}
