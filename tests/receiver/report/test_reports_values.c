/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/reports_scene.h"

#define MINUTE 60000

static const struct list_spec list = {.name = "campaigns", .every_ms = 900000};
static const char *const ab[] = {"a", "b"};
static const char *const bc[] = {"b", "c"};

static struct report_loop loop;

static void set_loop_of(enum each_kind kind, const struct list_spec *spec)
{
	struct report_account account = scene_account("acme", 4, NULL, 0);

	loop = (struct report_loop){.name = "campaign", .kind = kind, .seen_ms = HOUR};
	if (kind == EACH_LIST)
		loop.list = spec;
	account.plans = &scene.plans[scene.plan_count - 1];
	scene.plans[scene.plan_count - 1].loops = &loop;
	scene.plans[scene.plan_count - 1].loop_count = 1;
	assert_int_equal(reports_set(scene.reports, &account, 1), ERR_OK);
}

static void set_loop(enum each_kind kind)
{
	set_loop_of(kind, &list);
}

static void begin(enum each_kind kind)
{
	set_loop(kind);
	reports_start(scene.reports);
	fake_pass(0);
	assert_int_equal(fake.ask_count, 1);
}

static void what_the_list_has_is_run(void **state)
{
	(void)state;
	begin(EACH_LIST);
	assert_ptr_equal(fake.asks[0].conf.list, &list);
	assert_int_equal(fake.asks[0].conf.pages_max, 100);
	assert_int_equal(fake.run_count, 0);
	scene_status();
	assert_int_equal(scene.line_count, 1); /* the report itself */
	fake_list(ab, 2);
	fake_pass(10000);
	assert_non_null(fake_run("campaign=a"));
	assert_non_null(fake_run("campaign=b"));
}

static void it_is_asked_again_after_its_time(void **state)
{
	(void)state;
	begin(EACH_LIST);
	fake_pass(20 * MINUTE); /* it takes long: not twice at once */
	assert_int_equal(fake.ask_count, 1);
	fake_list(ab, 2);
	fake_pass(0);
	assert_int_equal(fake.ask_count, 2);
	fake_list(ab, 2);
	fake_pass(15 * MINUTE - 1);
	assert_int_equal(fake.ask_count, 2);
	fake_pass(1);
	assert_int_equal(fake.ask_count, 3);
}

static void what_is_listed_no_more_is_not_run(void **state)
{
	struct report_run *gone;
	struct report_run *kept;

	(void)state;
	begin(EACH_LIST);
	fake_list(ab, 2);
	fake_pass(10000);
	gone = fake_run("campaign=a");
	kept = fake_run("campaign=b");
	fake_pass(15 * MINUTE);
	fake_list(bc, 2);
	assert_true(gone->is_canceled);
	assert_false(kept->is_canceled);
	fake_end(gone, REPORT_CANCELED, 0, "");
	fake_pass(10000);
	assert_non_null(fake_run("campaign=c"));
	scene_status();
	assert_int_equal(scene.line_count, 2);
}

static void a_list_that_fails_leaves_the_old_values(void **state)
{
	(void)state;
	begin(EACH_LIST);
	fake_list(ab, 2);
	fake_pass(15 * MINUTE);
	fake_end_all();
	fake_list_end(VENDOR_FAILED, 0, "no answer");
	fake_pass(0);
	scene_status();
	assert_int_equal(scene.line_count, 2);
	fake_pass(MINUTE / 2 - 1);
	assert_int_equal(fake.ask_count, 2);
	fake_pass(MINUTE / 2 + 1);
	assert_int_equal(fake.ask_count, 3);
}

static void a_list_that_never_came_says_why(void **state)
{
	(void)state;
	begin(EACH_LIST);
	fake_list_end(VENDOR_FAILED, 0, "no answer");
	scene_status();
	assert_int_equal(scene.line_count, 1);
	assert_string_equal(scene.lines[0].state, "failed");
	assert_string_equal(scene.lines[0].trouble, "no answer");
}

static void a_list_that_is_told_to_wait_holds_the_account(void **state)
{
	(void)state;
	begin(EACH_LIST);
	fake_list_end(VENDOR_LATER, 20 * MINUTE, "too many requests");
	fake_pass(20 * MINUTE - 1);
	assert_int_equal(fake.ask_count, 1);
	fake_pass(1);
	assert_int_equal(fake.ask_count, 2);
}

static void a_list_that_cannot_be_asked_is_a_failure(void **state)
{
	(void)state;
	fake.ask_result = ERR_NOENT;
	set_loop(EACH_LIST);
	reports_start(scene.reports);
	fake_pass(0);
	scene_status();
	assert_string_equal(scene.lines[0].state, "failed");
	fake.ask_result = ERR_OK;
	fake_pass(MINUTE);
	assert_int_equal(fake.ask_count, 1);
}

static void a_reload_keeps_the_values_and_when_they_were_asked(void **state)
{
	(void)state;
	begin(EACH_LIST);
	fake_list(ab, 2);
	fake_pass(10000);
	set_loop(EACH_LIST);
	fake_pass(15 * MINUTE - 10001);
	assert_int_equal(fake.ask_count, 1);
	assert_false(fake_run("campaign=a")->is_canceled);
	fake_pass(1);
	assert_int_equal(fake.ask_count, 2);
	set_loop(EACH_LIST); /* while it is being asked */
	assert_true(fake.asks[1].is_over);
	fake_pass(0);
	assert_int_equal(fake.ask_count, 3);
}

