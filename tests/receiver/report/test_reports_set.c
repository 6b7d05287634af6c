/* SPDX-License-Identifier: MIT */
/* Reports that are ordered, and a reload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/receiver/report/orders_scene.h"

static void a_reload_lets_an_order_go_on(void **state)
{
	struct report_run *run = orders_begun("1");
	struct report_account account = orders_account("1,2");

	(void)state;
	fake_job(run, "waiting", false);
	orders_set(&account);
	fake_pass(10000);
	assert_false(run->is_canceled);
	assert_int_equal(fake.run_count, 2); /* the new one */
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
	assert_int_equal(fake_active(), 1);
}

static void with_other_settings_another_run_goes_on_with_it(void **state)
{
	struct report_run *run = orders_begun(NULL);
	struct report_account account = orders_account(NULL);

	(void)state;
	fake_job(run, "waiting", false);
	orders_mailbox.url = "imaps://two.example";
	fake.cancels_at_once = true;
	orders_set(&account);
	fake_pass(2000);
	assert_true(run->is_canceled);
	assert_int_equal(fake.run_count, 2);
	assert_ptr_equal(fake.runs[1].conf.job->mailbox, &fake.mailboxes[1]);
	assert_int_equal(fake.mailboxes[0].refs, 0);
}

static void an_order_that_is_not_configured_any_more_is_left(void **state)
{
	struct report_run *run = orders_begun("1,2");
	struct report_account account = orders_account("1");

	(void)state;
	run = fake_run("message=2 type=opens");
	orders_set(&account);
	assert_true(run->is_canceled);
	fake_end(run, REPORT_CANCELED, 0, "");
	fake_settle();
	assert_int_equal(fake_active(), 1);
	/* The report, too. */
	scene_report.job = NULL;
	account = orders_account("1");
	account.plan_count = 0;
	orders_set(&account);
	assert_true(fake_run(MESSAGE)->is_canceled);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, orders_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reload_lets_an_order_go_on),
		TEST(with_other_settings_another_run_goes_on_with_it),
		TEST(an_order_that_is_not_configured_any_more_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
