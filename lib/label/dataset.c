/* dataset.c - the registry of data sets and what they share. */
#include "dataset.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define X(n) extern const struct ir_dataset ir_dataset_##n;
#include "dataset.inc"
#undef X

#define X(n) &ir_dataset_##n,
static const struct ir_dataset *const table[] = {
#include "dataset.inc"
    NULL};
#undef X

const struct ir_dataset *const *ir_datasets(void)
{
    return table;
}

const struct ir_dataset *ir_dataset_find(const char *name)
{
    for (size_t i = 0; table[i]; i++)
        if (!strcmp(table[i]->name, name))
            return table[i];
    return NULL;
}

void ir_datasets_describe(struct ir_buf *out)
{
    for (size_t i = 0; table[i]; i++) {
        const struct ir_dataset *d = table[i];
        ir_buf_printf(out, "%s: %s\n    %s\n", d->name, d->summary, d->layout);
        if (d->rules)
            ir_buf_printf(out, "    --labels %s\n", d->rules);
        if (d->parts)
            ir_buf_printf(out, "    --subset %s\n", d->parts);
    }
}

static bool is_word(const char *word, const char *words)
{
    while (words && *words) {
        size_t n = strcspn(words, "|");
        if (strlen(word) == n && !memcmp(word, words, n))
            return true;
        words += n + (words[n] == '|');
    }
    return false;
}

bool ir_word_is(const char *given, const char *words, const char *word)
{
    size_t n = strcspn(words, "|");
    return given ? !strcmp(given, word) : strlen(word) == n && !memcmp(word, words, n);
}

/* An option that this data set does not look at would change nothing, in silence. */
static int check_options(const struct ir_dataset *d, const struct ir_find *f, struct ir_err *err)
{
    const bool own_table = !f->other_table;
    const struct {
        const char *name;
        bool given;
    } option[] = {
        {"window", f->window_s > 0},
        {"threshold", !isnan(f->threshold)},
        {"average", f->average_s > 0},
        {"annotations", f->annotations != NULL},
        {"metadata", f->metadata != NULL},
        {"published", f->published != NULL},
        {"ontology", f->ontology != NULL},
        {"class", f->class_rules && f->class_rules->n},
        {"other", f->other != NULL},
        {"overlap", f->overlap != NULL},
        {"audio", f->audio != NULL},
        {"columns", own_table && f->columns && f->columns->n},
        {"delimiter", own_table && f->delimiter && strcmp(f->delimiter, ",")},
        {"no-end", f->no_end},
        {"separator", own_table && f->separator && strcmp(f->separator, ";|")},
    };
    for (size_t i = 0; i < sizeof option / sizeof *option; i++)
        if (option[i].given && !is_word(option[i].name, d->uses))
            return ir_fail(err, "--%s: %s has no use for it", option[i].name, d->name);
    return 0;
}

int ir_dataset_list(const struct ir_dataset *d, struct ir_find *f, struct ir_list *list,
                    struct ir_err *err)
{
    if (f->rule && !is_word(f->rule, d->rules))
        return ir_fail(err, "--labels %s: %s has %s", f->rule, d->name,
                       d->rules ? d->rules : "one label rule only");
    if (f->part && !is_word(f->part, d->parts))
        return ir_fail(err, "--subset %s: %s has %s", f->part, d->name,
                       d->parts ? d->parts : "no parts");
    if (check_options(d, f, err))
        return -1;
    if (d->find(f, list, err))
        return -1;
    if (!list->n && f->missing.n)
        return ir_fail(err, "%s: none of the %zu listed sound files is there, first %s", f->dir,
                       f->missing.n, f->missing.at[0]);
    if (!list->n)
        return ir_fail(err, "%s: no clips found, wanted %s", f->dir, d->layout);
    return 0;
}

/* Clips of groups that stand in two splits lose their group. */
static void ungroup(struct ir_find *f, struct ir_list *list)
{
    struct ir_dict first = {0}, broken = {0};
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct ir_item *it = &list->item[i];
        bool fresh;
        if (!it->group || !it->split)
            continue;
        size_t k = *ir_dict_put(&first, it->group, i, &fresh);
        if (!fresh && strcmp(list->item[k].split, it->split))
            ir_dict_put(&broken, it->group, 0, NULL);
    }
    for (size_t i = 0; i < list->n; i++) {
        struct ir_item *it = &list->item[i];
        if (!it->group || !ir_dict_get(&broken, it->group))
            continue;
        n++;
        ir_meta_set(&it->extra, "recording", it->group);
        ir_item_set(&it->group, NULL);
    }
    if (n)
        ir_find_note(f,
                     "the official splits divide groups: %zu clips lose theirs, first group %s "
                     "(--split makes splits that do not)",
                     n, broken.key[0]);
    ir_dict_free(&first);
    ir_dict_free(&broken);
}

