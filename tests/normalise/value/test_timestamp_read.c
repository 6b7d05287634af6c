/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "normalise/value/timestamp_read.h"

static void days_count_from_1970_over_leap_years_and_centuries(void **state)
{
	(void)state;
	assert_int_equal(civil_days(1970, 1, 1), 0);
	assert_int_equal(civil_days(1969, 12, 31), -1);
	assert_int_equal(civil_days(2000, 2, 29), 11016);
	assert_int_equal(civil_days(2000, 3, 1), 11017);
	assert_int_equal(civil_days(2100, 3, 1) - civil_days(2100, 2, 28), 1);
	assert_int_equal(civil_days(2199, 12, 31), 84005);
	assert_int_equal(civil_days(0, 1, 1), -719528);
}

static void a_reader_gives_the_fields_and_the_offset(void **state)
{
	struct civil_time t = {0};

	(void)state;
	assert_int_equal(civil_read_rfc3339(STR_LIT("2024-09-03T11:02:09.1239-02:30"), &t), ERR_OK);
	assert_int_equal(t.year, 2024);
	assert_int_equal(t.month, 9);
	assert_int_equal(t.day, 3);
	assert_int_equal(t.hour, 11);
	assert_int_equal(t.minute, 2);
	assert_int_equal(t.second, 9);
	assert_int_equal(t.ms, 123);
	assert_true(t.has_offset);
	assert_int_equal(t.offset_s, -9000);
}

static void a_local_time_has_no_offset(void **state)
{
	struct civil_time t = {.has_offset = true};

	(void)state;
	assert_int_equal(civil_read_rfc3339(STR_LIT("2024-09-03 11:02:09"), &t), ERR_OK);
	assert_false(t.has_offset);
}

static void the_leap_second_is_read_as_the_one_before(void **state)
{
	struct civil_time t = {0};

	(void)state;
	assert_int_equal(civil_read_rfc3339(STR_LIT("2016-12-31T23:59:60Z"), &t), ERR_OK);
	assert_int_equal(t.second, 59);
}

static void what_cannot_be_read_leaves_the_output_alone(void **state)
{
	struct civil_time t = {.year = 7};
	int64_t ms = 7;

	(void)state;
	assert_int_equal(civil_read_rfc3339(STR_LIT("2024--02-01T00:00:00Z"), &t), ERR_PARSE);
	assert_int_equal(civil_read_rfc2822(STR_LIT("Tue, 3 Foo 2024 11:02:09 GMT"), &t),
	                 ERR_PARSE);
	assert_int_equal(epoch_read(STR_LIT("12x"), 1000, &ms), ERR_PARSE);
	assert_int_equal(t.year, 7);
	assert_int_equal(ms, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_count_from_1970_over_leap_years_and_centuries),
		cmocka_unit_test(a_reader_gives_the_fields_and_the_offset),
		cmocka_unit_test(a_local_time_has_no_offset),
		cmocka_unit_test(the_leap_second_is_read_as_the_one_before),
		cmocka_unit_test(what_cannot_be_read_leaves_the_output_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
