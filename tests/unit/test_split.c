/* test_split.c - splits: groups stay whole, shares are met, order does not matter, stratification.
 */
#include "label.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "label/published.h"

#define between(n, low, high) assert_true((n) >= (low) && (n) <= (high))

/* n clips of `classes` classes in turn, `takes` clips a group. */
static struct ir_list make_list(size_t n, size_t classes, size_t takes)
{
    struct ir_list list = {0};
    struct ir_err err;
    for (size_t i = 0; i < n; i++) {
        char id[32], group[32], name[32];
        size_t unit = i / takes;
        snprintf(id, sizeof id, "clip%zu", i);
        snprintf(group, sizeof group, "group%zu", unit);
        snprintf(name, sizeof name, "class%zu", unit % classes);
        struct ir_item *it = ir_list_add(&list, id, "x.wav");
        ir_item_label(it, name, 1);
        if (takes > 1)
            ir_item_set(&it->group, group);
    }
    assert_int_equal(ir_list_classes(&list, NULL, 0, false, &err), 0);
    return list;
}

static size_t count(const struct ir_list *list, const char *split, const char *label)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += list->item[i].split && !strcmp(list->item[i].split, split) &&
             (!label || (list->item[i].labels && strstr(list->item[i].labels, label)));
    return n;
}

static void split(struct ir_list *list, const char *shares, enum ir_stratify how, uint64_t seed)
{
    struct ir_split s;
    struct ir_err err;
    assert_int_equal(ir_split_parse(&s, shares, &err), 0);
    assert_int_equal(ir_split_list(list, &s, how, NULL, seed, &err), 0);
    assert_int_equal(ir_list_check(list, &err), 0); /* no group in two splits */
    ir_split_free(&s);
}

static void test_shares_are_parsed_strictly(void **state)
{
    static const char *const bad[] = {
        "", "train", "=1", "train=0.5", "a=0.5,a=0.5", "a=1.5,b=-0.5", "a=x", "a=0.7,b=0.7"};
    struct ir_split s;
    struct ir_err err;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ir_split_parse(&s, bad[i], &err), -1);
    assert_int_equal(ir_split_parse(&s, "a=0.7,b=0.3", &err), 0);
    assert_int_equal(s.name.n, 2);
    ir_split_free(&s);
}

/* The sizes of experiment 004: 450 of each of 10 classes, 80 : 15 : 5. */
static void test_single_clips_meet_shares_exactly(void **state)
{
    struct ir_list list = make_list(4500, 10, 1);
    (void)state;
    split(&list, "train=0.8,valid=0.15,test=0.05", IR_STRATIFY_AUTO, 3);
    assert_int_equal(count(&list, "train", NULL), 3600);
    assert_int_equal(count(&list, "valid", NULL), 675);
    assert_int_equal(count(&list, "test", NULL), 225);
    for (int c = 0; c < 10; c++) {
        char label[32];
        snprintf(label, sizeof label, "class%d:", c);
        assert_int_equal(count(&list, "train", label), 360);
        between(count(&list, "test", label), 22, 23);
    }
    ir_list_free(&list);
}

static void test_groups_stay_whole_and_close_to_shares(void **state)
{
    struct ir_list list = make_list(3000, 6, 7);
    (void)state;
    for (int how = IR_STRATIFY_AUTO; how <= IR_STRATIFY_ITERATIVE; how++) {
        split(&list, "train=0.7,valid=0.2,test=0.1", (enum ir_stratify)how, 11);
        between(count(&list, "train", NULL), 2100 - 14, 2100 + 14);
        between(count(&list, "test", NULL), 300 - 14, 300 + 14);
    }
    ir_list_free(&list);
}

static void test_order_and_seed(void **state)
{
    struct ir_list a = make_list(600, 3, 2), b = make_list(600, 3, 2);
    size_t same = 0, moved = 0;
    (void)state;
    for (size_t i = 0; i < b.n / 2; i++) { /* the same clips, backwards */
        struct ir_item t = b.item[i];
        b.item[i] = b.item[b.n - 1 - i];
        b.item[b.n - 1 - i] = t;
    }
    split(&a, "x=0.5,y=0.5", IR_STRATIFY_ITERATIVE, 1);
    split(&b, "x=0.5,y=0.5", IR_STRATIFY_ITERATIVE, 1);
    for (size_t i = 0; i < a.n; i++)
        same += !strcmp(a.item[i].split, b.item[b.n - 1 - i].split);
    assert_int_equal(same, 600);
    split(&b, "x=0.5,y=0.5", IR_STRATIFY_ITERATIVE, 2);
    for (size_t i = 0; i < a.n; i++)
        moved += strcmp(a.item[i].split, b.item[b.n - 1 - i].split) != 0;
    between(moved, 100, 500);
    ir_list_free(&a);
    ir_list_free(&b);
}

/* Rare labels are where iterative stratification shows: 10 clips of 1,000 have `rare`, in 5 folds
 * it must be 2 each. */
