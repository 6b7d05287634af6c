/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/value/timestamp.h"

#define BAD NULL

struct parse_case {
	const char *format, *zone, *text;
	const char *utc; /* BAD: ERR_PARSE */
};

/* @return ERR_OK and the time as it is published */
static enum err read_time(const struct parse_case *c, char ret_text[TIMESTAMP_TEXT_SIZE])
{
	struct timestamp_format *format = NULL;
	struct timestamp_zone *zone = NULL;
	int64_t ms = -1;

	assert_int_equal(timestamp_format_new(str_from(c->format), &format, NULL), ERR_OK);
	if (c->zone != NULL)
		assert_int_equal(timestamp_zone_new(c->zone, &zone), ERR_OK);

	enum err err = timestamp_parse(format, zone, str_from(c->text), &ms);

	if (err == ERR_OK) {
		timestamp_print(ms, ret_text);
	} else {
		assert_int_equal(ms, -1);
	}
	timestamp_format_free(format);
	timestamp_zone_free(zone);
	return err;
}

static void expect_all(const struct parse_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[TIMESTAMP_TEXT_SIZE] = "";
		enum err err = read_time(&cases[i], text);

		if (cases[i].utc == BAD ? err != ERR_PARSE
		                        : err != ERR_OK || strcmp(text, cases[i].utc) != 0) {
			fail_msg("%s \"%s\" (%s): %s, \"%s\"", cases[i].format, cases[i].text,
			         cases[i].zone != NULL ? cases[i].zone : "no zone", err_str(err),
			         text);
		}
	}
}

#define EXPECT_ALL(cases) expect_all(cases, sizeof(cases) / sizeof((cases)[0]))

