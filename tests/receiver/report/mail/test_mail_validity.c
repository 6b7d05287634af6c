/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receiver/report/mail/mail_validity.h"

#define NOW 5000

static void one_that_was_made_anew_is_no_trouble(void **state)
{
	struct mail_validity v = {.value = 0};

	(void)state;
	assert_int_equal(mail_validity_take(&v, 7, NOW), VALIDITY_FIRST);
	assert_int_equal(mail_validity_take(&v, 7, NOW + 1), VALIDITY_SAME);
	assert_int_equal(mail_validity_take(&v, 8, NOW + 2), VALIDITY_ANEW);
	assert_int_equal(v.value, 8);
	assert_int_equal(mail_validity_take(&v, 8, NOW + 3), VALIDITY_SAME);
	assert_false(v.is_unsteady);
	assert_int_equal(mail_validity_take(&v, 9, NOW + 2 + VALIDITY_CALM_MS), VALIDITY_ANEW);
	assert_false(v.is_unsteady);
}

static void one_that_changes_again_and_again_is_unsteady_until_it_is_calm(void **state)
{
	struct mail_validity v = {.value = 0};

	(void)state;
	assert_int_equal(mail_validity_take(&v, 7, NOW), VALIDITY_FIRST);
	assert_int_equal(mail_validity_take(&v, 8, NOW), VALIDITY_ANEW);
	assert_int_equal(mail_validity_take(&v, 7, NOW + VALIDITY_CALM_MS - 1), VALIDITY_UNSTEADY);
	assert_true(v.is_unsteady);
	assert_int_equal(mail_validity_take(&v, 9, 2 * VALIDITY_CALM_MS), VALIDITY_AGAIN);
	assert_int_equal(mail_validity_take(&v, 9, 3 * VALIDITY_CALM_MS - 1), VALIDITY_SAME);
	assert_true(v.is_unsteady);
	assert_int_equal(mail_validity_take(&v, 9, 3 * VALIDITY_CALM_MS), VALIDITY_CALM);
	assert_false(v.is_unsteady);
	assert_int_equal(mail_validity_take(&v, 9, 3 * VALIDITY_CALM_MS), VALIDITY_SAME);
	assert_int_equal(mail_validity_take(&v, 1, 3 * VALIDITY_CALM_MS), VALIDITY_ANEW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_was_made_anew_is_no_trouble),
		cmocka_unit_test(one_that_changes_again_and_again_is_unsteady_until_it_is_calm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
