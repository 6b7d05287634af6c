/* SPDX-License-Identifier: MIT */
/* Reports that are ordered: how many at once, adopted, reloaded, stale, handed over, joined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/metrics.h"
#include "receiver/report/job/job.h"
#include "receiver/report/run/run_checkpoint.h"
#include "tests/receiver/report/reports_scene.h"

#define MINUTE  60000
#define TWELVE  "01,02,03,04,05,06,07,08,09,10,11,12"
#define MESSAGE "message=1 type=opens"

static struct job_spec order;
static struct profile_report sent; /* another report of the profile */
static struct mailbox_conf mailbox;

static int setup(void **state)
{
	int result = scene_setup(state);

	order = (struct job_spec){.by = READY_MAILBOX, .parallel = 16};
	scene_report.job = &order;
	sent = (struct profile_report){.source.name = "sent", .every_ms = HOUR};
	mailbox = (struct mailbox_conf){.url = "imaps://one.example"};
	return result;
}

/* acme with "clicks", which is ordered. */
static struct report_account ordered(const char *messages)
{
	struct report_account account = scene_account("acme", 1, messages, 1);

	scene.plans[scene.plan_count - 1].mailbox = &mailbox;
	return account;
}

/* … and with "sent", too. */
static struct report_account with_sent(const char *messages, const struct job_spec *job)
{
	struct report_account account = ordered(messages);

	(void)ordered(messages);
	sent.job = job;
	scene.sources[scene.plan_count - 1].name = "sent";
	scene.plans[scene.plan_count - 1].spec = &sent;
	account.plan_count = 2;
	return account;
}

static void set(const struct report_account *account)
{
	assert_int_equal(reports_set(scene.reports, account, 1), ERR_OK);
}

static void start(const char *messages)
{
	struct report_account account = ordered(messages);

	set(&account);
	reports_start(scene.reports);
	fake_settle();
}

/* The first one is under way. */
static struct report_run *begun(const char *messages)
{
	start(messages);
	fake_pass(10000);
	assert_true(fake.run_count > 0);
	return &fake.runs[fake.run_count - 1];
}

static struct report_run *run_of(const char *report, const char *values)
{
	for (size_t i = 0; i < fake.run_count; i++) {
		if (!fake.runs[i].is_done && strcmp(fake.runs[i].values, values) == 0 &&
		    strcmp(fake.runs[i].conf.source->name, report) == 0)
			return &fake.runs[i];
	}
	return NULL;
}

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
	struct report_account account = with_sent(TWELVE, NULL);

	(void)state;
	set(&account); /* parallel: 1 */
	reports_start(scene.reports);
	fake_pass(10000);
	assert_int_equal(fake_active(), 13); /* and one of the other report */
	assert_non_null(run_of("clicks", "message=12 type=opens"));
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
	order.parallel = 2;
	(void)begun("1,2,3,4,5");
	assert_int_equal(fake_active(), 2);
	fake_end_all();
	fake_end_all();
	assert_int_equal(fake.run_count, 5);
	assert_int_equal(fake_active(), 1);
}

