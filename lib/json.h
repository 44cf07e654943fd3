/* json.h - reading JSON: a small opaque tree. The only file with <jansson.h> is lib/base/json.c. */
#ifndef IR_JSON_H
#define IR_JSON_H

#include "base.h"

struct ir_json;

enum ir_json_type {
    IR_JSON_NULL,
    IR_JSON_BOOL,
    IR_JSON_NUMBER,
    IR_JSON_STRING,
    IR_JSON_ARRAY,
    IR_JSON_OBJECT
};

/* Parse n bytes as one JSON text (any value at the top; keys that stand twice, text behind the end,
 * bad UTF-8 and nesting beyond 2048 are refused). `name` is the file in messages, "name:line: …".
 * The caller releases the root. */
struct ir_json *ir_json_parse(const char *text, size_t n, const char *name, struct ir_err *err);
/* The same from a file of at most max bytes ("-": stdin). */
struct ir_json *ir_json_read(const char *path, size_t max, struct ir_err *err);
/* Release a root. Everything reached from it goes with it. NULL is fine. */
void ir_json_free(struct ir_json *root);

enum ir_json_type ir_json_type(const struct ir_json *j); /* NULL: IR_JSON_NULL */
/* Text of a string, owned by the tree; NULL when j is not one (or NULL). May hold U+0000: see the
 * length. */
const char *ir_json_string(const struct ir_json *j, size_t *len); /* len may be NULL */
/* 0 and *out; -1 when j is not a number (true and false are 1 and 0). */
int ir_json_number(const struct ir_json *j, double *out);
/* Elements of an array or members of an object; 0 for everything else. */
size_t ir_json_count(const struct ir_json *j);
const struct ir_json *ir_json_at(const struct ir_json *array, size_t i);          /* NULL outside */
const struct ir_json *ir_json_get(const struct ir_json *object, const char *key); /* NULL: none */
/* Members in the order of the file: start with *at = NULL; NULL at the end.
 *     for (void *at = NULL; (value = ir_json_next(object, &at, &key));) */
const struct ir_json *ir_json_next(const struct ir_json *object, void **at, const char **key);

#endif
