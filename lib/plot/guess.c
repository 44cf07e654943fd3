/* guess.c - which picture shows what a file holds. */
#include "plot.h"

#include <stdlib.h>
#include <string.h>

/* The value of domain= in a header of which only the beginning is known. */
static int kind_of_domain(const char *text, size_t n, struct ir_err *err)
{
    static const struct {
        const char *domain;
        enum ir_draw_kind kind;
    } known[] = {{"feature", IR_DRAW_SPECTROGRAM},
                 {"audio", IR_DRAW_WAVE},
                 {"param", IR_DRAW_SPECTRA},
                 {"pred", IR_DRAW_TIMELINE}};
    static const char key[] = "domain=";
    const char *at = memmem(text, n, key, sizeof key - 1);
    size_t left = at ? n - (size_t)(at - text) - (sizeof key - 1) : 0;
    for (size_t i = 0; at && i < sizeof known / sizeof *known; i++) {
        size_t k = strlen(known[i].domain);
        if (left > k && strncmp(at + sizeof key - 1, known[i].domain, k) == 0)
            return (int)known[i].kind;
    }
    return ir_fail(err, "the stream's header says no domain that has a picture");
}

/* A log of ir-train has epochs; a score table has a confusion matrix, or metrics alone. */
static int kind_of_table(const char *text, size_t n, struct ir_err *err)
{
    size_t line = 0;
    while (line < n && text[line] == '#') { /* comments */
        const char *end = memchr(text + line, '\n', n - line);
        line = end ? (size_t)(end - text) + 1 : n;
    }
    if (n - line > 6 && strncmp(text + line, "epoch\t", 6) == 0)
        return IR_DRAW_CURVES;
    if (memmem(text, n, "\nconfusion\t", 11))
        return IR_DRAW_CONFUSION;
    if (memmem(text + line, n - line, "\tf1\t", 4))
        return IR_DRAW_BARS;
    return ir_fail(err, "neither a stream nor a table that is known");
}

int ir_draw_guess(const struct ir_draw *d, struct ir_err *err)
{
    enum { LOOK = 1 << 16 };
    const char *path = d->n_files ? d->files[0] : "-";
    char *text = ir_alloc(LOOK, 1);
    long n = ir_peek(path, text, LOOK);
    int kind = n <= 0 ? ir_fail(err, "nothing to be seen before it is read")
               : n >= 4 && memcmp(text, "IRT", 3) == 0 ? kind_of_domain(text, (size_t)n, err)
                                                       : kind_of_table(text, (size_t)n, err);
    free(text);
    if (kind < 0) {
        ir_fail_in(err, "%s", path);
        return ir_fail_in(err, "no --kind given");
    }
    return kind;
}
