/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/reports_scene.h"

/* What the person is told. */
struct told {
	unsigned progress, payloads, runs, dones;
	char last[128];
	enum report_end end;
	enum err err;
	char text[240];
};

static struct told told;

static void note_values(const struct report_value *values, size_t count)
{
	size_t len = 0;

	told.last[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		len += (size_t)snprintf(told.last + len, sizeof(told.last) - len, "%s%s=%s",
		                        i > 0 ? " " : "", values[i].name, values[i].value);
	}
}

static void on_progress(void *arg, const struct report_value *values, size_t count,
                        const struct report_progress *progress)
{
	assert_ptr_equal(arg, &told);
	assert_int_equal(progress->rows, 10);
	note_values(values, count);
	told.progress++;
}

static bool on_payload(void *arg, struct source *source, const struct payload *payload)
{
	assert_ptr_equal(arg, &told);
	assert_string_equal(source_name(source), "clicks");
	assert_true(str_eq(payload->body, STR_LIT("[]")));
	told.payloads++;
	return true;
}

static void on_run(void *arg, const struct report_value *values, size_t count,
                   const struct report_result *result)
{
	assert_ptr_equal(arg, &told);
	note_values(values, count);
	told.end = result->end;
	told.runs++;
}

static void on_done(void *arg, enum err err, const char *text)
{
	assert_ptr_equal(arg, &told);
	told.err = err;
	(void)snprintf(told.text, sizeof(told.text), "%s", text);
	told.dones++;
}

static const struct report_fetch_ops ops = {on_progress, on_payload, on_run, on_done};

static const struct report_fetch all = {.account = {"acme", 4}, .report = {"clicks", 6}};

static struct report_fetching *fetch(const struct report_fetch *what)
{
	struct report_fetching *f = NULL;

	memset(&told, 0, sizeof(told));
	assert_int_equal(reports_fetch(scene.reports, what, &ops, &told, &f), ERR_OK);
	assert_int_equal(told.dones, 0);
	fake_pass(0);
	return f;
}

static void it_runs_without_a_start(void **state)
{
	(void)state;
	scene_set("acme", 2, "512,513,514", 1);
	(void)fetch(&all);
	assert_int_equal(fake_active(), 2);
	fake_progress(fake_run("message=512 type=opens"), 1, 10);
	assert_int_equal(told.progress, 1);
	assert_string_equal(told.last, "message=512 type=opens");
	fake_end_all();
	assert_int_equal(told.dones, 0);
	fake_end_all();
	assert_int_equal(told.runs, 3);
	assert_int_equal(told.dones, 1);
	assert_int_equal(told.err, ERR_OK);
	fake_pass(10 * HOUR);
	assert_int_equal(fake.run_count, 3);
	assert_int_equal(fake.kept, 0); /* what the daemon keeps is not touched */
}

static void given_values_restrict_the_loops(void **state)
{
	static const struct report_value given[] = {
		{"type", "clicks"}, {"message", "513"}, {"message", "999"}};
	struct report_fetch what = all;

	(void)state;
	scene_set("acme", 4, "512,513", 2);
	what.values = given;
	what.value_count = 3;
	what.from_ms = 1000;
	what.to_ms = 2000;
	(void)fetch(&what);
	assert_int_equal(fake.run_count, 2);
	assert_non_null(fake_run("message=513 type=clicks"));
	assert_non_null(fake_run("message=999 type=clicks")); /* not configured */
	assert_int_equal(fake_run("message=513 type=clicks")->conf.from_ms, 1000);
	assert_int_equal(fake_run("message=513 type=clicks")->conf.to_ms, 2000);
	fake_end_all();
	assert_int_equal(told.dones, 1);
}

static void a_loop_that_is_not_configured_may_be_given(void **state)
{
	static const struct report_value given[] = {{"campaign", "c1"}};
	static const struct report_value unknown[] = {{"campain", "c1"}};
	struct report_fetch what = all;

	(void)state;
	scene_report.each[0] = (struct each_spec){.name = "campaign"};
	scene_report.each_count = 1;
	scene_set("acme", 4, NULL, 0);
	what.values = given;
	what.value_count = 1;
	(void)fetch(&what);
	assert_non_null(fake_run("campaign=c1"));
	fake_end_all();
	assert_int_equal(told.err, ERR_OK);
	what.values = unknown;
	(void)fetch(&what);
	assert_int_equal(told.err, ERR_NOENT);
	assert_non_null(strstr(told.text, "campain"));
}

