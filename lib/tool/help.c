/* help.c - the table of options as --help prints it, for people and for programs. */
#include "option.h"

#include <string.h>

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
    if (o->choices != NULL || o->known != NULL) {
        struct ir_strs words = {0};
        struct ir_buf joined = {0};
        ir_option_words(o, &joined);
        ir_strs_split(&words, joined.data, "|");
        for (size_t i = 0; i < words.n; i++)
            ir_buf_printf(&b, "%s%s", i == 0 ? ": " : ", ", words.at[i]);
        ir_strs_free(&words);
        ir_buf_free(&joined);
    }
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

/* Whether the words of a heading's line name the option. */
static bool names(const char *words, size_t n, const char *option)
{
    size_t k = strlen(option);
    for (size_t i = 0; i + k <= n; i++)
        if (words[i - 1] == ' ' && strncmp(words + i, option, k) == 0 &&
            (i + k == n || words[i + k] == ' '))
            return true;
    return false;
}

static void heading_once(const char *text, size_t n, bool *said)
{
    if (!*said)
        printf("\n%.*s:\n", (int)n, text);
    *said = true;
}

/* The options that one line of tool->groups names, or (line NULL) those that none does. */
static void group(const struct ir_tool *tool, const struct ir_opt *opts, const char *line)
{
    bool said = false;
    for (size_t i = 0; i < tool->n_opts; i++) {
        bool wanted = line == NULL;
        for (const char *at = tool->groups; at != NULL && *at != '\0';
             at += strcspn(at, "\n") + 1) {
            size_t colon = strcspn(at, ":"), n = strcspn(at, "\n");
            bool named = n > colon + 1 && names(at + colon + 2, n - colon - 2, opts[i].name);
            if (named && line == NULL)
                wanted = false;
            if (at == line)
                wanted = named;
        }
        if (!wanted)
            continue;
        heading_once(line != NULL ? line : "options", line != NULL ? strcspn(line, ":") : 7, &said);
        option_line(&opts[i]);
    }
}

void ir_help_text(const struct ir_tool *tool, const struct ir_opt *opts, size_t n)
{
    printf("usage: %s [options] %s\n", tool->name, tool->operands);
    wrap(tool->summary, 0, 0);
    group(tool, opts, NULL);
    for (const char *at = tool->groups; at != NULL && *at != '\0'; at += strcspn(at, "\n") + 1)
        group(tool, opts, at);
    puts("\nin every tool:");
    for (size_t i = tool->n_opts; i < n; i++)
        option_line(&opts[i]);
    if (tool->examples != NULL)
        printf("\nexamples:\n%s", tool->examples);
}

void ir_help_tsv(const struct ir_opt *opts, size_t n)
{
    static const char *const types[] = {"flag", "int",  "real",   "range",
                                        "text", "word", "choice", "list"};
    puts("letter\tname\ttype\targ\tmin\tmax\tunit\tdefault\twords\thistory\thelp");
    for (size_t i = 0; i < n; i++) {
        const struct ir_opt *o = &opts[i];
        const char letter[2] = {o->letter, '\0'};
        char lo[32] = "", hi[32] = "";
        struct ir_buf words = {0};
        ir_buf_add(&words, "", 0);
        ir_option_words(o, &words);
        if (o->type == IR_OPT_INT || o->type == IR_OPT_REAL || o->type == IR_OPT_RANGE) {
            ir_format_real(lo, o->min);
            ir_format_real(hi, o->max);
        }
        printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", letter, o->name, types[o->type],
               o->arg != NULL ? o->arg : "", lo, hi, o->unit != NULL ? o->unit : "",
               o->def != NULL ? o->def : "", words.data, o->no_bytes ? "no" : "yes", o->help);
        ir_buf_free(&words);
    }
}
