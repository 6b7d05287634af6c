/* SPDX-License-Identifier: MIT */
/* A journal that is full or a store that fails: it waits, and goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/scene.h"
#include "tests/store/place.h"

static int setup(void **state)
{
	static struct scene s;

	scene_set_now(SCENE_NOW);
	scene_open_with(&s, place_fresh(), 2);
	s.spec.window.step_ms = 0;
	s.pages = 9;
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	scene_close(*state);
	return 0;
}

static void wait_paused(struct scene *s)
{
	for (size_t seen = 0; !s->progress.is_paused;) {
		const size_t wanted = seen + 1;

		scene_wait(s, &s->progress_count, wanted);
		seen = s->progress_count;
	}
}

static void a_full_journal_pauses_it(void **state)
{
	struct scene *s = *state;
	size_t sent;

	scene_start(s);
	wait_paused(s);
	assert_int_equal(s->progress.pages, 2);
	scene_wait(s, &s->progress_count, s->progress_count + 1); /* it tries again */
	sent = s->vendor.sent;
	assert_in_range(sent, 3, 4); /* two are committed, at most two wait */
	scene_wait(s, &s->progress_count, s->progress_count + 1);
	assert_int_equal(s->vendor.sent, sent); /* nothing is asked meanwhile */
	assert_int_equal(s->done_count, 0);
	assert_non_null(strstr(scene_checkpoint(s), "page:3"));
	report_run_cancel(s->run);
	scene_finish(s);
	assert_int_equal(s->result.end, REPORT_CANCELED);
	assert_int_equal(scene_count(s, "\"id\""), 4);
}

static void it_goes_on_when_there_is_room(void **state)
{
	struct scene *s = *state;
	size_t rows = 0;

	scene_start(s);
	while (s->done_count == 0) {
		rows += scene_count(s, "\"id\"");
		scene_settle(s);
		scene_turn(s);
	}
	rows += scene_count(s, "\"id\"");
	assert_int_equal(s->result.end, REPORT_DONE);
	assert_int_equal(rows, 18);
	assert_false(s->result.progress.is_paused);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_full_journal_pauses_it),
		TEST(it_goes_on_when_there_is_room),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
