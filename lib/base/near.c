/* near.c - the word that was meant. */
#include "base.h"

#include <string.h>

#define LONG 24

/* Letters to insert, drop, change or swap with a neighbour to make b of a[n] (optimal string
 * alignment); LONG + 1 for long words. */
static size_t distance(const char *a, size_t n, const char *b)
{
    size_t m = strlen(b), d[LONG + 1][LONG + 1];
    if (n > LONG || m > LONG)
        return LONG + 1;
    for (size_t i = 0; i <= n; i++)
        for (size_t k = 0; k <= m; k++) {
            if (i == 0 || k == 0) {
                d[i][k] = i + k;
                continue;
            }
            size_t best = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
            best = d[i - 1][k] + 1 < best ? d[i - 1][k] + 1 : best;
            best = d[i][k - 1] + 1 < best ? d[i][k - 1] + 1 : best;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
                d[i - 2][k - 2] + 1 < best)
                best = d[i - 2][k - 2] + 1;
            d[i][k] = best;
        }
    return d[n][m];
}

int ir_strs_near(const struct ir_strs *l, const char *s)
{
    size_t n = strlen(s), least = n / 3 + 1;
    int found = -1;
    for (size_t i = 0; i < l->n; i++) {
        size_t d = distance(s, n, l->at[i]);
        if (d < least) {
            least = d;
            found = (int)i;
        }
    }
    return found;
}
