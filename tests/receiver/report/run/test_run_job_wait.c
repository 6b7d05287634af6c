/* SPDX-License-Identifier: MIT */
/* Waiting: for a mail, for a status, for a person, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/run/order_scene.h"
#include "tests/store/place.h"

static int setup(void **state)
{
	static struct order_scene j;

	*order_world() = (struct order_world){.orders = 0};
	order_scene_open(&j, place_fresh());
	*state = &j;
	return 0;
}

static int teardown(void **state)
{
	order_scene_close(*state);
	return 0;
}

static const struct str links[] = {{"https://files.acme.example/a", 28},
                                   {"https://files.acme.example/b", 28}};
static struct job_told told;
static char asked[256];
static struct vendor_result ended;

static bool tell(void *arg, const char *status_url, struct job_told *ret_told)
{
	(void)arg;
	(void)snprintf(asked, sizeof(asked), "%s", status_url);
	*ret_told = told;
	return told.verdict != JOB_PENDING;
}

static bool end(void *arg, struct vendor_result *ret_result)
{
	(void)arg;
	*ret_result = ended;
	return ended.end != VENDOR_OK;
}

static enum err accept(void *arg, const struct job_reply *reply, struct job_told *ret_told)
{
	(void)arg;
	(void)reply;
	*ret_told = (struct job_told){.verdict = JOB_ACCEPTED_NOW,
	                              .id = STR_LIT("7"),
	                              .status_url = STR_LIT("https://api.acme.example/s/7")};
	return ERR_OK;
}

static void by_poll(struct order_scene *j)
{
	j->job.by = READY_POLL;
	fake_jobs.told = tell;
	fake_jobs.ended = end;
	fake_jobs.answer = accept;
	told = (struct job_told){.verdict = JOB_PENDING};
	ended = (struct vendor_result){.end = VENDOR_OK};
}

static void a_status_gives_links(void **state)
{
	struct order_scene *j = *state;

	by_poll(j);
	told = (struct job_told){.verdict = JOB_IS_READY, .links = links, .link_count = 2};
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_string_equal(asked, "https://api.acme.example/s/7");
	assert_int_equal(fake_jobs.polls, 1);
	assert_int_equal(fake_jobs.downloads, 2);
	assert_string_equal(fake_jobs.url, "https://files.acme.example/b");
	assert_int_equal(j->s.result.progress.rows, 6);
}

static void ready_without_a_link_is_where_it_was_asked(void **state)
{
	struct order_scene *j = *state;

	by_poll(j);
	told = (struct job_told){.verdict = JOB_IS_BODY};
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_string_equal(fake_jobs.url, "https://api.acme.example/s/7");
}

static void or_where_the_profile_says(void **state)
{
	struct order_scene *j = *state;

	by_poll(j);
	j->job.has_download = true;
	told = (struct job_told){.verdict = JOB_IS_READY};
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_true(fake_jobs.is_request);
	assert_string_equal(fake_jobs.url, "");
}

static void the_vendor_may_fail(void **state)
{
	struct order_scene *j = *state;

	by_poll(j);
	told = (struct job_told){.verdict = JOB_HAS_FAILED, .text = "no data"};
	assert_int_equal(order_scene_run(j), REPORT_FAILED);
	assert_string_equal(j->s.result.text, "no data");
	assert_string_equal(j->s.result.progress.job.state, "failed");
	assert_true(j->s.result.progress.job.is_stale);
	told = (struct job_told){.verdict = JOB_IS_READY, .links = links, .link_count = 1};
	assert_int_equal(order_scene_run(j), REPORT_DONE); /* ordered anew */
	assert_int_equal(order_world()->orders, 2);
}

static void what_the_vendor_does_not_know_any_more_has_failed(void **state)
{
	struct order_scene *j = *state;

	by_poll(j);
	ended = (struct vendor_result){.end = VENDOR_REFUSED, .text = "404 gone"};
	assert_int_equal(order_scene_run(j), REPORT_FAILED);
	assert_string_equal(j->s.result.text, "404 gone");
}