static void our_own_campaigns_are_read_every_minute(void **state)
{
	(void)state;
	begin(EACH_SEEN);
	assert_null(fake.asks[0].conf.list);
	assert_int_equal(fake.asks[0].conf.seen_ms, HOUR);
	assert_string_equal(fake.asks[0].conf.account, "acme");
	fake_list(ab, 2);
	fake_pass(10000);
	assert_int_equal(fake_active(), 2);
	fake_pass(MINUTE - 10000);
	assert_int_equal(fake.ask_count, 2);
}

static void on_done(void *arg, enum err err, const char *text)
{
	(void)text;
	*(enum err *)arg = err;
}

static void fetch(enum err *ret_err)
{
	static const struct report_fetch_ops ops = {.on_done = on_done};
	static const struct report_fetch all = {.account = {"acme", 4}, .report = {"clicks", 6}};
	struct report_fetching *f = NULL;

	*ret_err = ERR_EXISTS;
	assert_int_equal(reports_fetch(scene.reports, &all, &ops, ret_err, &f), ERR_OK);
	fake_pass(0);
}

static void a_fetch_asks_the_list_first(void **state)
{
	enum err err;

	(void)state;
	set_loop(EACH_LIST);
	fake_pass(HOUR);
	assert_int_equal(fake.ask_count, 0);
	fetch(&err);
	assert_int_equal(fake.ask_count, 1);
	assert_int_equal(fake.run_count, 0);
	fake_list(ab, 2);
	assert_int_equal(fake_active(), 2);
	fake_end_all();
	assert_int_equal(err, ERR_OK);
	fake_pass(HOUR);
	assert_int_equal(fake.ask_count, 1);
}

static void a_fetch_whose_list_fails_says_so(void **state)
{
	enum err err;

	(void)state;
	set_loop(EACH_LIST);
	fetch(&err);
	fake_list_end(VENDOR_UNAUTHORIZED, 0, "401");
	assert_int_equal(err, ERR_AUTH);
	fake_pass(1);
	fetch(&err); /* asked again, whatever was waited for */
	assert_int_equal(fake.ask_count, 2);
	fake_list(ab, 0);
	assert_int_equal(err, ERR_OK); /* nothing to do is no mistake */
}

static void count_call(void *arg)
{
	(*(unsigned *)arg)++;
}

static void a_stop_ends_the_asking(void **state)
{
	unsigned stopped = 0;

	(void)state;
	begin(EACH_LIST);
	reports_stop(scene.reports, count_call, &stopped);
	assert_true(fake.asks[0].is_over);
	fake_pass(0);
	assert_int_equal(stopped, 1);
}

static void once_somebody_mended_the_account_its_lists_are_asked_at_once(void **state)
{
	(void)state;
	begin(EACH_LIST);
	for (unsigned i = 0; i < 6; i++) {
		fake_list_end(VENDOR_UNAUTHORIZED, MINUTE, "401");
		fake_pass(HOUR);
	}
	fake_list_end(VENDOR_UNAUTHORIZED, MINUTE, "401");
	reports_mended(scene.reports, "acme");
	fake_pass(0);
	assert_int_equal(fake.ask_count, 8);
}

static void a_reload_does_not_forget_why_a_list_failed(void **state)
{
	(void)state;
	begin(EACH_LIST);
	fake_list_end(VENDOR_FAILED, 0, "no answer");
	set_loop(EACH_LIST);
	scene_status();
	assert_string_equal(scene.lines[0].state, "failed");
	assert_string_equal(scene.lines[0].trouble, "no answer");
}

static void a_shorter_time_between_two_askings_counts_at_once(void **state)
{
	static const struct list_spec often = {.name = "campaigns", .every_ms = 2 * MINUTE};

	(void)state;
	begin(EACH_LIST);
	fake_list(ab, 2);
	set_loop_of(EACH_LIST, &often);
	fake_pass(2 * MINUTE);
	assert_int_equal(fake.ask_count, 2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_list_has_is_run),
		TEST(it_is_asked_again_after_its_time),
		TEST(what_is_listed_no_more_is_not_run),
		TEST(a_list_that_fails_leaves_the_old_values),
		TEST(a_list_that_never_came_says_why),
		TEST(a_list_that_is_told_to_wait_holds_the_account),
		TEST(a_list_that_cannot_be_asked_is_a_failure),
		TEST(a_reload_keeps_the_values_and_when_they_were_asked),
		TEST(our_own_campaigns_are_read_every_minute),
		TEST(a_fetch_asks_the_list_first),
		TEST(a_fetch_whose_list_fails_says_so),
		TEST(a_stop_ends_the_asking),
		TEST(once_somebody_mended_the_account_its_lists_are_asked_at_once),
		TEST(a_reload_does_not_forget_why_a_list_failed),
		TEST(a_shorter_time_between_two_askings_counts_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
