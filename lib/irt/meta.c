/* meta.c - metadata: ordered key=value pairs, their text form, class and label lists. */
#include "irt.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FEW_KEYS 64

static size_t find(const struct ir_meta *m, const char *key)
{
    size_t i = 0;
    while (i < m->n && strcmp(m->key[i], key) != 0)
        i++;
    return i;
}

const char *ir_meta_get(const struct ir_meta *m, const char *key)
{
    size_t i = find(m, key);
    return i < m->n ? m->value[i] : NULL;
}

static void append(struct ir_meta *m, char *key, char *value)
{
    if (m->n == m->cap) {
        size_t cap = m->cap < 8 ? 8 : 2 * m->cap;
        m->key = ir_realloc(m->key, cap, sizeof *m->key);
        m->value = ir_realloc(m->value, cap, sizeof *m->value);
        m->cap = cap;
    }
    m->key[m->n] = key;
    m->value[m->n++] = value;
}

void ir_meta_set(struct ir_meta *m, const char *key, const char *value)
{
    size_t i = find(m, key);
    if (value == NULL) {
        if (i == m->n)
            return;
        free(m->key[i]);
        free(m->value[i]);
        m->n--;
        memmove(m->key + i, m->key + i + 1, (m->n - i) * sizeof *m->key);
        memmove(m->value + i, m->value + i + 1, (m->n - i) * sizeof *m->value);
        return;
    }
    char *copy = ir_strdup(value); /* value may be the old value */
    if (i < m->n) {
        free(m->value[i]);
        m->value[i] = copy;
    } else {
        append(m, ir_strdup(key), copy);
    }
}

void ir_meta_setf(struct ir_meta *m, const char *key, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *text = ir_alloc((size_t)(n < 0 ? 0 : n) + 1, 1);
    text[0] = '\0';
    if (n >= 0)
        vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    ir_meta_set(m, key, text);
    free(text);
}

void ir_meta_set_real(struct ir_meta *m, const char *key, double v)
{
    char text[32];
    ir_meta_set(m, key, ir_format_real(text, v));
}

int ir_meta_real(const struct ir_meta *m, const char *key, double min, double max, double *out,
                 struct ir_err *err)
{
    const char *text = ir_meta_get(m, key);
    if (text == NULL)
        return 1;
    return ir_parse_real(text, min, max, key, out, err);
}

int ir_meta_reals(const struct ir_meta *m, const char *key, double min, double max, size_t n,
                  double *out, struct ir_err *err)
{
    const char *text = ir_meta_get(m, key);
    if (text == NULL)
        return 1;
    char *copy = ir_strdup(text), *save = NULL;
    size_t found = 0;
    int rc = 0;
    for (char *w = strtok_r(copy, " ", &save); w && rc == 0; w = strtok_r(NULL, " ", &save)) {
        double v;
        rc = ir_parse_real(w, min, max, key, &v, err);
        if (rc == 0 && found < n)
            out[found] = v;
        found++;
    }
    free(copy);
    if (rc == 0 && found != n)
        rc = ir_fail(err, "%s: found %zu numbers, wanted %zu, one a class", key, found, n);
    return rc < 0 ? -1 : 0;
}

void ir_meta_free(struct ir_meta *m)
{
    for (size_t i = 0; i < m->n; i++) {
        free(m->key[i]);
        free(m->value[i]);
    }
    free(m->key);
    free(m->value);
    *m = (struct ir_meta){0};
}

void ir_meta_copy(struct ir_meta *to, const struct ir_meta *from)
{
    struct ir_meta made = {0};
    for (size_t i = 0; i < from->n; i++)
        append(&made, ir_strdup(from->key[i]), ir_strdup(from->value[i]));
    ir_meta_free(to);
    *to = made;
}

void ir_meta_add_prog(struct ir_meta *m, const char *command)
{
    long long last = 0;
    for (size_t i = 0; i < m->n; i++) {
        long long n;
        if (strncmp(m->key[i], "prog.", 5) == 0 &&
            ir_parse_int(m->key[i] + 5, 1, 1000000, "prog", &n, NULL) == 0 && n > last)
            last = n;
    }
    char key[40];
    snprintf(key, sizeof key, "prog.%lld", last + 1);
    ir_meta_set(m, key, command);
}

