/* export.c - the list of formats and what all of them share. */
#include "convert.h"
#include "convert/events.h"

#include <stdlib.h>
#include <string.h>

#define X(n) extern const struct ir_export ir_export_##n;
#include "export.inc"
#undef X

static const struct ir_export *const formats[] = {
#define X(n) &ir_export_##n,
#include "export.inc"
#undef X
};
#define N_FORMATS (sizeof formats / sizeof *formats)

const struct ir_export *ir_export_at(size_t i)
{
    return i < N_FORMATS ? formats[i] : NULL;
}

const struct ir_export *ir_export_find(const char *name)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

static int check_domain(const struct ir_exporter *x, struct ir_err *err)
{
    const char *domain = ir_meta_get(x->head, "domain");

    if (!x->format->file || (domain && strcmp(domain, "pred") == 0))
        return 0;
    return ir_fail(err, "%s holds predictions: found domain=%s, wanted pred", x->format->name,
                   domain ? domain : "(none)");
}

static void free_exporter(struct ir_exporter *x)
{
    if (x->format->drop)
        x->format->drop(x);
    ir_events_free(x->events);
    ir_strs_free(&x->classes);
    free(x);
}

struct ir_exporter *ir_export_open(const struct ir_export *format, const char *path,
                                   const struct ir_meta *head, const struct ir_export_opts *opts,
                                   struct ir_err *err)
{
    struct ir_exporter *x = ir_zalloc(1, sizeof *x);
    const char *classes = ir_meta_get(head, "classes");

    x->format = format;
    x->head = head;
    x->opts = *opts;
    if (check_domain(x, err) < 0 || (classes && ir_names_parse(classes, &x->classes, err) < 0))
        goto fail;
    if (format->file && !(x->events = ir_events_new(x, err)))
        goto fail;
    if (!(x->out = ir_out_open(path, format->binary, err)))
        goto fail;
    if (format->open && format->open(x, err) < 0)
        goto fail;
    return x;
fail:
    ir_export_abort(x);
    return NULL;
}

int ir_export_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err)
{
    int rc = x->format->file ? ir_events_put(x, rec, err) : x->format->put(x, rec, err);

    x->records++;
    return rc;
}

int ir_export_close(struct ir_exporter *x, struct ir_err *err)
{
    if ((x->format->file && ir_events_flush(x, err) < 0) ||
        (x->format->close && x->format->close(x, err) < 0)) {
        ir_export_abort(x);
        return -1;
    }
    int rc = ir_out_commit(x->out, err);
    x->out = NULL;
    free_exporter(x);
    return rc;
}

void ir_export_abort(struct ir_exporter *x)
{
    if (!x)
        return;
    ir_out_abort(x->out);
    free_exporter(x);
}
