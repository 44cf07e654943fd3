/* session.c - what ir-score does, from the streams to the text. */
#include "score.h"

#include <stdlib.h>
#include <string.h>

static int on_bad(void *self, const struct ir_err *why)
{
    return ir_run_bad(self, why);
}

static int load(const struct ir_score_options *o, struct ir_run *run, char *const *files, size_t n,
                struct ir_scores *s)
{
    if (o->matrix)
        return ir_scores_matrix(s, o->matrix, &run->err);
    struct ir_reader *r = ir_reader_open(files, n, &run->err);
    struct ir_scores_bad bad = {on_bad, run};
    if (!r)
        return -1;
    int rc;
    if (o->constant || o->uniform)
        rc = ir_scores_constant(s, r, (enum ir_task)o->task, o->constant, &run->err);
    else
        rc = ir_scores_read(s, r, (enum ir_task)o->task, &bad, &run->err);
    if (rc == 0 && ir_reader_bad(r) > 0)
        ir_run_warn(run, "%lld bad clips were left out upstream", ir_reader_bad(r));
    ir_reader_close(r);
    return rc;
}

static int write_shift(const char *path, const struct ir_scores *s, struct ir_err *err)
{
    double *shift = ir_alloc(s->k + 1, sizeof *shift);
    struct ir_buf text = {0};
    int rc = ir_scores_shift(s, shift, err);
    struct ir_out *out = rc ? NULL : ir_out_open(path, false, err);
    for (size_t c = 0; c < s->k; c++)
        ir_buf_printf(&text, "%.4f\t%s\n", shift[c], s->classes.at[c]);
    rc = out && !ir_out_write(out, text.data, text.len, err) ? ir_out_commit(out, err)
                                                             : (ir_out_abort(out), -1);
    ir_buf_free(&text);
    free(shift);
    return rc;
}

/* Split, temperature, shift, files or groups, thresholds: in this order. */
static int prepare(const struct ir_score_options *o, double *temperature, struct ir_scores *s,
                   struct ir_strs *notes, struct ir_err *err)
{
    struct ir_buf b = {0};
    if (o->split && ir_scores_split(s, o->split, err))
        return -1;
    if (o->calibrate && ir_scores_temperature(s, temperature, err))
        return -1;
    if (o->calibrate || o->temperature_given)
        ir_scores_calibrate(s, *temperature);
    if (o->shift && write_shift(o->shift, s, err))
        return -1;
    size_t clips = s->n;
    if (o->by_file >= 0)
        ir_scores_combine(s, IR_UNIT_FILE, (enum ir_combine)o->by_file);
    else if (o->by_group >= 0)
        ir_scores_combine(s, IR_UNIT_GROUP, (enum ir_combine)o->by_group);
    if ((o->by_file >= 0 || o->by_group >= 0) && s->n == clips)
        ir_strs_add(notes, o->by_file >= 0
                               ? "no two clips have one path: --by-file joins nothing"
                               : "no two clips have one group: --by-group joins nothing");
    for (size_t c = 0; o->threshold_given && c < s->k; c++)
        s->threshold[c] = (float)o->threshold;
    ir_scores_decide(s);
    if (o->tune >= 0 && ir_scores_tune(s, (enum ir_tune)o->tune, notes, err))
        return -1;
    if (o->calibrate) {
        ir_buf_printf(&b, "temperature %.4f has the least log loss on these clips", *temperature);
        ir_strs_add(notes, b.data);
        b.len = 0;
    }
    for (size_t c = 0; o->tune >= 0 && c < s->k; c++)
        ir_buf_printf(&b, "%s%s %.4f",
                      c ? ", " : "thresholds chosen on these clips: ", s->classes.at[c],
                      (double)s->threshold[c]);
    if (o->tune >= 0)
        ir_strs_add(notes, b.data);
    ir_buf_free(&b);
    return 0;
}

static struct ir_bootstrap how(const struct ir_score_options *o, const struct ir_run *run,
                               struct ir_scores *s, struct ir_pool *pool)
{
    size_t groups, files;
    struct ir_bootstrap b = {.times = (size_t)o->bootstrap,
                             .confidence = o->confidence,
                             .seed = (uint64_t)run->seed,
                             .pool = pool,
                             .unit = (enum ir_unit)o->unit};
    ir_scores_units(s, IR_UNIT_GROUP, &groups);
    ir_scores_units(s, IR_UNIT_FILE, &files);
    if (!o->unit_given)
        b.unit = groups < s->n ? IR_UNIT_GROUP : files < s->n ? IR_UNIT_FILE : IR_UNIT_CLIP;
    return b;
}

