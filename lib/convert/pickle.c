/* pickle.c - a machine for pickles that makes values and nothing else (Python's
 * Lib/pickletools.py describes the opcodes). */
#include "convert/pickle.h"

#include <stdlib.h>
#include <string.h>

#define VALUES_MAX ((size_t)1 << 22)
#define MEMO_MAX   ((size_t)1 << 22)

struct machine {
    struct ir_pickle *p;
    const unsigned char *at, *end;
    uint32_t *stack, *mark, *memo; /* memo: index + 1, 0: nothing there */
    size_t n, cap, marks, marks_cap, memo_n, memo_cap;
};

static const char *const opcode_names[256] = {
    ['0'] = "POP",           ['1'] = "POP_MARK",     ['2'] = "DUP",
    ['F'] = "FLOAT",         ['I'] = "INT",          ['L'] = "LONG",
    ['P'] = "PERSID",        ['S'] = "STRING",       ['V'] = "UNICODE",
    ['d'] = "DICT",          ['g'] = "GET",          ['i'] = "INST",
    ['l'] = "LIST",          ['o'] = "OBJ",          ['p'] = "PUT",
    ['T'] = "BINSTRING",     ['B'] = "BINBYTES",     ['C'] = "SHORT_BINBYTES",
    [0x81] = "NEWOBJ",       [0x82] = "EXT1",        [0x83] = "EXT2",
    [0x84] = "EXT4",         [0x8b] = "LONG4",       [0x8c] = "SHORT_BINUNICODE",
    [0x8d] = "BINUNICODE8",  [0x8e] = "BINBYTES8",   [0x8f] = "EMPTY_SET",
    [0x90] = "ADDITEMS",     [0x91] = "FROZENSET",   [0x92] = "NEWOBJ_EX",
    [0x93] = "STACK_GLOBAL", [0x94] = "MEMOIZE",     [0x95] = "FRAME",
    [0x96] = "BYTEARRAY8",   [0x97] = "NEXT_BUFFER", [0x98] = "READONLY_BUFFER",
};

static int cut(struct ir_err *err)
{
    return ir_fail(err, "the pickle is cut");
}

/* n bytes little-endian into *v. */
static int take(struct machine *m, size_t n, uint64_t *v, struct ir_err *err)
{
    if ((size_t)(m->end - m->at) < n)
        return cut(err);
    *v = 0;
    for (size_t i = n; i-- > 0;)
        *v = *v << 8 | m->at[i];
    m->at += n;
    return 0;
}

static int make(struct machine *m, enum ir_pickle_type type, int64_t number, struct ir_err *err)
{
    struct ir_pickle *p = m->p;
    if (p->n == VALUES_MAX)
        return ir_fail(err, "more than %zu values", VALUES_MAX);
    ir_grow(&p->at, &p->cap, p->n + 1, sizeof *p->at);
    ir_grow(&m->stack, &m->cap, m->n + 1, sizeof *m->stack);
    p->at[p->n] = (struct ir_pickle_value){.type = type, .number = number};
    m->stack[m->n++] = (uint32_t)p->n++;
    return 0;
}

/* Values above the last mark, or above everything. */
static size_t floor_of(const struct machine *m)
{
    return m->marks ? m->mark[m->marks - 1] : 0;
}

static int need(const struct machine *m, size_t n, struct ir_err *err)
{
    return m->n - floor_of(m) < n ? ir_fail(err, "an opcode finds its stack empty") : 0;
}

void ir_pickle_push(struct ir_pickle_value *v, uint32_t child)
{
    ir_grow(&v->child, &v->cap, v->n + 1, sizeof *v->child);
    v->child[v->n++] = child;
}

/* The last n values become one tuple. */
static int tuple(struct machine *m, size_t n, struct ir_err *err)
{
    if (need(m, n, err) < 0)
        return -1;
    size_t from = m->n - n;
    if (make(m, IR_PICKLE_TUPLE, 0, err) < 0)
        return -1;
    uint32_t made = m->stack[--m->n];
    for (size_t i = 0; i < n; i++)
        ir_pickle_push(&m->p->at[made], m->stack[from + i]);
    m->n = from;
    m->stack[m->n++] = made;
    return 0;
}

static int pop_mark(struct machine *m, size_t *n, struct ir_err *err)
{
    if (m->marks == 0)
        return ir_fail(err, "an opcode finds no mark");
    *n = m->n - m->mark[--m->marks];
    return 0;
}

