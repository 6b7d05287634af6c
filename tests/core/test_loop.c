/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/loop.h"

#define DEADLINE_MS 10000

struct fixture {
	struct loop *loop;
	int order[1000];
	size_t count;
	int fds[2];
	struct loop_io *io;
	struct loop_timer *timer;
};

static void turn_until(struct fixture *f, size_t count)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	while (f->count < count && clock_mono_ms() < deadline)
		loop_turn(f->loop, 20);
	assert_int_equal(f->count, count);
}

struct call {
	struct fixture *f;
	int number;
};

static void note_call(void *arg)
{
	struct call *c = arg;

	c->f->order[c->f->count++] = c->number;
}

static struct call calls[1000];

static void *post_all(void *arg)
{
	struct fixture *f = arg;

	for (int i = 0; i < 1000; i++) {
		calls[i] = (struct call){f, i};
		if (loop_post(f->loop, note_call, &calls[i]) != ERR_OK)
			return f;
	}
	return NULL;
}

static void posts_of_a_thread_run_in_order(void **state)
{
	struct fixture *f = *state;
	pthread_t thread;
	void *failed;

	assert_int_equal(pthread_create(&thread, NULL, post_all, f), 0);
	turn_until(f, 1000);
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(f->order[i], i);
}

static void on_timer(void *arg)
{
	struct fixture *f = arg;

	f->count++;
	loop_timer_free(f->timer); /* from its own callback */
	f->timer = NULL;
}

static void a_timer_fires_once_and_not_early(void **state)
{
	struct fixture *f = *state;
	uint64_t before = clock_mono_ms();
	int64_t wall = clock_now_ms();

	assert_int_equal(loop_timer_new(f->loop, on_timer, f, &f->timer), ERR_OK);
	loop_timer_start(f->timer, 500);
	loop_timer_start(f->timer, 30);
	turn_until(f, 1);
	/* libevent's clock is the kernel's coarse one: a tick of up to 4 ms early is in order. */
	assert_true(clock_mono_ms() - before >= 26);
	assert_true(clock_now_ms() > 1700000000000 && clock_now_ms() >= wall);
}

static void on_io(void *arg, bool readable, bool writable)
{
	struct fixture *f = arg;
	char c;

	assert_true(readable);
	assert_false(writable);
	assert_int_equal(read(f->fds[0], &c, 1), 1);
	f->count++;
	loop_io_free(f->io);
	f->io = NULL;
}

static void io_is_told_and_may_free_itself(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pipe(f->fds), 0);
	assert_int_equal(write(f->fds[1], "ab", 2), 2);
	assert_int_equal(loop_io_new(f->loop, f->fds[0], on_io, f, &f->io), ERR_OK);
	loop_turn(f->loop, 0);
	assert_int_equal(f->count, 0); /* it has not asked yet */
	loop_io_want(f->io, true, false);
	turn_until(f, 1);
	(void)close(f->fds[0]);
	(void)close(f->fds[1]);
}

static void note_signal(void *arg)
{
	struct fixture *f = arg;

	f->count++;
	loop_stop(f->loop);
}

static void a_signal_stops_the_loop(void **state)
{
	struct fixture *f = *state;
	struct loop_signal *sig;

	assert_int_equal(loop_signal_new(f->loop, SIGUSR1, note_signal, f, &sig), ERR_OK);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(loop_run(f->loop), ERR_OK);
	assert_int_equal(f->count, 1);
	loop_signal_free(sig);
}

static void stop_before_run_is_not_lost(void **state)
{
	struct fixture *f = *state;

	loop_stop(f->loop);
	assert_int_equal(loop_run(f->loop), ERR_OK);
}

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){0};
	*state = &f;
	return loop_new(&f.loop) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	loop_free(f->loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(posts_of_a_thread_run_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_timer_fires_once_and_not_early, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(io_is_told_and_may_free_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_signal_stops_the_loop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stop_before_run_is_not_lost, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
