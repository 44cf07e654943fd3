/* args.h - arguments written as key=value words: of a layer, a loss, an optimiser, a schedule. */
#ifndef IR_ARGS_H
#define IR_ARGS_H

#include "base.h"

#define IR_ARG_MUST SIZE_MAX
#define IR_ARGS_MAX 16

struct ir_args {
    const char *op;
    size_t n;
    char *key[IR_ARGS_MAX], *value[IR_ARGS_MAX];
    bool used[IR_ARGS_MAX];
    size_t classes;
    struct ir_err err; /* first mistake */
    bool failed;
};
/* Each returns the value or the default and remembers the first mistake. A size may be the word
 * `classes`. */
size_t ir_arg_size(struct ir_args *a, const char *key, size_t min, size_t max, size_t def);
/* "3x5" or "3" for both. */
void ir_arg_pair(struct ir_args *a, const char *key, size_t min, size_t max, size_t def,
                 size_t out[2]);
double ir_arg_real(struct ir_args *a, const char *key, double min, double max, double def);
bool ir_arg_flag(struct ir_args *a, const char *key, bool def); /* yes|no */
const char *ir_arg_text(struct ir_args *a, const char *key, const char *def);
/* Index of the value in "one|two|three"; def when absent. */
int ir_arg_choice(struct ir_args *a, const char *key, const char *choices, int def);
/* 0 when every key was known and right. */
int ir_args_check(struct ir_args *a, const char *usage, struct ir_err *err);
/* Split "key=value" words (separated by blanks or commas) into a; a is emptied by ir_args_free. */
int ir_args_parse(struct ir_args *a, const char *text, struct ir_err *err);
void ir_args_add(struct ir_args *a, const char *key, size_t key_len, const char *value,
                 size_t value_len);
void ir_args_free(struct ir_args *a);

#endif
