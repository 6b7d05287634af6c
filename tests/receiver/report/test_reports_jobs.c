/* SPDX-License-Identifier: MIT */
/* Reports that are ordered: how many at once, adopted, stale, counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/metrics.h"
#include "receiver/report/run/run_checkpoint.h"
#include "tests/receiver/report/orders_scene.h"

#define TWELVE "01,02,03,04,05,06,07,08,09,10,11,12"

static int64_t jobs(const char *job_state)
{
	return metric_get(METRIC_REPORT_JOBS, "acme", "clicks", job_state)->value;
}

static int64_t ended(const char *end)
{
	return metric_get(METRIC_REPORT_JOBS_ENDED, "acme", "clicks", end)->value;
}

/* ---- how many at once ---- */

static void twelve_orders_are_under_way_at_once_and_hold_nobody_up(void **state)
{
	struct report_account account = orders_with_sent(TWELVE, NULL);

	(void)state;
	orders_set(&account); /* parallel: 1 */
	reports_start(scene.reports);
	fake_pass(10000);
	assert_int_equal(fake_active(), 13); /* and one of the other report */
	assert_non_null(orders_run("clicks", "message=12 type=opens"));
	for (unsigned i = 0; i < 12; i++) {
		struct report_run *run = NULL;

		for (size_t k = 0; k < fake.run_count && run == NULL; k++) {
			if (!fake.runs[k].is_done &&
			    strcmp(fake.runs[k].conf.source->name, "sent") == 0)
				run = &fake.runs[k];
		}
		fake_end(run, REPORT_DONE, 0, "");
		fake_settle();
	}
	assert_int_equal(fake_active(), 12);
	assert_int_equal(fake.run_count, 24);
}

static void a_report_has_at_most_so_many_orders(void **state)
{
	(void)state;
	orders_job.parallel = 2;
	(void)orders_begun("1,2,3,4,5");
	assert_int_equal(fake_active(), 2);
	fake_end_all();
	fake_end_all();
	assert_int_equal(fake.run_count, 5);
	assert_int_equal(fake_active(), 1);
}

static void an_account_that_is_held_orders_nothing(void **state)
{
	struct report_account account = orders_with_sent("1", NULL);

	(void)state;
	orders_set(&account);
	reports_start(scene.reports);
	fake_pass(10000);
	fake_end(orders_run("sent", MESSAGE), REPORT_LATER, 3 * HOUR, "");
	fake_end(orders_run("clicks", MESSAGE), REPORT_DONE, 0, "");
	fake_pass(2 * HOUR);
	assert_int_equal(fake.run_count, 2);
	fake_pass(HOUR);
	assert_int_equal(fake.run_count, 4);
}

/* Its mailbox or the disk keeps it: that is not the vendor. */
static void an_order_that_stands_still_holds_nobody_else(void **state)
{
	struct report_run *run;

	(void)state;
	orders_job.parallel = 1;
	run = orders_begun("1,2");
	fake_job(run, "downloading", false);
	fake_end(run, REPORT_LATER, 2 * MINUTE, "disk full");
	fake_settle();
	assert_int_equal(fake_active(), 1); /* the other one */
	fake_end_all();
	fake_pass(2 * MINUTE - 1);
	assert_int_equal(fake.run_count, 2);
	scene_status();
	assert_string_equal(scene_line(run->values)->job, "downloading");
	fake_pass(1);
	assert_int_equal(fake.run_count, 3);
	assert_string_equal(fake.runs[2].values, run->values);
	fake_end(&fake.runs[2], REPORT_LATER, 0, ""); /* not in a circle */
	fake_settle();
	assert_int_equal(fake.run_count, 3);
}

/* Nobody else says it: not the vendor, and not the mailbox. */
static void an_order_that_stands_still_says_why(void **state)
{
	struct report_run *run = orders_begun(NULL);

	(void)state;
	fake_job(run, "downloading", false);
	fake_end(run, REPORT_LATER, MINUTE, "the folder of downloads cannot be made");
	fake_settle();
	scene_status();
	assert_string_equal(scene.lines[0].job, "downloading");
	assert_string_equal(scene.lines[0].trouble, "the folder of downloads cannot be made");
	fake_pass(MINUTE);
	fake_job(&fake.runs[1], "downloading", false);
	fake_end(&fake.runs[1], REPORT_DONE, 0, "");
	fake_settle();
	scene_status();
	assert_string_equal(scene.lines[0].trouble, "");
}

