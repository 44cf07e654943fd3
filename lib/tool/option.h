/* option.h - private to lib/tool: the option table as parser, as help and as history. */
#ifndef IR_TOOL_OPTION_H
#define IR_TOOL_OPTION_H

#include "tool.h"

#define IR_COMMON_OPTIONS 9

/* The options that every tool has; dest fields point into run. help and version go to the two
 * flags. */
void ir_option_common(struct ir_opt out[IR_COMMON_OPTIONS], struct ir_run *run, bool *help,
                      bool *version);
/* Set the default, or the user's text, into opt->dest. */
int ir_option_default(const struct ir_opt *opt, struct ir_err *err);
int ir_option_set(const struct ir_opt *opt, const char *text, struct ir_err *err);
/* Word i of "one|two|three" into text. */
void ir_option_choice(const char *choices, int i, char *text, size_t room);
/* The words that the option takes, separated by |, appended; nothing when it takes any. */
void ir_option_words(const struct ir_opt *o, struct ir_buf *b);

/* --help for people, and --help=tsv for programs. */
void ir_help_text(const struct ir_tool *tool, const struct ir_opt *opts, size_t n);
void ir_help_tsv(const struct ir_opt *opts, size_t n);

/* The line of the history of options[n], of which given[] were given; owned by the caller. */
char *ir_option_history(const struct ir_run *run, const struct ir_opt *opts, const bool *given,
                        size_t n);

#endif
