/* test_part.c - parts of a list or stream: contiguous, whole together, no group in two of them. */
#include "label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* after the headers it needs */
#include <cmocka.h>

static void parts_are_the_whole(void **state)
{
    struct ir_rng rng;
    (void)state;
    ir_rng_seed(&rng, 5);
    for (int round = 0; round < 300; round++) {
        static const char *const names[] = {NULL, "", "a", "b", "c", "d"};
        const char *group[40];
        size_t n = 1 + (size_t)ir_rng_below(&rng, 40), parts = 1 + (size_t)ir_rng_below(&rng, n);
        size_t kinds = 2 + (size_t)ir_rng_below(&rng, 5), expected = 0;
        for (size_t i = 0; i < n; i++) /* neighbours mostly in one group, as lists are */
            group[i] =
                i > 0 && ir_rng_below(&rng, 3) ? group[i - 1] : names[ir_rng_below(&rng, kinds)];
        int in_part[40];
        for (size_t k = 1; k <= parts; k++) {
            struct ir_stretch p = {(long long)k, (long long)parts};
            size_t begin, end;
            assert_int_equal(ir_part_range(&p, group, n, &begin, &end, NULL), 0);
            assert_int_equal(begin, expected);
            assert_true(end >= begin && end <= n);
            for (size_t i = begin; i < end; i++)
                in_part[i] = (int)k;
            expected = end;
        }
        assert_int_equal(expected, n);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++)
                if (group[i] && *group[i] && group[j] && strcmp(group[i], group[j]) == 0)
                    assert_int_equal(in_part[i], in_part[j]);
    }
}

static void parts_without_groups_are_even(void **state)
{
    const char *group[10] = {NULL};
    (void)state;
    for (long long k = 1; k <= 3; k++) {
        struct ir_stretch p = {k, 3};
        size_t begin, end;
        assert_int_equal(ir_part_range(&p, group, 10, &begin, &end, NULL), 0);
        assert_true(end - begin == 3 || end - begin == 4);
    }
}

static void bad_parts_are_refused(void **state)
{
    static const char *const bad[] = {"", "3", "0/4", "5/4", "1/0", "-1/4", "1/4x", "1.5/4", "a/b"};
    const char *group[3] = {NULL};
    struct ir_stretch p = {1, 4};
    struct ir_err err;
    size_t begin, end;
    (void)state;
    assert_int_equal(ir_part_range(&p, group, 3, &begin, &end, &err), -1);
    assert_string_equal(err.text, "--part 1/4: 4 parts of 3 clips; at most 3 wanted");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ir_part_parse(bad[i], &p, &err), -1);
    assert_int_equal(ir_part_parse("2/7", &p, &err), 0);
    assert_int_equal(p.k, 2);
    assert_int_equal(p.n, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts_are_the_whole),
                                       cmocka_unit_test(parts_without_groups_are_even),
                                       cmocka_unit_test(bad_parts_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
