/* SPDX-License-Identifier: MIT */
/* The file of an order, slice by slice: resumed, counted, paused, and not readable at all. */
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

#define ROWS 8000 /* of 110 bytes: four slices */

static char csv[ROWS * 128];

static void many_rows_of(struct order_scene *j, const char *header)
{
	size_t len = (size_t)snprintf(csv, sizeof(csv), "%s\n", header);

	for (unsigned i = 1; i <= ROWS; i++)
		len += (size_t)snprintf(csv + len, sizeof(csv) - len, "%06u,%0100u\n", i, i);
	j->file.content = str_from(csv);
}

static void many_rows(struct order_scene *j)
{
	many_rows_of(j, "id,text");
}

static void assert_all_rows(struct order_scene *j)
{
	char row[32];

	for (unsigned i = 1; i <= ROWS; i += 7 * 19) {
		(void)snprintf(row, sizeof(row), "%06u,0", i);
		if (scene_count(&j->s, row) != 1)
			fail_msg("row %u: %zu times", i, scene_count(&j->s, row));
	}
	assert_int_equal(scene_count(&j->s, ",00000000"), ROWS);
}

static void stop_at_page(struct order_scene *j, size_t page)
{
	order_scene_start(j);
	scene_wait(&j->s, &j->s.progress.pages, page);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_CANCELED);
	assert_non_null(strstr(scene_checkpoint(&j->s), "job decoding\n"));
	assert_non_null(strstr(scene_checkpoint(&j->s), "job-place "));
}

static void it_goes_on_where_it_was(void **state)
{
	struct order_scene *j = *state;

	many_rows(j);
	stop_at_page(j, 2);
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_in_range(j->s.result.progress.pages, 1, 2);
	assert_int_equal(fake_jobs.downloads, 1);
	assert_all_rows(j);
}

static void no_more_than_a_few_slices_are_in_memory(void **state)
{
	struct order_scene *j = *state;

	many_rows(j);
	j->file.times = 20;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(j->s.result.progress.rows, 20 * ROWS);
	assert_in_range(j->s.result.progress.pages, 60, 70);
}

static void a_full_journal_is_waited_for(void **state)
{
	struct order_scene *j = *state;
	char path[64];

	(void)snprintf(path, sizeof(path), "%s", place_fresh());
	order_scene_close(j);
	order_scene_open_with(j, path, 2);
	many_rows(j);
	order_scene_start(j);
	while (!j->s.progress.is_paused)
		scene_turn(&j->s);
	for (int i = 0; i < 20; i++)
		scene_turn(&j->s);
	assert_int_equal(j->s.progress.pages, 2);
	size_t taken = scene_take(&j->s, ",00000000");

	scene_wait(&j->s, &j->s.progress.pages, 4);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(taken + scene_count(&j->s, ",00000000"), ROWS);
}

/* ---- rows that are counted ---- */

static void count_equal_rows(struct order_scene *j)
{
	order_scene_use(j, "items-counted-csv");
	j->file.content = STR_LIT("word\nsame\nsame\nother\nsame\n");
}

static void equal_rows_of_a_file_are_counted(void **state)
{
	struct order_scene *j = *state;

	count_equal_rows(j);
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(scene_count(&j->s, "_ordinals=1:1,3:2"), 1);
	assert_int_equal(order_scene_run(j), REPORT_DONE); /* each file from 0 */
	assert_int_equal(scene_count(&j->s, "_ordinals=1:1,3:2"), 2);
}

/** Of each pair of equal rows the second one has the number 1. */
static size_t count_numbers(struct order_scene *j)
{
	struct buf b;
	size_t count = 0;
	const char *at;

	buf_init(&b, (size_t)1 << 24);
	(void)scene_journal(&j->s, &b);
	for (at = strstr(buf_cstr(&b), "_ordinals="); at != NULL;
	     at = strstr(at + 1, "_ordinals=")) {
		const size_t len = strcspn(at, " ");

		for (size_t i = 0; i < len; i++)
			count += at[i] == ':' && at[i + 1] == '1';
	}
	buf_fini(&b);
	return count;
}

static void each_row_twice(struct order_scene *j)
{
	order_scene_use(j, "items-counted-csv");
	many_rows_of(j, "word,text");
	j->file.times = 2; /* far apart */
}

static void assert_numbers(struct order_scene *j)
{
	assert_int_equal(scene_count(&j->s, ",00000000"), 2 * ROWS);
	assert_int_equal(count_numbers(j), ROWS);
	assert_int_equal(order_world()->orders, 1);
	assert_int_equal(fake_jobs.downloads, 1);
}

