/* settle.c - keep the environment from changing results or speed. */
#include "net.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

void ir_net_settle(char **argv)
{
    static const char *const drop[] = {"OPENBLAS_", "GOTO_NUM_THREADS=", "OMP_NUM_THREADS="};
    const char *one = getenv("OPENBLAS_NUM_THREADS");
    bool settled = one != NULL && strcmp(one, "1") == 0;
    struct ir_strs names = {0};
    for (char **e = environ; *e != NULL; e++) {
        for (size_t i = 0; i < sizeof drop / sizeof *drop; i++) {
            if (strncmp(*e, drop[i], strlen(drop[i])) != 0)
                continue;
            char *name = ir_strndup(*e, strcspn(*e, "="));
            if (strcmp(name, "OPENBLAS_NUM_THREADS") != 0 || !settled)
                ir_strs_add(&names, name);
            free(name);
        }
    }
    bool again = names.n > 0 || !settled;
    for (size_t i = 0; i < names.n; i++)
        unsetenv(names.at[i]);
    ir_strs_free(&names);
    if (!again)
        return;
    /* OpenBLAS reads them when it is loaded: start over. Without /proc go on as it is. */
    if (setenv("OPENBLAS_NUM_THREADS", "1", 1) == 0)
        execv("/proc/self/exe", argv);
}
