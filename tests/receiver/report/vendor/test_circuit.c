/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receiver/report/vendor/circuit.h"

#define HOUR_MS 3600000u

static void expect_state(const struct circuit *c, const char *state)
{
	assert_string_equal(circuit_state_str(c), state);
}

static void fail_times(struct circuit *c, int times, uint64_t now_ms)
{
	for (int i = 0; i < times; i++)
		circuit_failure(c, now_ms);
}

/* @return when the trial begins */
static uint64_t begin_trial(struct circuit *c, uint64_t now_ms)
{
	uint64_t then = now_ms + circuit_wait(c, now_ms);

	assert_true(then > now_ms);
	assert_true(circuit_wait(c, then - 1) > 0);
	expect_state(c, "open");
	assert_int_equal(circuit_wait(c, then), 0);
	expect_state(c, "trial");
	return then;
}

static void five_failures_in_a_row_open_it(void **state)
{
	struct circuit c;

	(void)state;
	circuit_init(&c, 1);
	fail_times(&c, CIRCUIT_FAILURES_MAX - 1, 1000);
	assert_int_equal(circuit_wait(&c, 1000), 0);
	circuit_success(&c);
	fail_times(&c, CIRCUIT_FAILURES_MAX - 1, 2000);
	expect_state(&c, "closed");
	circuit_failure(&c, 3000);
	expect_state(&c, "open");
	assert_in_range(circuit_wait(&c, 3000), CIRCUIT_MIN_MS / 2, CIRCUIT_MIN_MS);
}

static void one_trial_at_a_time(void **state)
{
	struct circuit c;
	uint64_t now = 0;

	(void)state;
	circuit_init(&c, 2);
	fail_times(&c, CIRCUIT_FAILURES_MAX, 0);
	now = begin_trial(&c, 0);
	for (int i = 0; i < 60; i++)
		assert_in_range(circuit_wait(&c, now + (uint64_t)i * 1000), 1, 60000);
	expect_state(&c, "trial");
	circuit_success(&c);
	expect_state(&c, "closed");
	assert_int_equal(circuit_wait(&c, now), 0);
	assert_int_equal(circuit_wait(&c, now), 0);
	fail_times(&c, CIRCUIT_FAILURES_MAX - 1, now);
	expect_state(&c, "closed");
}

static void a_trial_that_fails_doubles_the_time_up_to_a_limit(void **state)
{
	struct circuit c;
	uint64_t now = 0;
	uint64_t step = CIRCUIT_MIN_MS;

	(void)state;
	circuit_init(&c, 3);
	fail_times(&c, CIRCUIT_FAILURES_MAX, now);
	for (int i = 0; i < 20; i++) {
		assert_in_range(circuit_wait(&c, now), step / 2, step);
		now = begin_trial(&c, now);
		circuit_failure(&c, now);
		expect_state(&c, "open");
		step = step * 2 < CIRCUIT_MAX_MS ? step * 2 : CIRCUIT_MAX_MS;
	}
	now = begin_trial(&c, now);
	circuit_success(&c);
	fail_times(&c, CIRCUIT_FAILURES_MAX, now);
	assert_in_range(circuit_wait(&c, now), CIRCUIT_MIN_MS / 2, CIRCUIT_MIN_MS);
}

static void a_refusal_opens_it_at_once_and_for_longer(void **state)
{
	struct circuit c;
	uint64_t now = 0;

	(void)state;
	circuit_init(&c, 4);
	circuit_refusal(&c, now);
	assert_true(c.is_auth);
	assert_in_range(circuit_wait(&c, now), CIRCUIT_AUTH_MIN_MS / 2, CIRCUIT_AUTH_MIN_MS);

	uint64_t wait = circuit_wait(&c, now);

	/* Those that were sent side by side with it. */
	for (int i = 0; i < 10; i++)
		circuit_refusal(&c, now);
	fail_times(&c, CIRCUIT_FAILURES_MAX, now);
	assert_int_equal(circuit_wait(&c, now), wait);
	for (int i = 0; i < 10; i++) {
		now = begin_trial(&c, now);
		circuit_refusal(&c, now);
	}
	assert_in_range(circuit_wait(&c, now), CIRCUIT_AUTH_MAX_MS / 2, CIRCUIT_AUTH_MAX_MS);
	(void)begin_trial(&c, now);
	circuit_success(&c);
	assert_false(c.is_auth);
	expect_state(&c, "closed");
}

static void a_refusal_counts_although_it_is_open_for_failures(void **state)
{
	struct circuit c;

	(void)state;
	circuit_init(&c, 5);
	fail_times(&c, CIRCUIT_FAILURES_MAX, 0);
	circuit_refusal(&c, 0);
	assert_true(c.is_auth);
	assert_true(circuit_wait(&c, 0) >= CIRCUIT_AUTH_MIN_MS / 2);
}

static void only_a_trial_closes_it(void **state)
{
	struct circuit c;
	uint64_t wait = 0;

	(void)state;
	circuit_init(&c, 6);
	fail_times(&c, CIRCUIT_FAILURES_MAX, 0);
	wait = circuit_wait(&c, 0);
	circuit_success(&c);
	expect_state(&c, "open");
	fail_times(&c, 100, 10);
	assert_int_equal(circuit_wait(&c, 0), wait);
}

static void a_trial_that_never_ends_is_not_for_ever(void **state)
{
	struct circuit c;
	uint64_t now = 0;

	(void)state;
	circuit_init(&c, 7);
	fail_times(&c, CIRCUIT_FAILURES_MAX, 0);
	now = begin_trial(&c, 0);
	assert_true(circuit_wait(&c, now + CIRCUIT_MAX_MS - 1) > 0);
	assert_int_equal(circuit_wait(&c, now + CIRCUIT_MAX_MS), 0);
	expect_state(&c, "trial");
	circuit_give_up(&c, now + HOUR_MS);
	expect_state(&c, "open");
	assert_int_equal(circuit_wait(&c, now + HOUR_MS), 0);
	expect_state(&c, "trial");
	circuit_success(&c);
	circuit_give_up(&c, now + HOUR_MS);
	expect_state(&c, "closed");
}

static void mended_by_a_person_it_is_closed(void **state)
{
	struct circuit c;

	(void)state;
	circuit_init(&c, 8);
	circuit_refusal(&c, 0);
	circuit_reset(&c);
	expect_state(&c, "closed");
	assert_false(c.is_auth);
	assert_int_equal(circuit_wait(&c, 0), 0);
	circuit_refusal(&c, 0);
	assert_in_range(circuit_wait(&c, 0), CIRCUIT_AUTH_MIN_MS / 2, CIRCUIT_AUTH_MIN_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_failures_in_a_row_open_it),
		cmocka_unit_test(one_trial_at_a_time),
		cmocka_unit_test(a_trial_that_fails_doubles_the_time_up_to_a_limit),
		cmocka_unit_test(a_refusal_opens_it_at_once_and_for_longer),
		cmocka_unit_test(a_refusal_counts_although_it_is_open_for_failures),
		cmocka_unit_test(only_a_trial_closes_it),
		cmocka_unit_test(a_trial_that_never_ends_is_not_for_ever),
		cmocka_unit_test(mended_by_a_person_it_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
