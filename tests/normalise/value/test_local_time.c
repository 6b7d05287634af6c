/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/value/local_time.h"

static int64_t at(const char *utc)
{
	struct timestamp_format *format = NULL;
	int64_t ms = 0;

	assert_int_equal(timestamp_format_new(STR_LIT("rfc3339"), &format, NULL), ERR_OK);
	assert_int_equal(timestamp_parse(format, NULL, str_from(utc), &ms), ERR_OK);
	timestamp_format_free(format);
	return ms;
}

static void expect_time(int64_t ms, const char *utc, const char *zone, const char *from)
{
	if (ms != at(utc)) {
		char text[TIMESTAMP_TEXT_SIZE];

		timestamp_print(ms, text);
		fail_msg("%s from %s: %s, expected %s", zone, from, text, utc);
	}
}

struct floor_case {
	const char *zone;
	enum time_grain grain;
	const char *utc, *begin;
};

static void grains_begin_where_the_clock_of_the_zone_says(void **state)
{
	static const struct floor_case cases[] = {
		{"UTC", GRAIN_MS, "2024-09-03T09:02:09.123Z", "2024-09-03T09:02:09.123Z"},
		{"UTC", GRAIN_SECOND, "2024-09-03T09:02:09.999Z", "2024-09-03T09:02:09Z"},
		{"UTC", GRAIN_MINUTE, "2024-09-03T09:02:59.999Z", "2024-09-03T09:02:00Z"},
		{"UTC", GRAIN_HOUR, "2024-09-03T09:59:59.999Z", "2024-09-03T09:00:00Z"},
		{"UTC", GRAIN_DAY, "2024-09-03T23:59:59.999Z", "2024-09-03T00:00:00Z"},
		{"UTC", GRAIN_DAY, "2024-09-03T00:00:00Z", "2024-09-03T00:00:00Z"},
		{"Africa/Johannesburg", GRAIN_DAY, "2024-09-03T22:00:00Z", "2024-09-03T22:00:00Z"},
		{"Africa/Johannesburg", GRAIN_DAY, "2024-09-03T21:59:59Z", "2024-09-02T22:00:00Z"},
		{"Asia/Kolkata", GRAIN_HOUR, "2024-09-03T09:29:59Z", "2024-09-03T08:30:00Z"},
		{"Europe/Prague", GRAIN_DAY, "2024-03-31T12:00:00Z", "2024-03-30T23:00:00Z"},
		{"Europe/Prague", GRAIN_DAY, "2024-10-27T22:59:59Z", "2024-10-26T22:00:00Z"},
		{"Europe/Prague", GRAIN_DAY, "2024-10-27T23:00:00Z", "2024-10-27T23:00:00Z"},
		/* both hours that the clock calls two */
		{"Europe/Prague", GRAIN_HOUR, "2024-10-27T00:30:00Z", "2024-10-27T00:00:00Z"},
		{"Europe/Prague", GRAIN_HOUR, "2024-10-27T01:30:00Z", "2024-10-27T01:00:00Z"},
		/* midnight skipped */
		{"America/Sao_Paulo", GRAIN_DAY, "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z"},
		{"America/Sao_Paulo", GRAIN_DAY, "2018-11-04T02:59:59Z", "2018-11-03T03:00:00Z"},
		/* midnight shown twice: 00:01 became 23:01 of the day before */
		{"America/St_Johns", GRAIN_DAY, "2010-11-07T02:30:59Z", "2010-11-07T02:30:00Z"},
		{"America/St_Johns", GRAIN_DAY, "2010-11-07T02:31:00Z", "2010-11-07T02:30:00Z"},
		{"America/St_Johns", GRAIN_DAY, "2010-11-07T12:00:00Z", "2010-11-07T02:30:00Z"},
		{"America/St_Johns", GRAIN_DAY, "2010-11-07T02:29:59Z", "2010-11-06T02:30:00Z"},
		/* a day that never was */
		{"Pacific/Apia", GRAIN_DAY, "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z"},
		{"Pacific/Apia", GRAIN_DAY, "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z"},
		/* half an hour of daylight saving */
		{"Australia/Lord_Howe", GRAIN_HOUR, "2024-04-06T14:59:59Z", "2024-04-06T14:00:00Z"},
		{"Australia/Lord_Howe", GRAIN_HOUR, "2024-04-06T15:10:00Z", "2024-04-06T15:00:00Z"},
		{"Australia/Lord_Howe", GRAIN_HOUR, "2024-10-05T15:40:00Z", "2024-10-05T15:30:00Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct timestamp_zone *zone = NULL;

		assert_int_equal(timestamp_zone_new(cases[i].zone, &zone), ERR_OK);
		expect_time(local_time_floor(at(cases[i].utc), zone, cases[i].grain),
		            cases[i].begin, cases[i].zone, cases[i].utc);
		timestamp_zone_free(zone);
	}
}

struct add_case {
	const char *zone;
	enum time_grain grain;
	const char *from;
	int64_t count;
	const char *to;
};

static void days_have_as_many_hours_as_the_zone_gives_them(void **state)
{
	static const struct add_case cases[] = {
		{"UTC", GRAIN_MS, "2024-09-03T00:00:00Z", -1, "2024-09-02T23:59:59.999Z"},
		{"UTC", GRAIN_SECOND, "2024-09-03T00:00:00Z", -1, "2024-09-02T23:59:59Z"},
		{"UTC", GRAIN_MINUTE, "2024-09-03T00:00:00Z", 61, "2024-09-03T01:01:00Z"},
		{"UTC", GRAIN_HOUR, "2024-12-31T23:00:00Z", 1, "2025-01-01T00:00:00Z"},
		{"UTC", GRAIN_DAY, "2024-02-28T00:00:00Z", 2, "2024-03-01T00:00:00Z"},
		{"UTC", GRAIN_DAY, "2024-03-01T00:00:00Z", -1, "2024-02-29T00:00:00Z"},
		{"UTC", GRAIN_DAY, "2024-03-01T00:00:00Z", 0, "2024-03-01T00:00:00Z"},
		{"Europe/Prague", GRAIN_DAY, "2024-03-30T23:00:00Z", 1, "2024-03-31T22:00:00Z"},
		{"Europe/Prague", GRAIN_DAY, "2024-10-26T22:00:00Z", 1, "2024-10-27T23:00:00Z"},
		{"Europe/Prague", GRAIN_DAY, "2024-10-27T23:00:00Z", -1, "2024-10-26T22:00:00Z"},
		{"Europe/Prague", GRAIN_DAY, "2024-06-30T22:00:00Z", 184, "2024-12-31T23:00:00Z"},
		{"Europe/Prague", GRAIN_HOUR, "2024-10-27T00:00:00Z", 1, "2024-10-27T01:00:00Z"},
		{"America/Sao_Paulo", GRAIN_DAY, "2018-11-03T03:00:00Z", 1, "2018-11-04T03:00:00Z"},
		{"America/Sao_Paulo", GRAIN_DAY, "2018-11-04T03:00:00Z", 1, "2018-11-05T02:00:00Z"},
		{"America/St_Johns", GRAIN_DAY, "2010-11-07T02:30:00Z", 1, "2010-11-08T03:30:00Z"},
		{"Pacific/Apia", GRAIN_DAY, "2011-12-29T10:00:00Z", 1, "2011-12-30T10:00:00Z"},
		{"Pacific/Apia", GRAIN_DAY, "2011-12-30T10:00:00Z", 1, "2011-12-31T10:00:00Z"},
		{"Australia/Lord_Howe", GRAIN_HOUR, "2024-04-06T14:00:00Z", 1,
	         "2024-04-06T15:00:00Z"},
		{"Australia/Lord_Howe", GRAIN_HOUR, "2024-04-06T15:00:00Z", 1,
	         "2024-04-06T15:30:00Z"},
		{"Australia/Lord_Howe", GRAIN_HOUR, "2024-04-06T15:30:00Z", -1,
	         "2024-04-06T15:00:00Z"},
		{"Australia/Lord_Howe", GRAIN_HOUR, "2024-04-06T15:30:00Z", -2,
	         "2024-04-06T14:00:00Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct timestamp_zone *zone = NULL;

		assert_int_equal(timestamp_zone_new(cases[i].zone, &zone), ERR_OK);
		expect_time(local_time_add(at(cases[i].from), zone, cases[i].grain, cases[i].count),
		            cases[i].to, cases[i].zone, cases[i].from);
		timestamp_zone_free(zone);
	}
}

/* xorshift; the same numbers at every run */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void check_grain_at(const struct timestamp_zone *zone, const char *name, int64_t ms,
                           enum time_grain grain)
{
	static const int64_t longest[] = {1, 1000, 60000, 3600000, 25LL * 3600000};
	int64_t begin = local_time_floor(ms, zone, grain);
	int64_t end = local_time_add(begin, zone, grain, 1);

	if (begin > ms || end <= ms || end - begin > longest[grain] ||
	    local_time_floor(begin, zone, grain) != begin ||
	    local_time_floor(end - 1, zone, grain) != begin ||
	    local_time_floor(end, zone, grain) != end ||
	    local_time_add(end, zone, grain, -1) != begin) {
		fail_msg("%s, grain %d at %lld: [%lld, %lld)", name, (int)grain, (long long)ms,
		         (long long)begin, (long long)end);
	}
}

static void every_instant_lies_in_one_grain(void **state)
{
	static const char *const zones[] = {"UTC",
	                                    "Europe/Prague",
	                                    "Africa/Johannesburg",
	                                    "America/New_York",
	                                    "Asia/Kolkata",
	                                    "America/Sao_Paulo",
	                                    "America/St_Johns",
	                                    "Australia/Lord_Howe",
	                                    "Africa/Casablanca",
	                                    "Asia/Beirut"};
	uint64_t seed = 20240903;

	(void)state;
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct timestamp_zone *zone = NULL;

		assert_int_equal(timestamp_zone_new(zones[i], &zone), ERR_OK);
		for (int n = 0; n < 2000; n++) {
			int64_t ms = 86400000 + (int64_t)(next_random(&seed) % 2200000000000u);

			for (int g = GRAIN_MS; g <= GRAIN_DAY; g++)
				check_grain_at(zone, zones[i], ms, (enum time_grain)g);
		}
		timestamp_zone_free(zone);
	}
}

static void an_absurd_clock_breaks_nothing(void **state)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, INT64_MAX};
	static const int64_t counts[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
	struct timestamp_zone *zone = NULL;

	(void)state;
	assert_int_equal(timestamp_zone_new("America/New_York", &zone), ERR_OK);
	for (size_t i = 0; i < 4; i++) {
		for (int g = GRAIN_MS; g <= GRAIN_DAY; g++) {
			for (size_t n = 0; n < 5; n++) {
				(void)local_time_add(times[i], zone, (enum time_grain)g, counts[n]);
			}
			assert_true(local_time_floor(times[i], zone, (enum time_grain)g) >=
			            -86400000);
		}
	}
	timestamp_zone_free(zone);
}

