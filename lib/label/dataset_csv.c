/* dataset_csv.c - a table of one's own, a line a clip or a line a sound event. */
#include "dataset.h"

#include "list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What we look for, and the names under which people have it. */
enum { ID, PATH, LABELS, GROUP, SPLIT, START, LENGTH, END, FIELDS };
static const struct {
    const char *key, *names;
} fields[FIELDS] = {
    {"id", "id|clip|clip_id|key|sample_key"},
    {"path", "path|file|filename|file_name|fname|wav|audio"},
    {"labels", "labels|label|instrument|instruments|class|classes|target|event_label|event|tags"},
    {"group", "group|song|song_id|track|track_id|recording|speaker|player"},
    {"split", "split|subset|set|fold|partition"},
    {"start", "start|start_s|start_seconds|start_time|start_time_seconds|onset|onset_s|begin"},
    {"length", "length|length_s|length_seconds|duration|duration_s|duration_seconds"},
    {"end", "end|end_s|end_seconds|end_time|end_time_seconds|offset_s|stop"},
};

struct table {
    struct ir_csv csv;
    int column[FIELDS]; /* -1: not there */
    const char *separator;
    bool spans;            /* ids are made of path and span: a path has several rows */
    struct ir_dict ids;    /* line of each id */
    struct ir_dict items;  /* number in the list of each id; none: its file is not there */
    struct ir_dict groups; /* index in `split` of each group that has one */
    struct ir_strs split;
    struct ir_strs
        wide;  /* columns that are classes, with a number each; none: labels stand in one column */
    bool open; /* one of those numbers was left out */
};

/* "violin,cello": every column is a class. */
static int choose_wide(struct table *t, const char *names, struct ir_err *err)
{
    while (*names) {
        size_t n = strcspn(names, ",");
        char *name = ir_strndup(names, n);
        int column = ir_csv_column(&t->csv, name, err);
        if (column >= 0)
            ir_strs_add(&t->wide, name);
        free(name);
        if (column < 0)
            return -1;
        names += n + (names[n] == ',');
    }
    return 0;
}

/* A column called offset is the end beside one called onset (DCASE), the start beside a length
 * (Lhotse, NeMo), and otherwise anybody's guess. */
static int choose_offset(struct table *t, struct ir_err *err)
{
    const int offset = ir_csv_find(&t->csv, "offset"), *c = t->column;
    if (offset < 0)
        return 0;
    for (size_t k = 0; k < FIELDS; k++)
        if (c[k] == offset)
            return 0;
    if (c[START] < 0 && c[LENGTH] >= 0 && c[END] < 0)
        t->column[START] = offset;
    else if (c[START] >= 0 && c[END] < 0 && c[LENGTH] < 0 &&
             !strncmp(t->csv.head.at[c[START]], "onset", 5))
        t->column[END] = offset;
    else if (c[LENGTH] < 0 && c[END] < 0) {
        ir_fail(err, "column offset: a start or an end? (--columns start=offset or end=offset)");
        return ir_csv_fail(&t->csv, err);
    }
    return 0;
}

/* --columns key=name */
static int choose_columns(struct ir_find *f, struct table *t, struct ir_err *err)
{
    for (size_t k = 0; k < FIELDS; k++)
        t->column[k] = ir_csv_find(&t->csv, fields[k].names);
    for (size_t i = 0; f->columns && i < f->columns->n; i++) {
        const char *rule = f->columns->at[i], *eq = strchr(rule, '=');
        size_t k = 0;
        while (eq && k < FIELDS &&
               (strlen(fields[k].key) != (size_t)(eq - rule) ||
                memcmp(fields[k].key, rule, (size_t)(eq - rule))))
            k++;
        if (!eq || k == FIELDS)
            return ir_fail(err,
                           "--columns %s: wanted id=, path=, labels=, group=, split=, start=, "
                           "length= or end= and a column's name",
                           rule);
        t->column[k] = -1;
        if (k == LABELS && strchr(eq + 1, ',')) {
            if (choose_wide(t, eq + 1, err))
                return -1;
        } else if (eq[1] && (t->column[k] = ir_csv_column(&t->csv, eq + 1, err)) < 0)
            return -1;
    }
    if (t->column[PATH] < 0 && t->column[ID] < 0)
        return ir_csv_column(&t->csv, fields[PATH].names, err) < 0 ? -1 : 0;
    if (choose_offset(t, err))
        return -1;
    return 0;
}

static const char *value(const struct table *t, int k)
{
    return t->column[k] < 0 ? "" : t->csv.field[t->column[k]];
}

static void add_labels(struct table *t, struct ir_item *it)
{
    const char *s = value(t, LABELS);
    while (*s) {
        size_t n = *t->separator ? strcspn(s, t->separator) : strlen(s), a = 0, e = n;
        while (a < e && s[a] == ' ')
            a++;
        while (e > a && s[e - 1] == ' ')
            e--;
        char *name = ir_strndup(s + a, e - a);
        if (*name)
            ir_item_label(it, name, 1);
        free(name);
        s += n + (s[n] != '\0');
    }
}

