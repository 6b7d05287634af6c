/* SPDX-License-Identifier: MIT */
/* How an order ends: with the report that takes its place, and what is left behind. */
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

/* What is left of an order whose fallback was read. */
static const char told_stale[] =
	"report 1\njob stale\njob-ordered 1725354000000\njob-since 1725355800000\n"
	"job-fallback 1\n"
	"job-text 30%20min%20after%20the%20order%20there%20is%20no%20report\n";

static void with_fallback(struct order_scene *j)
{
	j->job.fallback = &j->pages;
	j->conf.fallback = j->fallback;
	j->has_no_mail = true;
}

static void until_fallback(struct order_scene *j)
{
	order_scene_start(j);
	order_scene_until(j, "waiting");
	order_scene_later(j, 30 * MINUTE_MS);
}

static void assert_pages(struct order_scene *j)
{
	assert_int_equal(scene_count(&j->s, "\"id\""), 6);
	assert_int_equal(scene_count(&j->s, "{\"last\":3"), 3);
}

static void a_stale_one_gives_way_to_pages(void **state)
{
	struct order_scene *j = *state;

	with_fallback(j);
	until_fallback(j);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_string_equal(j->s.result.text, "");
	assert_string_equal(j->s.result.progress.job.state, "stale");
	assert_true(j->s.result.progress.job.is_stale);
	assert_int_equal(j->s.result.progress.rows, 6);
	assert_int_equal(j->s.result.progress.pages, 3);
	assert_pages(j);
	assert_string_equal(j->s.sources, "items items items ");
	assert_string_equal(scene_checkpoint(&j->s), told_stale);
	assert_int_equal(fake_jobs.waiting, 0);
	j->has_no_mail = false;
	assert_int_equal(order_scene_run(j), REPORT_DONE); /* the next one is ordered again */
	assert_int_equal(order_world()->orders, 2);
	assert_false(j->s.result.progress.job.is_stale);
	assert_string_equal(scene_checkpoint(&j->s),
	                    "report 1\njob done\njob-ordered 1725355800000\n"
	                    "job-since 1725355800000\n");
}

static void what_was_stale_is_so_until_the_next_order_is_well(void **state)
{
	struct order_scene *j = *state;

	scene_set_checkpoint(&j->s, told_stale);
	j->has_no_mail = true;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	assert_true(j->s.progress.job.is_stale);
	assert_int_equal(order_world()->orders, 1);
	j->has_no_mail = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_false(j->s.result.progress.job.is_stale);
	assert_string_equal(scene_checkpoint(&j->s), "report 1\n" LAST_DONE);
}

static void so_does_one_that_failed(void **state)
{
	struct order_scene *j = *state;

	with_fallback(j);
	j->has_no_mail = false;
	j->file.end = DOWNLOAD_DEAD;
	j->file.text = "expired";
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_string_equal(j->s.result.progress.job.state, "failed");
	assert_string_equal(j->s.result.progress.job.text, "expired");
	assert_true(j->s.result.progress.job.is_stale);
	assert_pages(j);
	assert_int_equal(order_scene_files(j), 0);
}

static void a_refusal_does_not(void **state)
{
	struct order_scene *j = *state;

	with_fallback(j);
	j->result = (struct vendor_result){.end = VENDOR_REFUSED, .status = 404, .text = "no"};
	assert_int_equal(order_scene_run(j), REPORT_REFUSED);
	assert_int_equal(order_world()->pages, 0);
}

static void stopped_between_pages_it_goes_on_with_them(void **state)
{
	struct order_scene *j = *state;

	with_fallback(j);
	until_fallback(j);
	scene_wait(&j->s, &j->s.progress.pages, 1);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_non_null(strstr(scene_checkpoint(&j->s), "job stale\n"));
	assert_non_null(strstr(scene_checkpoint(&j->s), "job-fallback 1\n"));
	assert_non_null(strstr(scene_checkpoint(&j->s), "cursor page:"));
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_true(j->s.result.progress.job.is_stale);
	assert_int_equal(order_world()->orders, 1);
	assert_pages(j);
	assert_string_equal(scene_checkpoint(&j->s), told_stale);
}

static void without_the_fallback_by_then_it_waits_on(void **state)
{
	struct order_scene *j = *state;

	with_fallback(j);
	until_fallback(j);
	scene_wait(&j->s, &j->s.progress.pages, 1);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	j->conf.fallback = NULL;
	j->job.fallback = NULL;
	order_scene_start(j);
	order_scene_until(j, "stale");
	j->has_no_mail = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
	assert_int_equal(scene_count(&j->s, "1\n2\n3\n"), 1);
}

