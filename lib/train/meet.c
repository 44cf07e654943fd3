/* meet.c - where ranks come together: to fail as one, and to agree before they train. */
#include "kern.h"
#include "train/ranks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static struct {
    bool over; /* a meeting has failed: no more of them */
} meeting;

struct word {
    int rc;
    char host[65];
    struct ir_err err;
};

static void name_host(char host[65])
{
    struct utsname u;
    snprintf(host, 65, "%.64s", uname(&u) == 0 ? u.nodename : "unknown");
}

/* The first that failed, in the name of its rank unless all say the same. */
static int name_failed(const struct word *all, size_t n, struct ir_err *err)
{
    size_t first = n;
    bool same = true;
    for (size_t i = n; i-- > 0;)
        first = all[i].rc != 0 ? i : first;
    if (first == n)
        return 0;
    for (size_t i = 0; i < n; i++)
        same = same && all[i].rc != 0 && strcmp(all[i].err.text, all[first].err.text) == 0;
    *err = all[first].err;
    if (!same)
        ir_fail_in(err, "rank %zu (host %s)", first, all[first].host);
    return all[first].rc;
}

int ir_ranks_meet(int rc, struct ir_err *err)
{
    size_t n = ir_ranks_count();
    if (n == 1 || meeting.over)
        return rc;
    struct word mine = {.rc = rc}, *all = ir_zalloc(n, sizeof *all);
    name_host(mine.host);
    if (rc != 0)
        mine.err = *err;
    ir_ranks_gather(&mine, sizeof mine, all);
    rc = name_failed(all, n, err);
    meeting.over = rc != 0;
    free(all);
    return rc;
}

int ir_ranks_check(size_t parts, bool learner, char *const *files, size_t n, struct ir_err *err)
{
    size_t ranks = ir_ranks_count();
    bool pipe = n < 2; /* only the network */
    for (size_t i = 0; i < n; i++)
        pipe = pipe || strcmp(files[i], "-") == 0;
    if (ranks > 1 && learner)
        return ir_fail(err, "--learner: a classic learner is trained by one process");
    if (ranks > 1 && pipe)
        return ir_fail(err, "several ranks train on files, not on standard input");
    if (ranks > parts)
        return ir_fail(err, "%zu ranks cannot share a batch of --parts %zu: wanted %zu or more",
                       ranks, parts, ranks);
    return 0;
}

/* ---- what must be alike ------------------------------------------------------------------------
 */

static void write_facts(const struct ir_train *t, struct ir_buf *b)
{
    size_t n;
    const float *first = ir_net_arena(t->net, &n);
    ir_buf_printf(b, "version %s\n%s\nepochs %lld\n", t->version != NULL ? t->version : IR_VERSION,
                  t->settings != NULL ? t->settings : "", t->epochs);
    ir_buf_printf(b, "input of %zu clips with the hash %016llx\n", ir_data_clips(t->data),
                  (unsigned long long)t->input_hash);
    ir_buf_printf(b, "kernels %s and those of OpenBLAS for %s\n", ir_kern_name(), ir_gemm_core());
    ir_buf_printf(b, "first weights with the hash %016llx\n",
                  (unsigned long long)ir_hash(first, n * sizeof *first, 0));
}

/* Name the first line in which this rank differs from rank 0. */
static int compare(const char *mine, const char *first, const char *first_host, struct ir_err *err)
{
    char host[65];
    name_host(host);
    while (*mine != '\0' || *first != '\0') {
        size_t a = strcspn(mine, "\n"), b = strcspn(first, "\n");
        if (a != b || memcmp(mine, first, a) != 0)
            return ir_fail(err,
                           "ranks differ: rank %zu (host %s) has '%.*s', rank 0 (host %s) has "
                           "'%.*s'",
                           ir_ranks_rank(), host, (int)(a < 300 ? a : 300), mine, first_host,
                           (int)(b < 300 ? b : 300), first);
        mine += a + (mine[a] == '\n');
        first += b + (first[b] == '\n');
    }
    return 0;
}

int ir_ranks_agree(const struct ir_train *t, struct ir_err *err)
{
    struct ir_buf mine = {0};
    char host[65];
    if (ir_ranks_count() == 1)
        return 0;
    name_host(host);
    write_facts(t, &mine);
    size_t len = mine.len;
    ir_ranks_share(&len, sizeof len);
    char *first = ir_zalloc(len + 1, 1);
    if (ir_ranks_rank() == 0)
        memcpy(first, mine.data, len);
    ir_ranks_share(first, len);
    ir_ranks_share(host, sizeof host);
    int rc = compare(mine.data, first, host, err);
    struct word word = {.rc = rc}, *all = ir_zalloc(ir_ranks_count(), sizeof *all);
    if (rc != 0)
        word.err = *err;
    ir_ranks_gather(&word, sizeof word, all);
    for (size_t i = ir_ranks_count(); i-- > 0;) {
        if (all[i].rc != 0) {
            *err = all[i].err; /* it names the ranks itself */
            rc = -1;
        }
    }
    ir_buf_free(&mine);
    free(first);
    free(all);
    return rc;
}
