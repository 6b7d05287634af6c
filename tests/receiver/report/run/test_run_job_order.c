/* SPDX-License-Identifier: MIT */
/* What an order comes to: sent or not, definite or not, and never twice without need. */
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

static void answer(struct order_scene *j, enum vendor_end end, unsigned status, bool was_sent)
{
	j->result = (struct vendor_result){.end = end,
	                                   .status = status,
	                                   .was_sent = was_sent,
	                                   .retry_ms = end == VENDOR_LATER ? 5000 : 0};
	(void)snprintf(j->result.text, sizeof(j->result.text), "answer %u", status);
}

/** The vendor is well again. */
static void answer_well(struct order_scene *j)
{
	j->result = (struct vendor_result){.end = VENDOR_OK};
}

static void a_rate_limit_is_no_order(void **state)
{
	struct order_scene *j = *state;

	answer(j, VENDOR_LATER, 429, true);
	assert_int_equal(order_scene_run(j), REPORT_LATER);
	assert_string_equal(j->s.result.text, "answer 429");
	assert_int_equal(j->s.result.retry_ms, 5000);
	assert_null(strstr(scene_checkpoint(&j->s), "job"));
	answer_well(j);
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 2);
}

static void nor_is_one_that_was_not_sent(void **state)
{
	struct order_scene *j = *state;

	answer(j, VENDOR_FAILED, 0, false);
	assert_int_equal(order_scene_run(j), REPORT_FAILED);
	assert_string_equal(j->s.result.text, "answer 0");
	assert_null(strstr(scene_checkpoint(&j->s), "job"));
	answer(j, VENDOR_FAILED, 503, true);
	assert_int_equal(order_scene_run(j), REPORT_FAILED);
	assert_null(strstr(scene_checkpoint(&j->s), "job"));
}

static void who_is_not_let_in_has_ordered_nothing(void **state)
{
	struct order_scene *j = *state;

	answer(j, VENDOR_UNAUTHORIZED, 403, true);
	assert_int_equal(order_scene_run(j), REPORT_UNAUTHORIZED);
	assert_string_equal(j->s.result.text, "answer 403");
	assert_null(strstr(scene_checkpoint(&j->s), "job"));
}

static void a_refusal_is_final(void **state)
{
	struct order_scene *j = *state;

	answer(j, VENDOR_REFUSED, 404, true);
	assert_int_equal(order_scene_run(j), REPORT_REFUSED);
	assert_string_equal(j->s.result.text, "answer 404");
	assert_true(j->s.result.progress.job.is_stale);
	answer_well(j);
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 2);
	assert_false(j->s.result.progress.job.is_stale);
}

static void assert_unsure(struct order_scene *j, unsigned status)
{
	answer(j, VENDOR_FAILED, status, true);
	j->has_no_mail = true;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	order_scene_later(j, 29 * MINUTE_MS);
	scene_turn(&j->s);
	scene_turn(&j->s);
	assert_int_equal(order_world()->orders, 1);
	assert_non_null(strstr(scene_checkpoint(&j->s), "job-unsure 1\n"));
	answer_well(j);
	j->has_no_mail = false;
	scene_finish(&j->s); /* the first one had arrived */
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
}

static void an_error_of_the_vendor_says_nothing(void **state)
{
	assert_unsure(*state, 500);
}

static void nor_does_no_answer(void **state)
{
	assert_unsure(*state, 0);
}

static void nor_does_an_answer_that_is_cut(void **state)
{
	assert_unsure(*state, 202);
}

static void without_a_sign_it_is_sent_once_more(void **state)
{
	struct order_scene *j = *state;

	answer(j, VENDOR_FAILED, 500, true);
	j->has_no_mail = true;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	order_scene_later(j, 30 * MINUTE_MS);
	scene_wait(&j->s, &order_world()->orders, 2);
	order_scene_until(j, "waiting");
	assert_int_equal(j->s.vendor.turns, 2);
	order_scene_later(j, 30 * MINUTE_MS);
	order_scene_until(j, "stale");
	assert_true(j->s.progress.job.is_stale);
	assert_int_equal(order_world()->orders, 2);
	j->has_no_mail = false; /* late */
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_false(j->s.result.progress.job.is_stale);
}

static void a_try_that_did_not_leave_has_another_turn(void **state)
{
	struct order_scene *j = *state;

	j->is_retried = true;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(j->s.vendor.turns, 2);
	assert_int_equal(j->s.vendor.gone, 2);
	assert_int_equal(order_world()->orders, 1);
}

static void what_cannot_be_written_is_refused(void **state)
{
	struct order_scene *j = *state;

	j->s.vendor.send_result = ERR_NOENT;
	assert_int_equal(order_scene_run(j), REPORT_REFUSED);
	assert_non_null(strstr(j->s.result.text, "no value"));
	j->s.vendor.send_result = ERR_INVAL;
	assert_int_equal(order_scene_run(j), REPORT_REFUSED);
	j->s.vendor.send_result = ERR_NOMEM;
	assert_int_equal(order_scene_run(j), REPORT_FAILED);
	assert_int_equal(order_world()->orders, 0);
}

