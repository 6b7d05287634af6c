/* SPDX-License-Identifier: MIT */
/* Whose file it is, what a person brought, and who listens to an order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/orders_scene.h"

static void on_handed(void *arg, bool taken)
{
	(void)arg;
	(void)taken;
}

static void a_file_goes_to_the_run_that_waits_for_it(void **state)
{
	const struct report_handed handed = {.link = STR_LIT("https://files.example/1.csv"),
	                                     .file = STR_LIT("0123"),
	                                     .done = on_handed};
	struct report_account account = orders_with_sent("1,2", &orders_job);
	struct report_run *from;
	struct report_run *to;

	(void)state;
	orders_set(&account);
	reports_start(scene.reports);
	fake_pass(10000);
	from = orders_run("clicks", MESSAGE);
	to = orders_run("sent", MESSAGE);
	fake_job(to, "idle", false);
	assert_int_equal(from->ops->on_foreign(from->arg, &orders_sent, &handed), REPORT_NOT_TAKEN);
	to->waits_for_file = true;
	orders_run("sent", "message=2 type=opens")->waits_for_file = true;
	assert_int_equal(from->ops->on_foreign(from->arg, &orders_sent, &handed), REPORT_TAKEN);
	assert_true(to->is_handed);
	assert_true(str_eq(to->handed.file, STR_LIT("0123")));
	assert_false(orders_run("sent", "message=2 type=opens")->is_handed);
	from->waits_for_file = true;
	/* its own */
	assert_int_equal(from->ops->on_foreign(from->arg, &scene_report, &handed),
	                 REPORT_NOT_TAKEN);
	fake_end(to, REPORT_DONE, 0, "");
	assert_int_equal(from->ops->on_foreign(from->arg, &orders_sent, &handed), REPORT_NOT_TAKEN);
}

/** Its order is there, but its run stands still, or has not read yet what is kept. */
static void one_whose_order_stands_still_takes_it_later(void **state)
{
	const struct report_handed handed = {.file = STR_LIT("0123"), .done = on_handed};
	struct report_account account = orders_with_sent("1", &orders_job);
	struct report_run *from;
	struct report_run *to;

	(void)state;
	orders_set(&account);
	reports_start(scene.reports);
	fake_pass(10000);
	from = orders_run("clicks", MESSAGE);
	to = orders_run("sent", MESSAGE);
	assert_int_equal(from->ops->on_foreign(from->arg, &orders_sent, &handed),
	                 REPORT_TAKEN_LATER);
	fake_job(to, "waiting", false);
	assert_int_equal(from->ops->on_foreign(from->arg, &orders_sent, &handed), REPORT_NOT_TAKEN);
	fake_end(to, REPORT_LATER, 60000, "no room on the disk");
	assert_int_equal(from->ops->on_foreign(from->arg, &orders_sent, &handed),
	                 REPORT_TAKEN_LATER);
	fake_settle();
	assert_int_equal(from->ops->on_foreign(from->arg, &orders_sent, &handed),
	                 REPORT_TAKEN_LATER);
}

static void what_a_person_brought_ends_the_order(void **state)
{
	/* In another order than the keys have. */
	static const struct report_value values[] = {{"type", "opens"}, {"message", "1"}};
	struct report_run *run = orders_begun("1,2");

	(void)state;
	assert_false(reports_brought(scene.reports, STR_LIT("acme"), STR_LIT("clicks"), values, 2));
	run = fake_run(MESSAGE);
	run->waits_for_file = true;
	assert_false(
		reports_brought(scene.reports, STR_LIT("umbra"), STR_LIT("clicks"), values, 2));
	assert_false(reports_brought(scene.reports, STR_LIT("acme"), STR_LIT("sent"), values, 2));
	assert_false(reports_brought(scene.reports, STR_LIT("acme"), STR_LIT("clicks"), values, 1));
	assert_true(reports_brought(scene.reports, STR_LIT("acme"), STR_LIT("clicks"), values, 2));
	assert_true(run->is_brought);
}