static void who_is_not_let_in_goes_on_later(void **state)
{
	struct order_scene *j = *state;

	by_poll(j);
	ended = (struct vendor_result){.end = VENDOR_UNAUTHORIZED, .text = "401"};
	assert_int_equal(order_scene_run(j), REPORT_UNAUTHORIZED);
	assert_non_null(strstr(scene_checkpoint(&j->s), "job waiting\n"));
	ended = (struct vendor_result){.end = VENDOR_OK};
	told = (struct job_told){.verdict = JOB_IS_READY, .links = links, .link_count = 1};
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
}

static void an_unsure_one_has_nothing_to_ask(void **state)
{
	struct order_scene *j = *state;

	by_poll(j);
	j->result = (struct vendor_result){.end = VENDOR_FAILED, .status = 500, .was_sent = true};
	order_scene_start(j);
	order_scene_until(j, "waiting");
	scene_turn(&j->s);
	assert_int_equal(fake_jobs.polls, 0);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
}

static void hosts_are_the_profiles_and_the_configurations(void **state)
{
	static const struct str more[] = {{".cdn.example", 12}};
	struct order_scene *j = *state;

	j->job.mail.hosts[0] = STR_LIT("files.acme.example");
	j->job.mail.host_count = 1;
	j->conf.hosts = more;
	j->conf.host_count = 1;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_string_equal(fake_jobs.hosts, "files.acme.example .cdn.example ");
	assert_string_equal(fake_jobs.download_hosts, "files.acme.example .cdn.example ");
}

static void the_fallback_says_what_the_vendor_calls_it(void **state)
{
	static const struct report_value values[] = {{"list", "l1"}, {"type", "t"}};
	struct order_scene *j = *state;

	j->pages.source.name = "all_items";
	j->job.fallback = &j->pages;
	j->conf.fallback = j->fallback;
	j->s.conf.values = values;
	j->s.conf.value_count = 2;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_string_equal(fake_jobs.report, "all_items");
	assert_string_equal(fake_jobs.campaign, "l1");
}

static void a_clock_that_is_set_back_makes_nobody_wait_longer(void **state)
{
	struct order_scene *j = *state;

	j->has_no_mail = true;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	order_scene_later(j, 10 * MINUTE_MS);
	order_scene_set_clock(j, -5 * HOUR_MS);
	order_scene_later(j, 20 * MINUTE_MS);
	order_scene_until(j, "stale");
	assert_string_equal(j->s.progress.job.text, "30 min after the order there is no report");
	j->has_no_mail = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
}

static void a_clock_that_is_set_forward_makes_nothing_late(void **state)
{
	struct order_scene *j = *state;

	j->has_no_mail = true;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	order_scene_later(j, 10 * MINUTE_MS);
	order_scene_set_clock(j, 5 * HOUR_MS);
	assert_string_equal(j->s.progress.job.state, "waiting");
	assert_int_equal(j->s.progress.job.until_ms, SCENE_NOW + 30 * MINUTE_MS + 5 * HOUR_MS);
	order_scene_later(j, 20 * MINUTE_MS - 1);
	for (int i = 0; i < 5; i++)
		scene_turn(&j->s);
	assert_string_equal(j->s.progress.job.state, "waiting");
	order_scene_later(j, 1);
	order_scene_until(j, "stale");
	assert_string_equal(j->s.progress.job.text, "30 min after the order there is no report");
	assert_int_equal(j->s.progress.job.ordered_ms, SCENE_NOW); /* as it was sent */
	j->has_no_mail = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
}

