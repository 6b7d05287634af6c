/* SPDX-License-Identifier: MIT */
/* Runs that were interrupted: by a kill at any step, by a failure, by a clock that jumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/receiver/report/run/scene.h"
#include "tests/store/place.h"

#define KILLED 9

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

/* ---- killed ---- */

static size_t steps, kill_at;

static void die(struct scene *s)
{
	(void)s;
	if (++steps == kill_at)
		_exit(KILLED);
}

/** A process that runs until the step. @return whether it came so far */
static bool run_and_die(const char *path)
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		static struct scene s;

		steps = 0;
		scene_open(&s, path);
		s.on_step = die;
		_exit(scene_run(&s) == REPORT_DONE ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == KILLED);
	return WEXITSTATUS(status) == KILLED;
}

/** Which rows of the three windows are in the journal, each at most once. */
static size_t count_rows(struct scene *s, bool *ret_pages)
{
	struct buf b;
	size_t rows = 0;

	buf_init(&b, (size_t)1 << 20);
	(void)scene_journal(s, &b);
	for (int i = 0; i < 18; i++) {
		const long hours = 3 - i / 6;
		const int page = i / 2 % 3 + 1;
		char id[64];
		const char *at;

		(void)snprintf(id, sizeof(id), "\"%lld/%d/%d\"",
		               (long long)(SCENE_NOW - hours * HOUR_MS), page, i % 2);
		at = strstr(buf_cstr(&b), id);
		ret_pages[i / 2] = at != NULL;
		if (at != NULL && strstr(at + 1, id) != NULL)
			fail_msg("%s is there twice", id);
		rows += at != NULL;
	}
	buf_fini(&b);
	return rows;
}

/** None of the pages that were committed before is asked for again. */
static void assert_not_asked(const struct scene *s, const bool *pages)
{
	for (int i = 0; i < 9; i++) {
		char page[32];

		(void)snprintf(page, sizeof(page), "%d-%d/%d ", 3 - i / 3, 2 - i / 3, i % 3 + 1);
		if (pages[i] && strstr(s->asked, page) != NULL)
			fail_msg("killed at %zu: %s is asked for again: %s", kill_at, page,
			         s->asked);
	}
}

static void killed_at_any_step_it_loses_and_repeats_nothing(void **state)
{
	bool is_killed = true;

	(void)state;
	for (kill_at = 1; is_killed; kill_at++) {
		static struct scene s;
		bool pages[9];
		char path[64];

		(void)snprintf(path, sizeof(path), "%s", place_fresh());
		is_killed = run_and_die(path);
		scene_open(&s, path);
		(void)count_rows(&s, pages);
		assert_int_equal(scene_run(&s), REPORT_DONE);
		assert_not_asked(&s, pages);
		assert_int_equal(count_rows(&s, pages), 18);
		assert_string_equal(scene_checkpoint(&s), "report 1\nwatermark 1725354000000\n");
		scene_close(&s);
	}
	assert_in_range(kill_at, 30, 1000); /* there were steps to be killed at */
}

/* ---- failed ---- */

static unsigned long fail_page;

static void fail_at(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	scene_book(arg, r, answer);
	if (strtoul(r->page, NULL, 10) == fail_page)
		answer->result.end = VENDOR_FAILED;
}

static void after_a_failure_it_goes_on_at_that_page(void **state)
{
	struct scene *s = *state;

	fail_page = 2;
	scene_answer(s, fail_at);
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_string_equal(scene_checkpoint(s), "report 1\nwindow 1725343200000 1725346800000\n"
	                                         "pages 1\ncursor page:2\n");
	fail_page = 0;
	s->asked[0] = '\0';
	scene_set_now(SCENE_NOW + HOUR_MS);
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "3-2/2 3-2/3 2-1/1 2-1/2 2-1/3 1-0/1 1-0/2 1-0/3 "
	                              "0--1/1 0--1/2 0--1/3 ");
	assert_int_equal(scene_count(s, "\"id\""), 24);
}

static void fail_second(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	scene_book(arg, r, answer);
	if (r->number == 2)
		answer->result.end = VENDOR_FAILED;
}

static void interrupted_while_it_looks_back_it_goes_on_there(void **state)
{
	struct scene *s = *state;

	s->pages = 1;
	s->spec.window.lookback_ms = 3 * (uint64_t)HOUR_MS;
	scene_set_checkpoint(s, "report 1\nwatermark 1725354000000\n");
	scene_answer(s, fail_second);
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n"
	                                         "window 1725346800000 1725350400000\n");
	s->asked[0] = '\0';
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "2-1/1 1-0/1 ");
	assert_int_equal(scene_count(s, "\"id\""), 6);
}

static size_t refused;

static void refuse_tokens(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	if (r->cursor[0] == '\0') {
		scene_book(arg, r, answer);
		return;
	}
	refused++;
	answer->result.end = VENDOR_REFUSED;
	(void)snprintf(answer->result.text, sizeof(answer->result.text), "unknown cursor");
}