static void resumed_they_have_the_same_numbers(void **state)
{
	struct order_scene *j = *state;

	each_row_twice(j);
	stop_at_page(j, 3);
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_numbers(j);
}

static void what_finds_no_place_in_memory_has_its_number(void **state)
{
	struct order_scene *j = *state;

	each_row_twice(j);
	j->s.conf.folder = j->folder;
	j->s.conf.worker = j->worker;
	j->s.conf.rows_max = 100;
	stop_at_page(j, 5); /* of eight */
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_numbers(j);
	assert_int_equal(order_scene_files(j), 0);
}

static void without_room_to_count_it_waits(void **state)
{
	struct order_scene *j = *state;

	each_row_twice(j);
	j->s.conf.folder = "/dev/null/x";
	j->s.conf.rows_max = ROWS / 2;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(order_scene_run(j), REPORT_LATER);
		assert_string_equal(j->s.result.text,
		                    "the rows that are counted cannot be kept in /dev/null/x: Not "
		                    "a directory");
		assert_in_range(j->s.result.retry_ms, 1000, HOUR_MS);
		assert_non_null(strstr(scene_checkpoint(&j->s), "job decoding\n"));
		assert_int_equal(order_scene_files(j), 1);
	}
	j->s.conf.folder = j->folder;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_numbers(j);
}

/* ---- parts ---- */

static enum err three_links(void *arg, const struct job_reply *reply, struct job_told *told)
{
	static const struct str links[] = {{"https://f.acme.example/a", 24},
	                                   {"https://f.acme.example/b", 24},
	                                   {"https://f.acme.example/c", 24}};

	(void)arg;
	(void)reply;
	*told = (struct job_told){.verdict = JOB_IS_READY, .links = links, .link_count = 3};
	return ERR_OK;
}

static void part(void *arg, const char *url, struct fake_file *file)
{
	(void)arg;
	file->validator = url;
	file->content = url[23] == 'a'   ? STR_LIT("id\na1\na2\n")
	                : url[23] == 'b' ? STR_LIT("id\n")
	                                 : STR_LIT("id\nc1\n");
}

static void parts_come_one_after_the_other(void **state)
{
	struct order_scene *j = *state;

	fake_jobs.answer = three_links;
	fake_jobs.file = part;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(fake_jobs.downloads, 3);
	assert_int_equal(j->s.result.progress.rows, 3);
	assert_int_equal(scene_count(&j->s, "a1\na2\n"), 1);
	assert_int_equal(scene_count(&j->s, "c1\n"), 1);
	assert_int_equal(order_scene_files(j), 0);
}

static void stopped_between_them_it_goes_on(void **state)
{
	struct order_scene *j = *state;

	fake_jobs.answer = three_links;
	fake_jobs.file = part;
	order_scene_start(j);
	scene_wait(&j->s, &fake_jobs.downloads, 2);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
	assert_string_equal(fake_jobs.url, "https://f.acme.example/c");
	assert_int_equal(scene_count(&j->s, "a1\na2\n"), 1);
	assert_int_equal(scene_count(&j->s, "c1\n"), 1);
}

static void equal_part(void *arg, const char *url, struct fake_file *file)
{
	(void)arg;
	file->validator = url;
	file->content = STR_LIT("word\nsame\n");
}

static void equal_rows_of_all_parts_are_counted(void **state)
{
	struct order_scene *j = *state;

	order_scene_use(j, "items-counted-csv");
	fake_jobs.answer = three_links;
	fake_jobs.file = equal_part;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(fake_jobs.downloads, 3);
	assert_int_equal(scene_count(&j->s, "_ordinals=0:1"), 1);
	assert_int_equal(scene_count(&j->s, "_ordinals=0:2"), 1);
}

/** Who begins in the middle would take a row for one of an earlier part, which is lost then. */
static void stopped_between_parts_they_have_the_same_numbers(void **state)
{
	struct order_scene *j = *state;

	order_scene_use(j, "items-counted-csv");
	fake_jobs.answer = three_links;
	fake_jobs.file = equal_part;
	order_scene_start(j);
	scene_wait(&j->s, &fake_jobs.downloads, 2);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_int_equal(scene_count(&j->s, "same"), 1);
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
	assert_int_equal(fake_jobs.downloads, 5);
	assert_int_equal(scene_count(&j->s, "same"), 4); /* the first one is known */
	assert_int_equal(scene_count(&j->s, "_ordinals=0:1"), 1);
	assert_int_equal(scene_count(&j->s, "_ordinals=0:2"), 1);
	assert_int_equal(order_scene_files(j), 0);
}

/* ---- windows ---- */

