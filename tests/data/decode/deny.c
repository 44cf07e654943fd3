/* deny.c - deny SYSCALL… -- COMMAND…: run COMMAND where these system calls fail with EPERM, as
 * containers have it. "filter" stands for making a filter of one's own. */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "filter") == 0) {
            seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(seccomp), 0);
            seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1,
                             SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP));
        } else if (seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(argv[i]),
                                    0) < 0) {
            fprintf(stderr, "deny: %s: no such system call\n", argv[i]);
            return 2;
        }
    }
    if (i + 1 >= argc || seccomp_load(f) < 0)
        return 2;
    execvp(argv[i + 1], argv + i + 1);
    return 127;
}