static void an_account_that_is_held_orders_nothing(void **state)
{
	struct report_account account = with_sent("1", NULL);

	(void)state;
	set(&account);
	reports_start(scene.reports);
	fake_pass(10000);
	fake_end(run_of("sent", MESSAGE), REPORT_LATER, 3 * HOUR, "");
	fake_end(run_of("clicks", MESSAGE), REPORT_DONE, 0, "");
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
	order.parallel = 1;
	run = begun("1,2");
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
	struct report_run *run = begun(NULL);

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
	struct report_run *run = begun(NULL);

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

/* ---- settings ---- */

static void the_run_gets_what_a_job_needs(void **state)
{
	static const struct str hosts[] = {{"files.example", 13}};
	struct report_account account = ordered(NULL);
	struct report_plan *plan = &scene.plans[0];
	const struct report_job_conf *conf;

	(void)state;
	order.mail.from[0] = STR_LIT("@profile.example");
	order.mail.from_count = 1;
	plan->hosts = hosts;
	plan->host_count = 1;
	plan->timeout_ms = 7 * MINUTE;
	plan->fallback = &scene.sources[SCENE_PLANS_MAX - 1];
	set(&account);
	reports_start(scene.reports);
	fake_pass(10000);
	conf = fake.runs[0].conf.job;
	assert_non_null(conf);
	assert_ptr_equal(conf->mailbox, &fake.mailboxes[0]);
	assert_string_equal(fake.mailboxes[0].from, "@profile.example");
	assert_string_equal(conf->folder, "downloads");
	assert_true(str_eq(conf->hosts[0], STR_LIT("files.example")));
	assert_int_equal(conf->timeout_ms, 7 * MINUTE);
	assert_int_equal(conf->every_ms, HOUR);
	assert_ptr_equal(conf->fallback, plan->fallback);
}

static void without_a_mailbox_nothing_is_ordered(void **state)
{
	struct report_account account = ordered(NULL);

	(void)state;
	scene.plans[0].mailbox = NULL;
	set(&account);
	reports_start(scene.reports);
	fake_pass(10000);
	assert_int_equal(fake.run_count, 0);
	scene_status();
	assert_string_equal(scene.lines[0].trouble,
	                    "it cannot begin: no mailbox is configured for it");
	fake.mailbox_result = ERR_NOENT;
	account = ordered(NULL);
	set(&account);
	fake_pass(HOUR);
	scene_status();
	assert_string_equal(scene.lines[0].trouble,
	                    "it cannot begin: its mailbox: no such file with authorities (ca)");
	fake.mailbox_result = ERR_OK;
	account = ordered(NULL);
	set(&account);
	fake_pass(HOUR);
	assert_int_equal(fake.run_count, 1);
}

/* ---- a restart ---- */

static void keep_record(const char *key, const struct job_record *job)
{
	const struct run_checkpoint at = {
		.watermark_ms = 1, .has_window = true, .from_ms = 1, .to_ms = 2, .job = *job};
	struct buf text;

	buf_init(&text, 4096);
	assert_int_equal(run_checkpoint_write(&at, &text), ERR_OK);
	fake_keep(key, buf_cstr(&text));
	buf_fini(&text);
}

static void an_order_under_way_is_adopted_at_once(void **state)
{
	const struct job_record job = {.state = JOB_WAITING,
	                               .ordered_ms = FAKE_WALL_MS - MINUTE,
	                               .since_ms = FAKE_WALL_MS - MINUTE,
	                               .until_ms = FAKE_WALL_MS + MINUTE,
	                               .orders = 1};

	(void)state;
	/* It ran a minute ago: else it would be due in an hour. */
	fake_keep("due/acme/clicks/message=1&type=opens",
	          "done begin=1763999940000 done=1763999941000 watermark=5");
	fake_keep("due/acme/clicks/message=2&type=opens",
	          "done begin=1763999940000 done=1763999941000 watermark=5");
	keep_record("report/acme/clicks/message=1&type=opens", &job);
	start("1,2");
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
	keep_record("report/acme/clicks/", &job);
	start(NULL);
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
	struct buf text;

	buf_init(&text, 4096);
	assert_int_equal(run_checkpoint_write(&at, &text), ERR_OK);
	fake_keep(key, buf_cstr(&text));
	buf_fini(&text);
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
	start("1,2,3");
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
	fake_keep("due/acme/clicks/", "done begin=1763999940000 done=1763999941000 watermark=5");
	keep_last("report/acme/clicks/", &done);
	start(NULL);
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
	fake_keep("due/acme/clicks/", "done begin=1763999940000 done=1763999941000 watermark=5");
	keep_record("report/acme/clicks/", &job);
	start(NULL);
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
	keep_record("report/acme/clicks/", &job);
	start(NULL);
	fake_pass(54 * MINUTE);
	assert_int_equal(fake.run_count, 0);
	fake_pass(MINUTE);
	assert_int_equal(fake.run_count, 1);
}

static void a_checkpoint_that_nobody_can_read_is_no_order(void **state)
{
	(void)state;
	fake_keep("due/acme/clicks/", "done begin=1763999940000 done=1763999941000 watermark=5");
	fake_keep("report/acme/clicks/", "report 1\njob waiting\n");
	start(NULL);
	fake_pass(HOUR / 2);
	assert_int_equal(fake.run_count, 0);
}

/* ---- when the next one is due ---- */

static void after_a_failure_nothing_is_ordered_before_its_time(void **state)
{
	struct report_run *run = begun(NULL);

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
	struct report_run *run = begun(NULL);

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
	struct report_run *run = begun(NULL);
	const struct reports_conf conf = {.folder = "downloads"};

	(void)state;
	fake_job(run, "stale", true);
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
	reports_free(scene.reports);
	assert_int_equal(reports_new(&conf, &scene.reports), ERR_OK);
	start(NULL);
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
	start("1,2,3");
	assert_int_equal(reports_stale(scene.reports), 0);
	fake_pass(HOUR / 2);
	assert_int_equal(fake.run_count, 0);
}

static void jobs_are_counted_by_state(void **state)
{
	struct report_run *run = begun(NULL);

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

/* ---- a reload ---- */

static void a_reload_lets_an_order_go_on(void **state)
{
	struct report_run *run = begun("1");
	struct report_account account = ordered("1,2");

	(void)state;
	fake_job(run, "waiting", false);
	set(&account);
	fake_pass(10000);
	assert_false(run->is_canceled);
	assert_int_equal(fake.run_count, 2); /* the new one */
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
	assert_int_equal(fake_active(), 1);
}

static void with_other_settings_another_run_goes_on_with_it(void **state)
{
	struct report_run *run = begun(NULL);
	struct report_account account = ordered(NULL);

	(void)state;
	fake_job(run, "waiting", false);
	mailbox.url = "imaps://two.example";
	fake.cancels_at_once = true;
	set(&account);
	fake_pass(2000);
	assert_true(run->is_canceled);
	assert_int_equal(fake.run_count, 2);
	assert_ptr_equal(fake.runs[1].conf.job->mailbox, &fake.mailboxes[1]);
	assert_int_equal(fake.mailboxes[0].refs, 0);
}

static void an_order_that_is_not_configured_any_more_is_left(void **state)
{
	struct report_run *run = begun("1,2");
	struct report_account account = ordered("1");

	(void)state;
	run = fake_run("message=2 type=opens");
	set(&account);
	assert_true(run->is_canceled);
	fake_end(run, REPORT_CANCELED, 0, "");
	fake_settle();
	assert_int_equal(fake_active(), 1);
	/* The report, too. */
	scene_report.job = NULL;
	account = ordered("1");
	account.plan_count = 0;
	set(&account);
	assert_true(fake_run(MESSAGE)->is_canceled);
}

/* ---- files of others, and of people ---- */

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
	struct report_account account = with_sent("1,2", &order);
	struct report_run *from;
	struct report_run *to;

	(void)state;
	set(&account);
	reports_start(scene.reports);
	fake_pass(10000);
	from = run_of("clicks", MESSAGE);
	to = run_of("sent", MESSAGE);
	fake_job(to, "idle", false);
	assert_int_equal(from->ops->on_foreign(from->arg, &sent, &handed), REPORT_NOT_TAKEN);
	to->waits_for_file = true;
	run_of("sent", "message=2 type=opens")->waits_for_file = true;
	assert_int_equal(from->ops->on_foreign(from->arg, &sent, &handed), REPORT_TAKEN);
	assert_true(to->is_handed);
	assert_true(str_eq(to->handed.file, STR_LIT("0123")));
	assert_false(run_of("sent", "message=2 type=opens")->is_handed);
	from->waits_for_file = true;
	/* its own */
	assert_int_equal(from->ops->on_foreign(from->arg, &scene_report, &handed),
	                 REPORT_NOT_TAKEN);
	fake_end(to, REPORT_DONE, 0, "");
	assert_int_equal(from->ops->on_foreign(from->arg, &sent, &handed), REPORT_NOT_TAKEN);
}

/** Its order is there, but its run stands still, or has not read yet what is kept. */
static void one_whose_order_stands_still_takes_it_later(void **state)
{
	const struct report_handed handed = {.file = STR_LIT("0123"), .done = on_handed};
	struct report_account account = with_sent("1", &order);
	struct report_run *from;
	struct report_run *to;

	(void)state;
	set(&account);
	reports_start(scene.reports);
	fake_pass(10000);
	from = run_of("clicks", MESSAGE);
	to = run_of("sent", MESSAGE);
	assert_int_equal(from->ops->on_foreign(from->arg, &sent, &handed), REPORT_TAKEN_LATER);
	fake_job(to, "waiting", false);
	assert_int_equal(from->ops->on_foreign(from->arg, &sent, &handed), REPORT_NOT_TAKEN);
	fake_end(to, REPORT_LATER, 60000, "no room on the disk");
	assert_int_equal(from->ops->on_foreign(from->arg, &sent, &handed), REPORT_TAKEN_LATER);
	fake_settle();
	assert_int_equal(from->ops->on_foreign(from->arg, &sent, &handed), REPORT_TAKEN_LATER);
}

static void what_a_person_brought_ends_the_order(void **state)
{
	/* In another order than the keys have. */
	static const struct report_value values[] = {{"type", "opens"}, {"message", "1"}};
	struct report_run *run = begun("1,2");

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

/* ---- what a person asks for ---- */

struct told {
	unsigned progress, runs, dones;
	char state[32];
	enum report_end end;
	enum err err;
	char text[240];
};

static void on_progress(void *arg, const struct report_value *values, size_t count,
                        const struct report_progress *progress)
{
	struct told *t = arg;

	(void)values;
	(void)count;
	t->progress++;
	(void)snprintf(t->state, sizeof(t->state), "%s",
	               progress->job.state != NULL ? progress->job.state : "");
}

static void on_run(void *arg, const struct report_value *values, size_t count,
                   const struct report_result *result)
{
	struct told *t = arg;

	(void)values;
	(void)count;
	t->runs++;
	t->end = result->end;
	(void)snprintf(t->text, sizeof(t->text), "%s", result->text);
}

static void on_done(void *arg, enum err err, const char *text)
{
	struct told *t = arg;

	(void)text;
	t->dones++;
	t->err = err;
}

static struct report_fetching *fetch(struct told *t, const struct report_fetch *what)
{
	static const struct report_fetch_ops ops = {
		.on_progress = on_progress, .on_run = on_run, .on_done = on_done};
	struct report_fetching *f = NULL;

	*t = (struct told){.runs = 0};
	assert_int_equal(reports_fetch(scene.reports, what, &ops, t, &f), ERR_OK);
	fake_settle();
	return f;
}

static const struct report_fetch all = {.account = {"acme", 4}, .report = {"clicks", 6}};

static void a_fetch_joins_the_order_that_is_under_way(void **state)
{
	struct told one;
	struct told two;
	struct report_run *run = begun(NULL);

	(void)state;
	fake_job(run, "waiting", false);
	(void)fetch(&one, &all);
	(void)fetch(&two, &all);
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
	struct told one;

	(void)state;
	fake_keep("due/acme/clicks/", "done begin=1763998200000 done=1763998201000 watermark=5");
	start(NULL);
	(void)fetch(&one, &all);
	assert_int_equal(fake.run_count, 1);
	fake_end(&fake.runs[0], REPORT_DONE, 0, "");
	fake_pass(HOUR - 1); /* it would have been due in half an hour */
	assert_int_equal(one.dones, 1);
	assert_int_equal(fake.run_count, 1);
}

static void an_order_of_a_fetch_goes_on_by_itself(void **state)
{
	struct told one;
	struct report_fetching *f;

	(void)state;
	fake_keep("due/acme/clicks/", "done begin=1763998200000 done=1763998201000 watermark=5");
	start(NULL);
	f = fetch(&one, &all);
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
	struct told one;

	(void)state;
	(void)begun(NULL);
	for (unsigned i = 0; i < 40; i++)
		reports_fetch_drop(fetch(&one, &all));
	assert_int_equal(fake.run_count, 1);
	fake_end(&fake.runs[0], REPORT_DONE, 0, "");
	fake_settle();
}

static void a_trial_run_does_not_wait_for_an_order(void **state)
{
	struct told one;
	struct report_fetch what = all;
	struct report_run *run = begun(NULL);

	(void)state;
	what.is_dry = true;
	(void)fetch(&one, &what);
	assert_int_equal(fake.run_count, 2);
	fake_end(&fake.runs[1], REPORT_REFUSED, 0, "it is ordered");
	fake_settle();
	assert_int_equal(one.dones, 1);
	assert_string_equal(one.text, "it is ordered");
	what.is_dry = false;
	what.from_ms = 1;
	(void)fetch(&one, &what);
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

/* ---- values that the vendor lists no more ---- */

static void an_order_outlives_its_place_in_a_list(void **state)
{
	static const char *const both[] = {"1", "2"};
	static const struct list_spec list = {.name = "campaigns", .every_ms = 900000};
	struct report_account account = ordered(NULL);
	struct report_run *run;

	(void)state;
	scene.loops[0][0] =
		(struct report_loop){.name = "campaign", .kind = EACH_LIST, .list = &list};
	scene.plans[0].loops = scene.loops[0];
	scene.plans[0].loop_count = 1;
	set(&account);
	reports_start(scene.reports);
	fake_settle();
	fake_list(both, 2);
	fake_pass(10000);
	run = fake_run("campaign=2");
	assert_non_null(run);
	fake_job(run, "waiting", false);
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
static struct report_run *ordered_other(struct told *one)
{
	struct report_run *run;

	start("1");
	(void)fetch(one, &other);
	run = fake_run(OTHER);
	assert_non_null(run);
	fake_job(run, "waiting", false);
	return run;
}

static void what_is_under_way_is_written_down(void **state)
{
	struct told one;
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
	fake_keep("due/acme/clicks/message=1&type=opens",
	          "done begin=1763999940000 done=1763999941000 watermark=5");
	start("1");
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

/* Its checkpoint says that it was over: whoever looks must not order. */
static void what_nobody_has_ordered_is_only_looked_at(void **state)
{
	struct told one;

	(void)state;
	fake_keep(KEY_INDEX, "orders 1\nmessage=9&type=opens\n");
	fake_keep("due/acme/clicks/message=1&type=opens",
	          "done begin=1763999940000 done=1763999941000 watermark=5");
	start("1");
	assert_int_equal(fake.run_count, 1);
	assert_true(fake.runs[0].conf.is_adoption);
	/* Who asks for it by then is not told of a run that finds nothing. */
	(void)fetch(&one, &other);
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
	struct told one;

	(void)state;
	fake_keep(KEY_INDEX, "orders 1\nmessage=9&type=opens\n");
	fake_keep("due/acme/clicks/message=1&type=opens",
	          "done begin=1763999940000 done=1763999941000 watermark=5");
	start("1");
	(void)fetch(&one, &other);
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
	static const char *const both[] = {"1", "2"};
	static const struct list_spec list = {.name = "campaigns", .every_ms = 900000};
	struct report_account account = ordered(NULL);

	(void)state;
	fake_keep(KEY_INDEX, "orders 1\ncampaign=2\n");
	fake_keep("due/acme/clicks/campaign=1",
	          "done begin=1763999940000 done=1763999941000 watermark=5");
	fake_keep("due/acme/clicks/campaign=2",
	          "done begin=1763997000000 done=1763997000001 watermark=5");
	scene.loops[0][0] =
		(struct report_loop){.name = "campaign", .kind = EACH_LIST, .list = &list};
	scene.plans[0].loops = scene.loops[0];
	scene.plans[0].loop_count = 1;
	set(&account);
	reports_start(scene.reports);
	fake_settle();
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
	struct told one;
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
	struct told one;
	struct report_run *run = ordered_other(&one);
	struct report_account account = ordered("1");

	(void)state;
	set(&account);
	assert_false(run->is_canceled);
	fake_end(run, REPORT_LATER, HOUR, "disk full");
	fake_settle();
	account = ordered("1");
	set(&account);
	fake_pass(HOUR);
	assert_non_null(fake_run(OTHER));
}

/* After a restart an order goes on before the list of its values is there. */
static void a_task_takes_over_the_order_of_its_values(void **state)
{
	static const char *const both[] = {"1", "2"};
	static const struct list_spec list = {.name = "campaigns", .every_ms = 900000};
	struct report_account account = ordered(NULL);
	struct report_run *run;

	(void)state;
	fake_keep(KEY_INDEX, "orders 1\ncampaign=2\n");
	fake_keep("due/acme/clicks/campaign=1",
	          "done begin=1763999940000 done=1763999941000 watermark=5");
	scene.loops[0][0] =
		(struct report_loop){.name = "campaign", .kind = EACH_LIST, .list = &list};
	scene.plans[0].loops = scene.loops[0];
	scene.plans[0].loop_count = 1;
	set(&account);
	reports_start(scene.reports);
	fake_settle();
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
	start("1");
	assert_null(fake_run(OTHER));
	fake_keep(KEY_INDEX, "orders 1\nmessage\na=%zz\na=1&b=2&c=3&d=4&e=5\n=\n");
	reports_free(scene.reports);
	const struct reports_conf conf = {.folder = "downloads"};

	assert_int_equal(reports_new(&conf, &scene.reports), ERR_OK);
	start("1");
	fake_pass(10000);
	fake_end_all();
	assert_string_equal(fake_kept("due/acme/clicks/message=1&type=opens") != NULL ? "1" : "0",
	                    "1");
}

static void who_waits_is_told_again_and_again(void **state)
{
	struct told one;
	struct report_run *run = begun(NULL);

	(void)state;
	fake_job(run, "waiting", false);
	(void)fetch(&one, &all);
	one.progress = 0;
	fake_pass(60000);
	assert_in_range(one.progress, 5, 7);
	fake_end(run, REPORT_DONE, 0, "");
	fake_settle();
}

/* ---- which campaigns there are ---- */

static bool knows(const char *id)
{
	const struct campaign_ids *ids = fake.mailboxes[0].ids;

	return ids != NULL && campaign_ids_at(ids, str_from(id), 0, strlen(id) - 1) == strlen(id);
}

static void the_mailbox_waits_until_it_knows_the_campaigns(void **state)
{
	static const char *const settled[] = {"7", "8"};

	(void)state;
	start("1,2");
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
	start("1,2");
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
	start("1");
	fake_stored(settled, 1);
	account = ordered("1,9");
	set(&account);
	fake_settle();
	assert_int_equal(fake.stored_count, 1);
	assert_true(knows("7") && knows("9"));
	fake_end_all();
}

static void without_a_mailbox_no_campaigns_are_read(void **state)
{
	(void)state;
	order.by = READY_POLL;
	start("1");
	assert_int_equal(fake.stored_count, 0);
	fake_end_all();
}

static void the_mail_of_an_order_that_is_done_is_marked_again(void **state)
{
	const struct job_record job = {.state = JOB_DONE,
	                               .ordered_ms = FAKE_WALL_MS - MINUTE,
	                               .orders = 1,
	                               .mail = {5, 7}};

	(void)state;
	keep_record("report/acme/clicks/message=1&type=opens", &job);
	start("1");
	assert_string_equal(fake.mailboxes[0].marked, "5:7 ");
	fake_end_all();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(twelve_orders_are_under_way_at_once_and_hold_nobody_up),
		TEST(a_report_has_at_most_so_many_orders),
		TEST(an_account_that_is_held_orders_nothing),
		TEST(an_order_that_stands_still_holds_nobody_else),
		TEST(an_order_that_stands_still_says_why),
		TEST(an_order_that_could_not_be_sent_is_none),
		TEST(the_run_gets_what_a_job_needs),
		TEST(without_a_mailbox_nothing_is_ordered),
		TEST(an_order_under_way_is_adopted_at_once),
		TEST(a_failed_order_is_not_made_again_early_after_a_restart),
		TEST(what_is_over_is_not_ordered_again_by_the_next_start),
		TEST(a_due_that_is_newer_counts),
		TEST(a_fallback_that_was_being_read_goes_on),
		TEST(a_fallback_that_is_no_more_has_its_time),
		TEST(a_checkpoint_that_nobody_can_read_is_no_order),
		TEST(after_a_failure_nothing_is_ordered_before_its_time),
		TEST(after_a_fallback_the_next_order_has_its_time),
		TEST(a_stale_order_is_shown_after_a_restart),
		TEST(what_is_kept_wrongly_is_not_shown),
		TEST(jobs_are_counted_by_state),
		TEST(a_reload_lets_an_order_go_on),
		TEST(with_other_settings_another_run_goes_on_with_it),
		TEST(an_order_that_is_not_configured_any_more_is_left),
		TEST(a_file_goes_to_the_run_that_waits_for_it),
		TEST(one_whose_order_stands_still_takes_it_later),
		TEST(what_a_person_brought_ends_the_order),
		TEST(a_fetch_joins_the_order_that_is_under_way),
		TEST(what_a_fetch_has_ordered_is_not_ordered_again_soon),
		TEST(an_order_of_a_fetch_goes_on_by_itself),
		TEST(those_who_left_do_not_count_against_the_limit),
		TEST(a_trial_run_does_not_wait_for_an_order),
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
		TEST(who_waits_is_told_again_and_again),
		TEST(the_mailbox_waits_until_it_knows_the_campaigns),
		TEST(campaigns_that_cannot_be_read_hold_nobody_up),
		TEST(a_reload_keeps_the_campaigns_and_adds_new_ones),
		TEST(without_a_mailbox_no_campaigns_are_read),
		TEST(the_mail_of_an_order_that_is_done_is_marked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
