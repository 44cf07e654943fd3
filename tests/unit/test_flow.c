/* test_flow.c - reading, working and writing at once: order, failures, nothing lost. */
#include "base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct item {
    size_t number, square;
    char *held; /* to be freed by write or drop */
};

struct sink {
    size_t next, fail_at, dropped;
};

static void work(void *self, void *item, unsigned thread)
{
    struct item *t = item;
    (void)self;
    (void)thread;
    for (volatile size_t i = 0; i < t->number % 7 * 1000; i++) /* unequal work */
        ;
    t->square = t->number * t->number;
}

static int write_item(void *self, void *item, struct ir_err *err)
{
    struct sink *s = self;
    struct item *t = item;
    assert_int_equal(t->number, s->next);
    assert_int_equal(t->square, t->number * t->number);
    free(t->held);
    t->held = NULL;
    return s->next++ == s->fail_at ? ir_fail(err, "full") : 0;
}

static void drop(void *self, void *item)
{
    struct sink *s = self;
    struct item *t = item;
    free(t->held);
    s->dropped++;
}

/* Push n items; how many were accepted. */
static size_t push(struct ir_flow *f, size_t n, struct ir_err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct item *t = ir_flow_slot(f, err);
        if (!t)
            return i;
        assert_null(t->held);
        t->number = i;
        t->held = ir_strdup("x");
        ir_flow_push(f);
    }
    return n;
}

static void order(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 3, 1000};
    for (unsigned threads = 1; threads <= 5; threads += 2)
        for (size_t c = 0; c < 4; c++)
            for (size_t slots = 0; slots <= 2; slots++) {
                struct sink s = {.fail_at = SIZE_MAX};
                struct ir_flow_job job = {&s, work, write_item, drop};
                struct ir_flow *f = ir_flow_new(&job, threads, slots, sizeof(struct item));
                assert_int_equal(push(f, counts[c], NULL), counts[c]);
                assert_int_equal(ir_flow_drain(f, NULL), 0);
                ir_flow_free(f);
                assert_int_equal(s.next, counts[c]);
                assert_int_equal(s.dropped, 0);
            }
}

static void failing_write(void **state)
{
    (void)state;
    struct ir_err err = {""};
    struct sink s = {.fail_at = 20};
    struct ir_flow_job job = {&s, work, write_item, drop};
    struct ir_flow *f = ir_flow_new(&job, 2, 4, sizeof(struct item));
    const size_t pushed = push(f, 1000, &err);
    assert_true(pushed >= 20 && pushed < 30);
    assert_string_equal(err.text, "full");
    ir_flow_free(f); /* the rest is dropped: the sanitizer would find what stays */
    assert_int_equal(s.next + s.dropped, pushed);
}

static void never_pushed(void **state)
{
    (void)state;
    struct sink s = {.fail_at = SIZE_MAX};
    struct ir_flow_job job = {&s, work, write_item, drop};
    struct ir_flow *f = ir_flow_new(&job, 0, 0, sizeof(struct item));
    assert_non_null(ir_flow_slot(f, NULL));
    assert_int_equal(ir_flow_drain(f, NULL), 0);
    ir_flow_free(f);
    ir_flow_free(NULL);
    assert_int_equal(s.dropped, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order),
        cmocka_unit_test(failing_write),
        cmocka_unit_test(never_pushed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
