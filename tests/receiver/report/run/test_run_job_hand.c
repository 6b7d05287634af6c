/* SPDX-License-Identifier: MIT */
/* Files that are another report's, files that are handed to us, and reports that people bring. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "receiver/report/job/job.h"
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

static const char others[] = "other,thing\n1,2\n";

static size_t done_count;
static bool was_taken;

static void on_handed(void *arg, bool is_taken)
{
	(void)arg;
	done_count++;
	was_taken = is_taken;
}

/* ---- ours goes to another ---- */

static void begin_foreign(struct order_scene *j)
{
	j->is_shared = true;
	j->takes_foreign = REPORT_TAKEN;
	j->file.content = str_from(others);
	order_scene_start(j);
	scene_wait(&j->s, &j->foreign_count, 1);
}

static void finish_ours(struct order_scene *j)
{
	j->file.content = STR_LIT("id\n1\n2\n3\n");
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
	assert_int_equal(scene_count(&j->s, "1\n2\n3\n"), 1);
	assert_int_equal(scene_count(&j->s, "other"), 0);
}

static void a_file_of_another_report_is_given_to_it(void **state)
{
	struct order_scene *j = *state;
	char file[JOB_NAME_SIZE];

	begin_foreign(j);
	assert_string_equal(j->foreign->source.name, "others-csv");
	assert_true(str_eq(j->handed.link, STR_LIT(LINK)));
	assert_int_equal(j->handed.bytes, strlen(others));
	assert_int_equal(j->handed.file.len, 32);
	(void)snprintf(file, sizeof(file), "%.*s", STR_FMT(j->handed.file));
	scene_turn(&j->s);
	assert_int_equal(order_scene_files(j), 1);
	j->has_no_mail = true;
	j->handed.done(j->handed.arg, true);
	order_scene_until(j, "waiting");
	assert_int_equal(order_scene_files(j), 1); /* the new owner's */
	assert_null(strstr(scene_checkpoint(&j->s), file));
	j->has_no_mail = false;
	finish_ours(j);
	assert_int_equal(fake_jobs.downloads, 2);
	assert_int_equal(order_scene_files(j), 1);
}

static void one_that_nobody_waits_for_is_removed(void **state)
{
	struct order_scene *j = *state;

	j->is_shared = true;
	j->file.content = str_from(others);
	order_scene_start(j);
	scene_wait(&j->s, &j->foreign_count, 1);
	j->has_no_mail = true;
	order_scene_until(j, "waiting");
	assert_int_equal(order_scene_files(j), 0);
	j->has_no_mail = false;
	finish_ours(j);
}

/** Whose it is begins anew, as after a reload, or is not there yet, as after a restart. */
static void one_that_is_taken_later_is_kept(void **state)
{
	struct order_scene *j = *state;

	begin_foreign(j);
	j->takes_foreign = REPORT_TAKEN_LATER;
	j->handed.done(j->handed.arg, false);
	scene_wait(&j->s, &j->foreign_count, 2);
	assert_non_null(j->s.run); /* the other one may have ours */
	assert_int_equal(order_scene_files(j), 1);
	j->takes_foreign = REPORT_TAKEN;
	scene_wait(&j->s, &j->foreign_count, 3);
	assert_int_equal(fake_jobs.downloads, 1);
	assert_int_equal(order_scene_files(j), 1);
	j->handed.done(j->handed.arg, true);
	finish_ours(j);
	assert_int_equal(order_scene_files(j), 1);
}

static void but_not_for_ever(void **state)
{
	struct order_scene *j = *state;

	begin_foreign(j);
	j->takes_foreign = REPORT_TAKEN_LATER;
	j->handed.done(j->handed.arg, false);
	j->has_no_mail = true;
	scene_set_now(SCENE_NOW + 30 * MINUTE_MS);
	order_scene_until(j, "waiting");
	assert_int_equal(order_scene_files(j), 0);
	j->has_no_mail = false;
	finish_ours(j);
}

/** It says nothing of an order of which nobody knows whether it arrived. */
static void anothers_file_is_no_sign(void **state)
{
	struct order_scene *j = *state;

	j->result = (struct vendor_result){.end = VENDOR_FAILED, .status = 500, .was_sent = true};
	begin_foreign(j);
	j->has_no_mail = true;
	j->handed.done(j->handed.arg, true);
	order_scene_until(j, "waiting");
	j->result = (struct vendor_result){.end = VENDOR_OK};
	order_scene_later(j, 30 * MINUTE_MS);
	scene_wait(&j->s, &order_world()->orders, 2);
	j->has_no_mail = false;
	j->file.content = STR_LIT("id\n1\n2\n3\n");
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_world()->orders, 2);
}

static void a_link_of_ours_alone_with_anothers_file_fails(void **state)
{
	struct order_scene *j = *state;

	j->file.content = str_from(others);
	assert_int_equal(order_scene_run(j), REPORT_FAILED);
	assert_non_null(strstr(j->s.result.text, "another report"));
	assert_int_equal(order_scene_files(j), 0);
}

