/* compare.c - an experiment's own system beside every other one on the same clips. */
#include "private.h"
#include "score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int load(const struct ir_result *run, struct ir_scores *s)
{
    struct ir_buf path = {0};
    ir_result_file(run, "pred.irt", &path);
    struct ir_reader *r = ir_reader_open(&path.data, 1, NULL);
    int rc = r ? ir_scores_read(s, r, IR_TASK_ANY, NULL, NULL) : -1;
    ir_reader_close(r);
    ir_buf_free(&path);
    if (rc == 0)
        ir_scores_decide(s);
    return rc;
}

/* The line of ir_score_compare's TSV for metric and average: first, second, difference, low, high,
 * p. */
static bool find_line(char *tsv, const char *metric, const char *average, double v[6])
{
    for (char *line; (line = strsep(&tsv, "\n")) != NULL;) {
        char *cell[8], *save;
        size_t n = 0;
        for (char *c = strtok_r(line, "\t", &save); c && n < 8; c = strtok_r(NULL, "\t", &save))
            cell[n++] = c;
        if (n < 8 || strcmp(cell[0], metric) != 0 || strcmp(cell[1], average) != 0)
            continue;
        for (size_t i = 0; i < 6; i++)
            if (ir_parse_real(cell[i + 2], -1e300, 1e300, "value", &v[i], NULL) != 0)
                return false;
        return true;
    }
    return false;
}

static void one_pair(const struct ir_result *own, const struct ir_result *other, const char *metric,
                     const char *average, struct ir_strs *out)
{
    struct ir_scores a = {0}, b = {0};
    struct ir_buf tsv = {0}, text = {0};
    const char *const file[] = {own->stem, other->stem};
    double v[6];
    size_t groups, files;
    struct ir_bootstrap how = {.times = 1000, .confidence = 0.95, .unit = IR_UNIT_CLIP};
    if (load(own, &a) != 0 || load(other, &b) != 0)
        goto out;
    ir_scores_units(&a, IR_UNIT_GROUP, &groups);
    ir_scores_units(&a, IR_UNIT_FILE, &files);
    how.unit = groups < a.n ? IR_UNIT_GROUP : files < a.n ? IR_UNIT_FILE : IR_UNIT_CLIP;
    how.pool = ir_pool_new(0);
    if (ir_score_compare(&a, &b, file, metric, &how, IR_SCORE_TSV, &tsv, NULL) == 0 &&
        find_line(tsv.data, metric, average, v)) {
        ir_buf_printf(&text, "%s %s: ", metric, average);
        ir_result_name(own, &text);
        ir_buf_printf(&text, " is %.4f, %.4f %s ", v[0], fabs(v[2]), v[2] < 0 ? "below" : "above");
        ir_result_name(other, &text);
        ir_buf_printf(&text,
                      " (%.4f); 95 %% interval of the difference %+.4f to %+.4f, p = %.3f (paired "
                      "bootstrap)",
                      v[1], v[3], v[4], v[5]);
        ir_strs_add(out, text.data);
    }
    ir_pool_free(how.pool);
out:
    ir_buf_free(&tsv);
    ir_buf_free(&text);
    ir_scores_free(&a);
    ir_scores_free(&b);
}

void ir_results_compare(const struct ir_result_set *set, struct ir_strs *out)
{
    for (size_t i = 0; i < set->n; i++) {
        const struct ir_result *own = &set->run[i];
        char *net = ir_strdup(ir_result_fact(own, "compare")), *metric = strchr(net, ' ');
        char *average = metric ? strchr(metric, ':') : NULL;
        if (average) {
            *metric++ = 0;
            *average++ = 0;
        }
        for (size_t k = 0; average && strcmp(net, ir_result_fact(own, "net")) == 0 && k < set->n;
             k++) {
            const struct ir_result *other = &set->run[k];
            if (k != i && strcmp(ir_result_fact(own, "set"), ir_result_fact(other, "set")) == 0 &&
                ir_result_has(own, "pred.irt") && ir_result_has(other, "pred.irt"))
                one_pair(own, other, metric, average, out);
        }
        free(net);
    }
}
