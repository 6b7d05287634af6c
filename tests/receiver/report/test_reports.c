/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/metrics.h"
#include "receiver/report/reports_client.h"
#include "tests/receiver/report/fake_reports.h"
#include "tests/receiver/report/reports_scene.h"

/* ---- when ---- */

static void a_new_report_runs_at_once_and_then_every_so_often(void **state)
{
	(void)state;
	scene_set("acme", 1, NULL, 0);
	reports_start(scene.reports);
	fake_pass(10000);
	assert_int_equal(fake.run_count, 1);
	fake_end_all();
	fake_pass(HOUR - 10001);
	assert_int_equal(fake.run_count, 1);
	fake_pass(HOUR / 10 + 10001);
	assert_int_equal(fake.run_count, 2);
	assert_non_null(fake_kept("due/acme/clicks/"));
}

static void nothing_runs_before_the_start(void **state)
{
	(void)state;
	scene_set("acme", 1, NULL, 0);
	fake_pass(3 * HOUR);
	assert_int_equal(fake.run_count, 0);
}

static void what_ran_before_a_restart_is_not_run_again_too_soon(void **state)
{
	(void)state;
	fake_keep("due/acme/clicks/", "done begin=1763998200000 done=1763998201000 watermark=5");
	scene_set("acme", 1, NULL, 0);
	reports_start(scene.reports);
	fake_pass(HOUR / 2 - 1);
	assert_int_equal(fake.run_count, 0);
	scene_status();
	assert_string_equal(scene.lines[0].state, "waiting");
	assert_int_equal(scene.lines[0].last_done_ms, 1763998201000);
	assert_int_equal(scene.lines[0].watermark_ms, 5);
	fake_pass(HOUR / 10 + 1);
	assert_int_equal(fake.run_count, 1);
}

static void a_wall_clock_that_jumps_changes_nothing(void **state)
{
	(void)state;
	scene_set("acme", 1, NULL, 0);
	reports_start(scene.reports);
	fake_pass(10000);
	fake_end_all();
	fake.wall_ms += 1000LL * HOUR;
	fake_pass(HOUR / 2);
	assert_int_equal(fake.run_count, 1);
	fake.wall_ms -= 2000LL * HOUR;
	fake_pass(HOUR);
	assert_int_equal(fake.run_count, 2);
}

static void one_run_at_a_time_of_the_same(void **state)
{
	(void)state;
	scene_set("acme", 4, NULL, 0);
	reports_start(scene.reports);
	fake_pass(5 * HOUR);
	assert_int_equal(fake.run_count, 1);
	fake_end_all();
	assert_int_equal(fake.run_count, 2); /* what was missed is one run */
	fake_end_all();
	fake_pass(HOUR / 2);
	assert_int_equal(fake.run_count, 2);
}

/* ---- loop values, parallel, fairness ---- */

static void each_combination_runs_at_most_so_many_at_once(void **state)
{
	(void)state;
	scene_set("acme", 2, "512,513,514", 2);
	reports_start(scene.reports);
	fake_pass(10000);
	assert_int_equal(fake_active(), 2);
	for (unsigned i = 0; i < 3; i++) {
		fake_end_all();
		fake_pass(0);
	}
	assert_int_equal(fake.run_count, 6);
	assert_non_null(fake_kept("due/acme/clicks/message=513&type=opens"));
	assert_non_null(fake_kept("due/acme/clicks/message=514&type=clicks"));
}

static void a_slow_vendor_does_not_delay_another(void **state)
{
	struct report_account accounts[2];

	(void)state;
	accounts[0] = scene_account("acme", 1, "1,2,3,4,5,6,7,8", 1);
	accounts[1] = scene_account("umbra", 1, "1,2", 1);
	assert_int_equal(reports_set(scene.reports, accounts, 2), ERR_OK);
	reports_start(scene.reports);
	fake_pass(10000);
	assert_int_equal(fake_active(), 2);
	for (unsigned i = 0; i < 2; i++) { /* acme's first goes on for ever */
		struct report_run *run = NULL;

		for (size_t k = 0; k < fake.run_count; k++) {
			if (!fake.runs[k].is_done &&
			    strcmp(fake.runs[k].client->account, "umbra") == 0)
				run = &fake.runs[k];
		}
		fake_end(run, REPORT_DONE, 0, "");
		fake_pass(0);
	}
	assert_int_equal(fake_active(), 1);
	assert_int_equal(fake.run_count, 3);
}

