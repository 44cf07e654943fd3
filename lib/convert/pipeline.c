/* pipeline.c - the shell pipeline that makes the right input for a model, from the model's header:
 * rate and front end as recorded, channels and segments as its own history says that the sound was
 * decoded. */
#include "convert.h"
#include "feature.h"

#include <stdlib.h>
#include <string.h>

/* The next word of a command line that ir_buf_shell quoted; NULL at the end. Owned by the caller.
 */
static char *next_word(const char **at)
{
    struct ir_buf b = {0};
    const char *p = *at + strspn(*at, " ");

    if (*p == '\0')
        return NULL;
    ir_buf_add(&b, "", 0);
    while (*p && *p != ' ') {
        if (*p == '\'') {
            size_t n = strcspn(++p, "'");
            ir_buf_add(&b, p, n);
            p += n + (p[n] == '\'');
        } else {
            p += *p == '\\' && p[1];
            ir_buf_add(&b, p++, 1);
        }
    }
    *at = p;
    return b.data;
}

static void split_words(const char *line, struct ir_strs *words)
{
    for (char *w; (w = next_word(&line)); free(w))
        ir_strs_add(words, w);
}

/* The newest command of that name in the history. */
static const char *find_command(const struct ir_meta *head, const char *name)
{
    size_t n = strlen(name);
    const char *found = NULL;

    for (size_t i = 0; i < head->n; i++)
        if (strncmp(head->key[i], "prog.", 5) == 0 && strncmp(head->value[i], name, n) == 0 &&
            (head->value[i][n] == ' ' || head->value[i][n] == '\0'))
            found = head->value[i];
    return found;
}

/* The value of an option in any of its forms: --name=V, --name V, -l V, -lV. */
static const char *option_value(const struct ir_strs *words, const char *name, char letter)
{
    const char *found = NULL;
    size_t n = strlen(name);

    for (size_t i = 1; i < words->n; i++) {
        const char *w = words->at[i], *next = i + 1 < words->n ? words->at[i + 1] : NULL;
        if (strcmp(w, "--") == 0)
            break;
        if (strncmp(w, "--", 2) == 0 && strncmp(w + 2, name, n) == 0 && w[2 + n] == '=')
            found = w + 3 + n;
        else if (strncmp(w, "--", 2) == 0 && strcmp(w + 2, name) == 0)
            found = next;
        else if (letter && w[0] == '-' && w[1] == letter)
            found = w[2] ? w + 2 : next;
    }
    return found;
}

/* The rate that a front end wants; owned by the caller, NULL when its text is not understood. */
static char *front_rate(const char *frontend)
{
    struct ir_front f;
    char text[32];

    if (ir_front_parse(frontend, &f, NULL) < 0)
        return NULL;
    return ir_strdup(ir_format_real(text, f.rate_hz));
}

static void add_option(struct ir_buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    ir_buf_printf(out, " --%s ", name);
    ir_buf_shell(out, value);
}

int ir_pipeline_text(const struct ir_meta *head, const char *model, struct ir_buf *out,
                     struct ir_err *err)
{
    const char *frontend = ir_meta_get(head, "frontend"), *decode = find_command(head, "ir-decode");
    const char *input = ir_meta_get(head, "input");
    struct ir_strs words = {0};

    if (!frontend && input && strcmp(input, "feature") == 0)
        return ir_fail(err, "%s: its header does not say how its features were made (no frontend)",
                       model ? model : "the model");
    if (decode)
        split_words(decode, &words);
    char *rate = frontend ? front_rate(frontend) : NULL;
    const char *channels = option_value(&words, "channels", 'c');
    ir_buf_puts(out, "ir-decode");
    add_option(out, "rate", rate ? rate : ir_meta_get(head, "rate"));
    add_option(out, "channels", channels || decode ? channels : "1");
    const char *segment = option_value(&words, "segment", 's');
    add_option(out, "segment", segment ? segment : ir_meta_get(head, "seconds"));
    add_option(out, "segment-hop", option_value(&words, "segment-hop", 0));
    add_option(out, "last", option_value(&words, "last", 0));
    ir_buf_puts(out, " \"$@\"");
    if (frontend) {
        ir_buf_puts(out, " | ir-mel --frontend ");
        ir_buf_shell(out, frontend);
    }
    if (model) {
        ir_buf_puts(out, " | ir-infer --model ");
        ir_buf_shell(out, model);
    }
    ir_buf_puts(out, "\n");
    free(rate);
    ir_strs_free(&words);
    return 0;
}
