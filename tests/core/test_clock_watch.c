/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock_watch.h"

#define WALL INT64_C(1725354000000)
#define MONO UINT64_C(5000)
#define HOUR INT64_C(3600000)

static void time_that_passes_is_no_setting(void **state)
{
	struct clock_watch w;

	(void)state;
	clock_watch_begin(&w, WALL, MONO);
	assert_int_equal(clock_watch_set_by(&w, WALL, MONO), 0);
	assert_int_equal(clock_watch_set_by(&w, WALL + 9 * HOUR, MONO + 9 * HOUR), 0);
	assert_int_equal(clock_watch_set_by(&w, WALL + 999, MONO), 0);
	assert_int_equal(clock_watch_set_by(&w, WALL - 999, MONO), 0);
}

static void a_setting_is_told_once(void **state)
{
	struct clock_watch w;

	(void)state;
	clock_watch_begin(&w, WALL, MONO);
	assert_int_equal(clock_watch_set_by(&w, WALL + 3 * HOUR + 7, MONO + 7), 3 * HOUR);
	assert_int_equal(clock_watch_set_by(&w, WALL + 4 * HOUR, MONO + HOUR), 0);
	assert_int_equal(clock_watch_set_by(&w, WALL - 5 * HOUR, MONO + HOUR), -9 * HOUR);
	assert_int_equal(clock_watch_set_by(&w, WALL - 5 * HOUR, MONO + HOUR), 0);
	assert_int_equal(clock_watch_set_by(&w, 0, MONO + HOUR), -WALL + 5 * HOUR);
}

static void slewing_adds_up(void **state)
{
	struct clock_watch w;
	int64_t told = 0;

	(void)state;
	clock_watch_begin(&w, WALL, MONO);
	for (int64_t i = 1; i <= 50; i++)
		told += clock_watch_set_by(&w, WALL + i * 1100, MONO + (uint64_t)i * 1000);
	assert_int_equal(told, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_that_passes_is_no_setting),
		cmocka_unit_test(a_setting_is_told_once),
		cmocka_unit_test(slewing_adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