/* The last n values go into the list or dict below them. */
static int put_items(struct machine *m, size_t n, enum ir_pickle_type type, struct ir_err *err)
{
    if (need(m, n + 1, err) < 0)
        return -1;
    struct ir_pickle_value *to = &m->p->at[m->stack[m->n - n - 1]];
    if (to->type != type || (type == IR_PICKLE_DICT && n % 2 != 0))
        return ir_fail(err, "items are put where they do not fit");
    for (size_t i = m->n - n; i < m->n; i++)
        ir_pickle_push(to, m->stack[i]);
    m->n -= n;
    return 0;
}

static int text(struct machine *m, size_t head, struct ir_err *err)
{
    uint64_t n = 0;
    if (take(m, head, &n, err) < 0)
        return -1;
    if ((uint64_t)(m->end - m->at) < n)
        return cut(err);
    if (make(m, IR_PICKLE_TEXT, 0, err) < 0)
        return -1;
    struct ir_pickle_value *v = &m->p->at[m->p->n - 1];
    v->text = (const char *)m->at;
    v->text_n = (size_t)n;
    m->at += n;
    return 0;
}

static int put_memo(struct machine *m, size_t size, struct ir_err *err)
{
    uint64_t k = 0;
    if (take(m, size, &k, err) < 0 || need(m, 1, err) < 0)
        return -1;
    if (k >= MEMO_MAX)
        return ir_fail(err, "a memo of number %llu", (unsigned long long)k);
    size_t was = m->memo_n;
    if (k >= was) {
        /* Numbers run on by one in files that were saved; far jumps would only cost memory. */
        if (k - was > 65536)
            return ir_fail(err, "a memo of number %llu after %zu", (unsigned long long)k, was);
        ir_grow(&m->memo, &m->memo_cap, (size_t)k + 1, sizeof *m->memo);
        m->memo_n = (size_t)k + 1;
        memset(m->memo + was, 0, (m->memo_n - was) * sizeof *m->memo);
    }
    m->memo[k] = m->stack[m->n - 1] + 1;
    return 0;
}

static int get_memo(struct machine *m, size_t size, struct ir_err *err)
{
    uint64_t k = 0;
    if (take(m, size, &k, err) < 0)
        return -1;
    if (k >= m->memo_n || m->memo[k] == 0)
        return ir_fail(err, "a memo that was never put");
    ir_grow(&m->stack, &m->cap, m->n + 1, sizeof *m->stack);
    m->stack[m->n++] = m->memo[k] - 1;
    return 0;
}

static int line(struct machine *m, const char **s, size_t *n, struct ir_err *err)
{
    const unsigned char *nl = memchr(m->at, '\n', (size_t)(m->end - m->at));
    if (!nl)
        return cut(err);
    *s = (const char *)m->at;
    *n = (size_t)(nl - m->at);
    m->at = nl + 1;
    return 0;
}

static int global(struct machine *m, struct ir_err *err)
{
    const char *module = "", *name = "";
    size_t module_n = 0, name_n = 0;
    if (line(m, &module, &module_n, err) < 0 || line(m, &name, &name_n, err) < 0)
        return -1;
    int k = ir_pickle_global(module, module_n, name, name_n);
    if (k < 0)
        return ir_fail(err, "it names %.*s.%.*s, which is no part of a file of plain tensors",
                       (int)(module_n < 100 ? module_n : 100), module,
                       (int)(name_n < 100 ? name_n : 100), name);
    return make(m, IR_PICKLE_GLOBAL, k, err);
}

static int call(struct machine *m, bool persistent, struct ir_err *err)
{
    size_t n = persistent ? 1 : 2;
    if (need(m, n, err) < 0 || make(m, IR_PICKLE_NONE, 0, err) < 0)
        return -1;
    uint32_t to = m->stack[--m->n], args = m->stack[--m->n];
    int rc = persistent ? ir_pickle_persistent(m->p, args, to, err)
                        : ir_pickle_call(m->p, m->stack[--m->n], args, to, err);
    m->stack[m->n++] = to;
    return rc;
}

/* The state of an OrderedDict (PyTorch hangs versions of its layers there) is of no interest. */
static int build(struct machine *m, struct ir_err *err)
{
    if (need(m, 2, err) < 0)
        return -1;
    if (m->p->at[m->stack[m->n - 2]].type != IR_PICKLE_DICT)
        return ir_fail(err, "BUILD of something that is no dict");
    m->n--;
    return 0;
}

static int number(struct machine *m, size_t size, bool has_sign, struct ir_err *err)
{
    uint64_t v = 0;
    if (take(m, size, &v, err) < 0)
        return -1;
    if (has_sign && size > 0 && size < 8 && v >> (8 * size - 1))
        v |= ~(uint64_t)0 << 8 * size;
    return make(m, IR_PICKLE_INT, (int64_t)v, err);
}

