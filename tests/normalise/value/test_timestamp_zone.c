/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "normalise/value/timestamp_zone.h"

static void a_zone_is_a_name_of_the_tz_database(void **state)
{
	static const char *const good[] = {"UTC",
	                                   "Etc/UTC",
	                                   "Etc/GMT+2",
	                                   "Africa/Johannesburg",
	                                   "America/Port-au-Prince",
	                                   "Europe/London"};
	static const char *const bad[] = {"",       "Europe/Lond0n", "Europe",    "+02:00",
	                                  "SAST-2", "/etc/passwd",   "../UTC",    "Nowhere/City",
	                                  "utc ",   "zone.tab",      "Europe/Rom"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct timestamp_zone *zone = NULL;

		assert_int_equal(timestamp_zone_new(good[i], &zone), ERR_OK);
		timestamp_zone_free(zone);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct timestamp_zone *zone = NULL;

		assert_int_equal(timestamp_zone_new(bad[i], &zone), ERR_NOENT);
		assert_null(zone);
	}
	timestamp_zone_free(NULL);
}

/* test_timestamp.c has the same through whole times. */
static void an_offset_is_that_of_the_local_time(void **state)
{
	static const struct {
		const char *zone;
		int64_t local_s;
		int offset_s;
	} cases[] = {
		{"UTC", 1710000000, 0},
		{"Africa/Johannesburg", 1710000000, 7200},
		{"Europe/London", 1705320000, 0},    /* 2024-01-15 12:00 */
		{"Europe/London", 1721044800, 3600}, /* 2024-07-15 12:00 */
		{"Europe/London", 1711848600, 0},    /* 2024-03-31 01:30, skipped */
		{"Europe/London", 1729992600, 3600}, /* 2024-10-27 01:30, repeated */
		{"Europe/Dublin", 1729992600, 3600},
		{"Asia/Kathmandu", 1729992600, 20700},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct timestamp_zone *zone = NULL;
		int offset_s = -1;

		assert_int_equal(timestamp_zone_new(cases[i].zone, &zone), ERR_OK);
		assert_int_equal(timestamp_zone_offset(zone, cases[i].local_s, &offset_s), ERR_OK);
		assert_int_equal(offset_s, cases[i].offset_s);
		timestamp_zone_free(zone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_is_a_name_of_the_tz_database),
		cmocka_unit_test(an_offset_is_that_of_the_local_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
