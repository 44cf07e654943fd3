/* dataset_list_file.c - a list of clips that exists already, to be changed or split anew. */
#include "dataset.h"

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    return ir_list_read(f->dir, list, err);
}

const struct ir_dataset ir_dataset_list_file = {
    .name = "list",
    .summary = "a list of clips made before (- is stdin)",
    .layout = "FILE.list.tsv as formats/list.md describes it",
    .own = true,
    .find = find,
};
