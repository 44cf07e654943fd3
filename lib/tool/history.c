/* history.c - the line that a stream keeps of how it was made (prog.N), written from the table of
 * options and read back: the one place that knows its form.
 *
 *     ir-mel --bands=96 --log=db a.audio.irt
 *
 * Full names, --name=value, in the order of the table; what was not given or decides no byte is
 * left out; operands last, behind -- when the first begins with -. Words are quoted for a shell. */
#include "option.h"

#include <stdlib.h>
#include <string.h>

const char *ir_opt_text(const struct ir_opt *o, size_t item, char text[80])
{
    char a[32], b[32];
    const struct ir_range *range = o->dest;
    const char *word = "";
    switch (o->type) {
    case IR_OPT_FLAG:
        return "";
    case IR_OPT_INT:
        snprintf(text, 80, "%lld", *(const long long *)o->dest);
        return text;
    case IR_OPT_REAL:
        return ir_format_real(text, *(const double *)o->dest);
    case IR_OPT_RANGE:
        ir_format_real(a, range->lo);
        if (range->lo < range->hi)
            snprintf(text, 80, "%s..%s", a, ir_format_real(b, range->hi));
        else
            snprintf(text, 80, "%s", a);
        return text;
    case IR_OPT_CHOICE:
        if (*(const int *)o->dest < 0)
            return "";
        ir_option_choice(o->choices, *(const int *)o->dest, text, 80);
        return text;
    case IR_OPT_STR:
    case IR_OPT_WORD:
        word = *(const char *const *)o->dest;
        return word != NULL ? word : "";
    case IR_OPT_LIST:
        return ((const struct ir_strs *)o->dest)->at[item];
    }
    return word;
}

static size_t value_count(const struct ir_opt *o)
{
    return o->type == IR_OPT_LIST ? ((const struct ir_strs *)o->dest)->n : 1;
}

static void put_option(struct ir_buf *line, const struct ir_opt *o)
{
    char text[80];
    for (size_t i = 0; i < value_count(o); i++) {
        struct ir_buf word = {0};
        ir_buf_printf(&word, o->type == IR_OPT_FLAG ? "--%s" : "--%s=%s", o->name,
                      ir_opt_text(o, i, text));
        ir_buf_puts(line, " ");
        ir_buf_shell(line, word.data);
        ir_buf_free(&word);
    }
}

void ir_run_settings(const struct ir_run *run, const char *except, struct ir_buf *out)
{
    char text[80];
    ir_buf_printf(out, "seed %lld\n", run->seed);
    for (size_t i = 0; i < run->tool->n_opts; i++) {
        const struct ir_opt *o = &run->tool->opts[i];
        if (o->no_bytes || (except != NULL && strcmp(o->name, except) == 0))
            continue;
        for (size_t k = 0; k < value_count(o); k++)
            ir_buf_printf(out, "%s %s\n", o->name,
                          o->type == IR_OPT_FLAG ? *(const bool *)o->dest ? "yes" : "no"
                                                 : ir_opt_text(o, k, text));
    }
}

char *ir_option_history(const struct ir_run *run, const struct ir_opt *opts, const bool *given,
                        size_t n)
{
    struct ir_buf line = {0};
    ir_buf_puts(&line, run->tool->history != NULL ? run->tool->history : run->tool->name);
    for (size_t i = 0; i < n; i++)
        if (given[i] && !opts[i].no_bytes)
            put_option(&line, &opts[i]);
    const bool only_stdin = run->n_files == 1 && strcmp(run->files[0], "-") == 0;
    if (run->n_files > 0 && run->files[0][0] == '-' && run->files[0][1] != '\0')
        ir_buf_puts(&line, " --");
    for (size_t i = 0; i < run->n_files && !only_stdin; i++) {
        ir_buf_puts(&line, " ");
        ir_buf_shell(&line, run->files[i]);
    }
    return line.data;
}

/* The next word of a line that ir_buf_shell quoted; NULL at the end. Owned by the caller. */
static char *next_word(const char **at)
{
    struct ir_buf b = {0};
    const char *p = *at + strspn(*at, " ");
    if (*p == '\0')
        return NULL;
    ir_buf_add(&b, "", 0);
    while (*p != '\0' && *p != ' ') {
        if (*p == '\'') {
            size_t n = strcspn(++p, "'");
            ir_buf_add(&b, p, n);
            p += n + (p[n] == '\'');
        } else {
            p += *p == '\\' && p[1] != '\0';
            ir_buf_add(&b, p++, 1);
        }
    }
    *at = p;
    return b.data;
}

/* Lines of version 0.1 stand as they were typed: "--rate 22050". The value behind a bare name. */
static char *older_value(const char *rest)
{
    char *word = next_word(&rest);
    if (word != NULL && word[0] != '-')
        return word;
    free(word);
    return ir_strdup("");
}

bool ir_prog_value(const char *prog, const char *name, char **value)
{
    size_t n = strlen(name);
    char *word, *found = NULL;
    while ((word = next_word(&prog)) != NULL && strcmp(word, "--") != 0) {
        if (strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, n) == 0 &&
            (word[2 + n] == '=' || word[2 + n] == '\0')) {
            free(found);
            found = word[2 + n] == '=' ? ir_strdup(word + 3 + n) : older_value(prog);
        }
        free(word);
    }
    free(word);
    *value = found;
    return found != NULL;
}

const char *ir_prog_find(const struct ir_meta *head, const char *tool)
{
    size_t n = strlen(tool);
    const char *found = NULL;
    for (size_t i = 0; i < head->n; i++)
        if (strncmp(head->key[i], "prog.", 5) == 0 && strncmp(head->value[i], tool, n) == 0 &&
            (head->value[i][n] == ' ' || head->value[i][n] == '\0'))
            found = head->value[i];
    return found;
}
