/* SPDX-License-Identifier: MIT */
/* The store's thread over a backend that can be held and made to fail. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/log.h"
#include "store/store_queue.h"
#include "tests/store/place.h"

#define DEADLINE_MS 20000

/* Shared with the store's thread. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int failing_commits;
static _Atomic int sweeps, probes, idles, commits_begun;

static enum err held_commit(struct backend *b, struct err_detail *reterr_detail)
{
	commits_begun++;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	if (failing_commits > 0) {
		failing_commits--;
		return ERR_IO;
	}
	return store_sqlite_ops.commit(b, reterr_detail);
}

static enum err counted_sweep(struct backend *b, const struct store_conf *conf, int64_t now_ms,
                              size_t max_rows, bool *ret_more)
{
	sweeps++;
	return store_sqlite_ops.sweep(b, conf, now_ms, max_rows, ret_more);
}

static enum err counted_probe(struct backend *b)
{
	probes++;
	return store_sqlite_ops.probe(b);
}

static void counted_idle(struct backend *b)
{
	idles++;
	store_sqlite_ops.idle(b);
}

static const char *no_failure(struct backend *b)
{
	(void)b;
	return "made to fail";
}

struct fixture {
	struct loop *loop;
	struct store *store;
	size_t ok, failed;
	size_t answers, answered_at; /* questions, and `ok` at the last answer */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct store_conf conf = {place_fresh(), UINT64_MAX, 0, 0, 3600000};
	static struct backend_ops ops;

	assert_non_null(f);
	ops = store_sqlite_ops;
	ops.commit = held_commit;
	ops.sweep = counted_sweep;
	ops.probe = counted_probe;
	ops.idle = counted_idle;
	ops.failure = no_failure;
	failing_commits = 0;
	sweeps = probes = idles = 0;
	assert_int_equal(loop_new(&f->loop), ERR_OK);
	assert_int_equal(store_open_with(f->loop, &conf, &ops, &f->store, NULL), ERR_OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	loop_free(f->loop);
	free(f);
	return 0;
}

static void on_put(void *arg, enum err err, int64_t entry)
{
	struct fixture *f = arg;

	(void)entry;
	if (err == ERR_OK) {
		f->ok++;
	} else {
		f->failed++;
	}
}

static void on_done(void *arg, enum err err)
{
	on_put(arg, err, 0);
}

static enum err put(struct fixture *f)
{
	struct payload p = {
		.via = PAYLOAD_WEBHOOK, .account = STR_LIT("acme"), .body = STR_LIT("x")};

	return store_put(f->store, &p, NULL, on_put, f);
}

static void wait_answers(struct fixture *f, size_t count)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	while (f->ok + f->failed < count && clock_mono_ms() < deadline)
		loop_turn(f->loop, 20);
	assert_int_equal(f->ok + f->failed, count);
}

static void a_slow_disk_limits_what_waits_in_memory(void **state)
{
	struct fixture *f = *state;
	size_t taken = 0;
	enum err err;

	pthread_mutex_lock(&gate);
	while ((err = put(f)) == ERR_OK && taken < 100000)
		taken++;
	pthread_mutex_unlock(&gate);
	assert_int_equal(err, ERR_LIMIT);
	assert_int_equal(taken, 16384);
	wait_answers(f, taken);
	assert_int_equal(f->ok, taken);
	assert_int_equal(put(f), ERR_OK);
	wait_answers(f, taken + 1);
}

static void on_known(void *arg, enum err err, const bool *known)
{
	struct fixture *f = arg;

	assert_int_equal(err, ERR_OK);
	assert_false(known[0]);
	f->answered_at = f->ok;
	f->answers++;
}

static void on_tallies(void *arg, enum err err, const struct store_tally *tallies)
{
	assert_false(tallies[0].is_known);
	on_known(arg, err, &tallies[0].is_known);
}