static void a_pattern_says_its_smallest_unit(void **state)
{
	static const struct {
		const char *pattern;
		int grain; /* -1: ERR_PARSE */
	} cases[] = {
		{"%Y-%m-%d", GRAIN_DAY},
		{"%d.%m.%Y", GRAIN_DAY},
		{"%Y%m%d%z", GRAIN_DAY},
		{"%Y-%m-%d %H:00:00", GRAIN_HOUR},
		{"%Y-%m-%dT%H:%M", GRAIN_MINUTE},
		{"%Y-%m-%dT%H:%M:%S%z", GRAIN_SECOND},
		{"%Y-%m-%d 100%%", GRAIN_DAY},
		{"", -1},
		{"today", -1},
		{"%Y-%m", -1},
		{"%H:%M:%S", -1},
		{"%Y-%m-%d %M", -1},
		{"%Y-%m-%d %H:%S", -1},
		{"%Y-%m-%d %p", -1},
		{"%Y-%m-%d %", -1},
		{"%y-%m-%d", -1},
		{"%Y-%m-%d is far too long for the time of a request, whoever asks for it", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err_detail detail = {0};
		enum time_grain grain = GRAIN_MS;
		enum err err =
			local_time_pattern_check(str_from(cases[i].pattern), &grain, &detail);

		assert_int_equal(err, cases[i].grain < 0 ? ERR_PARSE : ERR_OK);
		assert_int_equal(grain, cases[i].grain < 0 ? (int)GRAIN_MS : cases[i].grain);
		assert_int_equal(detail.text[0] != '\0', cases[i].grain < 0);
	}
	enum time_grain grain = GRAIN_MS;

	assert_int_equal(local_time_pattern_check(STR_LIT("%Y-%m-%d\0"), &grain, NULL), ERR_PARSE);
}

struct print_case {
	const char *zone, *pattern, *utc, *text;
};

static void instants_are_printed_as_the_zone_shows_them(void **state)
{
	static const struct print_case cases[] = {
		{"UTC", "%Y-%m-%d %H:%M:%S%z", "2024-09-03T09:02:09.999Z",
	         "2024-09-03 09:02:09+0000"},
		{"Europe/Prague", "%d.%m.%Y %H", "2024-12-31T23:30:00Z", "01.01.2025 00"},
		{"Europe/Prague", "%H:%M%z %Y%m%d", "2024-07-01T00:00:00Z", "02:00+0200 20240701"},
		{"America/St_Johns", "%Y%m%d%z", "2024-01-01T00:00:00Z", "20231231-0330"},
		{"Asia/Kolkata", "%Y-%m-%dT%H:%M", "2024-02-28T18:30:00Z", "2024-02-29T00:00"},
		{"UTC", "%Y-%m-%d 100%%", "1970-01-01T00:00:00Z", "1970-01-01 100%"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct timestamp_zone *zone = NULL;
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(timestamp_zone_new(cases[i].zone, &zone), ERR_OK);
		assert_int_equal(
			local_time_print(str_from(cases[i].pattern), zone, at(cases[i].utc), &b),
			ERR_OK);
		assert_string_equal(buf_cstr(&b), cases[i].text);
		buf_fini(&b);
		timestamp_zone_free(zone);
	}
}

static void what_is_printed_reads_back(void **state)
{
	static const char pattern[] = "%Y-%m-%d %H:%M:%S%z";
	struct timestamp_format *format = NULL;
	struct timestamp_zone *zone = NULL;
	uint64_t seed = 7;
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(timestamp_format_new(str_from(pattern), &format, NULL), ERR_OK);
	assert_int_equal(timestamp_zone_new("America/New_York", &zone), ERR_OK);
	for (int i = 0; i < 20000; i++) {
		int64_t ms = (int64_t)(next_random(&seed) % 7258118400u) * 1000;
		int64_t back = -1;

		buf_reset(&b);
		assert_int_equal(local_time_print(str_from(pattern), zone, ms, &b), ERR_OK);
		assert_int_equal(timestamp_parse(format, NULL, buf_str(&b), &back), ERR_OK);
		assert_int_equal(back, ms);
	}
	timestamp_zone_free(zone);
	timestamp_format_free(format);
	buf_fini(&b);
}

static void a_text_that_does_not_fit_is_an_error(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 9);
	assert_int_equal(local_time_print(STR_LIT("%Y-%m-%d"), NULL, 0, &b), ERR_LIMIT);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grains_begin_where_the_clock_of_the_zone_says),
		cmocka_unit_test(days_have_as_many_hours_as_the_zone_gives_them),
		cmocka_unit_test(every_instant_lies_in_one_grain),
		cmocka_unit_test(an_absurd_clock_breaks_nothing),
		cmocka_unit_test(a_pattern_says_its_smallest_unit),
		cmocka_unit_test(instants_are_printed_as_the_zone_shows_them),
		cmocka_unit_test(what_is_printed_reads_back),
		cmocka_unit_test(a_text_that_does_not_fit_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
