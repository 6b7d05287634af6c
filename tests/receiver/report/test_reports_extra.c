/* SPDX-License-Identifier: MIT */
/* Orders under way whose values no task has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/orders_scene.h"

/* What the vendor lists. */
static const char *const both[] = {"1", "2"};

static void start_listed(void)
{
	struct report_account account = orders_listed();

	orders_set(&account);
	reports_start(scene.reports);
	fake_settle();
}

/* An order of the second one that it lists. */
static struct report_run *second_of_list(void)
{
	struct report_run *run;

	start_listed();
	fake_list(both, 2);
	fake_pass(10000);
	run = fake_run("campaign=2");
	assert_non_null(run);
	fake_job(run, "waiting", false);
	return run;
}

static void an_order_outlives_its_place_in_a_list(void **state)
{
	struct report_run *run = second_of_list();

	(void)state;
	fake_pass(900000);
	fake_list(both, 1);
	assert_false(run->is_canceled);
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
	assert_int_equal(fake_active(), 1);
}

/* ---- orders that no task has ---- */

static const struct report_value other_values[] = {{"message", "9"}, {"type", "opens"}};
static const struct report_fetch other = {
	.account = {"acme", 4}, .report = {"clicks", 6}, .values = other_values, .value_count = 2};

#define OTHER     "message=9 type=opens"
#define KEY_INDEX "orders/acme/clicks/"

/* acme with messages of which 9 is none, and a fetch of it. */
static struct report_run *ordered_other(struct orders_told *one)
{
	struct report_run *run;

	orders_start("1");
	(void)orders_fetch(one, &other);
	run = fake_run(OTHER);
	assert_non_null(run);
	fake_job(run, "waiting", false);
	return run;
}

static void what_is_under_way_is_written_down(void **state)
{
	struct orders_told one;
	struct report_run *run = ordered_other(&one);

	(void)state;
	fake_pass(10000);
	assert_string_equal(fake_kept(KEY_INDEX),
	                    "orders 1\nmessage=9&type=opens\nmessage=1&type=opens\n");
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
	assert_string_equal(fake_kept(KEY_INDEX), "orders 1\nmessage=1&type=opens\n");
	/* One that stands still stays. */
	run = fake_run(MESSAGE);
	fake_job(run, "waiting", false);
	fake_end(run, REPORT_LATER, 3 * MINUTE, "");
	fake_settle();
	assert_string_equal(fake_kept(KEY_INDEX), "orders 1\nmessage=1&type=opens\n");
}

static void an_order_without_a_task_is_adopted_after_a_restart(void **state)
{
	(void)state;
	fake_keep(KEY_INDEX, "orders 1\nmessage=9&type=opens\nmessage=1&type=opens\n");
	fake_keep("due/acme/clicks/message=1&type=opens", RAN_A_MINUTE_AGO);
	orders_start("1");
	assert_int_equal(fake.run_count, 1); /* a task's own checkpoint says that it has none */
	assert_string_equal(fake.runs[0].values, OTHER);
	fake_job(&fake.runs[0], "stale", true);
	assert_int_equal(reports_stale(scene.reports), 1);
	scene_status();
	assert_string_equal(scene_line(OTHER)->job, "stale");
	fake_end(&fake.runs[0], REPORT_DONE, 0, "");
	fake_pass(MINUTE);
	assert_int_equal(fake.run_count, 1); /* not ordered anew */
	assert_string_equal(fake_kept(KEY_INDEX), "orders 1\n");
}

/* Its checkpoint says that it was over: whoever looks must not orders_job. */
static void what_nobody_has_ordered_is_only_looked_at(void **state)
{
	struct orders_told one;

	(void)state;
	fake_keep(KEY_INDEX, "orders 1\nmessage=9&type=opens\n");
	fake_keep("due/acme/clicks/message=1&type=opens", RAN_A_MINUTE_AGO);
	orders_start("1");
	assert_int_equal(fake.run_count, 1);
	assert_true(fake.runs[0].conf.is_adoption);
	/* Who asks for it by then is not told of a run that finds nothing. */
	(void)orders_fetch(&one, &other);
	assert_int_equal(one.progress, 0);
	fake_end(&fake.runs[0], REPORT_DONE, 0, "");
	fake_settle();
	assert_int_equal(one.dones, 0);
	assert_int_equal(fake.run_count, 2);
	assert_false(fake.runs[1].conf.is_adoption);
	fake_end(&fake.runs[1], REPORT_DONE, 0, "");
	fake_settle();
	assert_int_equal(one.dones, 1);
	assert_string_equal(fake_kept(KEY_INDEX), "orders 1\n");
}

