/* fuzz_front.c - what a model's header says of its input and of what counts as heard: front end,
 * line of shell, thresholds, calibration. The bytes are the text of a header, a line KEY=VALUE
 * each. */
#include "convert.h"
#include "feature.h"
#include "fuzz.h"
#include "score.h"

#include <math.h>

static void front(const char *text)
{
    struct ir_err err;
    struct ir_front f = {0};
    struct ir_buf out = {0};
    if (ir_front_canonical(text, &out, &err) == 0) {
        struct ir_buf again = {0}; /* what is canonical stays what it is */
        if (ir_front_canonical(out.data, &again, &err) != 0 || strcmp(again.data, out.data) != 0 ||
            ir_front_compare(text, out.data, &err) != 0)
            abort();
        ir_buf_free(&again);
    }
    ir_buf_free(&out);
    if (ir_front_parse(text, &f, &err) == 0)
        ir_front_explain(&f, &out);
    ir_buf_free(&out);
}

static void heard(const struct ir_meta *head)
{
    struct ir_err err;
    struct ir_strs classes = {0};
    struct ir_rule rule;
    double temperature;
    bool single;
    const char *names = ir_meta_get(head, "classes");
    (void)ir_calibration_read(head, &temperature, &single, &err);
    if (names != NULL && ir_names_parse(names, &classes, &err) == 0) {
        if (ir_rule_read(&rule, head, &classes, (double)NAN, (double)NAN, &err) == 0)
            ir_rule_free(&rule);
    }
    ir_strs_free(&classes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ir_err err;
    struct ir_meta head = {0};
    struct ir_buf out = {0};
    if (ir_meta_parse(&head, (const char *)bytes, n, &err) == 0) {
        const char *text = ir_meta_get(&head, "frontend");
        if (text != NULL)
            front(text);
        heard(&head);
        (void)ir_pipeline_text(&head, "model.irt", &out, &err);
        ir_buf_free(&out);
    }
    ir_meta_free(&head);
    return 0;
}