static void what_is_not_there_is_named(void **state)
{
	struct report_fetch what = all;

	(void)state;
	scene_set("acme", 4, NULL, 0);
	what.account = STR_LIT("umbra");
	(void)fetch(&what);
	assert_int_equal(told.err, ERR_NOENT);
	assert_string_equal(told.text, "no account \"umbra\" with reports; there are: acme");
	what = all;
	what.report = STR_LIT("opens");
	(void)fetch(&what);
	assert_int_equal(told.err, ERR_NOENT);
	assert_string_equal(told.text, "acme has no report \"opens\"; it has: clicks");
}

static void a_loop_without_values_is_named(void **state)
{
	(void)state;
	scene_set("acme", 4, "", 1);
	(void)fetch(&all);
	assert_int_equal(told.dones, 1);
	assert_int_equal(told.err, ERR_NOENT);
	assert_non_null(strstr(told.text, "message"));
}

static void the_same_run_is_waited_for(void **state)
{
	(void)state;
	scene_set("acme", 4, NULL, 0);
	reports_start(scene.reports);
	fake_pass(10000);
	assert_int_equal(fake_active(), 1);
	(void)fetch(&all);
	assert_int_equal(fake.run_count, 1);
	fake_end_all();
	assert_int_equal(fake.run_count, 2);
	assert_int_equal(told.dones, 0);
	fake_end_all();
	assert_int_equal(told.dones, 1);
}

static void it_counts_neither_against_every_nor_the_backoff(void **state)
{
	int64_t next_ms;

	(void)state;
	scene_set("acme", 4, NULL, 0);
	reports_start(scene.reports);
	fake_pass(10000);
	fake_end_all();
	scene_status();
	next_ms = scene.lines[0].next_ms;
	fake_pass(600000);
	(void)fetch(&all);
	fake_end(fake_run(""), REPORT_FAILED, 0, "no answer");
	fake_pass(0);
	assert_int_equal(told.err, ERR_IO);
	assert_string_equal(told.text, "no answer");
	scene_status();
	assert_int_equal(scene.lines[0].next_ms, next_ms);
	assert_string_equal(scene.lines[0].state, "waiting");
	/* What is due while a fetch goes on waits for its end. */
	(void)fetch(&all);
	fake_pass(2 * HOUR);
	assert_int_equal(fake_active(), 1);
	fake_end_all();
	assert_int_equal(fake_active(), 1);
	fake_end_all();
}

static void the_worst_is_told(void **state)
{
	(void)state;
	scene_set("acme", 4, "1,2,3", 1);
	(void)fetch(&all);
	fake_end(fake_run("message=1 type=opens"), REPORT_UNAUTHORIZED, 0, "401");
	fake_end(fake_run("message=2 type=opens"), REPORT_FAILED, 0, "no answer");
	fake_end_all();
	assert_int_equal(told.runs, 3);
	assert_int_equal(told.err, ERR_AUTH);
	assert_string_equal(told.text, "401");
}

static void later_and_refused_credentials_end_it(void **state)
{
	(void)state;
	scene_set("acme", 1, "1,2,3", 1);
	(void)fetch(&all);
	fake_end(fake_run("message=1 type=opens"), REPORT_LATER, 60000, "too many requests");
	fake_pass(0);
	assert_int_equal(told.dones, 1);
	assert_int_equal(told.err, ERR_AGAIN);
	assert_int_equal(fake.run_count, 1);
}

static void a_dry_one_gives_payloads(void **state)
{
	const struct payload payload = {.body = STR_LIT("[]")};
	struct report_fetch what = all;

	(void)state;
	scene_set("acme", 1, NULL, 0);
	what.is_dry = true;
	fake.is_full = true; /* it stores nothing */
	(void)fetch(&what);
	assert_true(fake_run("")->ops->on_payload(fake_run("")->arg, &payload));
	assert_int_equal(told.payloads, 1);
	fake_end_all();
	assert_int_equal(told.dones, 1);
}

