/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/http/http_internal.h"

struct bench {
	struct loop *loop;
	struct http_server server;
	struct http_connection conns[3];
};

static void ignore(void *arg)
{
	(void)arg;
}

static void bench_init(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	assert_int_equal(loop_new(&b->loop), ERR_OK);
	b->server.magic = HTTP_SERVER_MAGIC;
	b->server.limits.request_timeout_ms = 10000;
	b->server.limits.idle_timeout_ms = 20000;
	for (int i = 0; i < CLOCK_COUNT; i++)
		TAILQ_INIT(&b->server.clocks[i]);
	for (int i = 0; i < 3; i++)
		b->conns[i].server = &b->server;
	assert_int_equal(loop_timer_new(b->loop, ignore, b, &b->server.tick), ERR_OK);
}

static void bench_fini(struct bench *b)
{
	loop_timer_free(b->server.tick);
	loop_free(b->loop);
}

static void a_request_keeps_its_first_deadline_and_idling_starts_anew(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	http_clock_set(&b.conns[0], CLOCK_REQUEST);
	b.conns[0].deadline = 1;
	http_clock_set(&b.conns[0], CLOCK_REQUEST);
	assert_int_equal(b.conns[0].deadline, 1);
	http_clock_set(&b.conns[0], CLOCK_IDLE);
	assert_true(b.conns[0].deadline >= clock_mono_ms() + 19000);
	b.conns[0].deadline = 1;
	http_clock_set(&b.conns[0], CLOCK_IDLE);
	assert_true(b.conns[0].deadline >= clock_mono_ms() + 19000);
	bench_fini(&b);
}

static void a_list_is_kept_in_the_order_of_its_deadlines(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	for (int i = 0; i < 3; i++)
		http_clock_set(&b.conns[i], CLOCK_IDLE);
	http_clock_set(&b.conns[0], CLOCK_IDLE);
	assert_ptr_equal(TAILQ_FIRST(&b.server.clocks[CLOCK_IDLE]), &b.conns[1]);
	http_clock_set(&b.conns[1], CLOCK_NONE);
	assert_ptr_equal(TAILQ_FIRST(&b.server.clocks[CLOCK_IDLE]), &b.conns[2]);
	assert_ptr_equal(TAILQ_NEXT(&b.conns[2], clock_link), &b.conns[0]);
	bench_fini(&b);
}

static void the_timer_runs_to_the_nearest_deadline(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	http_clock_set(&b.conns[0], CLOCK_IDLE);

	uint64_t idle_due = b.server.tick_due;

	http_clock_set(&b.conns[1], CLOCK_REQUEST);
	assert_true(b.server.tick_due < idle_due);
	http_clock_on_tick(&b.server); /* nothing is due: it is only set again */
	assert_int_equal(b.server.tick_due, b.conns[1].deadline);
	bench_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_keeps_its_first_deadline_and_idling_starts_anew),
		cmocka_unit_test(a_list_is_kept_in_the_order_of_its_deadlines),
		cmocka_unit_test(the_timer_runs_to_the_nearest_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