static void test_iterative_spreads_rare_labels(void **state)
{
    struct ir_list list = {0};
    struct ir_split s;
    struct ir_err err;
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        char id[32];
        snprintf(id, sizeof id, "%zu", i);
        struct ir_item *it = ir_list_add(&list, id, "x");
        if (i % 100 == 0)
            ir_item_label(it, "rare", 1);
        if (i % 4 == 0)
            ir_item_label(it, "often", 1);
        if (i % 3 == 0)
            ir_item_label(it, "other", 1);
    }
    assert_int_equal(ir_list_classes(&list, NULL, 0, false, &err), 0);
    ir_split_folds(&s, 5);
    assert_int_equal(ir_split_list(&list, &s, IR_STRATIFY_AUTO, NULL, 0, &err), 0);
    for (int k = 0; k < 5; k++) {
        char fold[2] = {(char)('0' + k), 0};
        assert_int_equal(count(&list, fold, NULL), 200);
        assert_int_equal(count(&list, fold, "rare:1"), 2);
        between(count(&list, fold, "often:1"), 49, 51);
        between(count(&list, fold, "other:1"), 66, 68);
    }
    assert_int_equal(ir_split_choose(&list, 4, 0, &err), 0);
    assert_int_equal(count(&list, "test", NULL), 200);
    assert_int_equal(count(&list, "valid", NULL), 200);
    assert_int_equal(count(&list, "train", NULL), 600);
    assert_int_equal(ir_split_choose(&list, 4, 0, &err), -1);
    assert_non_null(strstr(err.text, "wanted the number of a fold"));
    ir_split_free(&s);
    ir_list_free(&list);
}

static void test_only_one_split_is_divided(void **state)
{
    struct ir_list list = make_list(100, 2, 1);
    struct ir_split s;
    struct ir_err err;
    (void)state;
    for (size_t i = 0; i < list.n; i++)
        ir_item_set(&list.item[i].split, i < 40 ? "test" : "train");
    assert_int_equal(ir_split_parse(&s, "train=0.75,valid=0.25", &err), 0);
    assert_int_equal(ir_split_list(&list, &s, IR_STRATIFY_AUTO, "train", 0, &err), 0);
    assert_int_equal(count(&list, "test", NULL), 40);
    assert_int_equal(count(&list, "train", NULL), 45);
    assert_int_equal(count(&list, "valid", NULL), 15);
    assert_int_equal(ir_split_list(&list, &s, IR_STRATIFY_AUTO, "dev", 0, &err), -1);
    ir_split_free(&s);
    ir_list_free(&list);
}

static void test_hash_split_of_streams(void **state)
{
    struct ir_split s;
    struct ir_err err;
    size_t train = 0;
    (void)state;
    assert_int_equal(ir_split_parse(&s, "train=0.8,none=0,test=0.2", &err), 0);
    for (int i = 0; i < 10000; i++) {
        char group[32];
        snprintf(group, sizeof group, "g%d", i);
        const char *a = ir_split_hash(&s, 5, group);
        assert_ptr_equal(a, ir_split_hash(&s, 5, group));
        assert_string_not_equal(a, "none");
        train += !strcmp(a, "train");
    }
    between(train, 7850, 8150);
    ir_split_free(&s);
}

static void test_cap_does_not_depend_on_order(void **state)
{
    struct ir_list list = make_list(90, 3, 1);
    struct ir_strs few = {0};
    struct ir_err err;
    (void)state;
    assert_int_equal(ir_list_cap(&list, 20, 1, &few, &err), 0);
    assert_int_equal(list.n, 60);
    assert_int_equal(few.n, 0);
    assert_int_equal(ir_list_cap(&list, 21, 1, &few, &err), 0);
    assert_int_equal(few.n, 3);
    assert_string_equal(few.at[0], "class0 has 20");
    ir_strs_free(&few);
    ir_list_free(&list);
}

static void test_published_split(void **state)
{
    (void)state;
    assert_string_equal(ir_published_medleydb("2way", "TheSoSoGlos_Emergency"), "test");
    assert_string_equal(ir_published_medleydb("2way", "AmarLal_Rest"), "train");
    assert_string_equal(ir_published_medleydb("5way", "Wolf_DieBekherte"), "4");
    assert_null(ir_published_medleydb("2way", "Nobody_Nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_are_parsed_strictly),
        cmocka_unit_test(test_single_clips_meet_shares_exactly),
        cmocka_unit_test(test_groups_stay_whole_and_close_to_shares),
        cmocka_unit_test(test_order_and_seed),
        cmocka_unit_test(test_iterative_spreads_rare_labels),
        cmocka_unit_test(test_only_one_split_is_divided),
        cmocka_unit_test(test_hash_split_of_streams),
        cmocka_unit_test(test_cap_does_not_depend_on_order),
        cmocka_unit_test(test_published_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