static int long1(struct machine *m, struct ir_err *err)
{
    uint64_t n = 0;
    if (take(m, 1, &n, err) < 0)
        return -1;
    if (n > 8)
        return ir_fail(err, "a whole number of %llu bytes", (unsigned long long)n);
    return number(m, (size_t)n, true, err);
}

static int mark(struct machine *m)
{
    ir_grow(&m->mark, &m->marks_cap, m->marks + 1, sizeof *m->mark);
    m->mark[m->marks++] = (uint32_t)m->n;
    return 0;
}

static int unknown(unsigned op, struct ir_err *err)
{
    if (opcode_names[op])
        return ir_fail(err, "the opcode %s, which is no part of a file of plain tensors",
                       opcode_names[op]);
    return ir_fail(err, "the opcode 0x%02x, which is none of those of plain tensors", op);
}

static int containers(struct machine *m, unsigned op, struct ir_err *err)
{
    size_t n = 0;
    switch (op) {
    case ')':
        return make(m, IR_PICKLE_TUPLE, 0, err);
    case ']':
        return make(m, IR_PICKLE_LIST, 0, err);
    case '}':
        return make(m, IR_PICKLE_DICT, 0, err);
    case 't':
        return pop_mark(m, &n, err) < 0 ? -1 : tuple(m, n, err);
    case 0x85:
    case 0x86:
    case 0x87:
        return tuple(m, op - 0x84, err);
    case 'a':
        return put_items(m, 1, IR_PICKLE_LIST, err);
    case 's':
        return put_items(m, 2, IR_PICKLE_DICT, err);
    case 'e':
        return pop_mark(m, &n, err) < 0 ? -1 : put_items(m, n, IR_PICKLE_LIST, err);
    case 'u':
        return pop_mark(m, &n, err) < 0 ? -1 : put_items(m, n, IR_PICKLE_DICT, err);
    default:
        return unknown(op, err);
    }
}

static int step(struct machine *m, unsigned op, struct ir_err *err)
{
    uint64_t v = 0;
    switch (op) {
    case '(':
        return mark(m);
    case 'N':
        return make(m, IR_PICKLE_NONE, 0, err);
    case 0x88:
    case 0x89:
        return make(m, IR_PICKLE_BOOL, op == 0x88, err);
    case 'K':
        return number(m, 1, false, err);
    case 'M':
        return number(m, 2, false, err);
    case 'J':
        return number(m, 4, true, err);
    case 0x8a:
        return long1(m, err);
    case 'G':
        return take(m, 8, &v, err) < 0 ? -1 : make(m, IR_PICKLE_REAL, 0, err);
    case 'X':
        return text(m, 4, err);
    case 'U':
        return text(m, 1, err);
    case 'q':
        return put_memo(m, 1, err);
    case 'r':
        return put_memo(m, 4, err);
    case 'h':
        return get_memo(m, 1, err);
    case 'j':
        return get_memo(m, 4, err);
    case 'c':
        return global(m, err);
    case 'R':
        return call(m, false, err);
    case 'Q':
        return call(m, true, err);
    case 'b':
        return build(m, err);
    default:
        return containers(m, op, err);
    }
}

static int run(struct machine *m, uint32_t *value, struct ir_err *err)
{
    if (m->end - m->at < 2 || m->at[0] != 0x80 || m->at[1] != 2)
        return ir_fail(err, "no pickle of protocol 2");
    m->at += 2;
    while (m->at < m->end) {
        unsigned op = *m->at++;
        if (op == '.') {
            if (m->marks || m->n != 1)
                return ir_fail(err, "it ends with %zu values, wanted one", m->n);
            *value = m->stack[0];
            return 0;
        }
        if (step(m, op, err) < 0)
            return -1;
    }
    return cut(err);
}

int ir_pickle_read(struct ir_pickle *p, const void *bytes, size_t n, size_t *used, uint32_t *value,
                   struct ir_err *err)
{
    struct machine m = {.p = p, .at = bytes, .end = (const unsigned char *)bytes + n};
    int rc = run(&m, value, err);
    *used = (size_t)(m.at - (const unsigned char *)bytes);
    free(m.stack);
    free(m.mark);
    free(m.memo);
    return rc;
}

void ir_pickle_free(struct ir_pickle *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->at[i].child);
    free(p->at);
    free(p->storage);
    free(p->tensor);
    *p = (struct ir_pickle){0};
}

bool ir_pickle_is(const struct ir_pickle_value *v, const char *t)
{
    return v->type == IR_PICKLE_TEXT && v->text_n == strlen(t) && !memcmp(v->text, t, v->text_n);
}
