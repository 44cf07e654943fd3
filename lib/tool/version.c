/* version.c - which commit this was built from: make writes gen/commit.h from git, where there is
 * one. Alone in its file, so that a commit compiles nothing else. */
#include "commit.h"
#include "tool.h"

const char *ir_commit(void)
{
    return IR_COMMIT[0] != '\0' ? " (commit " IR_COMMIT ")" : "";
}
