/* pipeline.c - the shell pipeline that makes the right input for a model, from the model's header:
 * rate and front end as recorded, channels and segments as its own history says that the sound was
 * decoded. */
#include "convert.h"
#include "feature.h"

#include <stdlib.h>
#include <string.h>

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

/* The same option that the model's own history gave ir-decode; `otherwise` (may be NULL) when it
 * gave none. */
static void copy_option(struct ir_buf *out, const char *decode, const char *name,
                        const char *otherwise)
{
    char *value = NULL;
    if (decode)
        ir_prog_value(decode, name, &value);
    add_option(out, name, value ? value : otherwise);
    free(value);
}

/* Seconds that were asked for, else as copy_option. */
static void put_seconds(struct ir_buf *out, const char *decode, const char *name, double asked_s,
                        const char *otherwise)
{
    char number[32];
    if (asked_s > 0)
        add_option(out, name, ir_format_real(number, asked_s));
    else
        copy_option(out, decode, name, otherwise);
}

int ir_pipeline_text(const struct ir_meta *head, const char *model, struct ir_buf *out,
                     struct ir_err *err)
{
    return ir_pipeline_line(head, &(struct ir_pipeline){.model = model}, out, err);
}

int ir_pipeline_line(const struct ir_meta *head, const struct ir_pipeline *o, struct ir_buf *out,
                     struct ir_err *err)
{
    const char *model = o->model;
    const char *frontend = ir_meta_get(head, "frontend"), *decode = ir_prog_find(head, "ir-decode");
    const char *input = ir_meta_get(head, "input");

    if (!frontend && input && strcmp(input, "feature") == 0)
        return ir_fail(err, "%s: its header does not say how its features were made (no frontend)",
                       model ? model : "the model");
    char *rate = frontend ? front_rate(frontend) : NULL;
    ir_buf_puts(out, "ir-decode");
    add_option(out, "rate", rate ? rate : ir_meta_get(head, "rate"));
    copy_option(out, decode, "channels", decode ? NULL : "1");
    put_seconds(out, decode, "segment", o->segment_s, ir_meta_get(head, "seconds"));
    put_seconds(out, decode, "segment-hop", o->hop_s, NULL);
    copy_option(out, decode, "last", NULL);
    ir_buf_puts(out, o->decode_more ? o->decode_more : "");
    ir_buf_puts(out, " \"$@\"");
    if (frontend) {
        ir_buf_puts(out, " | ir-mel --frontend ");
        ir_buf_shell(out, frontend);
        ir_buf_puts(out, o->mel_more ? o->mel_more : "");
    }
    if (model) {
        ir_buf_puts(out, " | ir-infer --model ");
        ir_buf_shell(out, model);
    }
    ir_buf_puts(out, "\n");
    free(rate);
    return 0;
}
