/* dataset_list_file.c - a list of clips that exists already, to be changed or split anew. */
#include "dataset.h"

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    int (*const read)(const char *, struct ir_list *, struct ir_err *) =
        f->no_end ? ir_list_read_cut : ir_list_read;
    if (read(f->dir, list, err))
        return -1;
    for (size_t i = 0; i < f->n_more; i++) {
        struct ir_list next;
        if (read(f->more[i], &next, err))
            return -1;
        if (ir_list_join(list, &next, err)) {
            ir_list_free(&next);
            return ir_fail_in(err, "%s", f->more[i]);
        }
    }
    return 0;
}

const struct ir_dataset ir_dataset_list_file = {
    .name = "list",
    .summary = "lists of clips made before (- is stdin), joined when there are several",
    .layout = "FILE.list.tsv … as formats/list.md describes it",
    .uses = "no-end",
    .many = true,
    .own = true,
    .find = find,
};
