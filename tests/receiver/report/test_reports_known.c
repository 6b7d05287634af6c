/* SPDX-License-Identifier: MIT */
/* Which campaigns an account has, as its mailboxes are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/orders_scene.h"

static bool knows(const char *id)
{
	const struct campaign_ids *ids = fake.mailboxes[0].ids;

	return ids != NULL && campaign_ids_at(ids, str_from(id), 0, strlen(id) - 1) == strlen(id);
}

static void the_mailbox_waits_until_it_knows_the_campaigns(void **state)
{
	static const char *const settled[] = {"7", "8"};

	(void)state;
	orders_start("1,2");
	assert_true(fake.mailboxes[0].is_expected);
	assert_int_equal(fake.stored_count, 1);
	assert_null(fake.stored[0].conf.list);
	assert_string_equal(fake.stored[0].conf.account, "acme");
	assert_true(fake.stored[0].conf.seen_ms >= 30 * 24 * (uint64_t)HOUR);
	assert_int_equal(fake.mailboxes[0].told, 0);
	fake_stored(settled, 2);
	assert_int_equal(fake.mailboxes[0].told, 1);
	assert_string_equal(fake.mailboxes[0].account, "acme");
	assert_true(knows("1") && knows("2") && knows("7") && knows("8"));
	assert_false(knows("opens") || knows("3"));
	/* Some come later. */
	fake_end_all();
	fake_pass(HOUR + 1000);
	assert_int_equal(fake.stored_count, 2);
	fake_stored(settled, 1);
	assert_false(knows("8"));
	fake_end_all();
}

static void campaigns_that_cannot_be_read_hold_nobody_up(void **state)
{
	(void)state;
	orders_start("1,2");
	fake_stored_end(VENDOR_FAILED, "full");
	assert_int_equal(fake.mailboxes[0].told, 1);
	assert_true(knows("1") && !knows("7"));
	fake_pass(61000);
	assert_int_equal(fake.stored_count, 2);
	fake_end_all();
}

static void a_reload_keeps_the_campaigns_and_adds_new_ones(void **state)
{
	static const char *const settled[] = {"7"};
	struct report_account account;

	(void)state;
	orders_start("1");
	fake_stored(settled, 1);
	account = orders_account("1,9");
	orders_set(&account);
	fake_settle();
	assert_int_equal(fake.stored_count, 1);
	assert_true(knows("7") && knows("9"));
	fake_end_all();
}

static void without_a_mailbox_no_campaigns_are_read(void **state)
{
	(void)state;
	orders_job.by = READY_POLL;
	orders_start("1");
	assert_int_equal(fake.stored_count, 0);
	fake_end_all();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, orders_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_mailbox_waits_until_it_knows_the_campaigns),
		TEST(campaigns_that_cannot_be_read_hold_nobody_up),
		TEST(a_reload_keeps_the_campaigns_and_adds_new_ones),
		TEST(without_a_mailbox_no_campaigns_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
