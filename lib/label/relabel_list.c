/* relabel_list.c - the changes of relabel.c over a list, and a list as a stream without sound. */
#include "../label.h"

#include <stdlib.h>
#include <string.h>

static void to_meta(const struct ir_item *it, struct ir_meta *m)
{
    ir_meta_copy(m, &it->extra);
    ir_meta_set(m, "id", it->id);
    ir_meta_set(m, "path", it->path);
    ir_meta_set(m, "labels", it->labels);
    ir_meta_set(m, "group", it->group);
    ir_meta_set(m, "split", it->split);
}

static void from_meta(struct ir_item *it, struct ir_meta *m)
{
    static const char *const keys[] = {"id", "path", "labels", "group", "split"};
    char **member[] = {&it->id, &it->path, &it->labels, &it->group, &it->split};
    for (size_t k = 0; k < 5; k++) {
        ir_item_set(member[k], ir_meta_get(m, keys[k]));
        ir_meta_set(m, keys[k], NULL);
    }
    ir_meta_free(&it->extra);
    it->extra = *m;
    *m = (struct ir_meta){0};
}

int ir_relabel_list(struct ir_relabel *r, struct ir_list *list, struct ir_strs *without,
                    struct ir_err *err)
{
    bool *keep = ir_alloc(list->n + 1, sizeof *keep);
    int rc = 0;
    for (size_t i = 0; i < list->n && rc >= 0; i++) {
        struct ir_meta m = {0};
        to_meta(&list->item[i], &m);
        rc = ir_relabel_meta(r, &m, err);
        keep[i] = rc == 0;
        if (rc == 1)
            ir_strs_add(without, list->item[i].id);
        if (rc == 0)
            from_meta(&list->item[i], &m);
        ir_meta_free(&m);
    }
    if (rc >= 0)
        ir_list_keep(list, keep);
    free(keep);
    return rc < 0 || ir_relabel_end(r, err) ? -1 : 0;
}

/* Rows out of a prediction stream: every class with its probability. */
static int load_predictions(const char *path, struct ir_list *rows, struct ir_err *err)
{
    char *paths[1] = {ir_strdup(path)};
    struct ir_reader *r = ir_reader_open(paths, 1, err);
    const char *names = r ? ir_meta_get(ir_reader_header(r), "classes") : NULL;
    const char *domain = r ? ir_meta_get(ir_reader_header(r), "domain") : NULL;
    struct ir_strs classes = {0};
    struct ir_rec rec;
    struct ir_buf text = {0};
    int rc = r ? 0 : -1;
    if (!rc && (!domain || strcmp(domain, "pred") || !names))
        rc = ir_fail(err, "%s: domain %s found, a table or predictions wanted", path,
                     domain ? domain : "(none)");
    rc = rc ? rc : ir_names_parse(names, &classes, err);
    while (!rc && (rc = ir_reader_next(r, &rec, err)) == 1) {
        struct ir_buf tmp = {0};
        rc = ir_rec_count(&rec) == classes.n
                 ? 0
                 : ir_fail(err, "%s: clip %s has %zu numbers for %zu classes", path,
                           ir_rec_id(&rec), ir_rec_count(&rec), classes.n);
        if (!rc) {
            text.len = 0;
            ir_labels_format(ir_rec_f32(&rec, false, &tmp), &classes, true, &text);
            ir_item_set(&ir_list_add(rows, ir_rec_id(&rec), ir_rec_id(&rec))->labels, text.data);
        }
        ir_buf_free(&tmp);
    }
    if (!rc) {
        ir_meta_set(&rows->head, "classes", names);
        ir_meta_set(&rows->head, "labels", "open");
    }
    ir_reader_close(r);
    ir_strs_free(&classes);
    ir_buf_free(&text);
    free(paths[0]);
    return rc;
}

int ir_relabel_load(const char *path, const struct ir_find *f, struct ir_list *rows,
                    struct ir_err *err)
{
    char magic[9];
    const long n = strcmp(path, "-") ? ir_peek(path, magic, 9) : 0;
    if (n == 9 && !memcmp(magic, "#irt-list", 9))
        return ir_list_read(path, rows, err);
    if (n >= 4 && !memcmp(magic, "IRT", 3))
        return load_predictions(path, rows, err);
    struct ir_find find = *f;
    find.dir = path;
    find.no_audio = true;
    find.rule = find.part = NULL;
    find.notes = find.missing = (struct ir_strs){0};
    int rc = ir_dataset_list(ir_dataset_find("csv"), &find, rows, err);
    ir_find_free(&find);
    return rc ? rc : ir_list_check(rows, err);
}

int ir_list_stream(const char *path, const struct ir_list *list, bool pack, struct ir_err *err)
{
    struct ir_meta head = {0};
    ir_meta_copy(&head, &list->head);
    ir_meta_set(&head, "domain", "feature");
    ir_meta_set(&head, "frontend", "none");
    struct ir_writer *w = ir_writer_open(path, &head, pack, err);
    ir_meta_free(&head);
    if (!w)
        return -1;
    const uint32_t shape[1] = {1};
    for (size_t i = 0; i < list->n; i++) {
        const struct ir_item *it = &list->item[i];
        struct ir_rec rec;
        ir_rec_init(&rec, 'f', 1, shape);
        to_meta(it, &rec.meta);
        ir_meta_set(&rec.meta, "axes", "feature");
        ir_meta_set_real(&rec.meta, "offset", it->start_s);
        if (it->length_s > 0)
            ir_meta_set_real(&rec.meta, "length", it->length_s);
        int rc = ir_writer_put(w, &rec, err);
        ir_rec_free(&rec);
        if (rc) {
            ir_writer_abort(w);
            return -1;
        }
    }
    return ir_writer_close(w, 0, err);
}