static void more_sets_than_are_run_for_are_cut(void **state)
{
	static char values[101][8];
	static const char *texts[101];
	struct report_loop loops[2];
	struct report_account account;

	(void)state;
	for (size_t i = 0; i < 101; i++) {
		(void)snprintf(values[i], sizeof(values[i]), "v%03zu", i);
		texts[i] = values[i];
	}
	loops[0] = (struct report_loop){
		.name = "a", .kind = EACH_VALUES, .values = texts, .value_count = 101};
	loops[1] = (struct report_loop){
		.name = "b", .kind = EACH_VALUES, .values = texts, .value_count = 100};
	account = scene_account("acme", 1, NULL, 0);
	scene.plans[scene.plan_count - 1].loops = loops;
	scene.plans[scene.plan_count - 1].loop_count = 2;
	assert_int_equal(reports_set(scene.reports, &account, 1), ERR_OK);
	scene_status();
	assert_int_equal(scene.line_count, 10000);
}

/* ---- how runs end ---- */

static void a_failure_comes_again_after_a_minute_and_then_later(void **state)
{
	uint64_t step = 60000;

	(void)state;
	scene_set("acme", 1, NULL, 0);
	reports_start(scene.reports);
	fake_pass(10000);
	for (unsigned i = 0; i < 8; i++) {
		size_t count = fake.run_count;

		fake_end(fake_run(""), REPORT_FAILED, 0, "no answer");
		fake_pass(step / 2 - 1);
		assert_int_equal(fake.run_count, count);
		scene_status();
		assert_string_equal(scene.lines[0].state, "failed");
		assert_string_equal(scene.lines[0].trouble, "no answer");
		fake_pass(step / 2 + 1);
		assert_int_equal(fake.run_count, count + 1);
		step = step * 2 > HOUR ? HOUR : step * 2;
	}
	fake_end_all();
	scene_status();
	assert_string_equal(scene.lines[0].state, "waiting");
	assert_string_equal(scene.lines[0].trouble, "");
	assert_int_equal(metric_get(METRIC_REPORT_FAILURES, "acme", "clicks", NULL)->value, 8);
}

/** What is written on stderr until log_end(). */
static int log_begin(FILE *file)
{
	int kept = dup(STDERR_FILENO);

	assert_non_null(file);
	assert_true(kept >= 0);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	return kept;
}

static void log_end(int kept, FILE *file, char *ret_text, size_t size)
{
	size_t len;

	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	(void)close(kept);
	assert_int_equal(fseek(file, 0, SEEK_SET), 0);
	len = fread(ret_text, 1, size - 1, file);
	ret_text[len] = '\0';
	assert_int_equal(fclose(file), 0);
}

/* It fails at 0, 1, 3, 7, 15, 31, 63 and 123 minutes. */
static void a_failure_is_logged_once_an_hour_and_so_is_its_end(void **state)
{
	static const char *const wanted[] = {
		"error=\"no answer\" failures=1\n", "error=\"no answer\" failures=7\n",
		"error=\"no answer\" failures=8\n", "error=refused failures=9\n",
		"ev=report.works_again account=acme report=clicks\n"};
	FILE *file = tmpfile();
	char text[4096];
	const char *at = text;
	uint64_t step = 60000;
	int kept = log_begin(file);

	(void)state;
	scene_set("acme", 1, NULL, 0);
	reports_start(scene.reports);
	fake_pass(10000);
	for (unsigned i = 0; i < 8; i++) {
		fake_end(fake_run(""), REPORT_FAILED, 0, "no answer");
		fake_pass(step);
		step = step * 2 > HOUR ? HOUR : step * 2;
	}
	fake_end(fake_run(""), REPORT_FAILED, 0, "refused");
	fake_pass(HOUR);
	fake_end_all();
	fake_pass(HOUR);
	fake_end_all();
	log_end(kept, file, text, sizeof(text));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		at = strstr(at, wanted[i]);
		if (at == NULL)
			fail_msg("no \"%s\" in %s", wanted[i], text);
		at = strchr(at, '\n') + 1;
	}
	assert_string_equal(at, "");
}

