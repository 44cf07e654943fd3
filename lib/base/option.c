/* option.c - values of options from text, the common options, and --help from the table. */
#include "option.h"

#include <string.h>

void ir_option_common(struct ir_opt out[IR_COMMON_OPTIONS], struct ir_run *run, bool *help,
                      bool *version)
{
    struct ir_opt common[IR_COMMON_OPTIONS] = {
        {.letter = 'o',
         .name = "output",
         .type = IR_OPT_STR,
         .dest = &run->output,
         .arg = "FILE",
         .help = "write to FILE, which appears whole or not at all, instead of standard output"},
        {.letter = 'z',
         .name = "compress",
         .type = IR_OPT_FLAG,
         .dest = &run->compress,
         .help = "pack the payload of each record with zlib"},
        {.name = "seed",
         .type = IR_OPT_INT,
         .dest = &run->seed,
         .arg = "N",
         .min = 0,
         .max = 9e15,
         .def = "0",
         .help = "start of all random numbers; the same seed gives the same bytes"},
        {.name = "max-bad",
         .type = IR_OPT_INT,
         .dest = &run->max_bad,
         .arg = "N",
         .min = 0,
         .max = 1e9,
         .def = "0",
         .help = "go on after up to N bad clips, each named on standard error"},
        {.name = "no-prog",
         .type = IR_OPT_FLAG,
         .dest = &run->no_prog,
         .help = "do not add this command line to the stream's history"},
        {.letter = 'q',
         .name = "quiet",
         .type = IR_OPT_FLAG,
         .dest = &run->quiet,
         .help = "no progress bar and no notes"},
        {.letter = 'v',
         .name = "verbose",
         .type = IR_OPT_FLAG,
         .dest = &run->verbose,
         .help = "say more on standard error"},
        {.letter = 'h',
         .name = "help",
         .type = IR_OPT_FLAG,
         .dest = help,
         .help = "print this help"},
        {.name = "version", .type = IR_OPT_FLAG, .dest = version, .help = "print the version"},
    };
    memcpy(out, common, sizeof common);
}

/* Index of text in "one|two|three", or -1. */
static int choice_index(const char *choices, const char *text)
{
    size_t n = strlen(text);
    int i = 0;
    for (const char *at = choices;; i++) {
        size_t len = strcspn(at, "|");
        if (len == n && strncmp(at, text, n) == 0)
            return i;
        if (at[len] == '\0')
            return -1;
        at += len + 1;
    }
}

static int set_int(const struct ir_opt *o, const char *text, const char *what, struct ir_err *err)
{
    return ir_parse_int(text, (long long)o->min, (long long)o->max, what, o->dest, err);
}

int ir_option_set(const struct ir_opt *o, const char *text, struct ir_err *err)
{
    char what[80];
    snprintf(what, sizeof what, "--%s", o->name);
    switch (o->type) {
    case IR_OPT_FLAG:
        *(bool *)o->dest = true;
        return 0;
    case IR_OPT_INT:
        return set_int(o, text, what, err);
    case IR_OPT_REAL:
        return ir_parse_real(text, o->min, o->max, what, o->dest, err);
    case IR_OPT_RANGE:
        return ir_parse_range(text, o->min, o->max, what, o->dest, err);
    case IR_OPT_STR:
        *(const char **)o->dest = text;
        return 0;
    case IR_OPT_LIST:
        ir_strs_add(o->dest, text);
        return 0;
    case IR_OPT_CHOICE:
        *(int *)o->dest = choice_index(o->choices, text);
        if (*(int *)o->dest < 0)
            return ir_fail(err, "%s: \"%s\" is not one of %s", what, text, o->choices);
        return 0;
    }
    return ir_fail(err, "%s: unknown type of option", what);
}

int ir_option_default(const struct ir_opt *o, struct ir_err *err)
{
    if (o->given != NULL)
        *o->given = false;
    switch (o->type) {
    case IR_OPT_FLAG:
        *(bool *)o->dest = false;
        return 0;
    case IR_OPT_INT:
        *(long long *)o->dest = 0;
        break;
    case IR_OPT_REAL:
        *(double *)o->dest = 0;
        break;
    case IR_OPT_RANGE:
        *(struct ir_range *)o->dest = (struct ir_range){0, 0};
        break;
    case IR_OPT_STR:
        *(const char **)o->dest = NULL;
        break;
    case IR_OPT_LIST:
        *(struct ir_strs *)o->dest = (struct ir_strs){0};
        break;
    case IR_OPT_CHOICE:
        *(int *)o->dest = -1;
        break;
    }
    return o->def == NULL ? 0 : ir_option_set(o, o->def, err);
}

/* Print text wrapped at 79 columns with the given indent; the cursor stands at column `at`. */
static void wrap(const char *text, int indent, int at)
{
    printf("%*s", at < indent ? indent - at : 0, "");
    int column = at < indent ? indent : at;
    while (*text != '\0') {
        int n = (int)strcspn(text, " ");
        if (column > indent && column + 1 + n > 79) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        printf("%.*s", n, text);
        column += n;
        text += n;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void option_line(const struct ir_opt *o)
{
    struct ir_buf b = {0};
    char lo[32], hi[32];
    int at = 0;
    if (o->letter != 0)
        at += printf("  -%c, ", o->letter);
    else
        at += printf("      ");
    at += printf("--%s", o->name);
    if (o->arg != NULL)
        at += printf("=%s", o->arg);
    if (at > 27) {
        putchar('\n');
        at = 0;
    }
    ir_buf_puts(&b, o->help);
    if (o->type == IR_OPT_CHOICE)
        ir_buf_printf(&b, ": %s", o->choices);
    bool number = o->type == IR_OPT_INT || o->type == IR_OPT_REAL || o->type == IR_OPT_RANGE;
    const char *unit = o->unit != NULL ? o->unit : "";
    const char *gap = o->unit != NULL ? " " : "";
    if (number && o->def != NULL)
        ir_buf_printf(&b, " (%s to %s%s%s; default %s)", ir_format_real(lo, o->min),
                      ir_format_real(hi, o->max), gap, unit, o->def);
    else if (number)
        ir_buf_printf(&b, " (%s to %s%s%s)", ir_format_real(lo, o->min), ir_format_real(hi, o->max),
                      gap, unit);
    else if (o->def != NULL)
        ir_buf_printf(&b, " (default %s)", o->def);
    wrap(b.data, 28, at);
    ir_buf_free(&b);
}

void ir_option_help(const struct ir_tool *tool, const struct ir_opt *common, size_t n_common)
{
    printf("usage: %s [options] %s\n", tool->name, tool->operands);
    wrap(tool->summary, 0, 0);
    if (tool->n_opts != 0)
        puts("\noptions:");
    for (size_t i = 0; i < tool->n_opts; i++)
        option_line(&tool->opts[i]);
    puts("\nin every tool:");
    for (size_t i = 0; i < n_common; i++)
        option_line(&common[i]);
    if (tool->examples != NULL)
        printf("\nexamples:\n%s", tool->examples);
}