static void each_window_is_ordered_by_itself(void **state)
{
	struct order_scene *j = *state;

	with_fallback(j);
	j->spec.window = (struct window_spec){.is_given = true,
	                                      .start_ms = 2 * HOUR_MS,
	                                      .step_ms = HOUR_MS,
	                                      .format = WINDOW_EPOCH_S};
	j->pages.window = j->spec.window;
	j->pages.window.format = WINDOW_EPOCH_MS;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	assert_string_equal(j->s.vendor.last.from, "1725346800");
	order_scene_later(j, 30 * MINUTE_MS);
	scene_wait(&j->s, &order_world()->pages, 1);
	assert_string_equal(j->s.vendor.last.from, "1725346800000");
	assert_string_equal(j->s.vendor.last.to, "1725350400000");
	j->has_no_mail = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_world()->orders, 2);
	assert_string_equal(j->s.vendor.last.from, "1725350400");
	assert_pages(j);
	assert_int_equal(scene_count(&j->s, "1\n2\n3\n"), 1);
	assert_string_equal(j->s.sources, "items items items items-csv ");
	assert_false(j->s.result.progress.job.is_stale);
	assert_string_equal(scene_checkpoint(&j->s),
	                    "report 1\nwatermark 1725354000000\njob done\n"
	                    "job-ordered 1725355800000\njob-since 1725355800000\n");
}

static void pages_that_fail_are_asked_again_without_an_order(void **state)
{
	struct order_scene *j = *state;

	with_fallback(j);
	j->page_result = (struct vendor_result){.end = VENDOR_FAILED, .status = 500, .text = "500"};
	until_fallback(j);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_FAILED);
	assert_string_equal(j->s.result.text, "500");
	j->page_result = (struct vendor_result){.end = VENDOR_OK};
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
	assert_pages(j);
}

/* ---- the vendor's copy ---- */

static enum err with_id(void *arg, const struct job_reply *reply, struct job_told *told)
{
	(void)arg;
	(void)reply;
	*told = (struct job_told){.verdict = JOB_ACCEPTED_NOW, .id = STR_LIT("7")};
	return ERR_OK;
}

static void the_vendors_copy_is_removed(void **state)
{
	struct order_scene *j = *state;

	fake_jobs.answer = with_id;
	j->job.has_remove = true;
	j->job.remove = (struct request_spec){.method = "DELETE", .path = STR_LIT("/x/${job.id}")};
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->removes, 1);
	assert_string_equal(j->s.vendor.last.job_id, "7");
	assert_true(j->s.vendor.last.is_single);
	assert_true(j->s.vendor.last.is_safe);
}

static void one_that_cannot_be_removed_stops_nothing(void **state)
{
	struct order_scene *j = *state;

	j->job.has_remove = true;
	j->job.remove = (struct request_spec){.method = "DELETE", .path = STR_LIT("/x")};
	j->remove_result =
		(struct vendor_result){.end = VENDOR_REFUSED, .status = 404, .text = "404"};
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->removes, 1);
	assert_string_equal(scene_checkpoint(&j->s), "report 1\n" LAST_DONE);
}

static void nothing_is_removed_before_its_time(void **state)
{
	struct order_scene *j = *state;

	j->job.has_remove = true;
	j->job.remove = (struct request_spec){.method = "DELETE", .path = STR_LIT("/x")};
	j->file.end = DOWNLOAD_FAILED;
	j->file.text = "cut";
	assert_int_equal(order_scene_run(j), REPORT_LATER);
	assert_int_equal(order_world()->removes, 0);
}

static void a_record_that_is_done_is_not_ordered_again(void **state)
{
	struct order_scene *j = *state;

	scene_set_checkpoint(&j->s, "report 1\nwindow 0 0\njob done\njob-ordered 5\n"
	                            "job-file 01\njob-handed-file 02\n");
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 0);
	assert_string_equal(scene_checkpoint(&j->s), "report 1\njob done\njob-ordered 5\n");
}

/* ---- what is left of the last one ---- */

static void what_is_left_has_nothing_secret(void **state)
{
	struct order_scene *j = *state;

	with_fallback(j);
	scene_set_checkpoint(&j->s, "report 1\nwindow 0 0\njob stale\njob-ordered 5\njob-since 6\n"
	                            "job-until 7\njob-orders 1\njob-fallback 1\njob-id s3cret\n"
	                            "job-status-url s3cret\n"
	                            "job-link s3cret\n"
	                            "job-file s3cret\njob-text late\n");
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_string_equal(scene_checkpoint(&j->s),
	                    "report 1\njob stale\njob-ordered 5\njob-since 6\njob-fallback 1\n"
	                    "job-text late\n");
}