/* Of the one before nothing is known that would be bad. */
static void an_order_that_could_not_be_sent_is_none(void **state)
{
	struct report_run *run = orders_begun(NULL);

	(void)state;
	fake_job(run, "done", false);
	fake_end(run, REPORT_DONE, 0, "");
	fake_pass(2 * HOUR);
	assert_int_equal(fake.run_count, 2);
	fake_job(&fake.runs[1], "idle", false);
	fake_end(&fake.runs[1], REPORT_FAILED, 0, "no connection");
	fake_settle();
	assert_int_equal(reports_stale(scene.reports), 0);
	scene_status();
	assert_null(scene.lines[0].job);
	assert_string_equal(scene.lines[0].trouble, "no connection");
}

/* ---- a restart ---- */

static void an_order_under_way_is_adopted_at_once(void **state)
{
	const struct job_record job = {.state = JOB_WAITING,
	                               .ordered_ms = FAKE_WALL_MS - MINUTE,
	                               .since_ms = FAKE_WALL_MS - MINUTE,
	                               .until_ms = FAKE_WALL_MS + MINUTE,
	                               .orders = 1};

	(void)state;
	/* It ran a minute ago: else it would be due in an hour. */
	fake_keep("due/acme/clicks/message=1&type=opens", RAN_A_MINUTE_AGO);
	fake_keep("due/acme/clicks/message=2&type=opens", RAN_A_MINUTE_AGO);
	orders_keep("report/acme/clicks/message=1&type=opens", &job);
	orders_start("1,2");
	assert_int_equal(fake.run_count, 1);
	assert_string_equal(fake.runs[0].values, MESSAGE);
	fake_pass(HOUR / 2);
	assert_int_equal(fake.run_count, 1);
}

/* What a failed order left is no order: another one would send a mail to a person again. */
static void a_failed_order_is_not_made_again_early_after_a_restart(void **state)
{
	const struct job_record job = {.state = JOB_FAILED,
	                               .ordered_ms = FAKE_WALL_MS - 5 * MINUTE,
	                               .orders = 1,
	                               .text = "the vendor could not build it"};

	(void)state;
	fake_keep("due/acme/clicks/", "failed begin=1763999700000 done=0 watermark=0");
	orders_keep("report/acme/clicks/", &job);
	orders_start(NULL);
	assert_int_equal(reports_stale(scene.reports), 1);
	scene_status();
	assert_string_equal(scene.lines[0].job, "failed");
	assert_string_equal(scene.lines[0].job_text, "the vendor could not build it");
	fake_pass(54 * MINUTE);
	assert_int_equal(fake.run_count, 0);
	fake_pass(MINUTE);
	assert_int_equal(fake.run_count, 1);
}

static void keep_last(const char *key, const struct job_record *job)
{
	const struct run_checkpoint at = {.watermark_ms = FAKE_WALL_MS - MINUTE, .job = *job};

	orders_keep_at(key, &at);
}

/* Killed when the last row was there, and the end of the run was not written down. */
static void what_is_over_is_not_ordered_again_by_the_next_start(void **state)
{
	const struct job_record done = {.state = JOB_DONE,
	                                .ordered_ms = FAKE_WALL_MS - 5 * MINUTE,
	                                .since_ms = FAKE_WALL_MS - 4 * MINUTE};
	const struct job_record stale = {.state = JOB_STALE,
	                                 .ordered_ms = FAKE_WALL_MS - 5 * MINUTE,
	                                 .since_ms = FAKE_WALL_MS - 4 * MINUTE,
	                                 .is_fallback = true,
	                                 .text = "no mail"};

	(void)state;
	keep_last("report/acme/clicks/message=1&type=opens", &done);
	keep_last("report/acme/clicks/message=2&type=opens", &stale);
	keep_last("report/acme/clicks/message=3&type=opens", &done);
	fake_keep("due/acme/clicks/message=3&type=opens", /* of the run before */
	          "failed begin=1763990000000 done=1763980000000 watermark=5");
	orders_start("1,2,3");
	assert_int_equal(reports_stale(scene.reports), 1);
	scene_status();
	assert_int_equal(scene_line(MESSAGE)->last_done_ms, done.since_ms);
	assert_string_equal(scene_line("message=3 type=opens")->state, "waiting");
	fake_pass(54 * MINUTE);
	assert_int_equal(fake.run_count, 0);
	fake_pass(10 * MINUTE);
	assert_int_equal(fake.run_count, 3);
}

