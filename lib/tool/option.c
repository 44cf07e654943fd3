/* option.c - values of options from text, and the options that every tool has. */
#include "option.h"

#include <stdlib.h>
#include <string.h>

void ir_option_common(struct ir_opt out[IR_COMMON_OPTIONS], struct ir_run *run, bool *help,
                      bool *version)
{
    struct ir_opt common[IR_COMMON_OPTIONS] = {
        IR_STR('o', "output", &run->output, "FILE",
               "write to FILE, which appears whole or not at all, instead of standard output",
               .no_bytes = true, .file = IR_FILE_WRITTEN),
        IR_FLAG('z', "compress", &run->compress, "pack the payload of each record with zlib"),
        IR_INT(0, "seed", &run->seed, "N", 0, 9e15,
               "start of all random numbers; the same seed gives the same bytes", .def = "0"),
        IR_INT(0, "max-bad", &run->max_bad, "N", 0, 1e9,
               "go on after up to N bad clips, each named on standard error", .def = "0",
               .no_bytes = true),
        IR_FLAG(0, "no-prog", &run->no_prog, "do not add this command line to the stream's history",
                .no_bytes = true),
        IR_FLAG('q', "quiet", &run->quiet, "no progress bar and no notes", .no_bytes = true),
        IR_FLAG('v', "verbose", &run->verbose, "say more on standard error", .no_bytes = true),
        IR_FLAG('h', "help", help,
                "print this help; --help=tsv: the same as a table for other programs",
                .no_bytes = true),
        IR_FLAG(0, "version", version, "print the version and the commit it was built from",
                .no_bytes = true),
    };
    memcpy(out, common, sizeof common);
}

void ir_option_choice(const char *choices, int i, char *text, size_t room)
{
    while (i-- > 0 && strchr(choices, '|') != NULL)
        choices = strchr(choices, '|') + 1;
    snprintf(text, room, "%.*s", (int)strcspn(choices, "|"), choices);
}

void ir_option_words(const struct ir_opt *o, struct ir_buf *b)
{
    struct ir_strs names = {0};
    if (o->choices != NULL)
        ir_buf_puts(b, o->choices);
    if (o->known == NULL)
        return;
    o->known(&names);
    for (size_t i = 0; i < names.n; i++)
        ir_buf_printf(b, "%s%s", i > 0 ? "|" : "", names.at[i]);
    ir_strs_free(&names);
}

/* The first word of text must be one of the option's. */
static int check_word(const struct ir_opt *o, const char *text, struct ir_err *err)
{
    struct ir_strs names = {0};
    char *first = ir_strndup(text, strcspn(text, " ,"));
    o->known(&names);
    int rc = ir_strs_find(&names, first) >= 0 ? 0 : ir_fail_unknown(err, "word", first, &names);
    if (rc != 0)
        ir_fail_in(err, "--%s", o->name);
    ir_strs_free(&names);
    free(first);
    return rc;
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
    case IR_OPT_WORD:
        *(const char **)o->dest = text;
        return check_word(o, text, err);
    case IR_OPT_LIST:
        ir_strs_add(o->dest, text);
        return o->known != NULL ? check_word(o, text, err) : 0;
    case IR_OPT_CHOICE:
        return ir_parse_word(text, o->choices, what, o->dest, err);
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
    case IR_OPT_WORD:
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
