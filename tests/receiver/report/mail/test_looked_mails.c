/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receiver/report/mail/looked_mails.h"

static void what_was_added_is_there_in_any_order(void **state)
{
	struct looked_mails l = {0};

	(void)state;
	assert_false(looked_mails_has(&l, 1));
	for (uint32_t uid = 1000; uid > 0; uid -= 2)
		assert_int_equal(looked_mails_add(&l, uid, uid), ERR_OK);
	for (uint32_t uid = 1; uid <= 1000; uid++)
		assert_int_equal(looked_mails_has(&l, uid), uid % 2 == 0);
	looked_mails_forget(&l, 500);
	assert_false(looked_mails_has(&l, 500));
	looked_mails_clear(&l);
	assert_false(looked_mails_has(&l, 2));
	looked_mails_fini(&l);
}

static void what_came_since_is_forgotten(void **state)
{
	struct looked_mails l = {0};

	(void)state;
	assert_int_equal(looked_mails_add(&l, 1, 100), ERR_OK);
	assert_int_equal(looked_mails_add(&l, 2, 200), ERR_OK);
	assert_int_equal(looked_mails_add(&l, 3, INT64_MIN), ERR_OK);
	looked_mails_forget_since(&l, 200);
	assert_true(looked_mails_has(&l, 1));
	assert_false(looked_mails_has(&l, 2));
	assert_true(looked_mails_has(&l, 3));
	looked_mails_fini(&l);
}

static void past_its_bound_the_oldest_count_as_looked_at(void **state)
{
	struct looked_mails l = {0};

	(void)state;
	for (uint32_t uid = 2; uid <= 3 * LOOKED_MAX; uid++)
		assert_int_equal(looked_mails_add(&l, uid, uid), ERR_OK);
	assert_true(l.count <= LOOKED_MAX && l.cap <= LOOKED_MAX);
	assert_true(l.floor > LOOKED_MAX);
	for (uint32_t uid = 1; uid <= 3 * LOOKED_MAX; uid += 1000)
		assert_true(looked_mails_has(&l, uid));
	assert_false(looked_mails_has(&l, 3 * LOOKED_MAX + 1));
	assert_int_equal(looked_mails_add(&l, 1, 1), ERR_OK); /* below the floor: nothing */
	looked_mails_fini(&l);
}

static void what_was_marked_stays_so_until_all_are_forgotten(void **state)
{
	struct looked_mails l = {0};

	(void)state;
	assert_int_equal(looked_mails_add(&l, 7, 1000), ERR_OK);
	assert_int_equal(looked_mails_add(&l, 8, INT64_MAX), ERR_OK);
	assert_false(looked_mails_is_marked(&l, 7));
	assert_false(looked_mails_is_marked(&l, 9));
	assert_int_equal(looked_mails_mark(&l, 7), ERR_OK);
	assert_int_equal(looked_mails_mark(&l, 9), ERR_OK);
	assert_int_equal(looked_mails_mark(&l, 9), ERR_OK);
	assert_int_equal(l.count, 3);
	looked_mails_forget_since(&l, INT64_MIN + 1);
	assert_true(looked_mails_has(&l, 7) && looked_mails_is_marked(&l, 7));
	assert_true(looked_mails_is_marked(&l, 9));
	assert_false(looked_mails_has(&l, 8));
	looked_mails_clear(&l);
	assert_false(looked_mails_is_marked(&l, 7));
	looked_mails_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_is_there_in_any_order),
		cmocka_unit_test(what_came_since_is_forgotten),
		cmocka_unit_test(what_was_marked_stays_so_until_all_are_forgotten),
		cmocka_unit_test(past_its_bound_the_oldest_count_as_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