static void a_refused_set_waits_for_hours_while_others_go_on(void **state)
{
	(void)state;
	scene_set("acme", 2, "512", 2);
	reports_start(scene.reports);
	fake_pass(10000);
	fake_end(fake_run("message=512 type=opens"), REPORT_REFUSED, 0, "no such type");
	fake_end_all();
	fake_pass(HOUR / 2 - 1);
	assert_int_equal(fake.run_count, 2);
	scene_status();
	assert_string_equal(scene_line("message=512 type=opens")->state, "refused");
	fake_pass(HOUR);
	fake_end(fake_run("message=512 type=opens"), REPORT_REFUSED, 0, "no such type");
	fake_end_all();
	fake_pass(HOUR - 1);
	assert_null(fake_run("message=512 type=opens"));
	assert_memory_equal(fake_kept("due/acme/clicks/message=512&type=opens"), "refused ", 8);
}

/* Three sets of values, of which one is under way. */
static void begin_three(void)
{
	scene_set("acme", 1, "1,2,3", 1);
	reports_start(scene.reports);
	fake_pass(10000);
}

/* All that are under way. */
static void end_active(enum report_end end, uint64_t retry_ms, const char *text)
{
	for (size_t i = 0; i < fake.run_count; i++) {
		if (!fake.runs[i].is_done)
			fake_end(&fake.runs[i], end, retry_ms, text);
	}
}

static void later_means_later_for_the_whole_account(void **state)
{
	(void)state;
	begin_three();
	assert_int_equal(fake_active(), 1);
	end_active(REPORT_LATER, 300000, "too many requests");
	fake_pass(299999);
	assert_int_equal(fake_active(), 0);
	scene_status();
	assert_string_equal(scene.lines[0].state, "paused");
	fake_pass(2);
	assert_int_equal(fake_active(), 1);
}

static void refused_credentials_stop_the_account_until_the_circuit_lets_one_through(void **state)
{
	(void)state;
	begin_three();
	fake.clients[0].circuit = "open";
	fake.clients[0].open_ms = 900000;
	end_active(REPORT_UNAUTHORIZED, 0, "401");
	fake_pass(899999);
	assert_int_equal(fake_active(), 0);
	fake_pass(2);
	assert_int_equal(fake_active(), 1);
}

static void a_circuit_that_somebody_closed_is_noticed(void **state)
{
	(void)state;
	begin_three();
	fake.clients[0].circuit = "open";
	fake.clients[0].open_ms = 900000;
	end_active(REPORT_UNAUTHORIZED, 0, "401");
	fake_pass(60000);
	assert_int_equal(fake_active(), 0);
	fake.clients[0].circuit = "closed";
	fake_pass(5000);
	assert_int_equal(fake_active(), 1);
}

/* Held by the circuit, or by what the vendor said though no circuit is open. */
static void check_mended(const char *circuit, uint64_t open_ms)
{
	begin_three();
	fake.clients[0].circuit = circuit;
	fake.clients[0].open_ms = open_ms;
	end_active(REPORT_UNAUTHORIZED, 600000, "401");
	fake_pass(60000);
	reports_mended(scene.reports, "another");
	fake_settle();
	assert_int_equal(fake_active(), 0);
	reports_mended(scene.reports, "acme");
	fake_settle();
	assert_int_equal(fake_active(), 1);
	fake_end_all();
}

static void a_mended_account_goes_on_at_once(void **state)
{
	(void)state;
	check_mended("open", 900000);
}

static void a_mended_account_without_an_open_circuit_too(void **state)
{
	(void)state;
	check_mended("closed", 0);
}

static void a_client_that_is_held_outlives_a_reload(void **state)
{
	struct client *client;

	(void)state;
	scene_set("acme", 1, "1", 1);
	assert_null(reports_client(scene.reports, "another"));
	client = reports_client(scene.reports, "acme");
	assert_ptr_equal(client_vendor(client), &fake.clients[0]);
	assert_int_equal(reports_set(scene.reports, NULL, 0), ERR_OK);
	assert_false(fake.clients[0].is_freed);
	client_unref(client);
	assert_true(fake.clients[0].is_freed);
}

static void a_run_that_cannot_begin_is_a_failure(void **state)
{
	(void)state;
	scene_set("acme", 1, NULL, 0);
	fake.run_result = ERR_NOMEM;
	reports_start(scene.reports);
	fake_pass(10000);
	scene_status();
	assert_string_equal(scene.lines[0].state, "failed");
	fake.run_result = ERR_OK;
	fake_pass(60000);
	assert_int_equal(fake.run_count, 1);
}

static void nothing_begins_while_the_store_takes_nothing(void **state)
{
	(void)state;
	scene_set("acme", 1, NULL, 0);
	fake.is_full = true;
	reports_start(scene.reports);
	fake_pass(HOUR);
	assert_int_equal(fake.run_count, 0);
	fake.is_full = false;
	fake.is_failing = true;
	fake_pass(HOUR);
	assert_int_equal(fake.run_count, 0);
	fake.is_failing = false;
	fake_pass(1000);
	assert_int_equal(fake.run_count, 1);
}

