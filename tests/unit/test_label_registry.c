/* test_label_registry.c - what must hold for every data set in the registry, whatever its name. */
#include "label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_entries_are_complete(void **state)
{
    size_t n = 0;
    (void)state;
    for (const struct ir_dataset *const *d = ir_datasets(); *d; d++, n++) {
        assert_ptr_equal(ir_dataset_find((*d)->name), *d);
        assert_non_null((*d)->find);
        assert_true(strlen((*d)->summary) > 10);
        assert_true((*d)->summary[strlen((*d)->summary) - 1] != '.');
        assert_true(strlen((*d)->layout) > 10);
        for (size_t k = 0; k < (*d)->n_known; k++) {
            const struct ir_known *a = &(*d)->known[k];
            assert_true(a->clips > 0);
            assert_true(!a->rule || ((*d)->rules && strstr((*d)->rules, a->rule)));
            for (size_t j = 0; j < k; j++) { /* no count stands twice */
                const struct ir_known *b = &(*d)->known[j];
                bool same = !a->split == !b->split && (!a->split || !strcmp(a->split, b->split)) &&
                            !a->class_name == !b->class_name &&
                            (!a->class_name || !strcmp(a->class_name, b->class_name)) &&
                            !a->rule == !b->rule && (!a->rule || !strcmp(a->rule, b->rule));
                assert_false(same);
            }
        }
    }
    assert_true(n >= 14);
    assert_null(ir_dataset_find("no such set"));
}

/* The classes that a paper counts add up to what it counts in all, where every clip has one label.
 */
static void test_known_counts_add_up(void **state)
{
    static const char *const single[] = {"medley-solos-db", "philharmonia"};
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        const struct ir_dataset *d = ir_dataset_find(single[s]);
        long all = 0, classes = 0;
        for (size_t k = 0; k < d->n_known; k++) {
            if (d->known[k].class_name)
                classes += d->known[k].clips;
            else if (!d->known[k].split)
                all = d->known[k].clips;
        }
        assert_int_equal(all, classes);
    }
}

static void refuses(const struct ir_dataset *d, const char *dir)
{
    struct ir_find f = {.dir = dir, .rare = -1};
    struct ir_list list = {0};
    struct ir_err err = {""};
    if (ir_dataset_list(d, &f, &list, &err) != -1)
        fail_msg("%s takes %s", d->name, dir);
    assert_true(*err.text);
    ir_list_free(&list);
    ir_find_free(&f);
}

static void test_what_is_not_the_data_set_is_refused(void **state)
{
    char dir[] = "/tmp/ir_reg_XXXXXX", file[64];
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/file.txt", dir);
    for (const struct ir_dataset *const *d = ir_datasets(); *d; d++) {
        refuses(*d, dir);              /* empty */
        refuses(*d, "/nonexistent/x"); /* not there */
        FILE *f = fopen(file, "w");
        assert_non_null(f);
        fputs("hello\n", f);
        fclose(f);
        refuses(*d, dir);  /* something else in it */
        refuses(*d, file); /* not a folder */
        unlink(file);
    }
    assert_int_equal(rmdir(dir), 0);
}

static void test_unknown_rules_and_parts_are_refused(void **state)
{
    struct ir_err err;
    (void)state;
    for (const struct ir_dataset *const *d = ir_datasets(); *d; d++) {
        struct ir_find f = {.dir = ".", .rule = "no-such-rule", .rare = -1};
        struct ir_list list = {0};
        assert_int_equal(ir_dataset_list(*d, &f, &list, &err), -1);
        assert_ptr_equal(strstr(err.text, "--labels no-such-rule: "), err.text);
        f = (struct ir_find){.dir = ".", .part = "no-such-part", .rare = -1};
        assert_int_equal(ir_dataset_list(*d, &f, &list, &err), -1);
        assert_ptr_equal(strstr(err.text, "--subset no-such-part: "), err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_are_complete),
        cmocka_unit_test(test_known_counts_add_up),
        cmocka_unit_test(test_what_is_not_the_data_set_is_refused),
        cmocka_unit_test(test_unknown_rules_and_parts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
