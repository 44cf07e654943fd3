/* session.c - what ir-label does: a data set, a list or a stream in, clips with other labels out.
 */
#include "label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MISSING_SHOWN 10

/* What the options say about labels, groups and splits; from NULL: there is no --from. */
static struct ir_relabel_rules relabel_rules(const struct ir_label_options *o,
                                             const struct ir_list *from)
{
    return (struct ir_relabel_rules){
        .classes = {&o->rename, &o->merge, o->drop, o->keep, o->other_class},
        .from = o->from ? from : NULL,
        .map = o->map,
        .half = o->half,
        .set = &o->set,
        .unset = &o->unset,
        .select = &o->select,
        .only = &o->only,
        .group_by = o->group_by,
        .keep_lost = o->keep_unlabelled,
    };
}

static void say_unused(const struct ir_run *run, const char *from, const struct ir_relabel *r)
{
    const char *first = NULL;
    size_t n = ir_relabel_unused(r, &first);
    if (n)
        ir_run_warn(run, "%zu rows of %s are about no clip, first %s", n, from, first);
}

static int say_missing(struct ir_run *run, const struct ir_find *f)
{
    if (f->missing_is_normal && f->missing.n) {
        ir_run_warn(run, "%zu listed sound files are not there, first %s", f->missing.n,
                    f->missing.at[0]);
        for (size_t i = 0; i < f->missing.n; i++)
            ir_run_info(run, "not there: %s", f->missing.at[i]);
        return 0;
    }
    bool too_many = (long long)f->missing.n > run->max_bad;
    size_t shown = too_many && f->missing.n > MISSING_SHOWN ? MISSING_SHOWN : f->missing.n;
    for (size_t i = 0; i < shown; i++)
        ir_run_warn(run, "%s: listed, but the file is not there", f->missing.at[i]);
    if (too_many)
        return ir_fail(&run->err, "%zu listed sound files are not there, --max-bad allows %lld",
                       f->missing.n, run->max_bad);
    run->bad += (long long)f->missing.n;
    return 0;
}

static int relabel(struct ir_label_options *o, struct ir_run *run, struct ir_list *list)
{
    struct ir_list from = {0};
    struct ir_strs without = {0};
    struct ir_relabel_rules rules = relabel_rules(o, &from);
    if (o->from && ir_relabel_load(o->from, &o->find, &from, &run->err))
        return -1;
    struct ir_relabel *r = ir_relabel_open(&rules, &list->head, &run->err);
    int rc = r ? ir_relabel_list(r, list, &without, &run->err) : -1;
    if (!rc && o->from)
        say_unused(run, o->from, r);
    for (size_t i = 0; i < without.n && !rc; i++) {
        struct ir_err why;
        ir_fail(&why, "clip %s: no row of %s is about it", without.at[i], o->from);
        rc = ir_run_bad(run, &why);
    }
    ir_relabel_free(r);
    ir_strs_free(&without);
    ir_list_free(&from);
    return rc;
}

static int make_split(struct ir_label_options *o, struct ir_run *run, struct ir_list *list)
{
    struct ir_split s = {0};
    int rc = 0;
    if (o->split && ir_split_parse(&s, o->split, &run->err))
        return -2;
    if (o->folds)
        ir_split_folds(&s, (size_t)o->folds);
    if (s.name.n)
        rc = ir_split_list(list, &s, (enum ir_stratify)o->stratify, o->of, (uint64_t)run->seed,
                           &run->err);
    if (!rc && o->fold >= 0)
        rc = ir_split_choose(list, o->fold, o->valid_fold, &run->err);
    if (!rc && (s.name.n || o->fold >= 0))
        ir_split_notes(list, s.name.n, &o->find.notes);
    ir_split_free(&s);
    return rc;
}

static int change_list(struct ir_label_options *o, struct ir_run *run, struct ir_list *list)
{
    struct ir_strs few = {0};
    int rc = relabel(o, run, list);
    if (!rc && o->has_rare && !o->find.rare_done)
        rc = ir_list_merge_rare(list, o->rare, o->other_class, &run->err);
    if (!rc && o->per_class)
        rc = ir_list_cap(list, (size_t)o->per_class, (uint64_t)run->seed, &few, &run->err);
    for (size_t i = 0; i < few.n; i++)
        ir_run_warn(run, "class %s clips, fewer than --per-class %lld", few.at[i], o->per_class);
    ir_strs_free(&few);
    if (!rc && !list->n)
        rc = ir_fail(&run->err, "no clip is left");
    return rc ? rc : make_split(o, run, list);
}

static int print(struct ir_run *run, struct ir_buf *text, int rc)
{
    rc = rc ? rc : ir_run_print(run, text->data ? text->data : "");
    ir_buf_free(text);
    return rc;
}

static int print_reports(struct ir_label_options *o, struct ir_run *run, const struct ir_list *list,
                         const struct ir_dataset *d)
{
    struct ir_buf text = {0};
    size_t n = 0;
    if (o->check)
        ir_list_report(list, d, o->find.rule, &text);
    if (o->duplicates) {
        ir_list_duplicates(list, &text, &n);
        ir_run_note(run, "%zu pairs of clips in different splits look like one take", n);
    }
    return print(run, &text, 0);
}

/* Classes of the list that a reader takes for one. */
static void say_alike(const struct ir_run *run, const struct ir_list *list)
{
    const char *classes = ir_meta_get(&list->head, "classes");
    struct ir_strs names = {0};
    struct ir_buf line = {0};
    struct ir_err none;
    if (classes != NULL && ir_names_parse(classes, &names, &none) == 0 &&
        ir_names_alike(&names, &line))
        ir_run_warn(run, "%s (--merge makes them one)", line.data);
    ir_strs_free(&names);
    ir_buf_free(&line);
}

