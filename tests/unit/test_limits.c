/* test_limits.c - processors and memory that control groups leave to a process, read from made-up
 * trees. */
#include "base.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/irtools-limits-XXXXXX";

/* `text` in root/path, with the folders that it needs. */
static void put(const char *path, const char *text)
{
    char full[512];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
        *p = '\0';
        mkdir(full, 0777);
    }
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void expect(double cpus, uint64_t memory)
{
    struct ir_limits l = ir_cgroup_limits(root);
    assert_true(fabs(l.cpus - cpus) < 1e-9);
    assert_int_equal(l.memory, memory);
}

static int begin(void **state)
{
    (void)state;
    strcpy(root + strlen(root) - 6, "XXXXXX");
    return mkdtemp(root) == NULL;
}

static int end(void **state)
{
    char line[600];
    (void)state;
    snprintf(line, sizeof line, "rm -rf '%s'", root);
    return system(line); // NOLINT
}

static void test_nothing_there(void **state)
{
    (void)state;
    expect(0, 0);
    assert_true(ir_cpu_count() >= 1);
    assert_true(ir_memory_size() > 0);
}

#define V2 "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"

static void test_version_2_takes_the_least_of_the_branch(void **state)
{
    (void)state;
    put("proc/self/cgroup", "0::/a.slice/job\n");
    put("proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/root rw\n" V2);
    expect(0, 0);
    put("sys/fs/cgroup/a.slice/job/cpu.max", "max 100000\n");
    put("sys/fs/cgroup/a.slice/job/memory.max", "max\n");
    expect(0, 0);
    put("sys/fs/cgroup/a.slice/cpu.max", "150000 100000\n");
    put("sys/fs/cgroup/a.slice/job/memory.max", "4294967296\n");
    put("sys/fs/cgroup/a.slice/memory.max", "1073741824\n");
    expect(1.5, 1073741824);
    put("sys/fs/cgroup/a.slice/job/cpu.max", "50000 100000\n");
    expect(0.5, 1073741824);
}

/* In a container the group's path is the host's, and the mounted folder is the group. */
static void test_version_2_in_a_container(void **state)
{
    (void)state;
    put("proc/self/cgroup", "0::/docker/0123\n");
    put("proc/self/mountinfo", V2);
    put("sys/fs/cgroup/cpu.max", "100000 100000\n");
    put("sys/fs/cgroup/memory.max", "536870912\n");
    expect(1, 536870912);
}

static void test_version_1(void **state)
{
    (void)state;
    put("proc/self/cgroup",
        "5:memory:/m/x\n4:cpu,cpuacct:/c\n3:cpuset:/\n1:name=systemd:/s\n0::/s\n");
    put("proc/self/mountinfo",
        "31 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
        "32 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        "33 23 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n");
    put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    put("sys/fs/cgroup/memory/m/x/memory.limit_in_bytes", "9223372036854771712\n");
    expect(0, 0);
    put("sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us", "200000\n");
    put("sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us", "50000\n");
    put("sys/fs/cgroup/memory/m/memory.limit_in_bytes", "33554432\n");
    expect(4, 33554432);
}

static void test_nonsense_is_no_limit(void **state)
{
    (void)state;
    put("proc/self/cgroup", "0\n:\n0::\n0::/x\n");
    put("proc/self/mountinfo", "- \n - cgroup2\n" V2);
    put("sys/fs/cgroup/x/cpu.max", "ten 100000\n");
    put("sys/fs/cgroup/x/memory.max", "");
    put("sys/fs/cgroup/cpu.max", "100000 0\n");
    expect(0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_there, begin, end),
        cmocka_unit_test_setup_teardown(test_version_2_takes_the_least_of_the_branch, begin, end),
        cmocka_unit_test_setup_teardown(test_version_2_in_a_container, begin, end),
        cmocka_unit_test_setup_teardown(test_version_1, begin, end),
        cmocka_unit_test_setup_teardown(test_nonsense_is_no_limit, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
