/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/run/scene.h"
#include "tests/store/place.h"

static int setup(void **state)
{
	static struct scene s;

	scene_open(&s, place_fresh());
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	scene_close(*state);
	return 0;
}

static void a_run_reads_all_pages_of_all_windows(void **state)
{
	struct scene *s = *state;

	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "3-2/1 3-2/2 3-2/3 2-1/1 2-1/2 2-1/3 1-0/1 1-0/2 1-0/3 ");
	assert_string_equal(s->result.text, "");
	assert_int_equal(s->result.progress.pages, 9);
	assert_int_equal(s->result.progress.rows, 18);
	assert_int_equal(s->result.progress.begin_ms, SCENE_NOW - 3 * HOUR_MS);
	assert_int_equal(s->result.progress.until_ms, SCENE_NOW);
	assert_int_equal(s->result.progress.last_page, 3);
	assert_int_equal(s->result.progress.page, 3);
	assert_int_equal(scene_count(s, "\"id\""), 18);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
	assert_true(s->vendor.last.is_safe);
	assert_true(s->vendor.last.has_again);
}

static void the_next_run_begins_where_the_last_one_ended(void **state)
{
	struct scene *s = *state;

	assert_int_equal(scene_run(s), REPORT_DONE);
	s->asked[0] = '\0';
	scene_set_now(SCENE_NOW + HOUR_MS);
	s->pages = 1;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "0--1/1 ");
	assert_int_equal(s->result.progress.rows, 2);
	s->asked[0] = '\0';
	assert_int_equal(scene_run(s), REPORT_DONE); /* no time has passed */
	assert_string_equal(s->asked, "");
}

static void it_looks_back_but_the_watermark_does_not(void **state)
{
	struct scene *s = *state;

	s->spec.window.lookback_ms = 2 * HOUR_MS;
	s->pages = 1;
	assert_int_equal(scene_run(s), REPORT_DONE);
	s->asked[0] = '\0';
	s->rows = 0;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "2-1/1 1-0/1 ");
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
}

static void the_newest_records_are_left_for_later(void **state)
{
	struct scene *s = *state;

	s->spec.window.lag_ms = (uint64_t)HOUR_MS;
	s->pages = 1;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "3-2/1 2-1/1 ");
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725350400000\n");
}

static void the_configuration_may_begin_elsewhere(void **state)
{
	struct scene *s = *state;

	s->conf.start_ms = (uint64_t)HOUR_MS;
	s->pages = 1;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "1-0/1 ");
}

static void a_deep_run_comes_once_in_its_time(void **state)
{
	struct scene *s = *state;

	s->spec.window.deep_every_ms = 24 * (uint64_t)HOUR_MS;
	s->spec.window.deep_ms = 3 * (uint64_t)HOUR_MS;
	s->pages = 1;
	assert_int_equal(scene_run(s), REPORT_DONE); /* the first one is deep by itself */
	assert_string_equal(scene_checkpoint(s),
	                    "report 1\nwatermark 1725354000000\ndeep 1725354000000\n");
	s->asked[0] = '\0';
	scene_set_now(SCENE_NOW + 23 * HOUR_MS);
	s->spec.window.step_ms = 0;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "0--23/1 ");
	s->asked[0] = '\0';
	scene_set_now(SCENE_NOW + 24 * HOUR_MS);
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "-20--24/1 ");
	assert_string_equal(scene_checkpoint(s),
	                    "report 1\nwatermark 1725440400000\ndeep 1725440400000\n");
}

static void a_person_may_ask_for_a_stretch(void **state)
{
	struct scene *s = *state;

	s->pages = 1;
	assert_int_equal(scene_run(s), REPORT_DONE);
	s->asked[0] = '\0';
	s->conf.from_ms = SCENE_NOW - 10 * HOUR_MS;
	s->conf.to_ms = SCENE_NOW - 8 * HOUR_MS;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "10-9/1 9-8/1 ");
	assert_int_equal(scene_count(s, "\"id\""), 10);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
	s->asked[0] = '\0';
	s->conf.to_ms = 0;
	s->conf.from_ms = SCENE_NOW - HOUR_MS;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "1-0/1 ");
}

