/* limits.c - how many processors and how much memory are ours: the affinity mask, the machine, and
 * the control groups (cgroups, version 1 or 2) that containers and job systems set. Format of the
 * files: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/. */
#include "base.h"

#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_line(const char *path, char *line, int size)
{
    FILE *f = fopen(path, "re");
    bool got = f != NULL && fgets(line, size, f) != NULL;
    if (f != NULL)
        fclose(f);
    return got;
}

static void lower(double *limit, double to)
{
    if (to > 0 && (*limit <= 0 || to < *limit))
        *limit = to;
}

/* The limits of one group's folder, in whichever version's files it has. */
static void read_group(const char *dir, double *cpus, double *memory)
{
    char path[PATH_MAX + 32], line[128];
    double quota, period;
    snprintf(path, sizeof path, "%s/cpu.max", dir); /* "QUOTA PERIOD" or "max PERIOD" */
    if (read_line(path, line, sizeof line) && sscanf(line, "%lf %lf", &quota, &period) == 2 &&
        period > 0)
        lower(cpus, quota / period);
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", dir); /* -1: none */
    if (read_line(path, line, sizeof line) && sscanf(line, "%lf", &quota) == 1 && quota > 0) {
        snprintf(path, sizeof path, "%s/cpu.cfs_period_us", dir);
        if (read_line(path, line, sizeof line) && sscanf(line, "%lf", &period) == 1 && period > 0)
            lower(cpus, quota / period);
    }
    static const char *const names[] = {"memory.max", "memory.high", "memory.limit_in_bytes"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        if (read_line(path, line, sizeof line) && sscanf(line, "%lf", &quota) == 1)
            lower(memory, quota);
    }
}

/* A group and all above it: each limits those below. In a container the path may lead to nothing;
 * the mounted folder is then the group itself. */
static void read_branch(const char *mounted, const char *group, double *cpus, double *memory)
{
    char dir[PATH_MAX];
    size_t root = strlen(mounted);
    if (snprintf(dir, sizeof dir, "%s%s", mounted, strcmp(group, "/") ? group : "") >=
        (int)sizeof dir)
        return;
    for (;;) {
        read_group(dir, cpus, memory);
        char *slash = strrchr(dir + root, '/');
        if (slash == NULL)
            return;
        *slash = '\0';
    }
}

static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += n)
        if ((at == list || at[-1] == ',') && (at[n] == ',' || at[n] == '\0'))
            return true;
    return false;
}

/* This process's group for a controller: from its lines "ID:CONTROLLERS:PATH"; version 2 has no
 * controllers. */
static bool find_group(const char *root, const char *controller, char *group)
{
    char path[PATH_MAX], line[PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *f = fopen(path, "re");
    bool found = false;
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
        char *list = strchr(line, ':'), *name = list ? strchr(list + 1, ':') : NULL;
        if (name == NULL)
            continue;
        *name++ = '\0';
        name[strcspn(name, "\n")] = '\0';
        found = *controller ? has_word(list + 1, controller) : list[1] == '\0';
        if (found)
            snprintf(group, PATH_MAX, "%s", name);
    }
    if (f != NULL)
        fclose(f);
    return found;
}

struct ir_limits ir_cgroup_limits(const char *root)
{
    static const char *const controllers[] = {"cpu", "memory"};
    char path[PATH_MAX], line[2 * PATH_MAX], group[PATH_MAX], mounted[PATH_MAX], dir[PATH_MAX];
    double cpus = 0, memory = 0;
    snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
    FILE *f = fopen(path, "re");
    /* id parent device root FOLDER options … - TYPE source OPTIONS */
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char type[32], super[1024];
        const char *rest = strstr(line, " - ");
        if (rest == NULL || sscanf(rest, " - %31s %*s %1023s", type, super) != 2 ||
            sscanf(line, "%*s %*s %*s %*s %4095s", mounted) != 1 ||
            snprintf(dir, sizeof dir, "%s%s", root, mounted) >= (int)sizeof dir)
            continue;
        if (strcmp(type, "cgroup2") == 0 && find_group(root, "", group))
            read_branch(dir, group, &cpus, &memory);
        for (size_t i = 0; strcmp(type, "cgroup") == 0 && i < 2; i++)
            if (has_word(super, controllers[i]) && find_group(root, controllers[i], group))
                read_branch(dir, group, &cpus, &memory);
    }
    if (f != NULL)
        fclose(f);
    return (struct ir_limits){cpus, memory < 0x1p62 ? (uint64_t)memory : 0};
}

unsigned ir_cpu_count(void)
{
    cpu_set_t set;
    double cpus = ir_cgroup_limits("").cpus;
    int n = 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = CPU_COUNT(&set);
    else if (sysconf(_SC_NPROCESSORS_ONLN) > 0) /* more than the mask has room for */
        n = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (cpus > 0 && cpus < n)
        n = (int)cpus + (cpus > (int)cpus);
    return n > 0 ? (unsigned)n : 1;
}

size_t ir_memory_size(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    uint64_t limit = ir_cgroup_limits("").memory;
    size_t all = pages > 0 && size > 0 ? (size_t)pages * (size_t)size : SIZE_MAX;
    return limit > 0 && limit < all ? (size_t)limit : all;
}