static void stopped_while_it_is_given_the_end_waits(void **state)
{
	struct order_scene *j = *state;

	begin_foreign(j);
	report_run_cancel(j->s.run);
	scene_turn(&j->s);
	scene_turn(&j->s);
	assert_int_equal(j->s.done_count, 0);
	j->handed.done(j->handed.arg, true);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_CANCELED);
	assert_int_equal(order_scene_files(j), 1);
	/* The next run finds it with its new owner. */
	j->foreign_count = 0;
	order_scene_start(j);
	scene_wait(&j->s, &j->foreign_count, 1);
	assert_int_equal(fake_jobs.downloads, 1);
	j->handed.done(j->handed.arg, true);
	finish_ours(j);
}

/* ---- another's comes to us ---- */

static struct report_handed handed(struct order_scene *j, const char *content)
{
	static const char name[] = "00112233445566778899aabbccddeeff";
	char path[600];
	FILE *f;

	assert_true(mkdir(j->folder, 0700) == 0 || errno == EEXIST);
	(void)snprintf(path, sizeof(path), "%s/%s", j->folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(content, f) >= 0);
	assert_int_equal(fclose(f), 0);
	done_count = 0;
	return (struct report_handed){.link = STR_LIT(LINK),
	                              .file = STR_LIT(name),
	                              .bytes = strlen(content),
	                              .done = on_handed};
}

static void a_file_that_is_ours_is_read(void **state)
{
	struct order_scene *j = *state;
	struct report_handed file = handed(j, "id\n7\n8\n");

	j->has_no_mail = true;
	order_scene_start(j);
	order_scene_until(j, "waiting");
	assert_true(report_run_hand(j->s.run, &file));
	assert_true(report_run_hand(j->s.run, &file)); /* it is its file now */
	assert_int_equal(done_count, 0);               /* from the loop, when it is stored */
	scene_wait(&j->s, &done_count, 2);
	assert_true(was_taken);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(fake_jobs.downloads, 0);
	assert_int_equal(fake_jobs.waiting, 0);
	assert_int_equal(scene_count(&j->s, "7\n8\n"), 1);
	assert_int_equal(order_scene_files(j), 0);
}

static void it_is_ours_once(void **state)
{
	struct order_scene *j = *state;
	struct report_handed file = handed(j, "id\n7\n8\n");
	struct report_handed other = file;

	other.file = STR_LIT("ffffffffffffffffffffffffffffffff");
	fake_jobs.is_held = true;
	order_scene_start(j);
	order_scene_until(j, "downloading"); /* its own */
	assert_true(report_run_hand(j->s.run, &file));
	scene_wait(&j->s, &done_count, 1);
	assert_non_null(strstr(scene_checkpoint(&j->s), "job-handed-file "));
	assert_true(report_run_hand(j->s.run, &file)); /* who was killed asks again */
	scene_wait(&j->s, &done_count, 2);
	assert_true(was_taken);
	assert_false(report_run_hand(j->s.run, &other));
	fake_jobs.is_held = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_scene_files(j), 0);
}

static void when_ours_is_no_report_it_is_read(void **state)
{
	struct order_scene *j = *state;
	struct report_handed file = handed(j, "id\n7\n8\n");

	fake_jobs.is_held = true;
	j->file.end = DOWNLOAD_DEAD;
	j->file.text = "expired";
	order_scene_start(j);
	order_scene_until(j, "downloading");
	assert_true(report_run_hand(j->s.run, &file));
	scene_wait(&j->s, &done_count, 1);
	fake_jobs.is_held = false;
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(scene_count(&j->s, "7\n8\n"), 1);
	assert_int_equal(order_scene_files(j), 0);
}

static void who_has_not_ordered_takes_nothing(void **state)
{
	struct order_scene *j = *state;
	struct report_handed file = handed(j, "id\n7\n8\n");

	j->s.vendor.is_held = true;
	order_scene_start(j);
	assert_false(report_run_hand(j->s.run, &file));
	scene_wait(&j->s, &j->s.vendor.sent, 1);
	assert_false(report_run_hand(j->s.run, &file));
	report_run_cancel(j->s.run);
	assert_false(report_run_hand(j->s.run, &file));
	scene_finish(&j->s);
	assert_int_equal(done_count, 0);
}

static void assert_true_word(struct order_scene *j, unsigned turns)
{
	struct report_handed file = handed(j, "id\n7\n8\n");
	bool is_kept;

	j->has_no_mail = true;
	order_scene_start(j);
	scene_wait(&j->s, &fake_jobs.waiting, 1); /* so that nothing is being stored */
	assert_true(report_run_hand(j->s.run, &file));
	for (unsigned i = 0; i < turns; i++)
		scene_turn(&j->s);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_int_equal(done_count, 1);
	is_kept = strstr(scene_checkpoint(&j->s), "00112233445566778899aabbccddeeff") != NULL;
	if (was_taken != is_kept)
		fail_msg("after %u turns: taken %d, kept %d", turns, was_taken, is_kept);
}