static void each_window_has_an_order(void **state)
{
	struct order_scene *j = *state;

	j->spec.window = (struct window_spec){.is_given = true,
	                                      .start_ms = 2 * HOUR_MS,
	                                      .step_ms = HOUR_MS,
	                                      .format = WINDOW_EPOCH_MS};
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 2);
	assert_int_equal(scene_count(&j->s, "1\n2\n3\n"), 2);
	assert_string_equal(j->s.vendor.last.from, "1725350400000");
	assert_string_equal(j->s.vendor.last.to, "1725354000000");
	assert_string_equal(scene_checkpoint(&j->s),
	                    "report 1\nwatermark 1725354000000\n" LAST_DONE);
	assert_int_equal(order_scene_files(j), 0);
}

static void the_second_one_goes_on_after_a_stop(void **state)
{
	struct order_scene *j = *state;

	j->spec.window = (struct window_spec){.is_given = true,
	                                      .start_ms = 2 * HOUR_MS,
	                                      .step_ms = HOUR_MS,
	                                      .format = WINDOW_EPOCH_MS};
	order_scene_start(j);
	scene_wait(&j->s, &j->s.progress.pages, 1);
	j->has_no_mail = true;
	scene_wait(&j->s, &order_world()->orders, 2);
	order_scene_until(j, "waiting");
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_non_null(strstr(scene_checkpoint(&j->s), "watermark 1725350400000\n"));
	assert_non_null(strstr(scene_checkpoint(&j->s), "window 1725350400000 1725354000000\n"));
	scene_set_now(SCENE_NOW + 10 * MINUTE_MS);
	j->spec.window.step_ms = (uint64_t)MINUTE_MS; /* what is ordered stays as it was */
	j->spec.window.max_ms = 1;
	j->has_no_mail = false;
	order_scene_start(j);
	scene_wait(&j->s, &j->s.progress.pages, 1);
	assert_int_equal(order_world()->orders, 2);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_int_equal(scene_count(&j->s, "1\n2\n3\n"), 2);
}

/* ---- what cannot be read ---- */

static void assert_unreadable(struct order_scene *j, const char *content, const char *text)
{
	j->file.content = str_from(content);
	assert_int_equal(order_scene_run(j), REPORT_FAILED);
	if (strstr(j->s.result.text, text) == NULL)
		fail_msg("%s: %s", content, j->s.result.text);
	assert_int_equal(order_scene_files(j), 0);
	assert_int_equal(scene_count(&j->s, "_csv"), 0);
}

static void what_is_no_report_fails(void **state)
{
	struct order_scene *j = *state;

	assert_unreadable(j, "<!DOCTYPE html><html><body>Log in</body></html>", "HTML");
	assert_unreadable(j, "", "nothing in it");
	assert_unreadable(j, "{\"message\":\"no\"}", "JSON");
	assert_unreadable(j, "red,green\n447700900001,2\n", "column");
	assert_null(strstr(j->s.result.text, "4477"));
}

static void other_columns_beside_ours_are_fine(void **state)
{
	struct order_scene *j = *state;

	j->file.content = STR_LIT("red,ID,green,blue,white\n1,2,3,4,5\n");
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(j->s.result.progress.rows, 1);
}

static void only_a_header_is_an_empty_report(void **state)
{
	struct order_scene *j = *state;

	j->file.content = STR_LIT("id\n");
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(j->s.result.progress.rows, 0);
	assert_string_equal(scene_checkpoint(&j->s), "report 1\n" LAST_DONE);
	assert_int_equal(order_scene_files(j), 0);
}

static void a_file_that_is_gone_is_ordered_anew(void **state)
{
	struct order_scene *j = *state;

	many_rows(j);
	stop_at_page(j, 1);
	order_scene_remove_files(j);
	assert_int_equal(order_scene_run(j), REPORT_FAILED);
	assert_non_null(strstr(j->s.result.text, "cannot be read"));
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_goes_on_where_it_was),
		TEST(no_more_than_a_few_slices_are_in_memory),
		TEST(a_full_journal_is_waited_for),
		TEST(equal_rows_of_a_file_are_counted),
		TEST(resumed_they_have_the_same_numbers),
		TEST(what_finds_no_place_in_memory_has_its_number),
		TEST(without_room_to_count_it_waits),
		TEST(parts_come_one_after_the_other),
		TEST(stopped_between_them_it_goes_on),
		TEST(equal_rows_of_all_parts_are_counted),
		TEST(stopped_between_parts_they_have_the_same_numbers),
		TEST(each_window_has_an_order),
		TEST(the_second_one_goes_on_after_a_stop),
		TEST(what_is_no_report_fails),
		TEST(other_columns_beside_ours_are_fine),
		TEST(only_a_header_is_an_empty_report),
		TEST(a_file_that_is_gone_is_ordered_anew),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