static void an_expired_cursor_begins_the_window_again(void **state)
{
	struct scene *s = *state;

	refused = 0;
	s->spec.window.is_given = false;
	s->spec.page = (struct page_spec){.kind = PAGE_TOKEN, .next = scene_path(s, "/next")};
	scene_set_checkpoint(s, "report 1\nwindow 0 0\npages 4\ncursor token:expired\n");
	scene_answer(s, refuse_tokens);
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(refused, 1);
	assert_int_equal(s->vendor.sent, 2);
	assert_int_equal(scene_count(s, "\"id\""), 2);
	assert_string_equal(scene_checkpoint(s), "report 1\n");
}

static void a_cursor_of_another_kind_of_paging_is_none(void **state)
{
	struct scene *s = *state;

	scene_set_checkpoint(s, "report 1\nwindow 1725350400000 1725354000000\npages 4\n"
	                        "cursor link:x\n");
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "1-0/1 1-0/2 1-0/3 ");
}

static void a_damaged_checkpoint_begins_anew(void **state)
{
	static const char *const texts[] = {"report 2\n", "\x01", "report 1\nwatermark x\n"};
	struct scene *s = *state;

	s->pages = 1;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		scene_set_checkpoint(s, texts[i]);
		s->asked[0] = '\0';
		assert_int_equal(scene_run(s), REPORT_DONE);
		assert_string_equal(s->asked, "3-2/1 2-1/1 1-0/1 ");
		assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
	}
}

/* ---- windows that are no longer what they were ---- */

static void a_window_of_another_step_is_cut_anew(void **state)
{
	struct scene *s = *state;

	s->pages = 1;
	scene_set_checkpoint(s, "report 1\nwatermark 1725346800000\n"
	                        "window 1725346800000 1725354000000\npages 2\ncursor page:3\n");
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "2-1/1 1-0/1 ");
}

static void a_window_of_a_report_that_has_none_now_is_none(void **state)
{
	struct scene *s = *state;

	s->spec.window.is_given = false;
	scene_set_checkpoint(s, "report 1\nwatermark 1725350400000\n"
	                        "window 1725350400000 1725354000000\npages 2\ncursor page:3\n");
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "0-0/1 0-0/2 0-0/3 ");
}

static void a_window_in_the_future_is_none(void **state)
{
	struct scene *s = *state;

	s->pages = 1;
	scene_set_checkpoint(s, "report 1\nwatermark 1725361200000\n"
	                        "window 1725361200000 1725364800000\n");
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, ""); /* the clock went back: nothing is due yet */
	s->spec.window.lookback_ms = (uint64_t)HOUR_MS;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "1-0/1 ");
}

static void what_the_vendor_has_no_longer_is_not_asked_for(void **state)
{
	struct scene *s = *state;

	s->pages = 1;
	s->spec.window.max_ms = 3 * (uint64_t)HOUR_MS;
	scene_set_checkpoint(s, "report 1\nwatermark 1725318000000\n"
	                        "window 1725318000000 1725321600000\npages 2\ncursor page:3\n");
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "2-1/1 1-0/1 ");
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
}

static void an_interrupted_deep_run_stays_deep(void **state)
{
	struct scene *s = *state;

	s->spec.window.deep_every_ms = 24 * (uint64_t)HOUR_MS;
	s->spec.window.deep_ms = 3 * (uint64_t)HOUR_MS;
	scene_set_checkpoint(s, "report 1\nwatermark 1725354000000\ndeep 1725000000000\n");
	scene_answer(s, fail_at);
	fail_page = 2;
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_string_equal(scene_checkpoint(s),
	                    "report 1\nwatermark 1725354000000\ndeep 1725000000000\n"
	                    "window 1725343200000 1725346800000\nbegun-deep 1725354000000\n"
	                    "pages 1\ncursor page:2\n");
	fail_page = 0;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(scene_checkpoint(s),
	                    "report 1\nwatermark 1725354000000\ndeep 1725354000000\n");
}

static void rows_with_ordinals_begin_their_window_again(void **state)
{
	struct scene *s = *state;

	s->spec.has_ordinal = true;
	scene_set_checkpoint(s, "report 1\nwatermark 1725350400000\n"
	                        "window 1725350400000 1725354000000\npages 2\ncursor page:3\n");
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->asked, "1-0/1 1-0/2 1-0/3 ");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_any_step_it_loses_and_repeats_nothing),
		TEST(after_a_failure_it_goes_on_at_that_page),
		TEST(interrupted_while_it_looks_back_it_goes_on_there),
		TEST(an_expired_cursor_begins_the_window_again),
		TEST(a_cursor_of_another_kind_of_paging_is_none),
		TEST(a_damaged_checkpoint_begins_anew),
		TEST(a_window_of_another_step_is_cut_anew),
		TEST(a_window_of_a_report_that_has_none_now_is_none),
		TEST(a_window_in_the_future_is_none),
		TEST(what_the_vendor_has_no_longer_is_not_asked_for),
		TEST(an_interrupted_deep_run_stays_deep),
		TEST(rows_with_ordinals_begin_their_window_again),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
