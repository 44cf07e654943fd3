/* about.c - what is this file, in plain words? */
#include "convert.h"
#include "convert/payload.h"

#include <stdlib.h>
#include <string.h>

struct survey {
    size_t records, clips, numbers;
    double seconds;
    struct ir_strs shapes, splits, names; /* the first few different ones */
    size_t more_shapes;
    char *last_id;
    size_t *per_split;
    struct ir_strs classes;
    size_t *per_class;
};

/* Index of s in a list that takes at most max; max when there is no room left. */
static size_t note(struct ir_strs *l, const char *s, size_t max)
{
    int at = ir_strs_find(l, s);

    if (at >= 0)
        return (size_t)at;
    if (l->n == max)
        return max;
    ir_strs_add(l, s);
    return l->n - 1;
}

#define SHAPES 4
#define SPLITS 64

static void survey_clip(struct survey *s, const struct ir_rec *rec)
{
    const char *split = ir_meta_get(&rec->meta, "split"),
               *labels = ir_meta_get(&rec->meta, "labels");
    float *y = ir_alloc(s->classes.n + 1, sizeof *y);

    s->clips++;
    if (split) {
        size_t at = note(&s->splits, split, SPLITS);
        if (at < SPLITS)
            s->per_split[at]++;
    }
    if (labels && ir_labels_parse(labels, &s->classes, false, y, NULL) == 0)
        for (size_t c = 0; c < s->classes.n; c++)
            s->per_class[c] += y[c] > 0;
    free(y);
}

static void survey_record(struct survey *s, const struct ir_rec *rec)
{
    char shape[80], text[120];
    double rate = 0, hop = 0;
    struct ir_payload_grid f = ir_payload_frames(rec);
    const char *id = ir_rec_id(rec), *axes = ir_meta_get(&rec->meta, "axes");

    s->records++;
    s->numbers += ir_rec_count(rec);
    snprintf(text, sizeof text, "%s %s", ir_dtype_name(rec->dtype),
             ir_shape_text(shape, rec->rank, rec->shape));
    if (note(&s->shapes, text, SHAPES) == SHAPES)
        s->more_shapes++;
    if (rec->rank >= 2 && axes && strstr(axes, "time")) {
        if (ir_meta_real(&rec->meta, "hop", 1e-9, 1e9, &hop, NULL) == 0)
            s->seconds += (double)f.rows * hop;
        else if (ir_meta_real(&rec->meta, "rate", 1, 1e9, &rate, NULL) == 0)
            s->seconds += (double)f.rows / rate;
    }
    if (*id == '\0' || !s->last_id || strcmp(id, s->last_id) != 0)
        survey_clip(s, rec);
    free(s->last_id);
    s->last_id = ir_strdup(id);
}

/* ---- sentences ------------------------------------------------------------------------------- */

static const char *domain_words(const char *domain)
{
    static const char *const words[][2] = {
        {"audio", "sound"},
        {"feature", "features of sound"},
        {"pred", "predictions"},
        {"param", "a model"},
    };

    for (size_t i = 0; domain && i < sizeof words / sizeof *words; i++)
        if (strcmp(domain, words[i][0]) == 0)
            return words[i][1];
    return "tensors of an unnamed kind";
}

static void say_shown(struct ir_buf *out, const char *label, const char *value)
{
    ir_buf_puts(out, label);
    ir_buf_shown(out, value);
    ir_buf_puts(out, "\n");
}

static void say_contents(const struct survey *s, bool is_model, struct ir_buf *out)
{
    ir_buf_printf(out, "  holds    ");
    if (is_model)
        ir_buf_printf(out, "%zu tensors, %zu numbers in all", s->records, s->numbers);
    else
        ir_buf_printf(out, "%zu clip%s in %zu record%s", s->clips, s->clips == 1 ? "" : "s",
                      s->records, s->records == 1 ? "" : "s");
    if (s->seconds > 0)
        ir_buf_printf(out, ", %.1f s of sound", s->seconds);
    for (size_t i = 0; i < s->shapes.n && !is_model; i++)
        ir_buf_printf(out, "%s%s", i ? ", " : "; ", s->shapes.at[i]);
    ir_buf_puts(out, s->more_shapes && !is_model ? " and other shapes\n" : "\n");
    if (s->splits.n) {
        ir_buf_puts(out, "  splits   ");
        for (size_t i = 0; i < s->splits.n; i++) {
            ir_buf_puts(out, i ? ", " : "");
            ir_buf_shown(out, s->splits.at[i]);
            ir_buf_printf(out, " %zu", s->per_split[i]);
        }
        ir_buf_puts(out, "\n");
    }
}