static void who_asks_for_what_is_gone_on_with_joins_it(void **state)
{
	struct orders_told one;

	(void)state;
	fake_keep(KEY_INDEX, "orders 1\nmessage=9&type=opens\n");
	fake_keep("due/acme/clicks/message=1&type=opens", RAN_A_MINUTE_AGO);
	orders_start("1");
	(void)orders_fetch(&one, &other);
	fake_job(&fake.runs[0], "waiting", false);
	fake_settle();
	fake_end(&fake.runs[0], REPORT_DONE, 0, "");
	fake_settle();
	assert_int_equal(one.dones, 1);
	assert_int_equal(fake.run_count, 1);
}

/* The task that took it over is due when it was. */
static void a_task_learns_nothing_from_one_that_finds_nothing(void **state)
{
	(void)state;
	fake_keep(KEY_INDEX, "orders 1\ncampaign=2\n");
	fake_keep("due/acme/clicks/campaign=1", RAN_A_MINUTE_AGO);
	fake_keep("due/acme/clicks/campaign=2",
	          "done begin=1763997000000 done=1763997000001 watermark=5");
	start_listed();
	fake_list(both, 2);
	fake_settle();
	fake_end(fake_run("campaign=2"), REPORT_DONE, 0, "");
	fake_pass(9 * MINUTE);
	scene_status();
	assert_int_equal(scene_line("campaign=2")->last_done_ms, 1763997000001);
	assert_int_equal(fake.run_count, 1);
	fake_pass(8 * MINUTE);
	assert_int_equal(fake.run_count, 2);
	assert_false(fake.runs[1].conf.is_adoption);
}

static void an_order_without_a_task_that_stands_still_goes_on(void **state)
{
	struct orders_told one;
	struct report_run *run = ordered_other(&one);

	(void)state;
	fake_end(run, REPORT_LATER, 3 * MINUTE, "disk full");
	fake_pass(3 * MINUTE - 1);
	assert_null(fake_run(OTHER));
	fake_pass(1);
	assert_non_null(fake_run(OTHER));
	fake_end(fake_run(OTHER), REPORT_FAILED, 0, "no");
	fake_pass(2 * HOUR);
	assert_null(fake_run(OTHER));
}

static void a_reload_keeps_an_order_without_a_task(void **state)
{
	struct orders_told one;
	struct report_run *run = ordered_other(&one);
	struct report_account account = orders_account("1");

	(void)state;
	orders_set(&account);
	assert_false(run->is_canceled);
	fake_end(run, REPORT_LATER, HOUR, "disk full");
	fake_settle();
	account = orders_account("1");
	orders_set(&account);
	fake_pass(HOUR);
	assert_non_null(fake_run(OTHER));
}

/* After a restart an order goes on before the list of its values is there. */
static void a_task_takes_over_the_order_of_its_values(void **state)
{
	struct report_run *run;

	(void)state;
	fake_keep(KEY_INDEX, "orders 1\ncampaign=2\n");
	fake_keep("due/acme/clicks/campaign=1", RAN_A_MINUTE_AGO);
	start_listed();
	run = fake_run("campaign=2");
	assert_non_null(run);
	fake_job(run, "waiting", false);
	fake_list(both, 2);
	fake_pass(MINUTE);
	assert_int_equal(fake.run_count, 1);
	fake_end(run, REPORT_DONE, 0, "");
	fake_pass(50 * MINUTE);
	scene_status();
	assert_true(scene_line("campaign=2")->last_done_ms > 0);
	assert_int_equal(fake_kept("due/acme/clicks/campaign=2") != NULL, 1);
	assert_null(fake_run("campaign=2"));
}