static int run_dataset(struct ir_label_options *o, struct ir_run *run, const struct ir_dataset *d)
{
    struct ir_list list = {0};
    o->find.dir = run->files[1];
    o->find.more = run->files + 2;
    o->find.n_more = run->n_files - 2;
    o->find.seed = (uint64_t)run->seed;
    o->find.rare = o->has_rare ? o->rare : -1;
    o->find.other_table = o->from != NULL;
    int rc = ir_dataset_list(d, &o->find, &list, &run->err);
    if (!rc || o->find.missing.n)
        rc = say_missing(run, &o->find) ? -1 : rc;
    rc = rc ? rc : change_list(o, run, &list);
    rc = rc ? rc : ir_dataset_check(d, &o->find, &list, &run->err);
    rc = rc || !o->part ? rc : ir_list_part(&list, o->part, &run->err);
    for (size_t i = 0; i < o->find.notes.n; i++)
        ir_run_warn(run, "%s", o->find.notes.at[i]);
    if (!rc)
        say_alike(run, &list);
    if (!rc && !run->no_prog)
        ir_meta_add_prog(&list.head, run->prog);
    if (!rc && (o->check || o->duplicates))
        rc = print_reports(o, run, &list, d);
    else if (!rc)
        rc = o->stream ? ir_list_stream(run->output, &list, run->compress, &run->err)
                       : ir_list_write(run->output, &list, &run->err);
    ir_list_free(&list);
    ir_find_free(&o->find);
    return rc;
}

struct flow {
    struct ir_relabel_rules rules;
    struct ir_relabel *relabel;
};

static int flow_head(void *self, const struct ir_meta *in, struct ir_meta *out, struct ir_err *err)
{
    struct flow *f = self;
    (void)in;
    f->relabel = ir_relabel_open(&f->rules, out, err);
    return f->relabel ? 0 : -1;
}

static int flow_clip(void *self, struct ir_clip *clip, struct ir_writer *w, struct ir_err *err)
{
    struct flow *f = self;
    for (size_t i = 0; i < clip->n; i++) {
        int rc = ir_relabel_meta(f->relabel, &clip->rec[i].meta, err);
        if (rc == 2)
            continue;
        if (rc)
            return rc;
        if (ir_writer_put(w, &clip->rec[i], err))
            return -1;
    }
    return 0;
}

static int check_flow(struct ir_label_options *o, struct ir_run *run)
{
    const char *bad = o->has_rare       ? "--rare"
                      : o->per_class    ? "--per-class"
                      : o->folds        ? "--folds"
                      : o->of           ? "--of"
                      : o->fold >= 0    ? "--fold"
                      : o->check        ? "--check"
                      : o->duplicates   ? "--duplicates"
                      : o->part         ? "--part"
                      : o->stratify > 0 ? "--stratify"
                                        : NULL;
    return bad ? ir_fail(&run->err, "%s needs a list of clips (ir-label DATASET DIR)", bad) - 1 : 0;
}

static int run_stream(struct ir_label_options *o, struct ir_run *run)
{
    struct ir_list from = {0};
    struct ir_split split = {0};
    struct flow f = {.rules = relabel_rules(o, &from)};
    int rc = check_flow(o, run);
    if (!rc && o->split) {
        rc = ir_split_parse(&split, o->split, &run->err) ? -2 : 0;
        f.rules.split = &split;
        f.rules.seed = (uint64_t)run->seed;
    }
    if (!rc && o->from)
        rc = ir_relabel_load(o->from, &o->find, &from, &run->err);
    if (!rc) {
        struct ir_filter filter = {
            .head = flow_head, .one = flow_clip, .self = &f, .per_tensor = 1};
        rc = ir_filter_run(run, &filter);
        if (!rc && o->from)
            say_unused(run, o->from, f.relabel);
        if (!rc && ir_relabel_end(f.relabel, &run->err))
            ir_run_warn(run, "%s", run->err.text);
    }
    ir_relabel_free(f.relabel);
    ir_split_free(&split);
    ir_list_free(&from);
    return rc;
}

/* --near and --activations: streams in, lines of text out. */
static int run_lines(struct ir_label_options *o, struct ir_run *run)
{
    struct ir_buf text = {0};
    size_t n;
    int rc = o->has_near
                 ? ir_label_similar(run->files, run->n_files, o->near, &text, &n, &run->err)
                 : ir_activations_write(run->files, run->n_files, o->activations, &text, &run->err);
    if (!rc && o->has_near)
        ir_run_note(run, "%zu pairs of clips in different splits sound alike", n);
    return print(run, &text, rc);
}

int ir_label_session(struct ir_run *run, struct ir_label_options *o)
{
    const struct ir_dataset *d = run->n_files ? ir_dataset_find(run->files[0]) : NULL;
    o->find.columns = &o->columns;
    o->find.threshold = o->has_threshold ? o->find.threshold : (double)NAN;
    o->find.class_rules = &o->class_rules;
    if (o->split && o->folds) {
        ir_fail(&run->err, "--split and --folds exclude each other");
        return -2;
    }
    if (o->datasets) {
        struct ir_buf text = {0};
        ir_datasets_describe(&text);
        return print(run, &text, 0);
    }
    if (!d)
        return o->has_near || o->activations ? run_lines(o, run) : run_stream(o, run);
    if (run->n_files < 2 || (run->n_files > 2 && !d->many)) {
        ir_fail(&run->err, "%s: found %zu operands behind it, wanted one: %s", d->name,
                run->n_files - 1, d->layout);
        return -2;
    }
    return run_dataset(o, run, d);
}
