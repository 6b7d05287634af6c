/* SPDX-License-Identifier: MIT */
/* Downloads of an order: how they end, and what is kept of them. */
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

static void ends(struct order_scene *j, enum download_end end, const char *text)
{
	j->file.end = end;
	j->file.text = text;
	j->file.content = STR_LIT("half");
}

static void whole(struct order_scene *j)
{
	j->file.end = DOWNLOAD_DONE;
	j->file.text = NULL;
	j->file.content = STR_LIT("id\n1\n2\n3\n");
}

static void one_that_breaks_off_is_gone_on_with(void **state)
{
	struct order_scene *j = *state;

	ends(j, DOWNLOAD_FAILED, "the connection was cut");
	assert_int_equal(order_scene_run(j), REPORT_LATER);
	assert_string_equal(j->s.result.text, "the connection was cut");
	assert_int_equal(j->s.result.retry_ms, 60000);
	assert_int_equal(order_scene_files(j), 1);
	assert_non_null(strstr(scene_checkpoint(&j->s), "job downloading\n"));
	assert_non_null(strstr(scene_checkpoint(&j->s), "job-validator %22v1%22\n"));
	whole(j);
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_string_equal(fake_jobs.validator, "\"v1\"");
	assert_int_equal(order_world()->orders, 1);
	assert_int_equal(fake_jobs.waits, 1);
	assert_int_equal(order_scene_files(j), 0);
	assert_int_equal(j->s.result.progress.rows, 3);
}

static void a_full_disk_and_a_rate_limit_are_for_now(void **state)
{
	struct order_scene *j = *state;

	ends(j, DOWNLOAD_NO_SPACE, "no room on the disk");
	assert_int_equal(order_scene_run(j), REPORT_LATER);
	ends(j, DOWNLOAD_LATER, "too many");
	j->file.retry_ms = 7000;
	assert_int_equal(order_scene_run(j), REPORT_LATER);
	assert_int_equal(j->s.result.retry_ms, 7000);
	whole(j);
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
}

/** A server that is gone does not stop the report for ever; one that gives more each time may. */
static void what_comes_no_further_is_given_up(void **state)
{
	struct order_scene *j = *state;

	ends(j, DOWNLOAD_FAILED, "no such host");
	j->file.content = STR_EMPTY;
	assert_int_equal(order_scene_run(j), REPORT_LATER);
	scene_set_now(SCENE_NOW + 59 * MINUTE_MS);
	assert_int_equal(order_scene_run(j), REPORT_LATER);
	scene_set_now(SCENE_NOW + 60 * MINUTE_MS);
	j->file.content = STR_LIT("id\n1\n");
	assert_int_equal(order_scene_run(j), REPORT_LATER);
	assert_int_equal(order_scene_run(j), REPORT_FAILED);
	assert_string_equal(j->s.result.text, "no such host");
	assert_int_equal(order_scene_files(j), 0);
	assert_int_equal(order_world()->orders, 1);
}

static void its_fallback_takes_over(void **state)
{
	struct order_scene *j = *state;

	j->job.fallback = &j->pages;
	j->conf.fallback = j->fallback;
	ends(j, DOWNLOAD_FAILED, "no such host");
	j->file.content = STR_EMPTY;
	assert_int_equal(order_scene_run(j), REPORT_LATER);
	scene_set_now(SCENE_NOW + 60 * MINUTE_MS);
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_true(order_world()->pages > 0);
}

static void assert_fails(struct order_scene *j, enum download_end end)
{
	ends(j, end, "no report there");
	assert_int_equal(order_scene_run(j), REPORT_FAILED);
	assert_string_equal(j->s.result.text, "no report there");
	assert_int_equal(order_scene_files(j), 0);
	whole(j);
	assert_int_equal(order_scene_run(j), REPORT_DONE); /* ordered anew */
}

static void a_dead_link_fails_the_order(void **state)
{
	assert_fails(*state, DOWNLOAD_DEAD);
}

static void so_does_one_to_another_host(void **state)
{
	assert_fails(*state, DOWNLOAD_REFUSED);
}

static void so_does_a_file_that_is_too_large(void **state)
{
	assert_fails(*state, DOWNLOAD_TOO_LARGE);
}

static void a_dead_link_that_was_shared_is_waited_for_again(void **state)
{
	struct order_scene *j = *state;

	j->is_shared = true;
	ends(j, DOWNLOAD_DEAD, "expired");
	order_scene_start(j);
	scene_wait(&j->s, &fake_jobs.kept, 1);
	j->has_no_mail = true;
	order_scene_until(j, "waiting");
	whole(j);
	j->has_no_mail = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(fake_jobs.waits, 2);
	assert_int_equal(order_world()->orders, 1);
}

static void stopped_while_it_comes_it_goes_on(void **state)
{
	struct order_scene *j = *state;

	fake_jobs.is_held = true;
	order_scene_start(j);
	scene_wait(&j->s, &fake_jobs.downloads, 1);
	scene_turn(&j->s);
	scene_turn(&j->s);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_CANCELED);
	assert_int_equal(fake_jobs.downloading, 0);
	fake_jobs.is_held = false;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(fake_jobs.downloads, 2);
	assert_int_equal(order_world()->orders, 1);
}

static void the_folder_is_made_and_must_be_one(void **state)
{
	struct order_scene *j = *state;

	j->conf.folder = "/dev/null/downloads";
	assert_int_equal(order_scene_run(j), REPORT_LATER);
	assert_non_null(strstr(j->s.result.text, "folder of downloads"));
	assert_int_equal(fake_jobs.downloads, 0);
	j->conf.folder = j->folder;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
}

static void what_the_profile_allows_is_the_limit(void **state)
{
	struct order_scene *j = *state;

	j->job.file_max = 12345;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(fake_jobs.max_bytes, 12345);
	assert_int_equal(j->s.result.progress.job.file_bytes, 9);
	assert_int_equal(j->s.result.progress.job.file_size, 9);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_comes_no_further_is_given_up),
		TEST(its_fallback_takes_over),
		TEST(one_that_breaks_off_is_gone_on_with),
		TEST(a_full_disk_and_a_rate_limit_are_for_now),
		TEST(a_dead_link_fails_the_order),
		TEST(so_does_one_to_another_host),
		TEST(so_does_a_file_that_is_too_large),
		TEST(a_dead_link_that_was_shared_is_waited_for_again),
		TEST(stopped_while_it_comes_it_goes_on),
		TEST(the_folder_is_made_and_must_be_one),
		TEST(what_the_profile_allows_is_the_limit),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
