/* csv.h - comma-separated values as RFC 4180 has them, and as data sets really have them. */
#ifndef IR_LABEL_CSV_H
#define IR_LABEL_CSV_H

#include "../base.h"

/* A file being read. Fields are valid until the next ir_csv_next. */
struct ir_csv {
    const char *name; /* as given to ir_csv_open, for messages */
    size_t line;      /* of the first line of the row just read, from 1 */
    char **field;
    size_t n, cap;
    struct ir_strs head; /* column names, after ir_csv_head */
    char delimiter;
    bool skip_space; /* blanks after a delimiter are not part of the field (AudioSet) */
    struct ir_buf text;
    size_t at, next_line;
};

/* Load path whole ("-": stdin), skip a byte order mark. LF, CR LF and CR line ends; quotes with ""
 * inside; newlines in quotes. Refused, with file and line: UTF-16, NUL bytes, a quote that is never
 * closed, text after a closing quote. delimiter 0: a comma. */
int ir_csv_open(struct ir_csv *c, const char *path, char delimiter, struct ir_err *err);
/* 1: a row; 0: the end; -1. Empty lines are skipped, and lines that begin with '#' when `comments`.
 */
int ir_csv_next(struct ir_csv *c, bool comments, struct ir_err *err);
/* Read the first row as column names (blanks around them are cut). A row without the delimiter that
 * has another one, as spreadsheets write it, is named as such. */
int ir_csv_head(struct ir_csv *c, bool comments, struct ir_err *err);
/* Number of a column; absent: an error that lists what there is. `names` are alternatives separated
 * by |. */
int ir_csv_column(const struct ir_csv *c, const char *names, struct ir_err *err);
/* As ir_csv_column, absent: -1 without error. */
int ir_csv_find(const struct ir_csv *c, const char *names);
/* The row has as many fields as the head, or an error with file and line. */
int ir_csv_full(const struct ir_csv *c, struct ir_err *err);
/* Strict number in a field; the message names file, line, column, and spreadsheets when it looks
 * like a date. */
int ir_csv_real(const struct ir_csv *c, size_t column, double min, double max, double *out,
                struct ir_err *err);
/* Put "file:line: " in front of the message in *err; -1. */
int ir_csv_fail(const struct ir_csv *c, struct ir_err *err);
void ir_csv_close(struct ir_csv *c);

#endif