static void rows_and_pages_are_counted_once(void **state)
{
	(void)state;
	scene_set("acme", 1, NULL, 0);
	reports_start(scene.reports);
	fake_pass(10000);
	fake_progress(fake_run(""), 1, 10);
	scene_status();
	assert_string_equal(scene.lines[0].state, "running");
	assert_int_equal(scene.lines[0].rows, 10);
	fake_end_all(); /* 2 pages, 20 rows in all */
	scene_status();
	assert_int_equal(scene.lines[0].rows, 20);
	assert_int_equal(scene.lines[0].watermark_ms, fake.wall_ms - 60000);
	assert_int_equal(metric_get(METRIC_REPORT_ROWS, "acme", "clicks", NULL)->value, 20);
	assert_int_equal(metric_get(METRIC_REPORT_PAGES, "acme", "clicks", NULL)->value, 2);
	assert_int_equal(
		metric_get(METRIC_REPORT_LAST_SUCCESS_SECONDS, "acme", "clicks", NULL)->value,
		fake.wall_ms / 1000);
}

static void a_run_that_waits_for_the_store_is_paused(void **state)
{
	const struct report_progress progress = {.pages = 1, .rows = 10, .is_paused = true};
	struct report_run *run;

	(void)state;
	scene_set("acme", 1, NULL, 0);
	reports_start(scene.reports);
	fake_pass(10000);
	run = fake_run("");
	run->ops->on_progress(run->arg, &progress);
	scene_status();
	assert_string_equal(scene.lines[0].state, "paused");
	fake_progress(run, 1, 10);
	scene_status();
	assert_string_equal(scene.lines[0].state, "running");
}

/* ---- reload ---- */

static void a_reload_keeps_what_is_still_there(void **state)
{
	struct report_run *run;

	(void)state;
	scene_set("acme", 4, "1,2", 1);
	reports_start(scene.reports);
	fake_pass(10000);
	fake_end(fake_run("message=1 type=opens"), REPORT_FAILED, 0, "no answer");
	fake_pass(0);
	run = fake_run("message=2 type=opens");
	scene_set("acme", 4, "1,2,3", 1);
	fake_pass(10000);
	assert_int_equal(fake.client_count, 1);
	assert_false(run->is_canceled);
	assert_int_equal(fake.run_count, 3);
	assert_non_null(fake_run("message=3 type=opens"));
	scene_status();
	assert_string_equal(scene_line("message=1 type=opens")->state, "failed");
	assert_string_equal(scene_line("message=2 type=opens")->state, "running");
	fake_end(run, REPORT_DONE, 0, "");
	fake_pass(0);
	scene_status();
	assert_string_equal(scene_line("message=2 type=opens")->state, "waiting");
}