/* With the gate locked: a commit stands at it, and what is submitted now waits behind that one. */
static void hold_a_commit(struct fixture *f)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;
	int before = commits_begun;

	assert_int_equal(put(f), ERR_OK);
	while (commits_begun == before && clock_mono_ms() < deadline)
		loop_turn(f->loop, 1);
	assert_int_equal(commits_begun, before + 1);
}

static void a_question_passes_payloads_and_waits_for_a_settle(void **state)
{
	static const uint8_t id[STORE_ID_BYTES] = {1};
	const struct store_settle settle = {.account = STR_LIT("acme")};
	struct fixture *f = *state;

	pthread_mutex_lock(&gate);
	hold_a_commit(f);
	assert_int_equal(put(f), ERR_OK);
	assert_int_equal(store_known(f->store, id, 1, on_known, f), ERR_OK);
	assert_int_equal(store_tallies(f->store, id, 1, on_tallies, f), ERR_OK);
	pthread_mutex_unlock(&gate);
	wait_answers(f, 2);
	assert_int_equal(f->answers, 2);
	assert_int_equal(f->answered_at, 1);

	pthread_mutex_lock(&gate);
	hold_a_commit(f);
	assert_int_equal(store_settle(f->store, &settle, on_done, f), ERR_OK);
	assert_int_equal(store_known(f->store, id, 1, on_known, f), ERR_OK);
	pthread_mutex_unlock(&gate);
	wait_answers(f, 4);
	assert_int_equal(f->answers, 3);
	assert_int_equal(f->answered_at, 4);
}

static void a_commit_that_fails_fails_every_operation_in_it(void **state)
{
	struct fixture *f = *state;
	struct store_stats stats;
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	pthread_mutex_lock(&gate);
	failing_commits = 3; /* at most three batches, and the first probes */
	for (int i = 0; i < 100; i++)
		assert_int_equal(put(f), ERR_OK);
	pthread_mutex_unlock(&gate);
	wait_answers(f, 100);
	assert_int_equal(f->failed, 100);
	assert_int_equal(put(f), ERR_IO);
	store_stats(f->store, &stats);
	assert_true(stats.is_failing);
	assert_string_equal(stats.failure, "made to fail");
	while (stats.is_failing && clock_mono_ms() < deadline) {
		loop_turn(f->loop, 50);
		store_stats(f->store, &stats);
	}
	assert_false(stats.is_failing);
	assert_in_range(probes, 1, 3);
	assert_int_equal(stats.waiting, 0);
	assert_int_equal(put(f), ERR_OK);
	wait_answers(f, 101);
	assert_int_equal(f->ok, 1);
}

static void one_call_sweeps_until_nothing_is_left(void **state)
{
	struct fixture *f = *state;
	struct store_settle s = {.account = STR_LIT("acme"), .upto = 1000};
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	for (int i = 0; i < 1000; i++)
		assert_int_equal(put(f), ERR_OK);
	wait_answers(f, 1000);
	assert_int_equal(store_settle(f->store, &s, on_done, f), ERR_OK);
	wait_answers(f, 1001);
	store_sweep(f->store);
	while (sweeps < 4 && clock_mono_ms() < deadline)
		loop_turn(f->loop, 10);
	assert_in_range(sweeps, 4, 6);
}

static void the_files_are_tidied_when_nothing_happens(void **state)
{
	struct fixture *f = *state;
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	assert_int_equal(put(f), ERR_OK);
	wait_answers(f, 1);
	while (idles == 0 && clock_mono_ms() < deadline)
		loop_turn(f->loop, 50);
	assert_int_equal(idles, 1);
}

#define THREAD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		THREAD_TEST(a_slow_disk_limits_what_waits_in_memory),
		THREAD_TEST(a_question_passes_payloads_and_waits_for_a_settle),
		THREAD_TEST(a_commit_that_fails_fails_every_operation_in_it),
		THREAD_TEST(one_call_sweeps_until_nothing_is_left),
		THREAD_TEST(the_files_are_tidied_when_nothing_happens),
	};

	log_init(LOG_LVL_ERROR, LOG_FMT_LOGFMT);

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
