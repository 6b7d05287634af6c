/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/worker.h"

#define DEADLINE_MS 10000

struct job_note {
	bool worked;
	bool done;
	bool canceled;
	pthread_t worked_on;
};

static void work(void *arg)
{
	struct job_note *n = arg;

	n->worked = true;
	n->worked_on = pthread_self();
}

static void done(void *arg, bool canceled)
{
	struct job_note *n = arg;

	n->done = true;
	n->canceled = canceled;
}

static void work_runs_elsewhere_and_done_on_the_loop(void **state)
{
	struct loop *loop;
	struct worker *w;
	struct job_note notes[20] = {{0}};
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	(void)state;
	assert_int_equal(loop_new(&loop), ERR_OK);
	assert_int_equal(worker_new(loop, 20, &w), ERR_OK);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(worker_submit(w, work, done, &notes[i]), ERR_OK);
	while (!notes[19].done && clock_mono_ms() < deadline)
		loop_turn(loop, 20);
	for (size_t i = 0; i < 20; i++) {
		assert_true(notes[i].worked && notes[i].done && !notes[i].canceled);
		assert_false(pthread_equal(notes[i].worked_on, pthread_self()));
	}
	worker_free(w);
	loop_free(loop);
}

struct gate {
	pthread_mutex_t lock;
	struct job_note note;
};

static void wait_at_gate(void *arg)
{
	struct gate *g = arg;

	pthread_mutex_lock(&g->lock);
	pthread_mutex_unlock(&g->lock);
	work(&g->note);
}

static void done_at_gate(void *arg, bool canceled)
{
	struct gate *g = arg;

	done(&g->note, canceled);
}

static void *open_gate(void *arg)
{
	struct gate *g = arg;

	pthread_mutex_unlock(&g->lock);
	return NULL;
}

static void refuses_past_its_limit_and_cancels_what_waits(void **state)
{
	struct loop *loop;
	struct worker *w;
	struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct job_note waiting[2] = {{0}};
	enum err err = ERR_OK;
	size_t taken = 0;

	(void)state;
	assert_int_equal(loop_new(&loop), ERR_OK);
	assert_int_equal(worker_new(loop, 2, &w), ERR_OK);
	pthread_mutex_lock(&gate.lock);
	assert_int_equal(worker_submit(w, wait_at_gate, done_at_gate, &gate), ERR_OK);
	/* One or two fit behind it, depending on whether the thread took the first already. */
	while (taken < 2 && (err = worker_submit(w, work, done, &waiting[taken])) == ERR_OK)
		taken++;
	/* Two waiting mean that the thread has taken the first: there is no room for a third. */
	struct job_note over = {0};

	if (taken == 2)
		err = worker_submit(w, work, done, &over);
	assert_int_equal(err, ERR_LIMIT);
	(void)open_gate(&gate);
	worker_free(w);
	assert_true(gate.note.done);
	for (size_t i = 0; i < taken; i++)
		assert_true(waiting[i].done && waiting[i].canceled != waiting[i].worked);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_runs_elsewhere_and_done_on_the_loop),
		cmocka_unit_test(refuses_past_its_limit_and_cancels_what_waits),
	};

	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