static void a_fetch_joins_the_order_that_is_under_way(void **state)
{
	struct orders_told one;
	struct orders_told two;
	struct report_run *run = orders_begun(NULL);

	(void)state;
	fake_job(run, "waiting", false);
	(void)orders_fetch(&one, &orders_all);
	(void)orders_fetch(&two, &orders_all);
	assert_int_equal(fake.run_count, 1);
	assert_string_equal(one.state, "waiting"); /* told at once */
	fake_job(run, "downloading", false);
	assert_string_equal(two.state, "downloading");
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
	assert_int_equal(one.dones + two.dones, 2);
	assert_int_equal(one.runs + two.runs, 2);
	assert_int_equal(two.err, ERR_OK);
	assert_int_equal(fake.run_count, 1);
}

static void what_a_fetch_has_ordered_is_not_ordered_again_soon(void **state)
{
	struct orders_told one;

	(void)state;
	fake_keep("due/acme/clicks/", "done begin=1763998200000 done=1763998201000 watermark=5");
	orders_start(NULL);
	(void)orders_fetch(&one, &orders_all);
	assert_int_equal(fake.run_count, 1);
	fake_end(&fake.runs[0], REPORT_DONE, 0, "");
	fake_pass(HOUR - 1); /* it would have been due in half an hour */
	assert_int_equal(one.dones, 1);
	assert_int_equal(fake.run_count, 1);
}

static void an_order_of_a_fetch_goes_on_by_itself(void **state)
{
	struct orders_told one;
	struct report_fetching *f;

	(void)state;
	fake_keep("due/acme/clicks/", "done begin=1763998200000 done=1763998201000 watermark=5");
	orders_start(NULL);
	f = orders_fetch(&one, &orders_all);
	fake_job(&fake.runs[0], "waiting", false);
	reports_fetch_drop(f);
	fake_settle();
	assert_false(fake.runs[0].is_canceled);
	fake_job(&fake.runs[0], "downloading", false);
	assert_string_equal(one.state, "waiting");
	fake_end(&fake.runs[0], REPORT_LATER, 0, "disk full");
	fake_pass(10000);
	assert_int_equal(fake.run_count, 2); /* due now, not in half an hour */
	assert_int_equal(one.dones, 0);
}

static void those_who_left_do_not_count_against_the_limit(void **state)
{
	struct orders_told one;

	(void)state;
	(void)orders_begun(NULL);
	for (unsigned i = 0; i < 40; i++)
		reports_fetch_drop(orders_fetch(&one, &orders_all));
	assert_int_equal(fake.run_count, 1);
	fake_end(&fake.runs[0], REPORT_DONE, 0, "");
	fake_settle();
}

static void a_trial_run_does_not_wait_for_an_order(void **state)
{
	struct orders_told one;
	struct report_fetch what = orders_all;
	struct report_run *run = orders_begun(NULL);

	(void)state;
	what.is_dry = true;
	(void)orders_fetch(&one, &what);
	assert_int_equal(fake.run_count, 2);
	fake_end(&fake.runs[1], REPORT_REFUSED, 0, "it is ordered");
	fake_settle();
	assert_int_equal(one.dones, 1);
	assert_string_equal(one.text, "it is ordered");
	what.is_dry = false;
	what.from_ms = 1;
	(void)orders_fetch(&one, &what);
	fake_end(&fake.runs[2], REPORT_REFUSED, 0, "it is ordered");
	fake_settle();
	assert_int_equal(one.dones, 1);
	/* The order itself was not touched. */
	scene_status();
	assert_string_equal(scene.lines[0].state, "running");
	assert_false(run->is_canceled);
	fake_end(run, REPORT_DONE, 0, "");
	fake_pass(HOUR / 2);
	assert_int_equal(fake.run_count, 3);
}

static void who_waits_is_told_again_and_again(void **state)
{
	struct orders_told one;
	struct report_run *run = orders_begun(NULL);

	(void)state;
	fake_job(run, "waiting", false);
	(void)orders_fetch(&one, &orders_all);
	one.progress = 0;
	fake_pass(60000);
	assert_in_range(one.progress, 5, 7);
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, orders_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_goes_to_the_run_that_waits_for_it),
		TEST(one_whose_order_stands_still_takes_it_later),
		TEST(what_a_person_brought_ends_the_order),
		TEST(a_fetch_joins_the_order_that_is_under_way),
		TEST(what_a_fetch_has_ordered_is_not_ordered_again_soon),
		TEST(an_order_of_a_fetch_goes_on_by_itself),
		TEST(those_who_left_do_not_count_against_the_limit),
		TEST(a_trial_run_does_not_wait_for_an_order),
		TEST(who_waits_is_told_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
