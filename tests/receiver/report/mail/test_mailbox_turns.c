/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "receiver/report/mail/mailbox_turns.h"

static void turns_are_counted_for_each_order(void **state)
{
	struct mailbox_turns t = {.next = 0};

	(void)state;
	assert_int_equal(mailbox_turns_count(&t, "clicks", 5), 0);
	mailbox_turns_add(&t, "clicks", 5);
	mailbox_turns_add(&t, "clicks", 5);
	assert_int_equal(mailbox_turns_count(&t, "clicks", 5), 2);
	assert_int_equal(mailbox_turns_count(&t, "clicks", 6), 0);
	assert_int_equal(mailbox_turns_count(&t, "sent", 5), 0);
	mailbox_turns_fini(&t);
	assert_int_equal(mailbox_turns_count(&t, "clicks", 5), 0);
}

static void the_oldest_is_forgotten(void **state)
{
	struct mailbox_turns t = {.next = 0};
	char id[16];

	(void)state;
	for (int i = 0; i < TURNS_MAX + 1; i++) {
		(void)snprintf(id, sizeof(id), "%d", i);
		mailbox_turns_add(&t, id, i);
	}
	assert_int_equal(mailbox_turns_count(&t, "0", 0), 0);
	assert_int_equal(mailbox_turns_count(&t, "1", 1), 1);
	assert_int_equal(mailbox_turns_count(&t, id, TURNS_MAX), 1);
	mailbox_turns_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_are_counted_for_each_order),
		cmocka_unit_test(the_oldest_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