static void say_classes(const struct survey *s, const struct ir_meta *head, struct ir_buf *out)
{
    const char *labels = ir_meta_get(head, "labels");
    size_t labelled = 0;

    for (size_t c = 0; c < s->classes.n; c++)
        labelled += s->per_class[c];
    if (s->classes.n == 0)
        return;
    ir_buf_printf(out, "  classes  %zu: ", s->classes.n);
    for (size_t c = 0; c < s->classes.n; c++) {
        ir_buf_puts(out, c ? ", " : "");
        ir_buf_shown(out, s->classes.at[c]);
        if (labelled)
            ir_buf_printf(out, " %zu", s->per_class[c]);
    }
    ir_buf_puts(out, "\n");
    if (labels && strcmp(labels, "open") == 0)
        ir_buf_puts(out, "  labels   partial: a class that is not named may still be there\n");
    else if (labels && strcmp(labels, "closed") == 0)
        ir_buf_puts(out, "  labels   complete: a class that is not named is not there\n");
}

static void say_history(const struct ir_meta *head, struct ir_buf *out)
{
    char key[32];
    bool first = true;

    for (int i = 1;; i++) {
        snprintf(key, sizeof key, "prog.%d", i);
        const char *v = ir_meta_get(head, key);
        if (!v)
            break;
        say_shown(out, first ? "  made by  " : "        |  ", v);
        first = false;
    }
    if (first)
        ir_buf_puts(out, "  made by  nobody said\n");
}

/* The model card, line by line. */
static void say_card(const char *card, struct ir_buf *out)
{
    for (const char *at = card; *at;) {
        size_t n = strcspn(at, "\n");
        char *line = ir_strndup(at, n);
        say_shown(out, at == card ? "  card     " : "           ", line);
        free(line);
        at += n + (at[n] == '\n');
    }
}

static void say_all(const struct survey *s, const struct ir_meta *head, const char *file,
                    struct ir_buf *out)
{
    static const char *const keys[][2] = {{"task", "  task     "},
                                          {"frontend", "  frontend "},
                                          {"thresholds", "  from     "},
                                          {"source", "  source   "},
                                          {"licence", "  licence  "}};
    const char *domain = ir_meta_get(head, "domain");
    bool is_model = domain && strcmp(domain, "param") == 0;

    ir_buf_shown(out, file);
    ir_buf_printf(out, ": %s, as a tensor stream, whole and undamaged\n", domain_words(domain));
    say_contents(s, is_model, out);
    say_classes(s, head, out);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *v = ir_meta_get(head, keys[i][0]);
        if (v && i == 0)
            say_shown(out, keys[i][1],
                      strcmp(v, "single") == 0  ? "one class a clip"
                      : strcmp(v, "multi") == 0 ? "any number of classes a clip"
                                                : v);
        else if (v)
            say_shown(out, keys[i][1], v);
        else if (is_model && strcmp(keys[i][0], "licence") == 0)
            say_shown(out, keys[i][1], "not said");
    }
    if (ir_meta_get(head, "card"))
        say_card(ir_meta_get(head, "card"), out);
    say_history(head, out);
    if (is_model) {
        struct ir_err why;
        ir_buf_puts(out, "  feed it  ");
        if (ir_pipeline_text(head, file, out, &why) < 0)
            ir_buf_puts(out, "nobody said how its input was made\n");
    }
}

int ir_show_about(struct ir_reader *r, const char *file, struct ir_buf *out, struct ir_err *err)
{
    const struct ir_meta *head = ir_reader_header(r);
    const char *classes = ir_meta_get(head, "classes");
    struct survey s = {0};
    struct ir_rec rec;
    int rc = classes ? ir_names_parse(classes, &s.classes, err) : 0;

    s.per_class = ir_zalloc(s.classes.n + 1, sizeof *s.per_class);
    s.per_split = ir_zalloc(SPLITS, sizeof *s.per_split);
    if (rc == 0)
        while ((rc = ir_reader_next(r, &rec, err)) == 1)
            survey_record(&s, &rec);
    if (rc == 0)
        say_all(&s, head, file, out);
    free(s.per_class), free(s.per_split), free(s.last_id);
    ir_strs_free(&s.classes), ir_strs_free(&s.shapes), ir_strs_free(&s.splits),
        ir_strs_free(&s.names);
    return rc;
}

int ir_about_run(struct ir_run *run)
{
    struct ir_buf text = {0};
    int rc = 0;

    for (size_t i = 0; i < (run->n_files ? run->n_files : 1) && rc == 0; i++) {
        struct ir_reader *r =
            ir_reader_open(run->files + (run->n_files ? i : 0), run->n_files ? 1 : 0, &run->err);
        if (i)
            ir_buf_puts(&text, "\n");
        rc = r ? ir_show_about(r, run->n_files ? run->files[i] : "standard input", &text, &run->err)
               : -1;
        ir_reader_close(r);
    }
    if (rc == 0)
        rc = ir_run_print(run, text.data);
    ir_buf_free(&text);
    return rc;
}