static void one_that_is_stopped_says_whether_it_has_it(void **state)
{
	assert_true_word(*state, 0);
}

static void also_while_it_is_stored(void **state)
{
	assert_true_word(*state, 1);
}

/** What a person brings at that moment leaves the other's file alone. */
static void brought_while_it_is_given_the_file_stays(void **state)
{
	struct order_scene *j = *state;

	begin_foreign(j);
	assert_true(report_run_brought(j->s.run));
	for (int i = 0; i < 10; i++)
		scene_turn(&j->s);
	assert_int_equal(order_scene_files(j), 1);
	j->handed.done(j->handed.arg, true);
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(order_scene_files(j), 1);
}

/* ---- by hand ---- */

static void assert_brought_in(struct order_scene *j, const char *at)
{
	fake_jobs.is_held = strcmp(at, "downloading") == 0;
	j->has_no_mail = strcmp(at, "waiting") == 0;
	order_scene_start(j);
	order_scene_until(j, at);
	assert_true(report_run_brought(j->s.run));
	assert_false(report_run_brought(j->s.run));
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_int_equal(j->s.result.progress.rows, 0);
	assert_int_equal(fake_jobs.waiting + fake_jobs.downloading, 0);
	assert_int_equal(order_scene_files(j), 0);
	assert_string_equal(scene_checkpoint(&j->s), "report 1\n" LAST_DONE);
}

static void what_is_brought_is_not_waited_for(void **state)
{
	assert_brought_in(*state, "waiting");
}

static void nor_is_it_downloaded(void **state)
{
	assert_brought_in(*state, "downloading");
}

static void nor_read(void **state)
{
	struct order_scene *j = *state;

	order_scene_start(j);
	order_scene_until(j, "decoding");
	assert_true(report_run_brought(j->s.run));
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
	assert_string_equal(scene_checkpoint(&j->s), "report 1\n" LAST_DONE);
	assert_int_equal(order_scene_files(j), 0);
}

static void an_old_file_does_not_stand_for_a_window(void **state)
{
	struct order_scene *j = *state;

	j->has_no_mail = true;
	j->spec.window = (struct window_spec){
		.is_given = true, .start_ms = (uint64_t)HOUR_MS, .format = WINDOW_EPOCH_MS};
	order_scene_start(j);
	order_scene_until(j, "waiting");
	assert_false(report_run_brought(j->s.run));
	assert_string_equal(j->s.progress.job.state, "waiting");
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
}

static void the_window_of_what_is_brought_is_over(void **state)
{
	struct order_scene *j = *state;

	j->has_no_mail = true;
	j->job.by = READY_HANDOFF;
	j->spec.window = (struct window_spec){
		.is_given = true, .start_ms = (uint64_t)HOUR_MS, .format = WINDOW_EPOCH_MS};
	order_scene_start(j);
	order_scene_until(j, "waiting");
	assert_true(report_run_brought(j->s.run));
	scene_finish(&j->s);
	assert_string_equal(scene_checkpoint(&j->s),
	                    "report 1\nwatermark 1725354000000\n" LAST_DONE);
}

static void a_report_that_is_asked_for_has_nothing_to_bring(void **state)
{
	struct order_scene *j = *state;
	struct report_handed file = handed(j, "id\n7\n8\n");

	j->s.conf.spec = &j->pages;
	j->s.conf.source = j->fallback;
	j->s.conf.job = NULL;
	scene_start(&j->s);
	assert_false(report_run_brought(j->s.run));
	assert_false(report_run_hand(j->s.run, &file));
	scene_finish(&j->s);
	assert_int_equal(j->s.result.end, REPORT_DONE);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_of_another_report_is_given_to_it),
		TEST(one_that_nobody_waits_for_is_removed),
		TEST(one_that_is_taken_later_is_kept),
		TEST(but_not_for_ever),
		TEST(anothers_file_is_no_sign),
		TEST(a_link_of_ours_alone_with_anothers_file_fails),
		TEST(stopped_while_it_is_given_the_end_waits),
		TEST(a_file_that_is_ours_is_read),
		TEST(it_is_ours_once),
		TEST(when_ours_is_no_report_it_is_read),
		TEST(who_has_not_ordered_takes_nothing),
		TEST(one_that_is_stopped_says_whether_it_has_it),
		TEST(also_while_it_is_stored),
		TEST(brought_while_it_is_given_the_file_stays),
		TEST(what_is_brought_is_not_waited_for),
		TEST(nor_is_it_downloaded),
		TEST(nor_read),
		TEST(an_old_file_does_not_stand_for_a_window),
		TEST(the_window_of_what_is_brought_is_over),
		TEST(a_report_that_is_asked_for_has_nothing_to_bring),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
