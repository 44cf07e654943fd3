/* part.c - the K-th of N contiguous stretches of clips, none of which cuts a group. */
#include "label.h"

#include <stdlib.h>
#include <string.h>

int ir_part_parse(const char *text, struct ir_stretch *p, struct ir_err *err)
{
    const char *slash = strchr(text, '/');
    if (slash == NULL)
        return ir_fail(err, "--part '%s', wanted K/N like 1/4 (--subset is a part of a data set)",
                       text);
    char *first = ir_strndup(text, (size_t)(slash - text));
    int rc = ir_parse_int(slash + 1, 1, 1000000, "--part K/N: N", &p->n, err);
    if (rc == 0)
        rc = ir_parse_int(first, 1, p->n, "--part K/N: K", &p->k, err);
    free(first);
    return rc;
}

struct member {
    const char *group;
    size_t at;
};

static int by_group(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int d = strcmp(x->group, y->group);
    return d != 0 ? d : (x->at > y->at) - (x->at < y->at);
}

/* open[i]: how many groups have clips on both sides of a cut before clip i. */
static long *cut_groups(const char *const *group, size_t n)
{
    struct member *m = ir_alloc(n + 1, sizeof *m);
    long *open = ir_zalloc(n + 2, sizeof *open);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (group[i] != NULL && *group[i])
            m[k++] = (struct member){group[i], i};
    qsort(m, k, sizeof *m, by_group);
    for (size_t i = 0; i < k;) {
        size_t first = i;
        while (i < k && strcmp(m[i].group, m[first].group) == 0)
            i++;
        open[m[first].at + 1]++;
        open[m[i - 1].at + 1]--;
    }
    for (size_t i = 1; i <= n; i++)
        open[i] += open[i - 1];
    free(m);
    return open;
}

int ir_part_range(const struct ir_stretch *p, const char *const *group, size_t n, size_t *begin,
                  size_t *end, struct ir_err *err)
{
    *begin = 0;
    *end = n;
    if (p->n == 0)
        return 0;
    if ((unsigned long long)p->n > n)
        return ir_fail(err, "--part %lld/%lld: %lld parts of %zu clips; at most %zu wanted", p->k,
                       p->n, p->n, n, n);
    long *open = cut_groups(group, n);
    size_t *const at[] = {begin, end};
    for (int i = 0; i < 2; i++) { /* the first place that cuts no group, from the even one on */
        size_t k = (size_t)p->k - 1 + (size_t)i;
        size_t cut = n / (size_t)p->n * k + n % (size_t)p->n * k / (size_t)p->n;
        while (cut < n && open[cut] > 0)
            cut++;
        *at[i] = cut;
    }
    free(open);
    return 0;
}
