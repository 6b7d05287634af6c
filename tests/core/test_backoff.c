/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/backoff.h"

static void steps_double_up_to_the_maximum(void **state)
{
	static const uint64_t steps[] = {250, 500, 1000, 2000, 4000, 8000, 10000, 10000, 10000};
	struct backoff b;

	(void)state;
	backoff_init(&b, 250, 10000, 42);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		uint64_t wait = backoff_next(&b);

		assert_in_range(wait, steps[i] / 2, steps[i]);
	}
}

static void reset_begins_again(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 250, 10000, 7);
	for (int i = 0; i < 10; i++)
		(void)backoff_next(&b);
	backoff_reset(&b);
	assert_in_range(backoff_next(&b), 125, 250);
}

static void waits_differ_between_seeds(void **state)
{
	struct backoff a;
	struct backoff b;
	int same = 0;

	(void)state;
	backoff_init(&a, 10000, 10000, 1);
	backoff_init(&b, 10000, 10000, 2);
	for (int i = 0; i < 20; i++)
		same += backoff_next(&a) == backoff_next(&b);
	assert_true(same < 5);
}

static void a_seed_of_zero_has_jitter_too(void **state)
{
	struct backoff b;
	uint64_t first;
	int same = 0;

	(void)state;
	backoff_init(&b, 10000, 10000, 0);
	first = backoff_next(&b);
	for (int i = 0; i < 20; i++)
		same += backoff_next(&b) == first;
	assert_true(same < 5);
}

static void one_millisecond_is_the_smallest_wait(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 1, 1, 3);
	for (int i = 0; i < 20; i++)
		assert_int_equal(backoff_next(&b), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_double_up_to_the_maximum),
		cmocka_unit_test(reset_begins_again),
		cmocka_unit_test(waits_differ_between_seeds),
		cmocka_unit_test(a_seed_of_zero_has_jitter_too),
		cmocka_unit_test(one_millisecond_is_the_smallest_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