static void it_stays_until_the_next_order_is_sent(void **state)
{
	struct order_scene *j = *state;
	static const char last[] = "report 1\njob done\njob-ordered 5\njob-since 6\n";

	scene_set_checkpoint(&j->s, last);
	j->spec.window = (struct window_spec){.is_given = true,
	                                      .start_ms = (uint64_t)HOUR_MS,
	                                      .lag_ms = (uint64_t)HOUR_MS,
	                                      .format = WINDOW_EPOCH_MS};
	assert_int_equal(order_scene_run(j), REPORT_DONE); /* there is nothing to ask for yet */
	assert_int_equal(order_world()->orders, 0);
	assert_string_equal(scene_checkpoint(&j->s), last);
	j->spec.window.lag_ms = 0;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
	assert_string_equal(scene_checkpoint(&j->s),
	                    "report 1\nwatermark 1725354000000\n" LAST_DONE);
}

/* ---- who only goes on with what was ordered ---- */

static void assert_nothing_to_adopt(struct order_scene *j, const char *checkpoint)
{
	scene_set_checkpoint(&j->s, checkpoint);
	j->s.conf.is_adoption = true;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_null(j->s.result.progress.job.state);
	assert_int_equal(order_world()->orders, 0);
	assert_string_equal(scene_checkpoint(&j->s), checkpoint);
}

static void an_adoption_orders_nothing(void **state)
{
	struct order_scene *j = *state;

	assert_nothing_to_adopt(j, "report 1\n");
	assert_nothing_to_adopt(j, "report 1\n" LAST_DONE);
	assert_nothing_to_adopt(j, told_stale);
	/* The vendor could not build it, and nobody had the time to say so. */
	assert_nothing_to_adopt(j, "report 1\nwindow 0 0\njob failed\njob-ordered 5\n");
	assert_nothing_to_adopt(j, "report 1\nwindow 0 0\njob failed\njob-ordered 5\n"
	                           "job-fallback 1\n"); /* which is no more */
	assert_nothing_to_adopt(j, "report 1\nwindow 5 17\njob waiting\njob-ordered 5\n");
}

static void it_goes_on_with_what_is_under_way(void **state)
{
	struct order_scene *j = *state;

	order_world()->mails = 1;
	j->s.conf.is_adoption = true;
	scene_set_checkpoint(&j->s, "report 1\nwindow 0 0\njob waiting\njob-ordered 5\n");
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(j->s.result.progress.rows, 3);
	with_fallback(j);
	scene_set_checkpoint(&j->s,
	                     "report 1\nwindow 0 0\njob failed\njob-ordered 5\njob-fallback 1\n");
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_pages(j);
	assert_int_equal(order_world()->orders, 0);
}

/** The window before was over; what was asked for is all of them. */
static void it_orders_the_next_window(void **state)
{
	struct order_scene *j = *state;

	j->s.conf.is_adoption = true;
	j->spec.window = (struct window_spec){.is_given = true,
	                                      .start_ms = 2 * HOUR_MS,
	                                      .step_ms = HOUR_MS,
	                                      .format = WINDOW_EPOCH_MS};
	scene_set_checkpoint(&j->s, "report 1\nwatermark 1725350400000\n"
	                            "window 1725350400000 1725354000000\n");
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
}

static void what_is_no_order_any_more_is_asked_for(void **state)
{
	struct order_scene *j = *state;

	scene_set_checkpoint(&j->s, "report 1\nwindow 0 0\njob waiting\njob-ordered 5\n");
	j->s.conf.spec = &j->pages;
	j->s.conf.job = NULL;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 0);
	assert_int_equal(order_world()->pages, 3);
	assert_string_equal(scene_checkpoint(&j->s), "report 1\n");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stale_one_gives_way_to_pages),
		TEST(what_was_stale_is_so_until_the_next_order_is_well),
		TEST(so_does_one_that_failed),
		TEST(a_refusal_does_not),
		TEST(stopped_between_pages_it_goes_on_with_them),
		TEST(without_the_fallback_by_then_it_waits_on),
		TEST(each_window_is_ordered_by_itself),
		TEST(pages_that_fail_are_asked_again_without_an_order),
		TEST(the_vendors_copy_is_removed),
		TEST(one_that_cannot_be_removed_stops_nothing),
		TEST(nothing_is_removed_before_its_time),
		TEST(a_record_that_is_done_is_not_ordered_again),
		TEST(what_is_left_has_nothing_secret),
		TEST(it_stays_until_the_next_order_is_sent),
		TEST(an_adoption_orders_nothing),
		TEST(it_goes_on_with_what_is_under_way),
		TEST(it_orders_the_next_window),
		TEST(what_is_no_order_any_more_is_asked_for),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