static int compare(const struct ir_score_options *o, struct ir_run *run, struct ir_scores *s,
                   struct ir_buf *out)
{
    struct ir_scores other = {0};
    struct ir_strs notes = {0};
    double temperature = o->temperature;
    char *path = ir_strdup(o->compare);
    struct ir_pool *pool = ir_pool_new((unsigned)o->threads);
    struct ir_bootstrap b = how(o, run, s, pool);
    int rc = load(o, run, &path, 1, &other);
    if (rc)
        ir_fail_in(&run->err, "%s", path);
    b.times = b.times ? b.times : 1000;
    if (rc == 0)
        rc = prepare(o, &temperature, &other, &notes, &run->err);
    const char *const name[] = {run->n_files > 0 ? run->files[0] : "standard input", path};
    if (rc == 0)
        rc = ir_score_compare(s, &other, name, o->metrics, &b, (enum ir_score_format)o->format, out,
                              &run->err);
    ir_pool_free(pool);
    ir_strs_free(&notes);
    ir_scores_free(&other);
    free(path);
    return rc;
}

static int print(const struct ir_score_options *o, struct ir_run *run, struct ir_report *r,
                 struct ir_buf *out)
{
    struct ir_published p = {0};
    if (o->against && ir_published_read(&p, o->against, &run->err)) {
        ir_published_free(&p);
        return -1;
    }
    if (o->against)
        ir_published_check(&p, &r->notes);
    if (o->format == IR_SCORE_JSON && o->against)
        ir_buf_puts(out, "{\"report\": ");
    if (o->format == IR_SCORE_TEXT)
        ir_report_text(r, out);
    else if (o->format == IR_SCORE_JSON)
        ir_report_json(r, out);
    else if (!o->against)
        ir_report_tsv(r, out);
    if (o->against && o->format == IR_SCORE_TEXT) {
        ir_buf_puts(out, "\n");
        ir_published_text(&p, r, o->system, out);
    } else if (o->against && o->format == IR_SCORE_TSV) {
        ir_published_tsv(&p, r, o->system, out);
    } else if (o->against) {
        ir_buf_puts(out, ",\n\"published\": ");
        ir_published_json(&p, r, o->system, out);
        ir_buf_puts(out, "}\n");
    }
    ir_published_free(&p);
    return 0;
}

static int report(const struct ir_score_options *o, struct ir_run *run, struct ir_scores *s,
                  const struct ir_strs *notes, struct ir_buf *out)
{
    struct ir_sample v;
    struct ir_report r;
    ir_sample_start(&v, s, NULL);
    int rc = ir_report_make(&r, &v, o->metrics, &run->err);
    for (size_t i = 0; i < notes->n && rc == 0; i++)
        ir_strs_add(&r.notes, notes->at[i]);
    if (rc == 0 && o->bootstrap > 0) {
        struct ir_pool *pool = ir_pool_new((unsigned)o->threads);
        struct ir_bootstrap b = how(o, run, s, pool);
        ir_bootstrap_report(&r, &b);
        ir_pool_free(pool);
    }
    if (rc == 0 && o->bars)
        ir_score_bars(&v, out);
    if (rc == 0)
        rc = print(o, run, &r, out);
    ir_report_free(&r);
    ir_sample_free(&v);
    return rc;
}

int ir_score_session(struct ir_run *run, const struct ir_score_options *o, struct ir_buf *out)
{
    struct ir_scores scores = {0}, *s = &scores;
    struct ir_strs notes = {0};
    double temperature = o->temperature;
    int rc = load(o, run, run->files, run->n_files, s);
    if (rc == 0)
        rc = prepare(o, &temperature, s, &notes, &run->err);
    if (rc == 0 && o->compare)
        rc = compare(o, run, s, out);
    else if (rc == 0 && o->sweep_given)
        rc = ir_score_sweep(s, o->sweep, o->step, (enum ir_score_format)o->format, out, &run->err);
    else if (rc == 0 && o->verdicts)
        ir_score_verdicts(s, (enum ir_score_format)o->format, out);
    else if (rc == 0 && o->errors_given)
        ir_score_errors(s, (size_t)o->errors, (enum ir_score_format)o->format, out);
    else if (rc == 0)
        rc = report(o, run, s, &notes, out);
    if (rc == 0 && o->into)
        rc = ir_scores_store(s, o->into, run->output, run->compress, o->calibrate ? temperature : 1,
                             o->tune >= 0, run->no_prog ? NULL : run->prog, &run->err);
    ir_strs_free(&notes);
    ir_scores_free(s);
    return rc;
}
