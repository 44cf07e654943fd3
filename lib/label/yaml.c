/* yaml.c - reading YAML through libyaml. */
#include "yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define YAML_BYTES_MAX ((size_t)1 << 24)
#define YAML_DEPTH_MAX 1000

/* Aliases are node numbers in a libyaml document: nothing is expanded. */
struct ir_yaml {
    yaml_document_t doc;
};

static yaml_node_t *node_of(const struct ir_yaml *y, int node)
{
    return node > 0 ? yaml_document_get_node((yaml_document_t *)(uintptr_t)&y->doc, node) : NULL;
}

/* libyaml's time grows with the square of the depth of [[[ and {{{: count the open ones. */
static bool too_deep(const struct ir_buf *b)
{
    long depth = 0;
    for (size_t i = 0; i < b->len; i++) {
        depth += b->data[i] == '[' || b->data[i] == '{';
        depth -= (b->data[i] == ']' || b->data[i] == '}') && depth > 0;
        if (depth > YAML_DEPTH_MAX)
            return true;
    }
    return false;
}

struct ir_yaml *ir_yaml_read(const char *path, struct ir_err *err)
{
    struct ir_buf b = {0};
    yaml_parser_t parser;
    if (ir_read_file(path, YAML_BYTES_MAX, &b, err))
        return NULL;
    if (too_deep(&b)) {
        ir_buf_free(&b);
        ir_fail(err, "%s: more than %d brackets inside each other", path, YAML_DEPTH_MAX);
        return NULL;
    }
    if (!yaml_parser_initialize(&parser)) {
        ir_buf_free(&b);
        ir_fail(err, "%s: the YAML reader could not start", path);
        return NULL;
    }
    struct ir_yaml *y = ir_zalloc(1, sizeof *y);
    yaml_parser_set_input_string(&parser, (const unsigned char *)(b.data ? b.data : ""), b.len);
    if (!yaml_parser_load(&parser, &y->doc)) {
        ir_fail(err, "%s:%zu: not valid YAML: %s", path, parser.problem_mark.line + 1,
                parser.problem ? parser.problem : "unknown fault");
        free(y);
        y = NULL;
    } else if (!yaml_document_get_root_node(&y->doc)) {
        ir_fail(err, "%s: the file is empty, wanted YAML", path);
        ir_yaml_free(y);
        y = NULL;
    }
    yaml_parser_delete(&parser);
    ir_buf_free(&b);
    return y;
}

void ir_yaml_free(struct ir_yaml *y)
{
    if (!y)
        return;
    yaml_document_delete(&y->doc);
    free(y);
}

int ir_yaml_root(const struct ir_yaml *y)
{
    (void)y;
    return 1; /* libyaml numbers the nodes of a document from its root on */
}

const char *ir_yaml_text(const struct ir_yaml *y, int node)
{
    const yaml_node_t *n = node_of(y, node);
    return n && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

bool ir_yaml_is_map(const struct ir_yaml *y, int node)
{
    const yaml_node_t *n = node_of(y, node);
    return n && n->type == YAML_MAPPING_NODE;
}

size_t ir_yaml_count(const struct ir_yaml *y, int node)
{
    const yaml_node_t *n = node_of(y, node);
    if (n && n->type == YAML_MAPPING_NODE)
        return (size_t)(n->data.mapping.pairs.top - n->data.mapping.pairs.start);
    if (n && n->type == YAML_SEQUENCE_NODE)
        return (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
    return 0;
}

int ir_yaml_at(const struct ir_yaml *y, int node, size_t i, const char **key)
{
    const yaml_node_t *n = node_of(y, node);
    if (key)
        *key = NULL;
    if (n == NULL || i >= ir_yaml_count(y, node))
        return 0;
    if (n->type == YAML_SEQUENCE_NODE)
        return n->data.sequence.items.start[i];
    const yaml_node_pair_t *pair = &n->data.mapping.pairs.start[i];
    if (key)
        *key = ir_yaml_text(y, pair->key);
    return pair->value;
}

int ir_yaml_get(const struct ir_yaml *y, int map, const char *key)
{
    const yaml_node_t *n = node_of(y, map);
    if (!n || n->type != YAML_MAPPING_NODE)
        return 0;
    for (size_t i = 0; i < ir_yaml_count(y, map); i++) {
        const char *k;
        int value = ir_yaml_at(y, map, i, &k);
        if (k && !strcmp(k, key))
            return value;
    }
    return 0;
}