/* A due that says more than the checkpoint does is left. */
static void a_due_that_is_newer_counts(void **state)
{
	const struct job_record done = {.state = JOB_DONE,
	                                .ordered_ms = FAKE_WALL_MS - 50 * MINUTE,
	                                .since_ms = FAKE_WALL_MS - 40 * MINUTE};

	(void)state;
	fake_keep("due/acme/clicks/", RAN_A_MINUTE_AGO);
	keep_last("report/acme/clicks/", &done);
	orders_start(NULL);
	scene_status();
	assert_int_equal(scene.lines[0].last_done_ms, 1763999941000);
	fake_pass(58 * MINUTE);
	assert_int_equal(fake.run_count, 0);
}

static void a_fallback_that_was_being_read_goes_on(void **state)
{
	const struct job_record job = {.state = JOB_STALE,
	                               .ordered_ms = FAKE_WALL_MS - 5 * MINUTE,
	                               .orders = 1,
	                               .is_fallback = true,
	                               .text = "no mail"};

	(void)state;
	fake_keep("due/acme/clicks/", RAN_A_MINUTE_AGO);
	orders_keep("report/acme/clicks/", &job);
	orders_start(NULL);
	assert_int_equal(fake.run_count, 1);
	assert_int_equal(reports_stale(scene.reports), 1);
}

/* It would be ordered anew. */
static void a_fallback_that_is_no_more_has_its_time(void **state)
{
	const struct job_record job = {.state = JOB_FAILED,
	                               .ordered_ms = FAKE_WALL_MS - 5 * MINUTE,
	                               .orders = 1,
	                               .is_fallback = true,
	                               .text = "expired"};

	(void)state;
	orders_keep("report/acme/clicks/", &job);
	orders_start(NULL);
	fake_pass(54 * MINUTE);
	assert_int_equal(fake.run_count, 0);
	fake_pass(MINUTE);
	assert_int_equal(fake.run_count, 1);
}

static void a_checkpoint_that_nobody_can_read_is_no_order(void **state)
{
	(void)state;
	fake_keep("due/acme/clicks/", RAN_A_MINUTE_AGO);
	fake_keep("report/acme/clicks/", "report 1\njob waiting\n");
	orders_start(NULL);
	fake_pass(HOUR / 2);
	assert_int_equal(fake.run_count, 0);
}

static void the_mail_of_an_order_that_is_done_is_marked_again(void **state)
{
	const struct job_record job = {.state = JOB_DONE,
	                               .ordered_ms = FAKE_WALL_MS - MINUTE,
	                               .orders = 1,
	                               .mail = {5, 7}};

	(void)state;
	orders_keep("report/acme/clicks/message=1&type=opens", &job);
	orders_start("1");
	assert_string_equal(fake.mailboxes[0].marked, "5:7 ");
	fake_end_all();
}

/* ---- when the next one is due ---- */

static void after_a_failure_nothing_is_ordered_before_its_time(void **state)
{
	struct report_run *run = orders_begun(NULL);

	(void)state;
	fake_job(run, "waiting", false);
	fake_pass(10 * MINUTE);
	fake_job(run, "failed", true);
	fake_end(run, REPORT_FAILED, 0, "the vendor could not build it");
	fake_pass(49 * MINUTE);
	assert_int_equal(fake.run_count, 1); /* without an order: after a minute */
	fake_pass(MINUTE);
	assert_int_equal(fake.run_count, 2);
	/* Nothing was ordered: that is tried again like any report. */
	fake_end(&fake.runs[1], REPORT_FAILED, 0, "no network");
	fake_pass(2 * MINUTE);
	assert_int_equal(fake.run_count, 3);
	fake_job(&fake.runs[2], "failed", true);
	fake_end(&fake.runs[2], REPORT_REFUSED, 0, "no such campaign");
	fake_pass(HOUR - 1);
	assert_int_equal(fake.run_count, 3);
}

static void after_a_fallback_the_next_order_has_its_time(void **state)
{
	struct report_run *run = orders_begun(NULL);

	(void)state;
	fake_job(run, "waiting", false);
	fake_pass(30 * MINUTE);
	assert_int_equal(reports_stale(scene.reports), 0);
	fake_job(run, "stale", true);
	assert_int_equal(reports_stale(scene.reports), 1);
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
	/* Shown until the next one is well. */
	assert_int_equal(reports_stale(scene.reports), 1);
	scene_status();
	assert_string_equal(scene.lines[0].job, "stale");
	assert_string_equal(scene.lines[0].job_text, "no mail within 30 min");
	fake_pass(29 * MINUTE);
	assert_int_equal(fake.run_count, 1);
	fake_pass(8 * MINUTE);
	assert_int_equal(fake.run_count, 2);
	fake_job(&fake.runs[1], "waiting", false);
	assert_int_equal(reports_stale(scene.reports), 1);
	scene_status();
	assert_string_equal(scene.lines[0].job, "waiting");
	fake.runs[1].progress.job = (struct report_job_progress){.state = NULL};
	fake_end(&fake.runs[1], REPORT_DONE, 0, "");
	fake_settle();
	assert_int_equal(reports_stale(scene.reports), 0);
	scene_status();
	assert_null(scene.lines[0].job);
}