/* Set while it waits, and then stopped: the age is in what is stored. */
static void a_clock_that_was_set_counts_after_a_restart(void **state)
{
	static const int64_t by_ms[] = {5 * HOUR_MS, -5 * HOUR_MS};

	for (size_t i = 0; i < 2; i++) {
		struct order_scene *j = *state;
		const int64_t now_ms = SCENE_NOW + 15 * MINUTE_MS + by_ms[i];

		j->has_no_mail = true;
		order_scene_start(j);
		order_scene_until(j, "waiting");
		order_scene_later(j, 10 * MINUTE_MS);
		order_scene_set_clock(j, by_ms[i]);
		while (strstr(scene_checkpoint(&j->s), "job-aged ") == NULL)
			scene_turn(&j->s);
		report_run_cancel(j->s.run);
		scene_finish(&j->s);
		scene_set_now(now_ms); /* five minutes nobody ran */
		order_scene_start(j);
		order_scene_until(j, "waiting");
		assert_int_equal(j->s.progress.job.until_ms, now_ms + 15 * MINUTE_MS);
		order_scene_later(j, 15 * MINUTE_MS);
		order_scene_until(j, "stale");
		assert_string_equal(j->s.progress.job.text,
		                    "30 min after the order there is no report");
		j->has_no_mail = false;
		scene_finish(&j->s);
		assert_int_equal(order_world()->orders, 1);
		(void)teardown(state);
		(void)setup(state);
	}
}

static void a_mailbox_that_is_full_is_tried_again(void **state)
{
	struct order_scene *j = *state;

	fake_jobs.wait_result = ERR_LIMIT;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	order_scene_later(j, MINUTE_MS);
	for (int i = 0; i < 10; i++)
		scene_turn(&j->s);
	assert_int_equal(j->s.done_count, 0); /* it keeps its place among the report's orders */
	fake_jobs.wait_result = ERR_OK;
	order_scene_later(j, MINUTE_MS);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
}

static void whoever_finds_no_place_becomes_stale_in_its_time(void **state)
{
	struct order_scene *j = *state;

	fake_jobs.wait_result = ERR_LIMIT;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	order_scene_later(j, 30 * MINUTE_MS);
	order_scene_until(j, "stale");
	fake_jobs.wait_result = ERR_OK;
	order_scene_later(j, MINUTE_MS);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
}

static void a_stale_one_is_told_and_given_up_in_the_end(void **state)
{
	struct order_scene *j = *state;

	j->has_no_mail = true;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	assert_int_equal(j->s.progress.job.until_ms, SCENE_NOW + 30 * MINUTE_MS);
	assert_int_equal(j->s.progress.job.ordered_ms, SCENE_NOW);
	order_scene_later(j, 30 * MINUTE_MS);
	order_scene_until(j, "stale");
	assert_true(j->s.progress.job.is_stale);
	assert_non_null(strstr(j->s.progress.job.text, "30 min after the order"));
	assert_int_equal(j->s.progress.job.until_ms, SCENE_NOW + HOUR_MS);
	order_scene_later(j, 30 * MINUTE_MS);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_FAILED);
	assert_non_null(strstr(j->s.result.text, "after the order"));
	assert_true(j->s.result.progress.job.is_stale);
	assert_int_equal(order_world()->orders, 1);
	assert_int_equal(fake_jobs.waiting, 0);
}

static void the_configuration_may_give_it_more_time(void **state)
{
	struct order_scene *j = *state;

	j->conf.timeout_ms = 2 * (uint64_t)HOUR_MS;
	j->has_no_mail = true;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	assert_int_equal(j->s.progress.job.until_ms, SCENE_NOW + 2 * HOUR_MS);
	order_scene_later(j, 2 * HOUR_MS);
	order_scene_until(j, "stale");
	assert_int_equal(j->s.progress.job.until_ms, SCENE_NOW + 4 * HOUR_MS);
	while (strstr(scene_checkpoint(&j->s), "job stale\n") == NULL)
		scene_turn(&j->s);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	order_scene_start(j);
	order_scene_until(j, "stale");
	j->has_no_mail = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
}

static void a_late_mail_is_used(void **state)
{
	struct order_scene *j = *state;

	j->has_no_mail = true;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	order_scene_later(j, 31 * MINUTE_MS);
	order_scene_until(j, "stale");
	j->has_no_mail = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(fake_jobs.kept, 1);
}

