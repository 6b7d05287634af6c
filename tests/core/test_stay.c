/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/stay.h"

static void outside_of_callbacks_it_ends_at_once(void **state)
{
	struct stay s = {0};

	(void)state;
	stay_enter(&s);
	assert_false(stay_leave(&s));
	assert_true(stay_end(&s));
}

static void within_callbacks_the_last_one_ends_it(void **state)
{
	struct stay s = {0};

	(void)state;
	stay_enter(&s);
	stay_enter(&s);
	assert_false(stay_end(&s));
	assert_true(s.is_over);
	assert_false(stay_leave(&s));
	assert_true(stay_leave(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outside_of_callbacks_it_ends_at_once),
		cmocka_unit_test(within_callbacks_the_last_one_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