static void it_is_stored_before_it_is_sent(void **state)
{
	struct order_scene *j = *state;

	j->s.vendor.is_held = true;
	order_scene_start(j);
	scene_wait(&j->s, &j->s.vendor.sent, 1);
	assert_string_equal(scene_checkpoint(&j->s), "");
	fake_vendor_release(&j->s.vendor); /* its turn */
	scene_wait(&j->s, &j->s.vendor.gone, 1);
	assert_int_equal(order_world()->orders, 0);
	assert_non_null(strstr(scene_checkpoint(&j->s), "job requested\n"));
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_CANCELED);
	assert_int_equal(j->s.vendor.canceled, 1);
}

static void one_that_was_stopped_then_is_waited_for(void **state)
{
	struct order_scene *j = *state;

	it_is_stored_before_it_is_sent(state);
	j->s.vendor.is_held = false;
	j->has_no_mail = true;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	assert_int_equal(order_world()->orders, 0);
	assert_non_null(strstr(j->s.progress.job.text, "may not know"));
	order_scene_later(j, 30 * MINUTE_MS);
	j->has_no_mail = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
}

static void one_that_has_no_turn_yet_is_forgotten(void **state)
{
	struct order_scene *j = *state;

	j->s.vendor.is_held = true;
	order_scene_start(j);
	scene_wait(&j->s, &j->s.vendor.sent, 1);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_string_equal(scene_checkpoint(&j->s), "");
	assert_int_equal(order_world()->orders, 0);
}

static enum err told(void *arg, const struct job_reply *reply, struct job_told *told)
{
	static const struct str links[] = {{"https://files.acme.example/a", 28},
	                                   {"https://files.acme.example/b", 28}};

	(void)arg;
	assert_int_equal(reply->status, 202);
	assert_true(str_eq(reply->url, STR_LIT(FAKE_URL)));
	assert_true(str_eq(reply->body, STR_LIT("{\"id\":7}")));
	assert_true(str_eq(reply->media_type, STR_LIT("text/plain")));
	*told = (struct job_told){.verdict = JOB_IS_READY,
	                          .id = STR_LIT("7"),
	                          .status_url = STR_LIT("https://api.acme.example/7"),
	                          .links = links,
	                          .link_count = 2};
	return ERR_OK;
}

static void an_answer_may_have_everything(void **state)
{
	struct order_scene *j = *state;

	j->body = STR_LIT("{\"id\":7}");
	fake_jobs.answer = told;
	fake_jobs.is_held = true;
	order_scene_start(j);
	order_scene_until(j, "downloading");
	assert_int_equal(fake_jobs.waits, 0);
	assert_non_null(strstr(scene_checkpoint(&j->s), "job-id 7\n"));
	assert_non_null(strstr(scene_checkpoint(&j->s), "job-link "));
	fake_jobs.is_held = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.progress.rows, 6);
	assert_int_equal(fake_jobs.downloads, 2);
}

static enum err told_failed(void *arg, const struct job_reply *reply, struct job_told *told)
{
	(void)arg;
	(void)reply;
	*told = (struct job_told){.verdict = JOB_HAS_FAILED, .text = "no such campaign"};
	return ERR_OK;
}

static enum err told_nonsense(void *arg, const struct job_reply *reply, struct job_told *told)
{
	(void)arg;
	(void)reply;
	(void)told;
	return ERR_PARSE;
}

static void an_answer_that_is_a_no_is_a_refusal(void **state)
{
	struct order_scene *j = *state;

	fake_jobs.answer = told_failed;
	assert_int_equal(order_scene_run(j), REPORT_REFUSED);
	assert_string_equal(j->s.result.text, "no such campaign");
	fake_jobs.answer = told_nonsense;
	assert_int_equal(order_scene_run(j), REPORT_REFUSED);
	assert_non_null(strstr(j->s.result.text, "no usable address"));
}

static void who_does_not_keep_it_orders_nothing(void **state)
{
	struct order_scene *j = *state;

	j->s.is_dry = true;
	assert_int_equal(order_scene_run(j), REPORT_REFUSED);
	assert_non_null(strstr(j->s.result.text, "cannot be dry"));
	j->s.is_dry = false;
	j->s.conf.from_ms = SCENE_NOW - HOUR_MS;
	assert_int_equal(order_scene_run(j), REPORT_REFUSED);
	assert_non_null(strstr(j->s.result.text, "a stretch"));
	j->s.conf.from_ms = 0;
	j->s.conf.to_ms = SCENE_NOW;
	assert_int_equal(order_scene_run(j), REPORT_REFUSED);
	assert_int_equal(order_world()->orders, 0);
	assert_string_equal(scene_checkpoint(&j->s), "");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_rate_limit_is_no_order),
		TEST(nor_is_one_that_was_not_sent),
		TEST(who_is_not_let_in_has_ordered_nothing),
		TEST(a_refusal_is_final),
		TEST(an_error_of_the_vendor_says_nothing),
		TEST(nor_does_no_answer),
		TEST(nor_does_an_answer_that_is_cut),
		TEST(without_a_sign_it_is_sent_once_more),
		TEST(a_try_that_did_not_leave_has_another_turn),
		TEST(what_cannot_be_written_is_refused),
		TEST(it_is_stored_before_it_is_sent),
		TEST(one_that_was_stopped_then_is_waited_for),
		TEST(one_that_has_no_turn_yet_is_forgotten),
		TEST(an_answer_may_have_everything),
		TEST(an_answer_that_is_a_no_is_a_refusal),
		TEST(who_does_not_keep_it_orders_nothing),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
