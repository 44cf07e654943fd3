/* npy.c - NumPy's .npy: header out, whole arrays in.
 *
 * "\x93NUMPY", two bytes of version, the length of the header (u16 in version 1, u32 in 2 and 3),
 * then a Python dictionary in text: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } */
#include "convert.h"

#include <ctype.h>
#include <string.h>

#define HEADER_MAX 65536

static const struct {
    char letter;
    const char *name, *descr;
} dtypes[] = {
    {'f', "f32", "<f4"}, {'d', "f64", "<f8"}, {'e', "f16", "<f2"},
    {'h', "i16", "<i2"}, {'i', "i32", "<i4"}, {'B', "u8", "|u1"},
};
#define N_DTYPES (sizeof dtypes / sizeof *dtypes)

/* ---- the header dictionary ------------------------------------------------------------------- */

struct scan {
    const char *at, *end;
};

struct header {
    char descr[16];
    bool fortran;
    int rank;
    uint32_t shape[IR_RANK_MAX];
    bool has_descr, has_order, has_shape;
};

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t'))
        s->at++;
}

static bool at_char(struct scan *s, char c)
{
    skip_space(s);
    return s->at < s->end && *s->at == c;
}

static bool take(struct scan *s, char c)
{
    if (!at_char(s, c))
        return false;
    s->at++;
    return true;
}

static bool take_word(struct scan *s, const char *word)
{
    size_t n = strlen(word);

    skip_space(s);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
        return false;
    s->at += n;
    return true;
}

/* A Python string without escapes, in single or double quotes. */
static bool take_string(struct scan *s, char *out, size_t size)
{
    size_t n = 0;

    skip_space(s);
    if (s->at >= s->end || (*s->at != '\'' && *s->at != '"'))
        return false;
    char quote = *s->at++;
    while (s->at < s->end && *s->at != quote) {
        if (n + 1 >= size || *s->at == '\\')
            return false;
        out[n++] = *s->at++;
    }
    out[n] = '\0';
    return take(s, quote);
}

static bool take_number(struct scan *s, uint32_t *out)
{
    uint64_t v = 0;

    skip_space(s);
    if (s->at >= s->end || !isdigit((unsigned char)*s->at))
        return false;
    for (; s->at < s->end && isdigit((unsigned char)*s->at); s->at++) {
        v = v * 10 + (uint64_t)(*s->at - '0');
        if (v > UINT32_MAX)
            return false;
    }
    *out = (uint32_t)v;
    return true;
}

static bool take_shape(struct scan *s, struct header *h)
{
    if (!take(s, '('))
        return false;
    while (!take(s, ')')) {
        if (h->rank == IR_RANK_MAX || !take_number(s, &h->shape[h->rank]))
            return false;
        h->rank++;
        if (!take(s, ',')) {
            /* (3) is a number in Python, not a tuple. */
            if (h->rank == 1 || !take(s, ')'))
                return false;
            break;
        }
    }
    return true;
}

static int parse_dictionary(const char *text, size_t n, struct header *h, struct ir_err *err)
{
    struct scan s = {text, text + n};
    char key[32];

    if (!take(&s, '{'))
        return ir_fail(err, "npy: the header is no dictionary");
    while (!take(&s, '}')) {
        if (!take_string(&s, key, sizeof key) || !take(&s, ':'))
            return ir_fail(err, "npy: malformed header");
        if (strcmp(key, "descr") == 0 && !h->has_descr) {
            if (!take_string(&s, h->descr, sizeof h->descr))
                return ir_fail(err, "npy: a structured array, wanted plain numbers");
            h->has_descr = true;
        } else if (strcmp(key, "fortran_order") == 0 && !h->has_order) {
            h->fortran = take_word(&s, "True");
            if (!h->fortran && !take_word(&s, "False"))
                return ir_fail(err, "npy: fortran_order is neither True nor False");
            h->has_order = true;
        } else if (strcmp(key, "shape") == 0 && !h->has_shape) {
            if (!take_shape(&s, h))
                return ir_fail(err, "npy: malformed shape, wanted at most %d axes below 2^32",
                               IR_RANK_MAX);
            h->has_shape = true;
        } else {
            return ir_fail(err, "npy: unknown or doubled header key %.20s", key);
        }
        if (!take(&s, ',') && !at_char(&s, '}'))
            return ir_fail(err, "npy: malformed header");
    }
    skip_space(&s);
    if (s.at != s.end)
        return ir_fail(err, "npy: bytes after the header's dictionary");
    if (!h->has_descr || !h->has_order || !h->has_shape)
        return ir_fail(err, "npy: the header lacks descr, fortran_order or shape");
    return 0;
}

/* The letter of a type like "<f4" and whether its bytes are swapped; 0 when there is none. */
static char parse_descr(const char *d, bool *swap)
{
    bool big = *d == '>';

    if (*d == '<' || *d == '>' || *d == '|' || *d == '=')
        d++;
    *swap = big != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    if (strcmp(d, "b1") == 0)
        return 'B';
    for (size_t i = 0; i < N_DTYPES; i++)
        if (strcmp(d, dtypes[i].descr + 1) == 0)
            return dtypes[i].letter;
    return 0;
}

/* ---- payload --------------------------------------------------------------------------------- */

static void swap_bytes(char *data, size_t bytes, size_t size)
{
    for (size_t i = 0; i + size <= bytes; i += size)
        for (size_t a = 0, b = size - 1; a < b; a++, b--) {
            char t = data[i + a];
            data[i + a] = data[i + b];
            data[i + b] = t;
        }
}