static void other_authorities_make_another_client(void **state)
{
	struct report_account account = scene_account("acme", 1, "1", 1);
	const char ones[] = "PEM 1", again[] = "PEM 1";

	const struct {
		const char *ca;
		size_t clients;
	} reloads[] = {{NULL, 1}, {ones, 2}, {again, 2}, {"PEM 2", 3}, {NULL, 4}, {NULL, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof(reloads) / sizeof(reloads[0]); i++) {
		account.client.ca = reloads[i].ca;
		assert_int_equal(reports_set(scene.reports, &account, 1), ERR_OK);
		assert_int_equal(fake.client_count, reloads[i].clients);
	}
	assert_true(fake.clients[0].is_freed);
}

/* An hour may be between two tries of what fails; somebody who mends it should not wait for that.
 */
static void what_failed_is_asked_again_at_once_by_another_client(void **state)
{
	struct report_account account = scene_account("acme", 4, "1,2", 1);

	(void)state;
	assert_int_equal(reports_set(scene.reports, &account, 1), ERR_OK);
	reports_start(scene.reports);
	fake_pass(10000);
	assert_int_equal(fake.run_count, 2);
	fake_end(fake_run("message=1 type=opens"), REPORT_FAILED, 0, "certificate");
	fake_end(fake_run("message=2 type=opens"), REPORT_DONE, 0, "");
	fake_pass(0);
	assert_int_equal(reports_set(scene.reports, &account, 1), ERR_OK);
	fake_pass(0);
	assert_int_equal(fake.run_count, 2); /* nothing is another */
	account.client.ca = "PEM";
	assert_int_equal(reports_set(scene.reports, &account, 1), ERR_OK);
	fake_pass(0);
	assert_int_equal(fake.run_count, 3); /* what was well waits */
	assert_non_null(fake_run("message=1 type=opens"));
}

static void a_reload_cancels_what_is_gone(void **state)
{
	struct report_run *gone;

	(void)state;
	scene_set("acme", 4, "1,2", 1);
	reports_start(scene.reports);
	fake_pass(10000);
	gone = fake_run("message=2 type=opens");
	scene_set("acme", 4, "1", 1);
	assert_true(gone->is_canceled);
	assert_false(fake_run("message=1 type=opens")->is_canceled);
	fake_end(gone, REPORT_CANCELED, 0, "");
	fake_pass(0);
	assert_true(gone->is_freed);
	assert_int_equal(reports_set(scene.reports, NULL, 0), ERR_OK);
	assert_true(fake_run("message=1 type=opens")->is_canceled);
	fake_pass(0);
	assert_false(fake.clients[0].is_freed); /* its run still needs it */
	fake_end(fake_run("message=1 type=opens"), REPORT_CANCELED, 0, "");
	fake_pass(0);
	assert_true(fake.clients[0].is_freed);
}

static void a_changed_client_is_replaced_and_its_runs_begin_anew(void **state)
{
	struct report_run *run;

	(void)state;
	scene_set("acme", 1, NULL, 0);
	reports_start(scene.reports);
	fake_pass(10000);
	run = fake_run("");
	scene.base = "https://other.acme.example";
	scene_set("acme", 1, NULL, 0);
	assert_int_equal(fake.client_count, 2);
	assert_true(run->is_canceled);
	fake_end(run, REPORT_CANCELED, 0, "");
	fake_pass(0);
	assert_int_equal(fake.run_count, 1); /* never in a circle */
	fake_pass(1000);
	assert_int_equal(fake.run_count, 2);
	assert_ptr_equal(fake_run("")->client, &fake.clients[1]);
}

static void cancelling_may_end_a_run_at_once(void **state)
{
	(void)state;
	fake.cancels_at_once = true;
	scene_set("acme", 4, "1,2,3", 1);
	reports_start(scene.reports);
	fake_pass(10000);
	scene_set("acme", 4, "1", 1);
	assert_int_equal(fake_active(), 1);
	assert_int_equal(reports_set(scene.reports, NULL, 0), ERR_OK);
	fake_pass(0);
	assert_int_equal(fake_active(), 0);
}

static void a_checkpoint_that_comes_after_a_reload_finds_its_job(void **state)
{
	(void)state;
	fake_keep("due/acme/clicks/message=1&type=opens",
	          "done begin=1763998200000 done=1763998201000 watermark=5");
	fake.holds_store = true;
	scene_set("acme", 4, "1,2", 1);
	reports_start(scene.reports);
	fake_pass(0);
	scene_set("acme", 4, "1", 1);
	fake_pass(10000);
	fake.holds_store = false;
	fake_pass(10000);
	assert_int_equal(fake.run_count, 0);
	scene_status();
	assert_int_equal(scene.lines[0].watermark_ms, 5);
}

/* ---- stop ---- */

static void count_call(void *arg)
{
	(*(unsigned *)arg)++;
}

static void a_stop_waits_for_the_last_run(void **state)
{
	unsigned stopped = 0;

	(void)state;
	scene_set("acme", 4, "1,2", 1);
	reports_start(scene.reports);
	fake_pass(10000);
	reports_stop(scene.reports, count_call, &stopped);
	fake_pass(0);
	assert_int_equal(stopped, 0);
	fake_end(fake_run("message=1 type=opens"), REPORT_CANCELED, 0, "");
	fake_pass(0);
	assert_int_equal(stopped, 0);
	fake_end(fake_run("message=2 type=opens"), REPORT_CANCELED, 0, "");
	assert_int_equal(stopped, 0);
	fake_pass(HOUR);
	assert_int_equal(stopped, 1);
	assert_int_equal(fake.run_count, 2);
	assert_null(fake_kept("due/acme/clicks/message=1&type=opens"));
}

static void a_stop_waits_for_marks_but_not_for_long(void **state)
{
	unsigned stopped = 0;

	(void)state;
	fake.is_marking = true;
	reports_stop(scene.reports, count_call, &stopped);
	fake_pass(1000);
	assert_int_equal(stopped, 0);
	fake.is_marking = false;
	fake_pass(100);
	assert_int_equal(stopped, 1);
}

static void marks_that_are_not_made_do_not_keep_a_stop(void **state)
{
	unsigned stopped = 0;

	(void)state;
	fake.is_marking = true;
	reports_stop(scene.reports, count_call, &stopped);
	fake_pass(2900);
	assert_int_equal(stopped, 0);
	fake_pass(200);
	assert_int_equal(stopped, 1);
}

static void a_stop_with_nothing_under_way_comes_from_the_loop(void **state)
{
	unsigned stopped = 0;

	(void)state;
	reports_stop(scene.reports, count_call, &stopped);
	assert_int_equal(stopped, 0);
	fake_pass(0);
	assert_int_equal(stopped, 1);
}

/* A store that cannot be read does not say that it never ran. */
static void what_cannot_be_read_is_read_again(void **state)
{
	(void)state;
	fake_keep("due/acme/clicks/", "done begin=1763999940000 done=1763999941000 watermark=5");
	fake.read_result = ERR_IO;
	scene_set("acme", 1, NULL, 0);
	reports_start(scene.reports);
	fake_pass(20000);
	assert_int_equal(fake.run_count, 0);
	fake.read_result = ERR_OK;
	fake_pass(1000);
	assert_int_equal(fake.run_count, 0);
	scene_status();
	assert_int_equal(scene.lines[0].watermark_ms, 5);
	fake_pass(2 * HOUR);
	assert_int_equal(fake.run_count, 1);
}

/* The store takes no such key: it runs as one of which nothing is kept. */
static void values_that_are_too_long_to_be_kept_are_run(void **state)
{
	static char text[600];
	static const char *const values[] = {text};
	struct report_loop loop = {
		.name = "message", .kind = EACH_VALUES, .values = values, .value_count = 1};
	struct report_account account = scene_account("acme", 1, NULL, 0);

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	scene.plans[0].loops = &loop;
	scene.plans[0].loop_count = 1;
	assert_int_equal(reports_set(scene.reports, &account, 1), ERR_OK);
	reports_start(scene.reports);
	fake_pass(10000);
	assert_int_equal(fake_active(), 1);
	fake_end_all();
	assert_int_equal(fake.kept, 0);
	fake_pass(2 * HOUR);
	assert_int_equal(fake.run_count, 2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_report_runs_at_once_and_then_every_so_often),
		TEST(nothing_runs_before_the_start),
		TEST(what_ran_before_a_restart_is_not_run_again_too_soon),
		TEST(a_wall_clock_that_jumps_changes_nothing),
		TEST(one_run_at_a_time_of_the_same),
		TEST(each_combination_runs_at_most_so_many_at_once),
		TEST(a_slow_vendor_does_not_delay_another),
		TEST(more_sets_than_are_run_for_are_cut),
		TEST(a_failure_comes_again_after_a_minute_and_then_later),
		TEST(a_failure_is_logged_once_an_hour_and_so_is_its_end),
		TEST(a_refused_set_waits_for_hours_while_others_go_on),
		TEST(later_means_later_for_the_whole_account),
		TEST(refused_credentials_stop_the_account_until_the_circuit_lets_one_through),
		TEST(a_circuit_that_somebody_closed_is_noticed),
		TEST(a_mended_account_goes_on_at_once),
		TEST(a_mended_account_without_an_open_circuit_too),
		TEST(a_client_that_is_held_outlives_a_reload),
		TEST(a_run_that_cannot_begin_is_a_failure),
		TEST(nothing_begins_while_the_store_takes_nothing),
		TEST(rows_and_pages_are_counted_once),
		TEST(a_run_that_waits_for_the_store_is_paused),
		TEST(a_reload_keeps_what_is_still_there),
		TEST(other_authorities_make_another_client),
		TEST(what_failed_is_asked_again_at_once_by_another_client),
		TEST(a_reload_cancels_what_is_gone),
		TEST(a_changed_client_is_replaced_and_its_runs_begin_anew),
		TEST(cancelling_may_end_a_run_at_once),
		TEST(a_checkpoint_that_comes_after_a_reload_finds_its_job),
		TEST(a_stop_waits_for_the_last_run),
		TEST(a_stop_waits_for_marks_but_not_for_long),
		TEST(marks_that_are_not_made_do_not_keep_a_stop),
		TEST(a_stop_with_nothing_under_way_comes_from_the_loop),
		TEST(what_cannot_be_read_is_read_again),
		TEST(values_that_are_too_long_to_be_kept_are_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