static void an_index_that_nobody_can_read_is_none(void **state)
{
	(void)state;
	fake_keep(KEY_INDEX, "orders 2\nmessage=9&type=opens\n");
	orders_start("1");
	assert_null(fake_run(OTHER));
	fake_keep(KEY_INDEX, "orders 1\nmessage\na=%zz\na=1&b=2&c=3&d=4&e=5\n=\n");
	reports_free(scene.reports);
	const struct reports_conf conf = {.folder = "downloads"};

	assert_int_equal(reports_new(&conf, &scene.reports), ERR_OK);
	orders_start("1");
	fake_pass(10000);
	fake_end_all();
	assert_string_equal(fake_kept("due/acme/clicks/message=1&type=opens") != NULL ? "1" : "0",
	                    "1");
}

/* ---- orders that were not read at the start ---- */

static void keep_other(void)
{
	fake_keep(KEY_INDEX, "orders 1\nmessage=9&type=opens\n");
	fake_keep("due/acme/clicks/message=1&type=opens", RAN_A_MINUTE_AGO);
}

static void a_reload_while_they_are_read_forgets_none(void **state)
{
	struct report_account account = orders_account("1");

	(void)state;
	keep_other();
	fake.held_key = "orders/";
	orders_start("1");
	orders_set(&account);
	fake_release_store();
	fake_settle();
	assert_non_null(fake_run(OTHER));
}

static void those_of_a_report_that_a_reload_brings_go_on(void **state)
{
	struct report_account account = orders_account("1");

	(void)state;
	keep_other();
	assert_int_equal(reports_set(scene.reports, NULL, 0), ERR_OK);
	reports_start(scene.reports);
	fake_settle();
	orders_set(&account);
	fake_settle();
	assert_non_null(fake_run(OTHER));
}

/* A store that cannot be read just now does not say that there are none. */
static void those_that_cannot_be_read_are_not_overwritten(void **state)
{
	(void)state;
	keep_other();
	fake.read_result = ERR_IO;
	orders_start("1");
	fake_pass(10000);
	assert_int_equal(fake.run_count, 0);
	assert_string_equal(fake_kept(KEY_INDEX), "orders 1\nmessage=9&type=opens\n");
	fake.read_result = ERR_OK;
	fake_pass(1000);
	assert_int_equal(fake.run_count, 1);
	assert_non_null(fake_run(OTHER));
}

static void an_order_that_stands_still_outlives_its_place_in_a_list(void **state)
{
	struct report_run *run = second_of_list();

	(void)state;
	fake_end(run, REPORT_LATER, 20 * MINUTE, "disk full");
	fake_pass(15 * MINUTE);
	fake_list(both, 1);
	fake_end_all();
	assert_string_equal(fake_kept(KEY_INDEX), "orders 1\ncampaign=2\n");
	fake_pass(5 * MINUTE);
	assert_non_null(fake_run("campaign=2"));
	assert_true(fake_run("campaign=2")->conf.is_adoption);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, orders_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_order_outlives_its_place_in_a_list),
		TEST(what_is_under_way_is_written_down),
		TEST(an_order_without_a_task_is_adopted_after_a_restart),
		TEST(what_nobody_has_ordered_is_only_looked_at),
		TEST(who_asks_for_what_is_gone_on_with_joins_it),
		TEST(a_task_learns_nothing_from_one_that_finds_nothing),
		TEST(an_order_without_a_task_that_stands_still_goes_on),
		TEST(a_reload_keeps_an_order_without_a_task),
		TEST(a_task_takes_over_the_order_of_its_values),
		TEST(an_index_that_nobody_can_read_is_none),
		TEST(a_reload_while_they_are_read_forgets_none),
		TEST(those_of_a_report_that_a_reload_brings_go_on),
		TEST(those_that_cannot_be_read_are_not_overwritten),
		TEST(an_order_that_stands_still_outlives_its_place_in_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
