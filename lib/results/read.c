/* read.c - the runs below folders: their facts, order, descriptions and sizes. */
#include "private.h"
#include "net.h"
#include "plot.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { RUN_MAX = 1 << 20 };

const char *ir_result_fact(const struct ir_result *run, const char *key)
{
    int at = ir_strs_find(&run->key, key);
    return at < 0 ? "" : run->fact.at[at];
}

bool ir_result_standin(const struct ir_result *run)
{
    return strcmp(ir_result_fact(run, "data"), "real") != 0;
}

const char *ir_result_file(const struct ir_result *run, const char *suffix, struct ir_buf *b)
{
    b->len = 0;
    ir_buf_printf(b, "%s.%s", run->stem, suffix);
    return b->data;
}

bool ir_result_has(const struct ir_result *run, const char *suffix)
{
    struct ir_buf b = {0};
    struct stat st;
    bool yes = stat(ir_result_file(run, suffix, &b), &st) == 0;
    ir_buf_free(&b);
    return yes;
}

static int read_facts(struct ir_result *run, struct ir_err *err)
{
    struct ir_buf path = {0}, text = {0};
    int rc = ir_read_file(ir_result_file(run, "run", &path), RUN_MAX, &text, err);
    for (char *at = rc == 0 ? text.data : NULL; at && *at;) {
        char *end = strchr(at, '\n'), *value = strchr(at, '=');
        if (end)
            *end++ = 0;
        if (value && (!end || value < end)) {
            *value++ = 0;
            ir_strs_add(&run->key, at);
            ir_strs_add(&run->fact, value);
        }
        at = end;
    }
    ir_buf_free(&path);
    ir_buf_free(&text);
    return rc;
}

/* Seconds of all epochs, also those before an interruption. */
static void read_log(struct ir_result *run)
{
    struct ir_buf path = {0};
    struct ir_table t;
    run->seconds = (double)NAN;
    if (ir_result_has(run, "log.tsv") &&
        ir_table_read(ir_result_file(run, "log.tsv", &path), &t, NULL) == 0) {
        int column = ir_table_column(&t, "seconds");
        double *s = column < 0 ? NULL : ir_table_numbers(&t, (size_t)column);
        for (size_t i = 0; s && i < t.rows; i++)
            run->seconds = (isnan(run->seconds) ? 0 : run->seconds) + (isnan(s[i]) ? 0 : s[i]);
        free(s);
        ir_table_free(&t);
    }
    ir_buf_free(&path);
}

/* Trained numbers do not depend on the length of a clip: any that the network takes will do. */
static void read_size(struct ir_result *run)
{
    struct ir_buf path = {0};
    struct ir_model *m = NULL;
    if (*ir_result_fact(run, "network") && ir_result_has(run, "model.irt"))
        m = ir_model_open(ir_result_file(run, "model.irt", &path), NULL);
    struct ir_net *net = m ? ir_model_net(m) : NULL;
    for (size_t length = 256; net && run->weights == 0 && length <= 1 << 18; length *= 8) {
        struct ir_shape *shape = ir_zalloc(ir_net_inputs(net), sizeof *shape);
        ir_net_shapes(net, length, shape);
        if (ir_net_plan(net, 1, shape, false, NULL, 0, NULL) == 0)
            run->weights = ir_net_weights(net);
        free(shape);
    }
    ir_model_close(m);
    ir_buf_free(&path);
}

static void read_date(struct ir_result *run)
{
    struct ir_buf path = {0};
    struct stat st;
    struct tm tm;
    if (stat(ir_result_file(run, "score.tsv", &path), &st) == 0 &&
        gmtime_r(&st.st_mtime, &tm) != NULL)
        strftime(run->date, sizeof run->date, "%Y-%m-%d", &tm);
    ir_buf_free(&path);
}

static void free_run(struct ir_result *run)
{
    for (size_t i = 0; i < run->n; i++)
        ir_reached_free(&run->value[i]);
    free(run->value);
    free(run->stem);
    ir_strs_free(&run->key);
    ir_strs_free(&run->fact);
}