int ir_dataset_check(const struct ir_dataset *d, struct ir_find *f, struct ir_list *list,
                     struct ir_err *err)
{
    if (!d->own)
        ungroup(f, list);
    return ir_list_check(list, err);
}

void ir_find_note(struct ir_find *f, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ir_strs_add(&f->notes, text);
}

void ir_find_free(struct ir_find *f)
{
    ir_strs_free(&f->notes);
    ir_strs_free(&f->missing);
}

/* The path, or what it is called in the other Unicode form when only that is there. Owned. */
static char *there(const char *dir, const char *rel)
{
    static const enum ir_utf8_form forms[] = {IR_UTF8_COMPOSED, IR_UTF8_DECOMPOSED};
    char *path = ir_path_join(dir, rel);
    for (size_t i = 0; i < 2 && !ir_is_file(path); i++) {
        char *other = ir_utf8_form(rel, forms[i]), *at = ir_path_join(dir, other);
        free(other);
        if (ir_is_file(at)) {
            free(path);
            return at;
        }
        free(at);
    }
    return path;
}

struct ir_item *ir_found_at(struct ir_find *f, struct ir_list *list, const char *dir,
                            const char *rel, const char *id)
{
    char *path = f->no_audio ? ir_path_join(dir, rel) : there(dir, rel);
    struct ir_item *it = NULL;
    if (f->no_audio || ir_is_file(path))
        it = ir_list_add(list, id, path);
    else
        ir_strs_add(&f->missing, path);
    free(path);
    return it;
}

struct ir_item *ir_found(struct ir_find *f, struct ir_list *list, const char *rel)
{
    char *id = ir_path_stem(rel);
    struct ir_item *it = ir_found_at(f, list, f->dir, rel, id);
    free(id);
    return it;
}

void ir_unique_ids(struct ir_find *f, struct ir_list *list)
{
    struct ir_dict uses = {0};
    size_t skip = strcmp(f->dir, ".") ? strlen(f->dir) : 0;
    for (size_t i = 0; i < list->n; i++)
        ++*ir_dict_put(&uses, list->item[i].id, 0, NULL);
    for (size_t i = 0; i < list->n; i++) {
        struct ir_item *it = &list->item[i];
        if (*ir_dict_get(&uses, it->id) == 1)
            continue;
        const char *rel = it->path + skip;
        ir_item_set(&it->id, rel + (*rel == '/'));
    }
    ir_dict_free(&uses);
}

char *ir_find_path(const char *dir, const char *names, struct ir_err *err)
{
    for (const char *s = names; *s;) {
        size_t n = strcspn(s, "|");
        char *name = ir_strndup(s, n), *path = ir_path_join(dir, name);
        free(name);
        if (ir_is_file(path) || ir_is_folder(path))
            return path;
        free(path);
        s += n + (s[n] == '|');
    }
    ir_fail(err, "%s: found none of %s", dir, names);
    return NULL;
}

const char *ir_split_word(const char *s)
{
    static const char *const words[][2] = {
        {"training", "train"}, {"validation", "valid"}, {"testing", "test"}, {"val", "valid"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(s, words[i][0]))
            return words[i][1];
    return s;
}

int ir_note_unlisted(struct ir_find *f, const char *dir, const struct ir_list *list,
                     const char *what, struct ir_err *err)
{
    struct ir_strs files = {0};
    struct ir_dict known = {0};
    size_t extra = 0, first = 0;
    if (f->no_audio || !ir_is_folder(dir))
        return 0;
    if (ir_walk(dir, IR_SOUND_ENDS, 16, &files, err))
        return -1;
    for (size_t i = 0; i < list->n; i++)
        ir_dict_put(&known, list->item[i].path, 0, NULL);
    for (size_t i = 0; i < files.n; i++) {
        char *path = ir_path_join(dir, files.at[i]);
        if (!ir_dict_get(&known, path) && !extra++)
            first = i;
        free(path);
    }
    if (extra)
        ir_find_note(f, "%zu sound files in %s are not in %s, first %s", extra, dir, what,
                     files.at[first]);
    ir_strs_free(&files);
    ir_dict_free(&known);
    return 0;
}
