/* tsv.h - a small reader of tab-separated lines for confusion matrices and published tables. */
#ifndef IR_SCORE_TSV_H
#define IR_SCORE_TSV_H

#include "../base.h"

/* A file in memory and a position in it. Lines that are empty or start with # are skipped, a BOM
 * and CR before LF are removed. */
struct ir_tsv {
    struct ir_buf text;
    char *next;
    const char *path;
    int line;
    struct ir_strs field; /* of the current line, %XX undone */
};
int ir_tsv_open(struct ir_tsv *t, const char *path, struct ir_err *err);
/* 1: field holds the next line; 0: the end; -1: a NUL byte. */
int ir_tsv_next(struct ir_tsv *t, struct ir_err *err);
/* "path:line: message" in *err; -1. */
int ir_tsv_fail(const struct ir_tsv *t, struct ir_err *err, const char *fmt, ...) IR_PRINTF(3, 4);
void ir_tsv_close(struct ir_tsv *t);

#endif