/* Add FOLDER/name if it is a finished run that is not there yet. */
static int add_run(struct ir_result_set *set, const char *name, struct ir_err *err)
{
    struct ir_buf b = {0};
    struct ir_result run = {0};
    int rc = 0;
    ir_buf_printf(&b, "%s/%s", set->folder, name);
    run.stem = b.data;
    for (size_t i = 0; i < set->n; i++)
        if (strcmp(set->run[i].stem, run.stem) == 0)
            goto out;
    if (!ir_result_has(&run, "run") || !ir_result_has(&run, "score.tsv"))
        goto out;
    rc = read_facts(&run, err);
    if (rc == 0)
        rc = ir_result_values(&run, err);
    if (rc == 0) {
        read_log(&run);
        read_size(&run);
        read_date(&run);
        ir_grow(&set->run, &set->cap, set->n + 1, sizeof *set->run);
        set->run[set->n++] = run;
        return 0;
    }
out:
    free_run(&run);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of FOLDER's runs: those of FOLDER/order first, then all others sorted. */
static int run_names(const char *folder, struct ir_strs *names, struct ir_err *err)
{
    struct ir_buf path = {0}, text = {0};
    DIR *d = opendir(folder);
    if (d == NULL)
        return ir_fail(err, "%s: %s; a folder of results wanted", folder, strerror(errno));
    ir_buf_printf(&path, "%s/order", folder);
    if (ir_read_file(path.data, RUN_MAX, &text, NULL) == 0 && text.len > 0)
        ir_strs_split(names, text.data, "\n");
    size_t first = names->n;
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        size_t n = strlen(e->d_name);
        if (n <= 4 || strcmp(e->d_name + n - 4, ".run") != 0)
            continue;
        char *name = ir_strndup(e->d_name, n - 4);
        ir_strs_add(names, name);
        free(name);
    }
    closedir(d);
    if (names->n > first)
        qsort(names->at + first, names->n - first, sizeof *names->at, by_name);
    ir_buf_free(&path);
    ir_buf_free(&text);
    return 0;
}

/* The comment at the top of the experiment's file. */
static char *read_about(const char *path)
{
    struct ir_buf text = {0}, about = {0};
    if (*path && ir_read_file(path, RUN_MAX, &text, NULL) == 0 && text.len > 0)
        for (char *at = text.data; *at == '#';) {
            char *end = strchr(at, '\n');
            at += strspn(at, "# ");
            ir_buf_add(&about, at, end ? (size_t)(end - at) : strlen(at));
            ir_buf_puts(&about, " ");
            if (!end)
                break;
            at = end + 1;
        }
    while (about.len > 0 && about.data[about.len - 1] == ' ')
        about.data[--about.len] = 0;
    ir_buf_free(&text);
    return about.data ? about.data : ir_strdup("");
}

static void free_set(struct ir_result_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        free_run(&set->run[i]);
    free(set->run);
    free(set->folder);
    free(set->about);
}

static int add_set(struct ir_results *r, const char *folder, struct ir_err *err)
{
    struct ir_result_set set = {.folder = ir_strdup(folder)};
    struct ir_strs names = {0};
    size_t n = strlen(set.folder);
    while (n > 1 && set.folder[n - 1] == '/')
        set.folder[--n] = 0;
    int rc = run_names(set.folder, &names, err);
    for (size_t i = 0; rc == 0 && i < names.n; i++)
        rc = add_run(&set, names.at[i], err);
    ir_strs_free(&names);
    if (rc != 0 || set.n == 0) {
        free_set(&set);
        return rc;
    }
    set.about = read_about(ir_result_fact(&set.run[0], "file"));
    ir_grow(&r->set, &r->cap, r->n + 1, sizeof *r->set);
    r->set[r->n++] = set;
    return 0;
}

/* By title; the data set itself before its stand-in. */
static int by_title(const void *a, const void *b)
{
    const struct ir_result_set *x = a, *y = b;
    int d = strcmp(ir_result_fact(&x->run[0], "title"), ir_result_fact(&y->run[0], "title"));
    return d != 0 ? d : strcmp(x->folder, y->folder);
}

int ir_results_read(struct ir_results *r, char *const *folders, size_t n, struct ir_err *err)
{
    int rc = 0;
    memset(r, 0, sizeof *r);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = add_set(r, folders[i], err);
    if (rc == 0 && r->n == 0)
        rc = ir_fail(err,
                     "no finished run in %s%s; a folder with NAME.run and NAME.score.tsv wanted",
                     n > 0 ? folders[0] : "no folder", n > 1 ? " and the others" : "");
    if (rc == 0)
        qsort(r->set, r->n, sizeof *r->set, by_title);
    else
        ir_results_free(r);
    return rc;
}

void ir_results_free(struct ir_results *r)
{
    for (size_t i = 0; i < r->n; i++)
        free_set(&r->set[i]);
    free(r->set);
    memset(r, 0, sizeof *r);
}
