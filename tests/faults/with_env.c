/* with_env.c - usage: with_env ENTRY PROGRAM [ARGUMENT…]: run a program with one more entry in its
 * environment, whatever it is: also one without `=`, which no shell makes. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
    size_t n = 0;
    if (argc < 3)
        return 2;
    while (environ[n] != NULL)
        n++;
    char **more = calloc(n + 2, sizeof *more);
    if (more == NULL)
        return 2;
    more[0] = argv[1];
    memcpy(more + 1, environ, n * sizeof *more);
    execvpe(argv[2], argv + 2, more);
    return 127;
}
