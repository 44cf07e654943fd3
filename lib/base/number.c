/* number.c - strict parsing of numbers and words, shortest printing of numbers, in the C locale. */
#include "base.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Decimal digits, sign, point and exponent only: no hexadecimal, no nan, no inf, no spaces. */
static bool is_decimal(const char *s, const char *marks)
{
    bool digit = false;
    for (; *s != '\0'; s++) {
        if (isdigit((unsigned char)*s))
            digit = true;
        else if (strchr(marks, *s) == NULL)
            return false;
    }
    return digit;
}

int ir_parse_real(const char *s, double min, double max, const char *what, double *out,
                  struct ir_err *err)
{
    char *end = NULL;
    double v = is_decimal(s, "+-.eE") ? strtod(s, &end) : 0;
    if (end == NULL || *end != '\0')
        return ir_fail(err, "%s: \"%s\" is not a number", what, s);
    if (!isfinite(v) || v < min || v > max) {
        char lo[32], hi[32];
        return ir_fail(err, "%s: %s is outside %s to %s", what, s, ir_format_real(lo, min),
                       ir_format_real(hi, max));
    }
    *out = v;
    return 0;
}

int ir_parse_int(const char *s, long long min, long long max, const char *what, long long *out,
                 struct ir_err *err)
{
    char *end = NULL;
    errno = 0;
    long long v = is_decimal(s, "+-") ? strtoll(s, &end, 10) : 0;
    if (end == NULL || *end != '\0')
        return ir_fail(err, "%s: \"%s\" is not a whole number", what, s);
    if (errno == ERANGE || v < min || v > max)
        return ir_fail(err, "%s: %s is outside %lld to %lld", what, s, min, max);
    *out = v;
    return 0;
}

int ir_parse_range(const char *s, double min, double max, const char *what, struct ir_range *out,
                   struct ir_err *err)
{
    const char *dots = strstr(s, "..");
    if (dots == NULL) {
        if (ir_parse_real(s, min, max, what, &out->lo, err) != 0)
            return -1;
        out->hi = out->lo;
        return 0;
    }
    char *lo = ir_strndup(s, (size_t)(dots - s));
    int rc = ir_parse_real(lo, min, max, what, &out->lo, err);
    free(lo);
    if (rc != 0 || ir_parse_real(dots + 2, min, max, what, &out->hi, err) != 0)
        return -1;
    if (out->lo > out->hi)
        return ir_fail(err, "%s: \"%s\" starts above its end", what, s);
    return 0;
}

int ir_parse_word(const char *s, const char *words, const char *what, int *out, struct ir_err *err)
{
    struct ir_strs known = {0};
    ir_strs_split(&known, words, "|");
    int i = ir_strs_find(&known, s);
    if (i >= 0)
        *out = i;
    else
        ir_fail_unknown(err, "word", s, &known);
    ir_strs_free(&known);
    return i >= 0 ? 0 : ir_fail_in(err, "%s", what);
}

const char *ir_format_float(char out[32], float v)
{
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(out, 32, "%.*g", digits, (double)v);
        if (strtof(out, NULL) >= v && strtof(out, NULL) <= v)
            break;
    }
    return out;
}

const char *ir_format_real(char out[32], double v)
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, v);
        if (strtod(out, NULL) >= v && strtod(out, NULL) <= v)
            break;
    }
    /* "4.41e+04" reads badly where plain digits say the same. */
    if (strchr(out, 'e') != NULL && fabs(v) < 1e15 && fabs(v) >= 1)
        snprintf(out, 32, "%.0f", v);
    return out;
}

int ir_parse_shard(const char *text, long long *k, long long *n, struct ir_err *err)
{
    const char *slash = strchr(text, '/');
    if (slash == NULL)
        return ir_fail(err, "--shard '%s', wanted K/N like 1/4", text);
    char *first = ir_strndup(text, (size_t)(slash - text));
    int rc = ir_parse_int(slash + 1, 1, 1000000, "--shard K/N: N", n, err);
    if (rc == 0)
        rc = ir_parse_int(first, 1, *n, "--shard K/N: K", k, err);
    free(first);
    return rc;
}