static void a_dry_run_stores_nothing(void **state)
{
	static const struct report_value values[] = {{"campaign", "c 1"}};
	struct scene *s = *state;
	struct buf b;

	s->is_dry = true;
	s->conf.values = values;
	s->conf.value_count = 1;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->dry_count, 9);
	assert_int_equal(s->result.progress.rows, 18);
	assert_non_null(strstr(buf_cstr(&s->dry), "campaign=c%201 {\"last\":3"));
	buf_init(&b, 4096);
	assert_int_equal(scene_journal(s, &b), 0);
	buf_fini(&b);
	assert_string_equal(scene_checkpoint(s), "");
}

static void a_dry_run_waits_for_its_reader(void **state)
{
	struct scene *s = *state;

	s->is_dry = true;
	s->busy = 7;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->busy, 0);
	assert_int_equal(s->dry_count, 9);
	assert_int_equal(s->result.progress.rows, 18);
}

static void a_dry_run_begins_where_the_next_one_would(void **state)
{
	struct scene *s = *state;

	scene_set_checkpoint(s, "report 1\nwatermark 1725346800000\n"
	                        "window 1725346800000 1725350400000\npages 1\ncursor page:2\n");
	s->is_dry = true;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "2-1/2 2-1/3 1-0/1 1-0/2 1-0/3 ");
}

static void loop_values_are_in_request_payload_and_key(void **state)
{
	static const struct report_value values[] = {{"campaign", "a&b"}, {"type", "opens"}};
	struct scene *s = *state;

	s->conf.values = values;
	s->conf.value_count = 2;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->vendor.last.campaign, "a&b");
	assert_int_equal(scene_count(s, "campaign=a%26b&type=opens {"), 9);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
	s->conf.value_count = 1; /* other values have a checkpoint of their own */
	assert_string_equal(scene_checkpoint(s), "");
}

static void a_report_without_windows_is_read_whole_each_time(void **state)
{
	struct scene *s = *state;

	s->spec.window.is_given = false;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "0-0/1 0-0/2 0-0/3 0-0/1 0-0/2 0-0/3 ");
	assert_int_equal(scene_count(s, "\"id\""), 12);
	assert_string_equal(scene_checkpoint(s), "report 1\n");
	assert_int_equal(s->result.progress.until_ms, 0);
}

static void the_same_total_means_nothing_new(void **state)
{
	struct scene *s = *state;

	s->spec.window.is_given = false;
	s->spec.page.same = scene_path(s, "/same");
	s->same = "250";
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(scene_checkpoint(s), "report 1\nsame 250\n");
	s->asked[0] = '\0';
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "0-0/1 ");
	assert_int_equal(s->result.progress.rows, 0);
	assert_int_equal(s->result.progress.skipped_pages, 3);
	assert_int_equal(scene_count(s, "\"id\""), 6);
	s->is_dry = true; /* somebody wants to see the rows */
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->result.progress.rows, 6);
	s->is_dry = false;
	s->same = "251";
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->result.progress.rows, 6);
	s->same = "";
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->result.progress.rows, 6);
	assert_string_equal(scene_checkpoint(s), "report 1\n");
}

static void empty_pages_move_the_checkpoint_alone(void **state)
{
	struct scene *s = *state;
	struct buf b;

	s->rows = 0;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "3-2/1 2-1/1 1-0/1 ");
	assert_int_equal(s->result.progress.rows, 0);
	assert_int_equal(s->result.progress.pages, 3);
	buf_init(&b, 4096);
	assert_int_equal(scene_journal(s, &b), 0);
	buf_fini(&b);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
}

static void no_content(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	(void)arg;
	(void)r;
	answer->result.status = 204;
}

static void no_content_is_an_empty_page(void **state)
{
	struct scene *s = *state;

	scene_answer(s, no_content);
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->result.progress.rows, 0);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_reads_all_pages_of_all_windows),
		TEST(the_next_run_begins_where_the_last_one_ended),
		TEST(it_looks_back_but_the_watermark_does_not),
		TEST(the_newest_records_are_left_for_later),
		TEST(the_configuration_may_begin_elsewhere),
		TEST(a_deep_run_comes_once_in_its_time),
		TEST(a_person_may_ask_for_a_stretch),
		TEST(a_dry_run_stores_nothing),
		TEST(a_dry_run_waits_for_its_reader),
		TEST(a_dry_run_begins_where_the_next_one_would),
		TEST(loop_values_are_in_request_payload_and_key),
		TEST(a_report_without_windows_is_read_whole_each_time),
		TEST(the_same_total_means_nothing_new),
		TEST(empty_pages_move_the_checkpoint_alone),
		TEST(no_content_is_an_empty_page),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
