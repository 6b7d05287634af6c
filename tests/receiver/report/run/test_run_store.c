/* SPDX-License-Identifier: MIT */
/* A journal that is full or a store that fails: it waits, and goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/run/scene.h"
#include "tests/store/place.h"

/* What the journal answers, in place of the real one, so many times. */
static enum err put_answer, commit_answer;
static size_t bad_puts, bad_commits;

static ingest_done bad_done;
static void *bad_arg;

enum err __real_ingest_put(struct ingest *in, const struct payload *payload,
                           const struct store_checkpoint *checkpoint, ingest_done done, void *arg);
enum err __wrap_ingest_put(struct ingest *in, const struct payload *payload,
                           const struct store_checkpoint *checkpoint, ingest_done done, void *arg);

static struct scene scene;

static void say_bad_commit(void *arg)
{
	(void)arg;
	bad_done(bad_arg, commit_answer, 0);
}

enum err __wrap_ingest_put(struct ingest *in, const struct payload *payload,
                           const struct store_checkpoint *checkpoint, ingest_done done, void *arg)
{
	if (bad_puts > 0) {
		bad_puts--;
		return put_answer;
	}
	if (bad_commits > 0) {
		bad_commits--;
		bad_done = done;
		bad_arg = arg;
		return loop_post(scene.loop, say_bad_commit, NULL);
	}
	return __real_ingest_put(in, payload, checkpoint, done, arg);
}

static int setup(void **state)
{
	scene_set_now(SCENE_NOW);
	scene_open_with(&scene, place_fresh(), 2);
	scene.spec.window.step_ms = 0;
	scene.pages = 5;
	bad_puts = bad_commits = 0;
	*state = &scene;
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
		rows += scene_take(s, "\"id\"");
		scene_turn(s);
	}
	rows += scene_count(s, "\"id\"");
	assert_int_equal(s->result.end, REPORT_DONE);
	assert_int_equal(rows, 10);
	assert_false(s->result.progress.is_paused);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
}

static void a_store_that_fails_pauses_it(void **state)
{
	static const enum err errors[] = {ERR_IO, ERR_NOMEM, ERR_LIMIT};
	struct scene *s = *state;

	s->pages = 1;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		put_answer = commit_answer = errors[i];
		bad_puts = bad_commits = 1;
		scene_set_checkpoint(s, "");
		scene_start(s);
		wait_paused(s);
		assert_int_equal(scene_count(s, "\"id\""), 0);
		scene_finish(s);
		assert_int_equal(s->result.end, REPORT_DONE);
		assert_int_equal(bad_puts + bad_commits, 0);
		assert_int_equal(s->vendor.sent, i + 1); /* nothing was asked for twice */
		assert_int_equal(scene_take(s, "\"id\""), 2);
	}
}

static void it_can_be_cancelled_while_the_store_fails(void **state)
{
	struct scene *s = *state;

	commit_answer = ERR_IO;
	bad_commits = 1000;
	scene_start(s);
	wait_paused(s);
	report_run_cancel(s->run);
	scene_finish(s);
	assert_int_equal(s->result.end, REPORT_CANCELED);
	assert_string_equal(scene_checkpoint(s), "");
}

static void a_store_that_closes_ends_it(void **state)
{
	struct scene *s = *state;

	put_answer = ERR_CANCELED;
	bad_puts = 1000;
	assert_int_equal(scene_run(s), REPORT_CANCELED);
	assert_int_equal(bad_puts, 999);
}

static void a_payload_that_is_never_taken_fails(void **state)
{
	struct scene *s = *state;

	commit_answer = ERR_INVAL;
	bad_commits = 1000;
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_int_equal(bad_commits, 999);
	assert_non_null(strstr(s->result.text, "does not take"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_full_journal_pauses_it),     TEST(it_goes_on_when_there_is_room),
		TEST(a_store_that_fails_pauses_it), TEST(it_can_be_cancelled_while_the_store_fails),
		TEST(a_store_that_closes_ends_it),  TEST(a_payload_that_is_never_taken_fails),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
