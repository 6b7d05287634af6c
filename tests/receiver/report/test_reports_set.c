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

/* What is kept of its order is being read meanwhile. */
static void a_report_that_is_ordered_no_more_forgets_its_order(void **state)
{
	const struct job_record job = {.state = JOB_WAITING,
	                               .ordered_ms = FAKE_WALL_MS - MINUTE,
	                               .since_ms = FAKE_WALL_MS - MINUTE,
	                               .orders = 1};
	struct report_account account;

	(void)state;
	fake_keep("due/acme/clicks/", RAN_A_MINUTE_AGO);
	orders_keep("report/acme/clicks/", &job);
	fake.held_key = "report/";
	orders_start(NULL);
	scene_report.job = NULL;
	account = scene_account("acme", 1, NULL, 0);
	orders_set(&account);
	fake_release_store();
	fake_settle();
	scene_status();
	assert_null(scene.lines[0].job);
	assert_int_equal(fake.run_count, 0); /* due in an hour */
}

/* An order that stood still before, or stands still after it. */
static void nothing_is_shown_of_an_order_of_a_report_that_has_none_any_more(void **state)
{
	struct report_run *run = orders_begun(NULL);
	struct report_account account;

	(void)state;
	fake_job(run, "downloading", true);
	fake_end(run, REPORT_LATER, MINUTE, "disk full");
	fake_pass(MINUTE);
	run = &fake.runs[1];
	fake_job(run, "downloading", true);
	scene_report.job = NULL;
	account = scene_account("acme", 1, NULL, 0);
	orders_set(&account);
	assert_true(run->is_canceled);
	fake_end(run, REPORT_CANCELED, 0, "");
	fake_settle();
	scene_status();
	assert_null(scene.lines[0].job);
}

static void two_runs_of_one_report_are_never_under_way_though_it_is_ordered_now(void **state)
{
	struct report_account account;
	struct orders_told one;
	struct orders_told two;

	(void)state;
	scene_report.job = NULL;
	account = scene_account("acme", 2, NULL, 0);
	orders_set(&account);
	(void)orders_fetch(&one, &orders_all);
	assert_int_equal(fake_active(), 1);
	scene_report.job = &orders_job;
	account = orders_account(NULL);
	orders_set(&account);
	(void)orders_fetch(&two, &orders_all);
	assert_int_equal(fake_active(), 1);
	fake_end(&fake.runs[0], REPORT_DONE, 0, "");
	fake_settle();
	assert_int_equal(one.dones, 1);
	assert_int_equal(two.dones, 0);
	assert_int_equal(fake_active(), 1);
	assert_non_null(fake.runs[1].conf.job);
	fake_end_all();
	assert_int_equal(two.dones, 1);
}

static void nor_though_it_is_not_ordered_any_more(void **state)
{
	struct report_run *run = orders_begun(NULL);
	struct report_account account;
	struct orders_told one;

	(void)state;
	scene_report.job = NULL;
	account = scene_account("acme", 2, NULL, 0);
	orders_set(&account);
	assert_true(run->is_canceled);
	(void)orders_fetch(&one, &orders_all);
	assert_int_equal(fake_active(), 1);
	fake_end(run, REPORT_CANCELED, 0, "");
	fake_settle();
	assert_int_equal(fake_active(), 1);
	assert_null(fake.runs[1].conf.job);
	fake_end_all();
	assert_int_equal(one.dones, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, orders_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reload_lets_an_order_go_on),
		TEST(with_other_settings_another_run_goes_on_with_it),
		TEST(an_order_that_is_not_configured_any_more_is_left),
		TEST(a_report_that_is_ordered_no_more_forgets_its_order),
		TEST(nothing_is_shown_of_an_order_of_a_report_that_has_none_any_more),
		TEST(two_runs_of_one_report_are_never_under_way_though_it_is_ordered_now),
		TEST(nor_though_it_is_not_ordered_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
