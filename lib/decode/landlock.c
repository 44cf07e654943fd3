/* landlock.c - the files that a program may open, said to the kernel. By their numbers: libc has no
 * names for these calls, and older headers lack some of the rights. */
#include "ffmpeg.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SYS_landlock_create_ruleset

#define EXECUTE   ((uint64_t)1 << 0)
#define READ_FILE ((uint64_t)1 << 2)
#define READ_DIR  ((uint64_t)1 << 3)

/* What this process may not do any more unless a rule allows it. */
struct ruleset {
    uint64_t files, net, scoped;
};
struct __attribute__((packed)) beneath {
    uint64_t allowed;
    int32_t fd;
};

int ir_landlock(void)
{
    long v = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1u);
    return v > 0 ? (int)v : 0;
}

static int allow(int rules, int fd, uint64_t rights)
{
    struct beneath b = {rights, fd};
    return (int)syscall(SYS_landlock_add_rule, rules, 1, &b, 0u);
}

static void allow_path(int rules, const char *path, uint64_t rights)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat st;
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0)
        allow(rules, fd, S_ISDIR(st.st_mode) ? rights : rights & ~READ_DIR);
    close(fd);
}

/* Libraries: where the system has them, beside the program (…/bin, …/lib), where the user says. */
static void allow_libraries(int rules, const char *program)
{
    static const char *const at[] = {"/lib",           "/lib32",           "/lib64",
                                     "/usr/lib",       "/usr/lib32",       "/usr/lib64",
                                     "/usr/local/lib", "/usr/local/lib64", "/nix/store",
                                     "/gnu/store",     "/etc/ld.so.cache"};
    const uint64_t rights = EXECUTE | READ_FILE | READ_DIR;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        allow_path(rules, at[i], rights);
    char *own = ir_strdup(program), *slash = strrchr(own, '/');
    if (slash)
        *slash = '\0';
    if (slash && (slash = strrchr(own, '/')) != NULL) {
        struct ir_buf lib = {0};
        *slash = '\0';
        ir_buf_printf(&lib, "%s/lib", own);
        allow_path(rules, lib.data, rights);
        ir_buf_free(&lib);
    }
    free(own);
    const char *said = getenv("LD_LIBRARY_PATH");
    char *all = ir_strdup(said ? said : ""), *save = NULL;
    for (char *p = strtok_r(all, ":;", &save); p; p = strtok_r(NULL, ":;", &save))
        if (*p == '/')
            allow_path(rules, p, rights);
    free(all);
}

int ir_landlock_enter(int version, int input, const char *program)
{
    static const int last_right[] = {0, 12, 13, 14, 14, 15}; /* of files, by version */
    struct ruleset r = {((uint64_t)2 << last_right[version < 5 ? version : 5]) - 1,
                        version >= 4 ? 3 : 0, version >= 6 ? 3 : 0};
    size_t size = version >= 6 ? sizeof r : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0u);
    if (rules < 0)
        return -1;
    allow(rules, input,
          READ_FILE); /* refused for what only lives in memory, which is open anyway */
    allow_path(rules, program, EXECUTE | READ_FILE);
    allow_libraries(rules, program);
    int rc = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
                 ? (int)syscall(SYS_landlock_restrict_self, rules, 0u)
                 : -1;
    close(rules);
    return rc;
}

#else

int ir_landlock(void)
{
    return 0;
}

int ir_landlock_enter(int version, int input, const char *program)
{
    (void)version;
    (void)input;
    (void)program;
    return -1;
}

#endif
