/* option.h - private to lib/base: the option table as parser and as help text. */
#ifndef IR_BASE_OPTION_H
#define IR_BASE_OPTION_H

#include "base.h"

#define IR_COMMON_OPTIONS 9

/* The options that every tool has; dest fields point into run. help and version go to the two
 * flags. */
void ir_option_common(struct ir_opt out[IR_COMMON_OPTIONS], struct ir_run *run, bool *help,
                      bool *version);
/* Set the default, or the user's text, into opt->dest. */
int ir_option_default(const struct ir_opt *opt, struct ir_err *err);
int ir_option_set(const struct ir_opt *opt, const char *text, struct ir_err *err);
void ir_option_help(const struct ir_tool *tool, const struct ir_opt *common, size_t n_common);

#endif
