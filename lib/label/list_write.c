/* list_write.c - a list of clips as text (formats/list.md). */
#include "../label.h"

#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "dict.h"

/* A field: control bytes, 0x7f and % as %XX; also a '#' that would open the line. */
static void put_field(struct ir_buf *b, const char *s, bool first)
{
    if (!first)
        ir_buf_add(b, "\t", 1);
    if (first && s && *s == '#') {
        ir_buf_puts(b, "%23");
        s++;
    }
    ir_buf_escape(b, s ? s : "", "");
}

/* Names of all extra columns, in the order in which they come up. */
static void extra_columns(const struct ir_list *list, struct ir_dict *columns)
{
    for (size_t i = 0; i < list->n; i++)
        for (size_t k = 0; k < list->item[i].extra.n; k++)
            ir_dict_put(columns, list->item[i].extra.key[k], 0, NULL);
}

/* A list of names or labels as the stream has it, where names hold spaces: %20 becomes the space
 * that it is. Their other escapes stay the only ones. */
static void put_spaced(struct ir_buf *b, const char *s, char between)
{
    for (; *s; s++) {
        if (*s == ' ')
            ir_buf_add(b, &between, 1);
        else if (!strncmp(s, "%20", 3))
            ir_buf_puts(b, " "), s += 2;
        else
            ir_buf_add(b, s, 1);
    }
}

static bool has_spaces(const struct ir_list *list)
{
    const char *classes = ir_meta_get(&list->head, "classes");
    return classes && strstr(classes, "%20");
}

static void put_head(const struct ir_list *list, const struct ir_dict *columns, struct ir_buf *b)
{
    struct ir_buf text = {0};
    struct ir_meta head = {0};
    ir_meta_copy(&head, &list->head);
    if (has_spaces(list))
        ir_meta_set(&head, "classes", NULL);
    ir_meta_format(&head, &text);
    ir_meta_free(&head);
    ir_buf_puts(b, IR_LIST_MAGIC "\n");
    if (has_spaces(list)) {
        const char *classes = ir_meta_get(&list->head, "classes");
        ir_buf_puts(b, "#classes=");
        put_spaced(b, classes, '\t');
        ir_buf_puts(b, strchr(classes, ' ') ? "\n" : "\t\n");
    }
    for (char *line = text.data, *nl; line && (nl = strchr(line, '\n')); line = nl + 1) {
        ir_buf_puts(b, "#");
        ir_buf_add(b, line, (size_t)(nl - line) + 1);
    }
    ir_buf_puts(b, "id\tpath\tlabels\tgroup\tsplit\tstart\tlength");
    for (size_t c = 0; c < columns->n; c++)
        put_field(b, columns->key[c], false);
    ir_buf_puts(b, "\n");
    ir_buf_free(&text);
}

static void put_item(const struct ir_item *it, const struct ir_dict *columns, bool spaced,
                     struct ir_buf *b)
{
    char number[32];
    put_field(b, it->id, true);
    put_field(b, it->path, false);
    if (spaced) {
        ir_buf_puts(b, "\t");
        put_spaced(b, it->labels ? it->labels : "", ' ');
    } else {
        put_field(b, it->labels, false);
    }
    put_field(b, it->group, false);
    put_field(b, it->split, false);
    put_field(b, it->start_s > 0 ? ir_format_real(number, it->start_s) : NULL, false);
    put_field(b, it->length_s > 0 ? ir_format_real(number, it->length_s) : NULL, false);
    for (size_t c = 0; c < columns->n; c++)
        put_field(b, ir_meta_get(&it->extra, columns->key[c]), false);
    ir_buf_puts(b, "\n");
}

int ir_list_format(const struct ir_list *list, struct ir_buf *out, struct ir_err *err)
{
    if (ir_list_check(list, err))
        return -1;
    struct ir_dict columns = {0};
    extra_columns(list, &columns);
    bool spaces = has_spaces(list);
    put_head(list, &columns, out);
    for (size_t i = 0; i < list->n; i++)
        put_item(&list->item[i], &columns, spaces, out);
    ir_buf_printf(out, "#end %zu\n", list->n);
    ir_dict_free(&columns);
    return 0;
}

int ir_list_write(const char *path, const struct ir_list *list, struct ir_err *err)
{
    struct ir_buf b = {0};
    int rc = ir_list_format(list, &b, err);
    struct ir_out *o = rc ? NULL : ir_out_open(path, false, err);
    rc = o ? ir_out_write(o, b.data, b.len, err) : -1;
    ir_buf_free(&b);
    if (rc) {
        ir_out_abort(o);
        return -1;
    }
    return ir_out_commit(o, err);
}