/* First axis fastest in `from`, last axis fastest in `to`. */
static void from_fortran(const char *from, char *to, int rank, const uint32_t *shape, size_t size,
                         size_t count)
{
    size_t stride[IR_RANK_MAX], step = 1;
    uint32_t at[IR_RANK_MAX] = {0};

    for (int i = 0; i < rank; i++) {
        stride[i] = step;
        step *= shape[i];
    }
    for (size_t n = 0; n < count; n++) {
        size_t source = 0;
        for (int i = 0; i < rank; i++)
            source += at[i] * stride[i];
        memcpy(to + n * size, from + source * size, size);
        for (int i = rank - 1; i >= 0 && ++at[i] == shape[i]; i--)
            at[i] = 0;
    }
}

static int find_header(const unsigned char *p, size_t n, size_t *start, size_t *length,
                       struct ir_err *err)
{
    if (n < 10 || memcmp(p, "\x93NUMPY", 6) != 0)
        return ir_fail(err, "no .npy file: wrong magic");
    if (p[6] < 1 || p[6] > 3)
        return ir_fail(err, "npy: version %d, wanted 1 to 3", p[6]);
    *length = (size_t)ir_le(p + 8, 2);
    *start = 10;
    if (p[6] > 1) {
        if (n < 12)
            return ir_fail(err, "npy: cut within its header");
        *length = (size_t)ir_le(p + 8, 4);
        *start = 12;
    }
    if (*length > HEADER_MAX)
        return ir_fail(err, "npy: a header of %zu bytes, wanted at most %d", *length, HEADER_MAX);
    if (n - *start < *length)
        return ir_fail(err, "npy: cut within its header");
    return 0;
}

int ir_npy_read(const void *bytes, size_t n, struct ir_rec *rec, struct ir_err *err)
{
    struct header h = {0};
    size_t start = 0, length = 0, count = 1, want = 0;
    bool swap;

    memset(rec, 0, sizeof *rec);
    if (find_header(bytes, n, &start, &length, err) < 0)
        return -1;
    const char *p = bytes;
    if (parse_dictionary(p + start, length, &h, err) < 0)
        return -1;
    char letter = parse_descr(h.descr, &swap);
    if (!letter)
        return ir_fail(err, "npy: type '%s' has no counterpart, wanted f2 f4 f8 i2 i4 u1 or b1",
                       h.descr);
    for (int i = 0; i < h.rank; i++)
        if (!ir_mul(count, h.shape[i], &count))
            return ir_fail(err, "npy: the shape's product is too large");
    if (!ir_mul(count, ir_dtype_size(letter), &want) || want > IR_DATA_MAX)
        return ir_fail(err, "npy: more than 1 GiB of numbers");
    if (n - start - length != want)
        return ir_fail(err, "npy: %zu bytes of numbers, wanted %zu by its shape",
                       n - start - length, want);
    if (count == 0)
        return ir_fail(err, "npy: an empty array");
    ir_rec_init(rec, letter, h.rank, h.shape);
    if (h.fortran && h.rank > 1)
        from_fortran(p + start + length, rec->data, h.rank, h.shape, ir_dtype_size(letter), count);
    else
        memcpy(rec->data, p + start + length, want);
    if (swap)
        swap_bytes(rec->data, want, ir_dtype_size(letter));
    return 0;
}

void ir_npy_header(char dtype, int rank, const uint64_t *shape, struct ir_buf *out)
{
    struct ir_buf dict = {0};
    const char *descr = "|u1";

    for (size_t i = 0; i < N_DTYPES; i++)
        if (dtypes[i].letter == dtype)
            descr = dtypes[i].descr;
    ir_buf_printf(&dict, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (int i = 0; i < rank; i++)
        ir_buf_printf(&dict, "%s%llu%s", i ? " " : "", (unsigned long long)shape[i],
                      i + 1 < rank || rank == 1 ? "," : "");
    ir_buf_puts(&dict, "), }");
    while ((10 + dict.len + 1) % 64 != 0)
        ir_buf_puts(&dict, " ");
    ir_buf_puts(&dict, "\n");
    ir_buf_add(out, "\x93NUMPY\1\0", 8);
    ir_buf_le(out, dict.len, 2);
    ir_buf_add(out, dict.data, dict.len);
    ir_buf_free(&dict);
}

/* ---- names of types and shapes --------------------------------------------------------------- */

char ir_dtype_parse(const char *name)
{
    for (size_t i = 0; i < N_DTYPES; i++)
        if (strcmp(name, dtypes[i].name) == 0)
            return dtypes[i].letter;
    return 0;
}

const char *ir_dtype_name(char dtype)
{
    for (size_t i = 0; i < N_DTYPES; i++)
        if (dtypes[i].letter == dtype)
            return dtypes[i].name;
    return "?";
}

int ir_shape_parse(const char *text, int *rank, uint32_t shape[IR_RANK_MAX], struct ir_err *err)
{
    struct scan s = {text, text + strlen(text)};

    *rank = 0;
    if (strcmp(text, "scalar") == 0)
        return 0;
    do {
        if (*rank == IR_RANK_MAX || !take_number(&s, &shape[*rank]) || shape[*rank] == 0)
            return ir_fail(err, "shape '%s', wanted at most %d numbers like 2x44100", text,
                           IR_RANK_MAX);
        ++*rank;
    } while (take(&s, 'x'));
    if (s.at != s.end)
        return ir_fail(err, "shape '%s', wanted numbers like 2x44100", text);
    return 0;
}
