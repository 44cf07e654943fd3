/* json.c - reading JSON through jansson. */
#include "../json.h"

#include <jansson.h>
#include <string.h>

/* struct ir_json is json_t under a name of ours. */
static json_t *in(const struct ir_json *j)
{
    return (json_t *)(uintptr_t)j;
}

static struct ir_json *out(json_t *j)
{
    return (struct ir_json *)(void *)j;
}

struct ir_json *ir_json_parse(const char *text, size_t n, const char *name, struct ir_err *err)
{
    json_error_t why;
    json_t *j = json_loadb(text ? text : "", n,
                           JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (!j)
        ir_fail(err, "%s:%d: not valid JSON: %s", name, why.line, why.text);
    return out(j);
}

struct ir_json *ir_json_read(const char *path, size_t max, struct ir_err *err)
{
    struct ir_buf b = {0};
    if (ir_read_file(path, max, &b, err))
        return NULL;
    struct ir_json *j = ir_json_parse(b.data, b.len, strcmp(path, "-") ? path : "stdin", err);
    ir_buf_free(&b);
    return j;
}

void ir_json_free(struct ir_json *root)
{
    if (root)
        json_decref(in(root));
}

enum ir_json_type ir_json_type(const struct ir_json *j)
{
    if (!j)
        return IR_JSON_NULL;
    switch (json_typeof(in(j))) {
    case JSON_OBJECT:
        return IR_JSON_OBJECT;
    case JSON_ARRAY:
        return IR_JSON_ARRAY;
    case JSON_STRING:
        return IR_JSON_STRING;
    case JSON_INTEGER:
    case JSON_REAL:
        return IR_JSON_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return IR_JSON_BOOL;
    case JSON_NULL:
        break;
    }
    return IR_JSON_NULL;
}

const char *ir_json_string(const struct ir_json *j, size_t *len)
{
    if (len)
        *len = j ? json_string_length(in(j)) : 0;
    return j ? json_string_value(in(j)) : NULL;
}

int ir_json_number(const struct ir_json *j, double *value)
{
    if (j && json_is_number(in(j)))
        *value = json_number_value(in(j));
    else if (j && json_is_boolean(in(j)))
        *value = json_is_true(in(j)) ? 1 : 0;
    else
        return -1;
    return 0;
}

size_t ir_json_count(const struct ir_json *j)
{
    if (ir_json_type(j) == IR_JSON_ARRAY)
        return json_array_size(in(j));
    return ir_json_type(j) == IR_JSON_OBJECT ? json_object_size(in(j)) : 0;
}

const struct ir_json *ir_json_at(const struct ir_json *array, size_t i)
{
    return array ? out(json_array_get(in(array), i)) : NULL;
}

const struct ir_json *ir_json_get(const struct ir_json *object, const char *key)
{
    return object ? out(json_object_get(in(object), key)) : NULL;
}

const struct ir_json *ir_json_next(const struct ir_json *object, void **at, const char **key)
{
    if (ir_json_type(object) != IR_JSON_OBJECT)
        return NULL;
    *at = *at ? json_object_iter_next(in(object), *at) : json_object_iter(in(object));
    if (!*at)
        return NULL;
    *key = json_object_iter_key(*at);
    return out(json_object_iter_value(*at));
}