static void rfc3339_is_read_in_every_dialect(void **state)
{
	static const struct parse_case cases[] = {
		{"rfc3339", NULL, "2024-09-03T09:02:09Z", "2024-09-03T09:02:09.000Z"},
		{"rfc3339", NULL, "2024-09-03t09:02:09z", "2024-09-03T09:02:09.000Z"},
		{"rfc3339", NULL, "2024-09-03T11:02:09+02:00", "2024-09-03T09:02:09.000Z"},
		{"rfc3339", NULL, "2024-09-03T11:02:09+0200", "2024-09-03T09:02:09.000Z"},
		{"rfc3339", NULL, "2024-09-03T11:02:09+02", "2024-09-03T09:02:09.000Z"},
		{"rfc3339", NULL, "2024-09-03T05:02:09-04:00", "2024-09-03T09:02:09.000Z"},
		{"rfc3339", NULL, "2024-09-03T09:02:09-00:00", "2024-09-03T09:02:09.000Z"},
		{"rfc3339", NULL, "2026-11-21 09:30:02 +00:00", "2026-11-21T09:30:02.000Z"},
		{"rfc3339", NULL, "2026-11-21 09:30:02+00:00", "2026-11-21T09:30:02.000Z"},
		{"rfc3339", NULL, " 2026-11-21T09:30:02Z\n", "2026-11-21T09:30:02.000Z"},
		{"rfc3339", NULL, "2026-11-21T09:30:02.1Z", "2026-11-21T09:30:02.100Z"},
		{"rfc3339", NULL, "2026-11-21T09:30:02.148+00:00", "2026-11-21T09:30:02.148Z"},
		{"rfc3339", NULL, "2026-11-21T09:30:02.9999999Z", "2026-11-21T09:30:02.999Z"},
		{"rfc3339", NULL, "2026-11-21T09:30:02.123456789012345678901234567890Z",
	         "2026-11-21T09:30:02.123Z"},
		{"rfc3339", "UTC", "2026-11-21 09:30:02.000123", "2026-11-21T09:30:02.000Z"},
		{"rfc3339", "Africa/Johannesburg", "2024-09-03 11:02:09",
	         "2024-09-03T09:02:09.000Z"},
		{"rfc3339", "Africa/Johannesburg", "2024-09-03T11:02:09Z",
	         "2024-09-03T11:02:09.000Z"},
		{"rfc3339", NULL, "2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"},
		{"rfc3339", NULL, "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
		{"rfc3339", NULL, "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"},
		{"rfc3339", NULL, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
		{"rfc3339", NULL, "1969-12-31T23:00:00-01:00", "1970-01-01T00:00:00.000Z"},
		{"rfc3339", NULL, "2199-12-31T23:59:59.999Z", "2199-12-31T23:59:59.999Z"},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void rfc3339_refuses_what_is_no_time(void **state)
{
	static const struct parse_case cases[] = {
		{"rfc3339", NULL, "", BAD},
		{"rfc3339", NULL, "   ", BAD},
		{"rfc3339", NULL, "never", BAD},
		{"rfc3339", NULL, "2024--02-01T10:00:00Z", BAD},
		{"rfc3339", NULL, "2024-02-30T10:00:00Z", BAD},
		{"rfc3339", NULL, "2023-02-29T10:00:00Z", BAD},
		{"rfc3339", NULL, "2100-02-29T10:00:00Z", BAD},
		{"rfc3339", NULL, "2024-04-31T10:00:00Z", BAD},
		{"rfc3339", NULL, "2024-00-10T10:00:00Z", BAD},
		{"rfc3339", NULL, "2024-13-10T10:00:00Z", BAD},
		{"rfc3339", NULL, "2024-01-00T10:00:00Z", BAD},
		{"rfc3339", NULL, "2024-01-32T10:00:00Z", BAD},
		{"rfc3339", NULL, "2024-01-01T24:00:00Z", BAD},
		{"rfc3339", NULL, "2024-01-01T25:00:00Z", BAD},
		{"rfc3339", NULL, "2024-01-01T10:60:00Z", BAD},
		{"rfc3339", NULL, "2024-01-01T10:00:61Z", BAD},
		{"rfc3339", NULL, "12024-01-01T10:00:00Z", BAD},
		{"rfc3339", NULL, "024-01-01T10:00:00Z", BAD},
		{"rfc3339", NULL, "+2024-01-01T10:00:00Z", BAD},
		{"rfc3339", NULL, "2024-1-1T10:00:00Z", BAD},
		{"rfc3339", NULL, "2024-01-01", BAD},
		{"rfc3339", NULL, "2024-01-01T", BAD},
		{"rfc3339", NULL, "2024-01-01T10:00Z", BAD},
		{"rfc3339", NULL, "2024-01-01  10:00:00Z", BAD},
		{"rfc3339", NULL, "2024-01-01T10:00:00.Z", BAD},
		{"rfc3339", NULL, "2024-01-01T10:00:00ZZ", BAD},
		{"rfc3339", NULL, "2024-01-01T10:00:00+", BAD},
		{"rfc3339", NULL, "2024-01-01T10:00:00+2", BAD},
		{"rfc3339", NULL, "2024-01-01T10:00:00+24:00", BAD},
		{"rfc3339", NULL, "2024-01-01T10:00:00+02:60", BAD},
		{"rfc3339", NULL, "2024-01-01T10:00:00+02:", BAD},
		{"rfc3339", NULL, "2024-01-01T10:00:00+020", BAD},
		{"rfc3339", NULL, "2024-01-01T10:00:00 ", BAD}, /* and no zone */
		{"rfc3339", NULL, "1970-01-01T00:00:00+02:00", BAD},
		{"rfc3339", NULL, "1969-12-31T23:59:59Z", BAD},
		{"rfc3339", NULL, "2200-01-01T00:00:00Z", BAD},
		{"rfc3339", NULL, "0000-01-01T00:00:00Z", BAD},
		{"rfc3339", NULL, "9999-12-31T23:59:59Z", BAD},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void epochs_are_read_within_the_years_of_the_contract(void **state)
{
	static const struct parse_case cases[] = {
		{"epoch_s", NULL, "1795253402", "2026-11-21T09:30:02.000Z"},
		{"epoch_s", NULL, "1795253402.329574", "2026-11-21T09:30:02.329Z"},
		{"epoch_s", NULL, "0", "1970-01-01T00:00:00.000Z"},
		{"epoch_s", NULL, "7258118399", "2199-12-31T23:59:59.000Z"},
		{"epoch_s", NULL, "7258118400", BAD},
		{"epoch_s", NULL, "1795253402470", BAD},
		{"epoch_s", NULL, "99999999999999999999999999", BAD},
		{"epoch_s", NULL, "9999999999999999", BAD},
		{"epoch_s", NULL, "-1", BAD},
		{"epoch_s", NULL, "+1", BAD},
		{"epoch_s", NULL, "1.", BAD},
		{"epoch_s", NULL, ".5", BAD},
		{"epoch_s", NULL, "1e9", BAD},
		{"epoch_s", NULL, "", BAD},
		{"epoch_ms", NULL, "1795253402470", "2026-11-21T09:30:02.470Z"},
		{"epoch_ms", NULL, "1795253402470.9", "2026-11-21T09:30:02.470Z"},
		{"epoch_ms", NULL, "7258118399999", "2199-12-31T23:59:59.999Z"},
		{"epoch_ms", NULL, "7258118400000", BAD},
		{"epoch_ms", NULL, "9999999999999999", BAD},
		{"epoch_ms", NULL, "-1", BAD},
		{"epoch_ms", NULL, "soon", BAD},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void mail_dates_are_read(void **state)
{
	static const struct parse_case cases[] = {
		{"rfc2822", NULL, "Tue, 03 Sep 2024 11:02:09 +0200", "2024-09-03T09:02:09.000Z"},
		{"rfc2822", NULL, "tue,3 SEP 2024 11:02:09 +0200 (SAST)",
	         "2024-09-03T09:02:09.000Z"},
		{"rfc2822", NULL, "3 Sep 2024 09:02:09 GMT", "2024-09-03T09:02:09.000Z"},
		{"rfc2822", NULL, "3  Sep  2024  09:02  UT", "2024-09-03T09:02:00.000Z"},
		{"rfc2822", NULL, "3 Sep 24 05:02:09 EDT", "2024-09-03T09:02:09.000Z"},
		{"rfc2822", NULL, "3 Sep 99 01:02:09 PST", "1999-09-03T09:02:09.000Z"},
		{"rfc2822", NULL, "3 Sep 124 09:02:09 Z", "2024-09-03T09:02:09.000Z"},
		{"rfc2822", "Europe/London", "3 Sep 2024 09:02:09 UTC", "2024-09-03T09:02:09.000Z"},
		{"rfc2822", NULL, "Foo, 3 Sep 2024 09:02:09 GMT", BAD},
		{"rfc2822", NULL, "Tue 3 Sep 2024 09:02:09 GMT", BAD},
		{"rfc2822", NULL, "3 Sep 2024 09:02:09", BAD},
		{"rfc2822", NULL, "3 Sep 2024 09:02:09 XYZ", BAD},
		{"rfc2822", NULL, "3 Sep 2024 09:02:09 GMT (open", BAD},
		{"rfc2822", NULL, "3 Sep 2024 09:02:09 GMT x", BAD},
		{"rfc2822", NULL, "30 Feb 2024 09:02:09 GMT", BAD},
		{"rfc2822", NULL, "3 Sep 20245 09:02:09 GMT", BAD},
		{"rfc2822", NULL, "2024-09-03T09:02:09Z", BAD},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void patterns_are_read(void **state)
{
	static const struct parse_case cases[] = {
		{"%Y-%m-%d %H:%M:%S", "UTC", "2026-11-21 09:30:02", "2026-11-21T09:30:02.000Z"},
		{"%Y-%m-%d %H:%M:%S", "UTC", "2026-11-21 9:5:2", "2026-11-21T09:05:02.000Z"},
		{"%y%m%d%H%M", "UTC", "2611210930", "2026-11-21T09:30:00.000Z"},
		{"%Y-%m-%d", "UTC", "2026-11-21", "2026-11-21T00:00:00.000Z"},
		{"%d/%m/%Y %H:%M", "UTC", "3/9/2024 09:02", "2024-09-03T09:02:00.000Z"},
		{"%d %b %Y", "UTC", "03 sEP 2024", "2024-09-03T00:00:00.000Z"},
		{"%Y%m%dT%H%M%S%z", NULL, "20240903T110209+0200", "2024-09-03T09:02:09.000Z"},
		{"%Y-%m-%d %H:%M:%S %z", NULL, "2024-09-03 09:02:09 Z", "2024-09-03T09:02:09.000Z"},
		{"100%% %Y-%m-%d", "UTC", "100% 2024-09-03", "2024-09-03T00:00:00.000Z"},
		{"%y-%m-%d", "UTC", "70-01-01", "1970-01-01T00:00:00.000Z"},
		{"%y-%m-%d", "UTC", "69-01-01", "2069-01-01T00:00:00.000Z"},
		{"%Y-%m-%d %H:%M:%S", "UTC", "2026-11-21T09:30:02", BAD},
		{"%Y-%m-%d %H:%M:%S", "UTC", "2026-11-21 09:30:02.5", BAD},
		{"%Y-%m-%d %H:%M:%S", "UTC", "2026-11-21 09:30", BAD},
		{"%Y-%m-%d %H:%M:%S", "UTC", "2026-02-30 09:30:00", BAD},
		{"%Y-%m-%d %H:%M:%S", NULL, "2026-11-21 09:30:02", BAD},
		{"%Y-%m-%d", "UTC", "026-11-21", BAD},
		{"%y%m%d%H%M", "UTC", "261121093", BAD},
		{"%d %b %Y", "UTC", "03 Foo 2024", BAD},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void local_times_follow_their_zone(void **state)
{
	static const struct parse_case cases[] = {
		{"rfc3339", "Europe/London", "2024-01-15 12:00:00", "2024-01-15T12:00:00.000Z"},
		{"rfc3339", "Europe/London", "2024-07-15 12:00:00", "2024-07-15T11:00:00.000Z"},
		/* skipped: 01:00 to 02:00 on 31 March; one hour later */
		{"rfc3339", "Europe/London", "2024-03-31 00:59:59", "2024-03-31T00:59:59.000Z"},
		{"rfc3339", "Europe/London", "2024-03-31 01:00:00", "2024-03-31T01:00:00.000Z"},
		{"rfc3339", "Europe/London", "2024-03-31 01:30:00", "2024-03-31T01:30:00.000Z"},
		{"rfc3339", "Europe/London", "2024-03-31 02:00:00", "2024-03-31T01:00:00.000Z"},
		/* repeated: 01:00 to 02:00 on 27 October; the first one */
		{"rfc3339", "Europe/London", "2024-10-27 00:59:59", "2024-10-26T23:59:59.000Z"},
		{"rfc3339", "Europe/London", "2024-10-27 01:00:00", "2024-10-27T00:00:00.000Z"},
		{"rfc3339", "Europe/London", "2024-10-27 01:30:00", "2024-10-27T00:30:00.000Z"},
		{"rfc3339", "Europe/London", "2024-10-27 02:00:00", "2024-10-27T02:00:00.000Z"},
		{"rfc3339", "America/New_York", "2024-03-10 02:30:00", "2024-03-10T07:30:00.000Z"},
		{"rfc3339", "America/New_York", "2024-11-03 01:30:00", "2024-11-03T05:30:00.000Z"},
		/* this zone's winter time is its daylight saving */
		{"rfc3339", "Europe/Dublin", "2024-10-27 01:30:00", "2024-10-27T00:30:00.000Z"},
		{"rfc3339", "Europe/Dublin", "2024-03-31 01:30:00", "2024-03-31T01:30:00.000Z"},
		/* no daylight saving */
		{"rfc3339", "Africa/Johannesburg", "2024-03-31 01:30:00",
	         "2024-03-30T23:30:00.000Z"},
		{"rfc3339", "Africa/Johannesburg", "2024-10-27 01:30:00",
	         "2024-10-26T23:30:00.000Z"},
		{"rfc3339", "Asia/Kathmandu", "2024-10-27 01:30:00", "2024-10-26T19:45:00.000Z"},
		/* a whole day skipped */
		{"rfc3339", "Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30T22:00:00.000Z"},
		/* past the table of the zone */
		{"rfc3339", "Europe/London", "2150-07-15 12:00:00", "2150-07-15T11:00:00.000Z"},
		{"rfc3339", "Europe/Berlin", "1970-01-01 00:30:00", BAD},
	};

	(void)state;
	EXPECT_ALL(cases);
}

static void a_wrong_format_says_what_was_expected(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "expected rfc3339"},
		{"rfc822", "unknown time format \"rfc822\""},
		{"RFC3339", "unknown time format"},
		{"%Y-%m-%d %Q", "unknown conversion %Q"},
		{"%Y-%m-%d %", "at the end"},
		{"%Y-%m-%d %d", "twice"},
		{"%Y-%m-%b-%d", "twice"},
		{"%Y %y-%m-%d", "twice"},
		{"%H:%M:%S", "no whole date"},
		{"%%", "no whole date"},
		{"%Y-%m-%d %H:%M:%S ..........................................................",
	         "more than 64"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct timestamp_format *format = NULL;
		struct err_detail detail = {0};

		assert_int_equal(timestamp_format_new(str_from(cases[i].text), &format, &detail),
		                 ERR_PARSE);
		assert_null(format);
		assert_non_null(strstr(detail.text, cases[i].says));
	}
	timestamp_format_free(NULL);
}

static void only_patterns_without_an_offset_need_a_zone(void **state)
{
	static const struct {
		const char *text;
		bool needs;
	} cases[] = {
		{"rfc3339", false},  {"rfc2822", false}, {"epoch_s", false},
		{"epoch_ms", false}, {"%Y-%m-%d", true}, {"%Y-%m-%d %z", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct timestamp_format *format = NULL;

		assert_int_equal(timestamp_format_new(str_from(cases[i].text), &format, NULL),
		                 ERR_OK);
		assert_int_equal(timestamp_format_needs_zone(format), cases[i].needs);
		timestamp_format_free(format);
	}
}

static void a_text_with_nul_is_no_time(void **state)
{
	struct timestamp_format *format = NULL;
	int64_t ms = 0;

	(void)state;
	assert_int_equal(timestamp_format_new(STR_LIT("rfc3339"), &format, NULL), ERR_OK);
	assert_int_equal(timestamp_parse(format, NULL, STR_LIT("2024-09-03T09:02:09Z\0"), &ms),
	                 ERR_PARSE);
	timestamp_format_free(format);
	assert_int_equal(timestamp_format_new(STR_LIT("%Y-%m-%d\0"), &format, NULL), ERR_PARSE);
}

static void every_day_from_1970_to_2199_prints_and_reads_back(void **state)
{
	struct timestamp_format *format = NULL;

	(void)state;
	assert_int_equal(timestamp_format_new(STR_LIT("rfc3339"), &format, NULL), ERR_OK);
	for (int64_t day = 0; day < 84006; day++) {
		char text[TIMESTAMP_TEXT_SIZE];
		int64_t ms = day * 86400000 + day * 1021 % 86400000;
		int64_t read = 0;

		timestamp_print(ms, text);
		assert_int_equal(strlen(text), TIMESTAMP_TEXT_SIZE - 1);
		assert_int_equal(timestamp_parse(format, NULL, str_from(text), &read), ERR_OK);
		assert_int_equal(read, ms);
	}
	timestamp_format_free(format);
}

static void a_clock_out_of_range_prints_the_nearest_time(void **state)
{
	char text[TIMESTAMP_TEXT_SIZE];

	(void)state;
	timestamp_print(-1, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	timestamp_print(INT64_MAX, text);
	assert_string_equal(text, "2199-12-31T23:59:59.999Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3339_is_read_in_every_dialect),
		cmocka_unit_test(rfc3339_refuses_what_is_no_time),
		cmocka_unit_test(epochs_are_read_within_the_years_of_the_contract),
		cmocka_unit_test(mail_dates_are_read),
		cmocka_unit_test(patterns_are_read),
		cmocka_unit_test(local_times_follow_their_zone),
		cmocka_unit_test(a_wrong_format_says_what_was_expected),
		cmocka_unit_test(only_patterns_without_an_offset_need_a_zone),
		cmocka_unit_test(a_text_with_nul_is_no_time),
		cmocka_unit_test(every_day_from_1970_to_2199_prints_and_reads_back),
		cmocka_unit_test(a_clock_out_of_range_prints_the_nearest_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
