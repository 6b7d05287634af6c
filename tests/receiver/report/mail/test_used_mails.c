/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receiver/report/mail/used_mails.h"

static void what_was_used_is_known(void **state)
{
	struct used_mails u = {.next = 0};

	(void)state;
	assert_false(used_mails_has(&u, 7));
	used_mails_add(&u, 7);
	assert_true(used_mails_has(&u, 7));
	assert_false(used_mails_has(&u, 8));
}

static void nothing_is_never_known(void **state)
{
	struct used_mails u = {.next = 0};

	(void)state;
	used_mails_add(&u, 0);
	assert_false(used_mails_has(&u, 0));
	assert_int_equal(u.next, 0);
}

static void the_oldest_is_forgotten_and_none_counts_twice(void **state)
{
	struct used_mails u = {.next = 0};

	(void)state;
	for (uint64_t i = 1; i <= USED_MAX; i++) {
		used_mails_add(&u, i);
		used_mails_add(&u, 1);
	}
	assert_true(used_mails_has(&u, 1));
	used_mails_add(&u, USED_MAX + 1);
	assert_false(used_mails_has(&u, 1));
	assert_true(used_mails_has(&u, 2));
	assert_true(used_mails_has(&u, USED_MAX + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_used_is_known),
		cmocka_unit_test(nothing_is_never_known),
		cmocka_unit_test(the_oldest_is_forgotten_and_none_counts_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