/* A number for each class; nothing: unknown. */
static int add_wide(struct table *t, struct ir_item *it, struct ir_err *err)
{
    for (size_t k = 0; k < t->wide.n; k++) {
        size_t column = (size_t)ir_csv_find(&t->csv, t->wide.at[k]);
        double v;
        if (!*t->csv.field[column]) {
            t->open = true;
            continue;
        }
        if (ir_csv_real(&t->csv, column, 0, 1, &v, err))
            return -1;
        ir_item_label(it, t->wide.at[k], v);
    }
    return 0;
}

/* A column that is carried along: what no key may hold becomes _, names that mean something in a
 * stream get csv_. */
static void carry(struct ir_item *it, const char *title, const char *text)
{
    struct ir_buf key = {0};
    for (const char *c = title; *c; c++)
        ir_buf_add(&key, (unsigned char)*c <= ' ' || strchr("=%\x7f", *c) ? "_" : c, 1);
    if (!ir_list_key_ok(key.data)) {
        key.len = 0;
        ir_buf_printf(&key, "csv_%s", title);
    }
    if (ir_list_key_ok(key.data))
        ir_meta_set(&it->extra, key.data, text);
    ir_buf_free(&key);
}

/* Start and length of the row; an end stands for a length. */
static int read_span(const struct table *t, double *start_s, double *length_s, struct ir_err *err)
{
    double end_s = 0, *const number[] = {start_s, length_s, &end_s};
    *start_s = *length_s = 0;
    for (int k = START; k <= END; k++)
        if (*value(t, k) &&
            ir_csv_real(&t->csv, (size_t)t->column[k], 0, 1e9, number[k - START], err))
            return -1;
    if (!*value(t, END))
        return 0;
    const double length = end_s - *start_s;
    if (!(length > 0))
        ir_fail(err, "the end, %s s, is not behind the start, %g s", value(t, END), *start_s);
    else if (*value(t, LENGTH) && fabs(length - *length_s) > 0.001)
        ir_fail(err, "from %g to %s s are not the %s s of the length", *start_s, value(t, END),
                value(t, LENGTH));
    else {
        *length_s = rint(length * 1e9) / 1e9; /* 0.03 - 0.01 is 0.02 */
        return 0;
    }
    return ir_csv_fail(&t->csv, err);
}

static int fill(struct table *t, struct ir_item *it, struct ir_err *err)
{
    add_labels(t, it);
    if (add_wide(t, it, err))
        return -1;
    /* Events of one recording belong together. */
    ir_item_set(&it->group, *value(t, GROUP) ? value(t, GROUP) : t->spans ? value(t, PATH) : NULL);
    ir_item_set(&it->split, *value(t, SPLIT) ? ir_split_word(value(t, SPLIT)) : NULL);
    for (size_t c = 0; c < t->csv.n; c++) {
        bool used = ir_strs_find(&t->wide, t->csv.head.at[c]) >= 0;
        for (size_t k = 0; k < FIELDS; k++)
            used = used || t->column[k] == (int)c;
        if (!used && *t->csv.head.at[c] && *t->csv.field[c])
            carry(it, t->csv.head.at[c], t->csv.field[c]);
    }
    return 0;
}

/* A group must not be in two splits. t->groups holds the row of its first clip. */
static int check_split(struct table *t, const struct ir_item *it, struct ir_err *err)
{
    bool fresh;
    if (!it->group || !it->split)
        return 0;
    size_t row = *ir_dict_put(&t->groups, it->group, t->split.n, &fresh);
    if (fresh)
        ir_strs_add(&t->split, it->split);
    if (fresh || !strcmp(t->split.at[row], it->split))
        return 0;
    ir_fail(err, "group %s is in split %s, but was in %s above", it->group, it->split,
            t->split.at[row]);
    return ir_csv_fail(&t->csv, err);
}

/* The row's name: its id column, its path, or, where a path has several rows, path and span as
 * written. Owned. */
static char *row_id(const struct table *t, const char *path)
{
    struct ir_buf b = {0};
    if (*value(t, ID))
        return ir_strdup(value(t, ID));
    ir_buf_puts(&b, path);
    if (t->spans && *value(t, START))
        ir_buf_printf(&b, "@%s", value(t, START));
    if (t->spans && *value(t, START) && (*value(t, END) || *value(t, LENGTH)))
        ir_buf_printf(&b, "%c%s", *value(t, END) ? '-' : '+',
                      *value(t, END) ? value(t, END) : value(t, LENGTH));
    return b.data;
}

