/* export_csv.c - comma separated (RFC 4180, line ends \n): one line a record: id, name, split,
 * labels, then its numbers in C order. All records have one size; predictions get their class names
 * as columns. */
#include "convert.h"
#include "convert/payload.h"

#include <stdlib.h>
#include <string.h>

struct state {
    size_t columns;
};

static void add_field(struct ir_buf *b, const char *s)
{
    if (!s || !strpbrk(s, ",\"\r\n")) {
        ir_buf_puts(b, s ? s : "");
        return;
    }
    ir_buf_puts(b, "\"");
    for (; *s; s++) {
        ir_buf_add(b, s, 1);
        if (*s == '"')
            ir_buf_puts(b, "\"");
    }
    ir_buf_puts(b, "\"");
}

static void add_heading(const struct ir_exporter *x, const struct ir_rec *rec, struct ir_buf *b)
{
    size_t n = ir_rec_count(rec);
    const char *domain = ir_meta_get(x->head, "domain");
    bool named = domain && strcmp(domain, "pred") == 0 && x->classes.n == n;

    ir_buf_puts(b, "id,name,split,labels");
    for (size_t i = 0; i < n; i++) {
        ir_buf_puts(b, ",");
        if (named)
            add_field(b, x->classes.at[i]);
        else
            ir_buf_printf(b, "v%zu", i);
    }
    ir_buf_puts(b, "\n");
}

static int csv_open(struct ir_exporter *x, struct ir_err *err)
{
    (void)err;
    x->state = ir_zalloc(1, sizeof(struct state));
    return 0;
}

static int csv_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err)
{
    struct state *s = x->state;
    struct ir_buf b = {0};
    size_t n = ir_rec_count(rec);

    if (x->records == 0) {
        s->columns = n;
        add_heading(x, rec, &b);
    } else if (n != s->columns) {
        return ir_fail(err,
                       "record %u (%s) has %zu numbers, the first had %zu: a table has one width",
                       rec->seq, ir_rec_id(rec), n, s->columns);
    }
    const char *fields[] = {ir_rec_id(rec), ir_rec_name(rec), ir_meta_get(&rec->meta, "split"),
                            ir_meta_get(&rec->meta, "labels")};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        ir_buf_puts(&b, i ? "," : "");
        add_field(&b, fields[i]);
    }
    for (size_t i = 0; i < n; i++) {
        ir_buf_puts(&b, ",");
        ir_payload_text(rec, i, &b);
    }
    ir_buf_puts(&b, "\n");
    int rc = ir_out_write(x->out, b.data, b.len, err);
    ir_buf_free(&b);
    return rc;
}

static void csv_drop(struct ir_exporter *x)
{
    free(x->state);
}

const struct ir_export ir_export_csv = {
    .name = "csv",
    .about = "comma separated: a line a record",
    .open = csv_open,
    .put = csv_put,
    .drop = csv_drop,
};
