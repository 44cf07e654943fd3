/* args.c - the key=value words of a layer, a loss, an optimiser or a schedule. */
#include "args.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void mistake(struct ir_args *a, const struct ir_err *err)
{
    if (!a->failed)
        a->err = *err;
    a->failed = true;
}

static const char *take(struct ir_args *a, const char *key)
{
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->key[i], key) == 0) {
            a->used[i] = true;
            return a->value[i];
        }
    }
    return NULL;
}

static size_t parse_size(struct ir_args *a, const char *key, const char *text, size_t min,
                         size_t max)
{
    struct ir_err err;
    long long v;
    if (strcmp(text, "classes") == 0) {
        if (a->classes == 0) {
            ir_fail(&err, "%s=classes, but no classes are known here", key);
            mistake(a, &err);
        }
        return a->classes > 0 ? a->classes : 1;
    }
    if (ir_parse_int(text, (long long)min, (long long)max, key, &v, &err) < 0) {
        mistake(a, &err);
        return min > 0 ? min : 1;
    }
    return (size_t)v;
}

size_t ir_arg_size(struct ir_args *a, const char *key, size_t min, size_t max, size_t def)
{
    const char *text = take(a, key);
    if (text != NULL)
        return parse_size(a, key, text, min, max);
    if (def == IR_ARG_MUST) {
        struct ir_err err;
        ir_fail(&err, "%s= is missing", key);
        mistake(a, &err);
        return min > 0 ? min : 1;
    }
    return def;
}

void ir_arg_pair(struct ir_args *a, const char *key, size_t min, size_t max, size_t def,
                 size_t out[2])
{
    const char *text = take(a, key);
    if (text == NULL) {
        if (def == IR_ARG_MUST) {
            struct ir_err err;
            ir_fail(&err, "%s= is missing", key);
            mistake(a, &err);
            def = min > 0 ? min : 1;
        }
        out[0] = out[1] = def;
        return;
    }
    const char *x = strchr(text, 'x');
    if (x == NULL) {
        out[0] = out[1] = parse_size(a, key, text, min, max);
        return;
    }
    char *first = ir_strndup(text, (size_t)(x - text));
    out[0] = parse_size(a, key, first, min, max);
    out[1] = parse_size(a, key, x + 1, min, max);
    free(first);
}

double ir_arg_real(struct ir_args *a, const char *key, double min, double max, double def)
{
    const char *text = take(a, key);
    double v = def;
    struct ir_err err;
    if (text != NULL && ir_parse_real(text, min, max, key, &v, &err) < 0)
        mistake(a, &err);
    return v;
}

bool ir_arg_flag(struct ir_args *a, const char *key, bool def)
{
    int i = ir_arg_choice(a, key, "no|yes", def ? 1 : 0);
    return i == 1;
}

const char *ir_arg_text(struct ir_args *a, const char *key, const char *def)
{
    const char *text = take(a, key);
    return text != NULL ? text : def;
}

int ir_arg_choice(struct ir_args *a, const char *key, const char *choices, int def)
{
    const char *text = take(a, key);
    if (text == NULL)
        return def;
    struct ir_err err;
    int i;
    if (ir_parse_word(text, choices, key, &i, &err) == 0)
        return i;
    mistake(a, &err);
    return def;
}

static bool stands_before(const struct ir_args *a, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(a->key[k], a->key[i]) == 0)
            return true;
    }
    return false;
}

int ir_args_check(struct ir_args *a, const char *usage, struct ir_err *err)
{
    for (size_t i = 0; i < a->n; i++) {
        if (!a->used[i] && !stands_before(a, i))
            return ir_fail(err, "%s does not know the key '%s' (usage: %s)", a->op, a->key[i],
                           usage);
    }
    if (a->failed)
        return ir_fail(err, "%s: %s", a->op, a->err.text);
    return 0;
}

void ir_args_add(struct ir_args *a, const char *key, size_t key_len, const char *value,
                 size_t value_len)
{
    struct ir_err err;
    if (a->n == IR_ARGS_MAX) {
        ir_fail(&err, "more than %d keys", IR_ARGS_MAX);
        mistake(a, &err);
        return;
    }
    a->key[a->n] = ir_strndup(key, key_len);
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->key[i], a->key[a->n]) == 0) {
            ir_fail(&err, "the key '%s' stands twice", a->key[i]);
            mistake(a, &err);
        }
    }
    a->value[a->n++] = ir_strndup(value, value_len);
}

int ir_args_parse(struct ir_args *a, const char *text, struct ir_err *err)
{
    const char *p = text;
    while (*p != '\0') {
        size_t len = strcspn(p, " \t,");
        if (len > 0) {
            const char *eq = memchr(p, '=', len);
            if (eq == NULL || eq == p)
                return ir_fail(err, "found '%.*s', wanted key=value", (int)len, p);
            ir_args_add(a, p, (size_t)(eq - p), eq + 1, (size_t)(p + len - eq - 1));
        }
        p += len;
        if (*p != '\0')
            p++;
    }
    if (a->failed)
        return ir_fail(err, "%s", a->err.text);
    return 0;
}

void ir_args_free(struct ir_args *a)
{
    for (size_t i = 0; i < a->n; i++) {
        free(a->key[i]);
        free(a->value[i]);
    }
    memset(a, 0, sizeof *a);
}