static void a_mail_whose_link_is_stored_is_marked_again(void **state)
{
	struct order_scene *j = *state;

	fake_jobs.is_held = true;
	fake_jobs.mail_id =
		(struct completion_mail){.uid_validity = 5, .uid = 7, .box = 1, .digest = 2};
	order_scene_start(j);
	scene_wait(&j->s, &fake_jobs.downloads, 1);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_non_null(strstr(scene_checkpoint(&j->s), "job-mail 5:7:1:2\n"));
	assert_int_equal(fake_jobs.marks, 0);
	fake_jobs.is_held = false;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(fake_jobs.marks, 1);
	assert_int_equal(fake_jobs.marked.uid_validity, 5);
	assert_int_equal(fake_jobs.marked.uid, 7);
	assert_int_equal(fake_jobs.marked.box, 1); /* whose mailbox it was */
	assert_int_equal(fake_jobs.marked.digest, 2);
	assert_int_equal(fake_jobs.waits, 1);
}

static void a_mail_that_was_used_is_not_used_after_a_restart(void **state)
{
	struct order_scene *j = *state;

	fake_jobs.mail_id = (struct completion_mail){.uid_validity = 5, .uid = 7, .digest = 9};
	j->is_shared = true;
	j->file.end = DOWNLOAD_DEAD;
	order_scene_start(j);
	while (strstr(scene_checkpoint(&j->s), "job-used 9\n") == NULL)
		scene_turn(&j->s);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_int_equal(fake_jobs.used, 0);
	j->file.end = DOWNLOAD_DONE;
	fake_jobs.mail_id.digest = 10;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(fake_jobs.used, 9);
	assert_int_equal(order_world()->orders, 1);
}

static void one_that_waits_for_a_person_asks_nobody(void **state)
{
	struct order_scene *j = *state;

	j->job.by = READY_HANDOFF;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	scene_turn(&j->s);
	assert_int_equal(fake_jobs.waits + fake_jobs.polls, 0);
	assert_true(report_run_brought(j->s.run));
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
}

static void stopped_while_it_waits_it_waits_on(void **state)
{
	struct order_scene *j = *state;

	j->has_no_mail = true;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_CANCELED);
	assert_int_equal(fake_jobs.waiting, 0);
	scene_set_now(SCENE_NOW + 20 * MINUTE_MS);
	order_scene_start(j);
	order_scene_until(j, "waiting");
	assert_int_equal(j->s.progress.job.until_ms, SCENE_NOW + 30 * MINUTE_MS);
	assert_int_equal(fake_jobs.ordered_ms, SCENE_NOW);
	j->has_no_mail = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_status_gives_links),
		TEST(ready_without_a_link_is_where_it_was_asked),
		TEST(or_where_the_profile_says),
		TEST(the_vendor_may_fail),
		TEST(what_the_vendor_does_not_know_any_more_has_failed),
		TEST(who_is_not_let_in_goes_on_later),
		TEST(an_unsure_one_has_nothing_to_ask),
		TEST(hosts_are_the_profiles_and_the_configurations),
		TEST(the_fallback_says_what_the_vendor_calls_it),
		TEST(a_clock_that_is_set_back_makes_nobody_wait_longer),
		TEST(a_clock_that_is_set_forward_makes_nothing_late),
		TEST(a_clock_that_was_set_counts_after_a_restart),
		TEST(a_mailbox_that_is_full_is_tried_again),
		TEST(whoever_finds_no_place_becomes_stale_in_its_time),
		TEST(a_stale_one_is_told_and_given_up_in_the_end),
		TEST(the_configuration_may_give_it_more_time),
		TEST(a_late_mail_is_used),
		TEST(a_mail_whose_link_is_stored_is_marked_again),
		TEST(a_mail_that_was_used_is_not_used_after_a_restart),
		TEST(one_that_waits_for_a_person_asks_nobody),
		TEST(stopped_while_it_waits_it_waits_on),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