/* A second row about the same span of the same file: what it names sounds there too. */
static int again(struct table *t, struct ir_list *list, size_t line, const char *id,
                 struct ir_err *err)
{
    if (t->spans && *value(t, START)) {
        const size_t *at = ir_dict_get(&t->items, id);
        if (!at)
            return 0;
        add_labels(t, &list->item[*at]);
        return add_wide(t, &list->item[*at], err);
    }
    ir_fail(err, "duplicate id %s, first on line %zu", id, line);
    return ir_csv_fail(&t->csv, err);
}

static int add(struct ir_find *f, struct table *t, const char *dir, struct ir_list *list,
               struct ir_err *err)
{
    bool fresh;
    double start_s, length_s;
    if (ir_csv_full(&t->csv, err))
        return -1;
    const char *path = *value(t, PATH) ? value(t, PATH) : value(t, ID);
    if (!*path) {
        ir_fail(err, "neither a path nor an id");
        return ir_csv_fail(&t->csv, err);
    }
    if (read_span(t, &start_s, &length_s, err))
        return -1;
    char *id = row_id(t, path);
    const size_t line = *ir_dict_put(&t->ids, id, t->csv.line, &fresh);
    struct ir_item *it = fresh ? ir_found_at(f, list, *path == '/' ? "" : dir, path, id) : NULL;
    int rc = fresh ? 0 : again(t, list, line, id, err);
    if (it)
        ir_dict_put(&t->items, id, list->n - 1, NULL);
    free(id);
    if (!it)
        return rc;
    it->start_s = start_s;
    it->length_s = length_s;
    return fill(t, it, err) || check_split(t, it, err) ? -1 : 0;
}

/* Whether a path stands in several rows: a look ahead, then back to the first. */
static int look_for_spans(struct table *t, struct ir_err *err)
{
    const struct ir_csv start = t->csv;
    struct ir_dict seen = {0};
    int row = 0;
    if (t->column[ID] >= 0 || t->column[START] < 0)
        return 0;
    struct table copy = *t;
    char *text = ir_alloc(start.text.len + 1, 1);
    memcpy(text, start.text.data, start.text.len + 1);
    copy.csv.text.data = text; /* reading cuts the text into fields in place */
    copy.csv.field = NULL;
    copy.csv.cap = 0;
    while (!t->spans && (row = ir_csv_next(&copy.csv, false, err)) > 0) {
        bool fresh = true;
        if (copy.csv.n == copy.csv.head.n)
            ir_dict_put(&seen, value(&copy, PATH), 0, &fresh);
        t->spans = !fresh;
    }
    ir_dict_free(&seen);
    free(copy.csv.field);
    free(text);
    return row < 0 ? -1 : 0;
}

/* The folder that paths are relative to: --audio, or where the table lies. Owned. */
static char *folder(const struct ir_find *f)
{
    const char *slash = strrchr(f->dir, '/');
    if (f->audio)
        return ir_strdup(f->audio);
    return slash ? ir_strndup(f->dir, (size_t)(slash - f->dir) + (slash == f->dir))
                 : ir_strdup(".");
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct table t = {.separator = f->separator ? f->separator : ";|"};
    char *dir = folder(f), delimiter = f->delimiter ? *f->delimiter : ',';
    int rc = -1, row;
    if (f->delimiter && !strcmp(f->delimiter, "tab"))
        delimiter = '\t';
    else if (f->delimiter && (strlen(f->delimiter) != 1 || strchr("\"\r\n", *f->delimiter))) {
        free(dir);
        return ir_fail(err, "--delimiter %s: wanted one character or tab", f->delimiter);
    }
    if (!ir_csv_open(&t.csv, f->dir, delimiter, err)) {
        rc = ir_csv_head(&t.csv, true, err) || choose_columns(f, &t, err) ? -1 : 0;
        rc = rc ? rc : look_for_spans(&t, err);
        while (!rc && (row = ir_csv_next(&t.csv, false, err)))
            rc = row < 0 ? -1 : add(f, &t, dir, list, err);
        if (!rc && t.column[LABELS] < 0 && !t.wide.n)
            ir_find_note(f, "%s: no column of labels (%s): the clips have none", t.csv.name,
                         fields[LABELS].names);
        if (!rc && f->audio)
            rc = ir_note_unlisted(f, f->audio, list, f->dir, err);
        ir_csv_close(&t.csv);
    }
    ir_dict_free(&t.ids);
    ir_dict_free(&t.items);
    ir_dict_free(&t.groups);
    ir_strs_free(&t.split);
    free(dir);
    if (!rc)
        rc = ir_list_classes(list, t.wide.n ? (const char *const *)t.wide.at : NULL, t.wide.n,
                             t.open, err);
    ir_strs_free(&t.wide);
    return rc;
}

const struct ir_dataset ir_dataset_csv = {
    .name = "csv",
    .summary =
        "a table, a line a clip: columns path, labels and, when they are there, id, group, split, "
        "start, length or end; the rest is carried along; # lines above the names are comments",
    .layout = "FILE.csv with a line of column names; paths are relative to it or to --audio",
    .own = true,
    .uses = "audio|columns|delimiter|separator",
    .find = find,
};