/* Its checkpoint has moved on with the fallback. */
static void a_stale_order_is_shown_after_a_restart(void **state)
{
	struct report_run *run = orders_begun(NULL);
	const struct reports_conf conf = {.folder = "downloads"};

	(void)state;
	fake_job(run, "stale", true);
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
	reports_free(scene.reports);
	assert_int_equal(reports_new(&conf, &scene.reports), ERR_OK);
	orders_start(NULL);
	assert_int_equal(reports_stale(scene.reports), 1);
	scene_status();
	assert_string_equal(scene.lines[0].job, "stale");
	assert_string_equal(scene.lines[0].job_text, "no mail within 30 min");
	assert_true(scene.lines[0].last_done_ms > 0);
	fake_pass(2 * HOUR);
	run = &fake.runs[1];
	fake_job(run, "done", false);
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
	assert_null(strstr(fake_kept("due/acme/clicks/"), "stale"));
}

static void what_is_kept_wrongly_is_not_shown(void **state)
{
	(void)state;
	fake_keep("due/acme/clicks/message=1&type=opens",
	          "done begin=1763999940000 done=1763999941000 watermark=5 stale x 1 y");
	fake_keep("due/acme/clicks/message=2&type=opens",
	          "done begin=1763999940000 done=1763999941000 watermark=5 other 1 1 y");
	fake_keep("due/acme/clicks/message=3&type=opens",
	          "done begin=1763999940000 done=1763999941000 watermark=5 stale 1 1 %zz");
	orders_start("1,2,3");
	assert_int_equal(reports_stale(scene.reports), 0);
	fake_pass(HOUR / 2);
	assert_int_equal(fake.run_count, 0);
}

static void jobs_are_counted_by_state(void **state)
{
	struct report_run *run = orders_begun(NULL);

	(void)state;
	fake_job(run, "requested", false);
	assert_int_equal(jobs("requested"), 1);
	fake_job(run, "waiting", false);
	fake_progress(run, 0, 0);
	assert_int_equal(jobs("requested"), 0);
	assert_int_equal(jobs("waiting"), 1);
	fake_job(run, "done", false);
	assert_int_equal(jobs("waiting") + jobs("done"), 0);
	fake_job(run, "requested", false); /* the next window's */
	fake_job(run, "done", false);
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
	assert_int_equal(ended("done"), 2);
	fake_pass(2 * HOUR);
	fake_job(&fake.runs[1], "stale", true);
	fake_end(&fake.runs[1], REPORT_DONE, 0, "");
	fake_pass(2 * HOUR);
	fake_job(&fake.runs[2], "failed", true);
	fake_end(&fake.runs[2], REPORT_FAILED, 0, "no");
	fake_settle();
	assert_int_equal(ended("done"), 2);
	assert_int_equal(ended("fallback"), 1);
	assert_int_equal(ended("failed"), 1);
	assert_int_equal(jobs("stale"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, orders_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(twelve_orders_are_under_way_at_once_and_hold_nobody_up),
		TEST(a_report_has_at_most_so_many_orders),
		TEST(an_account_that_is_held_orders_nothing),
		TEST(an_order_that_stands_still_holds_nobody_else),
		TEST(an_order_that_stands_still_says_why),
		TEST(an_order_that_could_not_be_sent_is_none),
		TEST(an_order_under_way_is_adopted_at_once),
		TEST(a_failed_order_is_not_made_again_early_after_a_restart),
		TEST(what_is_over_is_not_ordered_again_by_the_next_start),
		TEST(a_due_that_is_newer_counts),
		TEST(a_fallback_that_was_being_read_goes_on),
		TEST(a_fallback_that_is_no_more_has_its_time),
		TEST(a_checkpoint_that_nobody_can_read_is_no_order),
		TEST(the_mail_of_an_order_that_is_done_is_marked_again),
		TEST(after_a_failure_nothing_is_ordered_before_its_time),
		TEST(after_a_fallback_the_next_order_has_its_time),
		TEST(a_stale_order_is_shown_after_a_restart),
		TEST(what_is_kept_wrongly_is_not_shown),
		TEST(jobs_are_counted_by_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