void ir_meta_format(const struct ir_meta *m, struct ir_buf *out)
{
    for (size_t i = 0; i < m->n; i++) {
        ir_buf_printf(out, "%s=", m->key[i]);
        ir_buf_escape(out, m->value[i], "");
        ir_buf_puts(out, "\n");
    }
}

static bool key_ok(const char *key, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)key[i] <= 0x20 || key[i] == 0x7f || key[i] == '%')
            return false;
    return n != 0;
}

bool ir_meta_key_ok(const char *key)
{
    return key_ok(key, strlen(key)) && strchr(key, '=') == NULL;
}

/* A line key=value up to `end`, checked. */
static int parse_line(struct ir_meta *m, struct ir_name_set *seen, const char *line,
                      const char *end, struct ir_err *err)
{
    const char *eq = memchr(line, '=', (size_t)(end - line));
    if (eq == NULL || !key_ok(line, (size_t)(eq - line)))
        return ir_fail(err, "metadata: a line is not key=value");
    for (const char *p = line; p < end; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return ir_fail(err, "metadata: a control character is not escaped");
    char *value = ir_unescape(eq + 1, (size_t)(end - eq - 1));
    if (value == NULL)
        return ir_fail(err, "metadata: a malformed %%XX escape");
    char *key = ir_strndup(line, (size_t)(eq - line));
    /* a few keys are compared, many are hashed */
    if (m->n == FEW_KEYS)
        for (size_t i = 0; i < m->n; i++)
            ir_name_set_add(seen, m->key[i]);
    bool twice = m->n < FEW_KEYS ? find(m, key) < m->n : !ir_name_set_add(seen, key);
    append(m, key, value);
    return twice ? ir_fail(err, "metadata: key %s stands twice", key) : 0;
}

int ir_meta_parse(struct ir_meta *m, const char *text, size_t n, struct ir_err *err)
{
    struct ir_name_set seen = {0};
    int rc = 0;
    ir_meta_free(m);
    for (size_t at = 0; at < n && rc == 0;) {
        const char *end = memchr(text + at, '\n', n - at);
        if (end == NULL) {
            rc = ir_fail(err, "metadata: the last line has no end");
            break;
        }
        rc = parse_line(m, &seen, text + at, end, err);
        at = (size_t)(end - text) + 1;
    }
    ir_name_set_free(&seen);
    return rc;
}

int ir_names_parse(const char *text, struct ir_strs *out, struct ir_err *err)
{
    struct ir_name_set seen = {0};
    int rc = 0;
    for (size_t i = 0; i < out->n; i++)
        ir_name_set_add(&seen, out->at[i]);
    while (rc == 0 && *text != '\0') {
        size_t n = strcspn(text, " ");
        char *name = ir_unescape(text, n);
        if (name == NULL || n == 0 || !ir_name_set_add(&seen, name))
            rc = ir_fail(err, "class list: \"%.*s\" is empty, malformed or stands twice", (int)n,
                         text);
        else if (out->n == IR_CLASSES_MAX)
            rc = ir_fail(err, "class list: more than %d names", IR_CLASSES_MAX);
        else
            ir_strs_add(out, name);
        free(name);
        text += n;
        if (rc == 0 && *text == ' ' && *++text == '\0')
            rc = ir_fail(err, "class list: ends in a space");
    }
    ir_name_set_free(&seen);
    return rc;
}

bool ir_names_alike(const struct ir_strs *names, struct ir_buf *line)
{
    struct ir_name_set seen = {0};
    struct ir_strs folded = {0};
    size_t found = names->n;
    for (size_t i = 0; i < names->n && found == names->n; i++) {
        char *key = ir_utf8_form(names->at[i], IR_UTF8_FOLDED);
        if (!ir_name_set_add(&seen, key))
            found = i;
        else
            ir_strs_add(&folded, key);
        for (size_t k = 0; found == i && k < i; k++)
            if (strcmp(folded.at[k], key) == 0) {
                char *a = ir_utf8_form(names->at[i], IR_UTF8_COMPOSED);
                char *b = ir_utf8_form(names->at[k], IR_UTF8_COMPOSED);
                ir_buf_printf(line, "classes '%s' and '%s' differ only in %s", names->at[k],
                              names->at[i], strcmp(a, b) == 0 ? "their Unicode form" : "case");
                free(a);
                free(b);
            }
        free(key);
    }
    ir_name_set_free(&seen);
    ir_strs_free(&folded);
    return found < names->n;
}

int ir_labels_check(const char *text, struct ir_err *err)
{
    while (*text != '\0') {
        size_t n = strcspn(text, " ");
        const char *colon = memchr(text, ':', n);
        double v;
        if (colon == NULL || colon == text)
            return ir_fail(err, "label \"%.*s\", wanted name:value", (int)n, text);
        char *number = ir_strndup(colon + 1, n - (size_t)(colon - text) - 1);
        int rc = ir_parse_real(number, 0, 1, "label", &v, err);
        free(number);
        if (rc != 0)
            return -1;
        text += n;
        text += *text == ' ';
    }
    return 0;
}

void ir_names_format(const struct ir_strs *names, struct ir_buf *out)
{
    ir_buf_add(out, "", 0);
    for (size_t i = 0; i < names->n; i++) {
        if (i != 0)
            ir_buf_puts(out, " ");
        ir_buf_escape(out, names->at[i], " :");
    }
}

void ir_names_show(const char *list, const char *between, struct ir_buf *out)
{
    ir_buf_add(out, "", 0);
    while (*list != '\0') {
        size_t n = strcspn(list, " ");
        char *name = ir_unescape(list, n);
        if (name != NULL)
            ir_buf_shown(out, name);
        else
            ir_buf_add(out, list, n);
        free(name);
        list += n;
        if (*list == ' ')
            ir_buf_puts(out, between), list++;
    }
}

/* One "name:value" of n bytes. */
static int label_value(const char *at, size_t n, const struct ir_strs *classes, size_t *which,
                       double *value, struct ir_err *err)
{
    const char *colon = memchr(at, ':', n);
    if (colon == NULL)
        return ir_fail(err, "label \"%.*s\" has no :value", (int)n, at);
    char *name = ir_unescape(at, (size_t)(colon - at));
    int i = name != NULL ? ir_strs_find(classes, name) : -1;
    if (i < 0)
        ir_fail(err, "label \"%s\" is not one of the classes", name != NULL ? name : at);
    free(name);
    if (i < 0)
        return -1;
    char *number = ir_strndup(colon + 1, n - (size_t)(colon - at) - 1);
    int rc = ir_parse_real(number, 0, 1, "label", value, err);
    free(number);
    *which = (size_t)i;
    return rc;
}

int ir_labels_parse(const char *text, const struct ir_strs *classes, bool open, float *y,
                    struct ir_err *err)
{
    bool *seen = ir_zalloc(classes->n, sizeof *seen);
    int rc = 0;
    for (size_t i = 0; i < classes->n; i++)
        y[i] = open ? NAN : 0.0F;
    while (rc == 0 && text != NULL && *text != '\0') {
        size_t n = strcspn(text, " "), i = 0;
        double v = 0;
        rc = label_value(text, n, classes, &i, &v, err);
        if (rc == 0 && seen[i])
            rc = ir_fail(err, "label \"%s\" stands twice", classes->at[i]);
        if (rc == 0) {
            seen[i] = true;
            y[i] = (float)v;
        }
        text += n;
        text += *text == ' ';
    }
    free(seen);
    return rc;
}

void ir_labels_format(const float *y, const struct ir_strs *classes, bool open, struct ir_buf *out)
{
    bool first = true;
    ir_buf_add(out, "", 0);
    for (size_t i = 0; i < classes->n; i++) {
        if (isnan(y[i]) || (!open && !(y[i] > 0)))
            continue;
        char number[32];
        if (!first)
            ir_buf_puts(out, " ");
        first = false;
        ir_buf_escape(out, classes->at[i], " :");
        ir_buf_printf(out, ":%s", ir_format_float(number, y[i]));
    }
}
