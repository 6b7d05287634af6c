/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/value_expr.h"

static void full_memory_is_a_limit(void **state)
{
	struct value v = {.kind = VALUE_NULL};
	struct arena a;
	struct eval ev = {.arena = &a};

	(void)state;
	arena_init(&a, 8);
	eval_use(&ev, &v);
	assert_int_equal(ev.err, ERR_LIMIT);
	assert_false(v.used);
	arena_fini(&a);
}

static void marks_are_taken_back(void **state)
{
	struct value one = {.kind = VALUE_NULL}, two = {.kind = VALUE_NULL, .used = true};
	struct arena a;
	struct eval ev = {.arena = &a};

	(void)state;
	arena_init(&a, 4096);
	eval_use(&ev, &one);
	eval_use(&ev, &two);
	eval_use(&ev, NULL);
	assert_true(one.used);
	eval_unmark(&ev);
	assert_false(one.used);
	assert_true(two.used); /* somebody else's */
	arena_fini(&a);
}

static void what_is_kept_unused_is_not_marked(void **state)
{
	struct value v = {.kind = VALUE_NULL};
	struct arena a;
	struct eval ev = {.arena = &a, .keep_unused = true};

	(void)state;
	arena_init(&a, 4096);
	eval_use(&ev, &v);
	assert_false(v.used);
	assert_true(str_eq(eval_print_time(&ev, 0), STR_LIT("1970-01-01T00:00:00.000Z")));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_memory_is_a_limit),
		cmocka_unit_test(marks_are_taken_back),
		cmocka_unit_test(what_is_kept_unused_is_not_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
