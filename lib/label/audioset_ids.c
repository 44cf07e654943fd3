/* audioset_ids.c - AudioSet's classes. */
#include "audioset_ids.h"

#include "csv.h"

#include <stdlib.h>
#include <string.h>

#define ONTOLOGY_MAX ((size_t)1 << 26)

static void add_name(struct ir_audioset_ids *m, const char *mid, const char *name)
{
    bool fresh;
    ir_dict_put(&m->mid, mid, m->name.n, &fresh);
    if (!fresh)
        return;
    ir_dict_put(&m->by_name, name, m->name.n, NULL);
    ir_strs_add(&m->name, name);
}

int ir_audioset_ids_read(struct ir_audioset_ids *m, const char *csv, struct ir_err *err)
{
    struct ir_csv c;
    int rc, row, mid = 0, name = 0;
    if (ir_csv_open(&c, csv, ',', err))
        return -1;
    rc = ir_csv_head(&c, false, err);
    if (!rc && ((mid = ir_csv_column(&c, "mid", err)) < 0 ||
                (name = ir_csv_column(&c, "display_name", err)) < 0))
        rc = -1;
    while (!rc && (row = ir_csv_next(&c, false, err))) {
        rc = row < 0 || ir_csv_full(&c, err) ? -1 : 0;
        if (!rc && ir_dict_get(&m->mid, c.field[mid])) {
            ir_fail(err, "%s stands twice", c.field[mid]);
            rc = ir_csv_fail(&c, err);
        }
        if (!rc)
            add_name(m, c.field[mid], c.field[name]);
    }
    ir_csv_close(&c);
    return rc;
}

int ir_audioset_ids_ontology(struct ir_audioset_ids *m, const char *path, struct ir_err *err)
{
    m->ontology = ir_json_read(path, ONTOLOGY_MAX, err);
    if (!m->ontology)
        return -1;
    if (ir_json_type(m->ontology) != IR_JSON_ARRAY)
        return ir_fail(err, "%s: found no array of classes", path);
    for (size_t i = 0; i < ir_json_count(m->ontology); i++) {
        const struct ir_json *node = ir_json_at(m->ontology, i);
        const char *id = ir_json_string(ir_json_get(node, "id"), NULL);
        const char *name = ir_json_string(ir_json_get(node, "name"), NULL);
        if (!id || !name)
            return ir_fail(err, "%s: class %zu has no id or name", path, i);
        ir_dict_put(&m->node, id, i, NULL);
        add_name(m, id, name);
    }
    return 0;
}

void ir_audioset_ids_free(struct ir_audioset_ids *m)
{
    ir_dict_free(&m->mid);
    ir_dict_free(&m->by_name);
    ir_dict_free(&m->node);
    ir_strs_free(&m->name);
    ir_json_free(m->ontology);
    *m = (struct ir_audioset_ids){0};
}

/* mid and everything below it. `all` is the list of work to do; a class twice in the tree, or below
 * itself, is taken once. */
static void add_below(struct ir_mid_class *c, const struct ir_audioset_ids *m, const char *mid)
{
    struct ir_dict all = {0};
    ir_dict_put(&all, mid, 0, NULL);
    for (size_t next = 0; next < all.n; next++) {
        const size_t *node = ir_dict_get(&m->node, all.key[next]);
        const struct ir_json *below =
            node ? ir_json_get(ir_json_at(m->ontology, *node), "child_ids") : NULL;
        for (size_t i = 0; i < ir_json_count(below); i++) {
            const char *id = ir_json_string(ir_json_at(below, i), NULL);
            if (id)
                ir_dict_put(&all, id, 0, NULL);
        }
    }
    for (size_t i = 0; i < all.n; i++)
        ir_dict_put(&c->members, all.key[i], 0, NULL);
    ir_dict_free(&all);
}

/* One element of a rule: a mid or a name, with a + behind it for what is below. */
static int add_element(struct ir_mid_class *c, const struct ir_audioset_ids *m, char *s,
                       const char *option, struct ir_err *err)
{
    size_t n = strlen(s);
    bool below = n > 1 && s[n - 1] == '+';
    if (below)
        s[n - 1] = '\0';
    for (char *comma; (comma = strstr(s, "%2C"));) {
        *comma = ',';
        memmove(comma + 1, comma + 3, strlen(comma + 3) + 1);
    }
    const char *mid = s;
    if (!ir_dict_get(&m->mid, s)) {
        const size_t *at = ir_dict_get(&m->by_name, s);
        if (!at)
            return ir_fail(err, "%s: no class %s in this data set", option, s);
        mid = m->mid.key[*at];
    }
    if (below && !m->ontology)
        return ir_fail(err,
                       "%s %s+: the classes below it stand in ontology.json, which is not there "
                       "(see --ontology)",
                       option, s);
    if (below)
        add_below(c, m, mid);
    else
        ir_dict_put(&c->members, mid, 0, NULL);
    return 0;
}

int ir_mid_class_parse(struct ir_mid_class *c, const struct ir_audioset_ids *m, const char *rule,
                       const char *option, struct ir_err *err)
{
    const char *eq = strchr(rule, '=');
    *c = (struct ir_mid_class){0};
    if (!eq || eq == rule || !eq[1])
        return ir_fail(err, "%s %s: wanted NAME=A,B+", option, rule);
    c->name = ir_strndup(rule, (size_t)(eq - rule));
    for (const char *s = eq + 1; *s;) {
        size_t n = strcspn(s, ",");
        char *element = ir_strndup(s, n);
        int rc = add_element(c, m, element, option, err);
        free(element);
        if (rc) {
            ir_mid_class_free(c);
            return rc;
        }
        s += n + (s[n] == ',');
    }
    return 0;
}

void ir_mid_class_free(struct ir_mid_class *c)
{
    free(c->name);
    ir_dict_free(&c->members);
    *c = (struct ir_mid_class){0};
}