static void a_real_one_waits_for_the_store(void **state)
{
	(void)state;
	scene_set("acme", 1, NULL, 0);
	fake.is_full = true;
	(void)fetch(&all);
	fake_pass(60000);
	assert_int_equal(fake.run_count, 0);
	fake.is_full = false;
	fake_pass(1000);
	assert_null(fake_run("")->ops->on_payload);
	fake_end_all();
	assert_int_equal(told.dones, 1);
}

static void a_dropped_one_goes_on_in_silence(void **state)
{
	(void)state;
	scene_set("acme", 1, "1,2", 1);
	reports_fetch_drop(fetch(&all));
	fake_pass(0);
	assert_false(fake.runs[0].is_canceled);
	fake_progress(&fake.runs[0], 1, 10);
	fake_end_all();
	fake_end_all();
	assert_int_equal(fake.run_count, 2);
	assert_int_equal(told.progress + told.runs + told.dones, 0);
}

static void a_dropped_dry_one_is_cancelled(void **state)
{
	struct report_fetch what = all;

	(void)state;
	scene_set("acme", 1, "1,2", 1);
	what.is_dry = true;
	reports_fetch_drop(fetch(&what));
	assert_true(fake.runs[0].is_canceled);
	fake_end(&fake.runs[0], REPORT_CANCELED, 0, "");
	fake_pass(HOUR);
	assert_int_equal(fake.run_count, 1);
	assert_int_equal(told.runs + told.dones, 0);
}

static void count_call(void *arg)
{
	(*(unsigned *)arg)++;
}

static void a_stop_cancels_and_takes_no_more(void **state)
{
	struct report_fetching *f = NULL;
	unsigned stopped = 0;

	(void)state;
	scene_set("acme", 1, "1,2", 1);
	(void)fetch(&all);
	reports_stop(scene.reports, count_call, &stopped);
	assert_true(fake.runs[0].is_canceled);
	fake_end(&fake.runs[0], REPORT_CANCELED, 0, "");
	fake_pass(0);
	assert_int_equal(told.dones, 1);
	assert_int_equal(told.err, ERR_CANCELED);
	assert_int_equal(stopped, 1);
	assert_int_equal(fake.run_count, 1);
	assert_int_equal(reports_fetch(scene.reports, &all, &ops, &told, &f), ERR_CANCELED);
	assert_null(f);
}

static void a_reload_that_takes_the_report_away_ends_it(void **state)
{
	(void)state;
	scene_set("acme", 1, "1,2", 1);
	(void)fetch(&all);
	assert_int_equal(reports_set(scene.reports, NULL, 0), ERR_OK);
	assert_true(fake.runs[0].is_canceled);
	fake_end(&fake.runs[0], REPORT_CANCELED, 0, "");
	fake_pass(0);
	assert_int_equal(told.dones, 1);
	assert_int_equal(told.err, ERR_CANCELED);
}

static void there_is_a_most_of_them(void **state)
{
	struct report_fetching *f = NULL;

	(void)state;
	scene_set("acme", 1, NULL, 0);
	for (unsigned i = 0; i < 32; i++)
		(void)fetch(&all);
	assert_int_equal(reports_fetch(scene.reports, &all, &ops, &told, &f), ERR_LIMIT);
	for (unsigned i = 0; i < 32; i++)
		fake_end_all();
	assert_int_equal(told.dones, 32);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_runs_without_a_start),
		TEST(given_values_restrict_the_loops),
		TEST(a_loop_that_is_not_configured_may_be_given),
		TEST(what_is_not_there_is_named),
		TEST(a_loop_without_values_is_named),
		TEST(the_same_run_is_waited_for),
		TEST(it_counts_neither_against_every_nor_the_backoff),
		TEST(the_worst_is_told),
		TEST(later_and_refused_credentials_end_it),
		TEST(a_dry_one_gives_payloads),
		TEST(a_real_one_waits_for_the_store),
		TEST(a_dropped_one_goes_on_in_silence),
		TEST(a_dropped_dry_one_is_cancelled),
		TEST(a_stop_cancels_and_takes_no_more),
		TEST(a_reload_that_takes_the_report_away_ends_it),
		TEST(there_is_a_most_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
