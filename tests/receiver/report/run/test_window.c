/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/run/window.h"

#define MINUTE ((int64_t)60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const char seconds[] = "%Y-%m-%d %H:%M:%S";
static const char hours[] = "%Y-%m-%d %H:00:00";
static const char days[] = "%Y-%m-%d";

static int64_t at(const char *utc)
{
	struct timestamp_format *format = NULL;
	int64_t ms = 0;

	assert_int_equal(timestamp_format_new(STR_LIT("rfc3339"), &format, NULL), ERR_OK);
	assert_int_equal(timestamp_parse(format, NULL, str_from(utc), &ms), ERR_OK);
	timestamp_format_free(format);
	return ms;
}

static struct timestamp_zone *zone_of(const char *name)
{
	struct timestamp_zone *zone = NULL;

	assert_int_equal(timestamp_zone_new(name, &zone), ERR_OK);
	return zone;
}

static struct window_spec patterned(const char *pattern, enum time_grain grain)
{
	return (struct window_spec){
		.is_given = true,
		.start_ms = 7 * DAY,
		.format = WINDOW_PATTERN,
		.pattern = str_from(pattern),
		.grain = grain,
	};
}

static void expect_time(int64_t ms, const char *utc)
{
	char text[TIMESTAMP_TEXT_SIZE];
	char expected[TIMESTAMP_TEXT_SIZE];

	timestamp_print(ms, text);
	timestamp_print(at(utc), expected);
	assert_string_equal(text, expected);
}

/* "FROM|TO" as the vendor is told */
static void told(const struct window_spec *spec, const struct timestamp_zone *zone,
                 const struct window *w, char ret_text[100])
{
	struct buf b;

	buf_init(&b, 99);
	assert_int_equal(window_print_from(spec, zone, w, &b), ERR_OK);
	assert_int_equal(buf_append_char(&b, '|'), ERR_OK);
	assert_int_equal(window_print_to(spec, zone, w, &b), ERR_OK);
	(void)snprintf(ret_text, 100, "%s", buf_cstr(&b));
	buf_fini(&b);
}

/* ---- begin ---- */

static void a_run_begins_where_the_last_one_ended(void **state)
{
	struct window_spec spec = patterned(seconds, GRAIN_SECOND);
	int64_t now = at("2024-09-03T10:00:00Z");

	(void)state;
	expect_time(window_begin(&spec, NULL, 0, now, false, false), "2024-08-27T10:00:00Z");
	expect_time(window_begin(&spec, NULL, now - HOUR, now, false, false),
	            "2024-09-03T09:00:00Z");
	expect_time(window_begin(&spec, NULL, now - HOUR, now, true, false),
	            "2024-09-03T09:00:00Z");
	spec.lookback_ms = 2 * HOUR;
	spec.deep_ms = 7 * DAY;
	expect_time(window_begin(&spec, NULL, now - HOUR, now, false, false),
	            "2024-09-03T07:00:00Z");
	expect_time(window_begin(&spec, NULL, now - HOUR, now, true, false),
	            "2024-08-27T09:00:00Z");
	/* A deep lookback that is the shorter one is none. */
	spec.deep_ms = HOUR;
	expect_time(window_begin(&spec, NULL, now - HOUR, now, true, false),
	            "2024-09-03T07:00:00Z");
	/* A new report has nothing to look back to. */
	expect_time(window_begin(&spec, NULL, 0, now, true, false), "2024-08-27T10:00:00Z");
}

static void a_watermark_past_now_counts_as_now(void **state)
{
	struct window_spec spec = patterned(seconds, GRAIN_SECOND);
	int64_t now = at("2024-09-03T10:00:00Z");
	struct window w;

	(void)state;
	spec.lookback_ms = HOUR;
	expect_time(window_begin(&spec, NULL, now + 1830 * DAY, now, false, false),
	            "2024-09-03T09:00:00Z");
	/* Years forward: one run reads all the time between. */
	expect_time(window_begin(&spec, NULL, now, now + 1826 * DAY, false, false),
	            "2024-09-03T09:00:00Z");
	assert_true(window_next(&spec, NULL, now - HOUR, now + 1826 * DAY, now + 1826 * DAY, &w));
	assert_int_equal(w.to_ms, now + 1826 * DAY);
}

static void a_window_that_is_read_whole_begins_at_its_border(void **state)
{
	struct timestamp_zone *prague = zone_of("Europe/Prague");
	struct window_spec spec = patterned(hours, GRAIN_HOUR);
	int64_t watermark = at("2024-09-03T10:20:00Z");

	(void)state;
	spec.step_ms = HOUR;
	expect_time(window_begin(&spec, prague, watermark, watermark, false, true),
	            "2024-09-03T10:00:00Z");
	spec.step_ms = 6 * HOUR; /* 00 06 12 18 of the zone */
	expect_time(window_begin(&spec, prague, watermark, watermark, false, true),
	            "2024-09-03T10:00:00Z");
	expect_time(window_begin(&spec, prague, watermark - HOUR, watermark, false, true),
	            "2024-09-03T04:00:00Z");
	spec.step_ms = DAY;
	expect_time(window_begin(&spec, prague, watermark, watermark, false, true),
	            "2024-09-02T22:00:00Z");
	/* exactly on a border */
	expect_time(window_begin(&spec, prague, at("2024-09-02T22:00:00Z"), watermark, false, true),
	            "2024-09-02T22:00:00Z");
	/* no step: the day; also in the 25th hour */
	spec.step_ms = 0;
	expect_time(window_begin(&spec, prague, at("2024-10-27T22:30:00Z"),
	                         at("2024-10-27T22:30:00Z"), false, true),
	            "2024-10-26T22:00:00Z");
	timestamp_zone_free(prague);
}

static void what_the_vendor_no_longer_has_is_not_asked_for(void **state)
{
	struct window_spec spec = {.is_given = true, .format = WINDOW_EPOCH_MS};
	int64_t now = at("2024-09-03T10:00:00Z");
	int64_t from = now - 365 * DAY;

	(void)state;
	assert_false(window_clamp(&spec, now, &from));
	assert_int_equal(from, now - 365 * DAY);
	spec.max_ms = 90 * DAY;
	assert_true(window_clamp(&spec, now, &from));
	assert_int_equal(from, now - 90 * DAY + HOUR);
	assert_false(window_clamp(&spec, now, &from));
	from++;
	assert_false(window_clamp(&spec, now, &from));
	/* rounded down to its day it must be within still */
	spec.format = WINDOW_PATTERN;
	spec.grain = GRAIN_DAY;
	assert_true(window_clamp(&spec, now, &from));
	assert_int_equal(from, now - 90 * DAY + 25 * HOUR);
	/* less than the margin */
	spec.max_ms = HOUR;
	from = 0;
	assert_true(window_clamp(&spec, now, &from));
	assert_int_equal(from, now - HOUR / 2);
}

/* ---- next ---- */

static void steps_are_cut_at_the_midnights_of_the_zone(void **state)
{
	static const char *const borders[] = {
		"2024-10-25T12:00:00Z", "2024-10-25T22:00:00Z",
		"2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z", /* 25 hours */
		"2024-10-28T23:00:00Z", "2024-10-29T00:00:00Z",
	};
	struct timestamp_zone *prague = zone_of("Europe/Prague");
	struct window_spec spec = patterned(seconds, GRAIN_SECOND);
	int64_t until = at(borders[5]);
	struct window w = {.to_ms = at(borders[0])};

	(void)state;
	spec.step_ms = DAY;
	for (size_t i = 1; i < 6; i++) {
		assert_true(window_next(&spec, prague, w.to_ms, until, until + DAY, &w));
		expect_time(w.from_ms, borders[i - 1]);
		expect_time(w.to_ms, borders[i]);
		assert_false(w.is_open);
	}
	assert_false(window_next(&spec, prague, w.to_ms, until, until, &w));
	assert_false(window_next(&spec, prague, until + 1, until, until, &w));
	timestamp_zone_free(prague);
}

static void a_zone_that_skips_midnight_has_its_days(void **state)
{
	struct timestamp_zone *zone = zone_of("America/Sao_Paulo");
	struct window_spec spec = patterned(days, GRAIN_DAY);
	int64_t until = at("2018-11-20T00:00:00Z");
	char text[100];
	struct window w;

	(void)state;
	spec.step_ms = DAY;
	assert_true(window_next(&spec, zone, at("2018-11-03T12:00:00Z"), until, until, &w));
	expect_time(w.to_ms, "2018-11-04T03:00:00Z");
	assert_true(window_next(&spec, zone, w.to_ms, until, until, &w));
	expect_time(w.to_ms, "2018-11-05T02:00:00Z");
	told(&spec, zone, &w, text);
	assert_string_equal(text, "2018-11-04|2018-11-05");
	timestamp_zone_free(zone);
}

static void parts_of_a_day_begin_at_midnight(void **state)
{
	struct timestamp_zone *prague = zone_of("Europe/Prague");
	struct window_spec spec = patterned(hours, GRAIN_HOUR);
	int64_t until = at("2024-12-01T00:00:00Z");
	struct window w;

	(void)state;
	spec.step_ms = 6 * HOUR;
	assert_true(window_next(&spec, prague, at("2024-10-27T21:30:00Z"), until, until, &w));
	expect_time(w.to_ms, "2024-10-27T22:00:00Z");
	assert_true(window_next(&spec, prague, w.to_ms, until, until, &w));
	expect_time(w.to_ms, "2024-10-27T23:00:00Z"); /* the 25th hour */
	spec.step_ms = 36 * HOUR;                     /* whole days within it */
	assert_true(window_next(&spec, prague, w.to_ms, until, until, &w));
	expect_time(w.to_ms, "2024-10-28T23:00:00Z");
	timestamp_zone_free(prague);
}

static void weeks_are_cut_at_the_same_midnights_by_every_run(void **state)
{
	struct timestamp_zone *prague = zone_of("Europe/Prague");
	struct window_spec spec = patterned(days, GRAIN_DAY);
	int64_t until = at("2024-12-01T00:00:00Z");
	struct window first;
	struct window w;

	(void)state;
	spec.step_ms = 7 * DAY;
	assert_true(window_next(&spec, prague, at("2024-10-12T10:00:00Z"), until, until, &first));
	for (int hour = 1; hour < 7 * 24; hour++) {
		assert_true(
			window_next(&spec, prague, first.to_ms + hour * HOUR, until, until, &w));
		/* over the end of daylight saving or before it */
		assert_true(w.to_ms == first.to_ms + 7 * DAY ||
		            w.to_ms == first.to_ms + 7 * DAY + HOUR);
	}
	timestamp_zone_free(prague);
}

static void without_a_step_there_is_one_window_up_to_the_end(void **state)
{
	struct window_spec spec = {.is_given = true, .format = WINDOW_EPOCH_MS};
	struct window w = {.from_ms = 7};

	(void)state;
	assert_true(window_next(&spec, NULL, 1, 90 * DAY, 91 * DAY, &w));
	assert_int_equal(w.from_ms, 1);
	assert_int_equal(w.to_ms, 90 * DAY);
	assert_false(w.is_open);
	assert_false(window_next(&spec, NULL, 5, 5, 5, &w));
	assert_int_equal(w.from_ms, 1);
}

static void a_window_is_open_while_its_end_as_told_is_to_come(void **state)
{
	struct window_spec spec = patterned(hours, GRAIN_HOUR);
	int64_t now = at("2024-09-03T10:20:00Z");
	struct window w;

	(void)state;
	spec.lag_ms = MINUTE;
	assert_true(window_next(&spec, NULL, now - HOUR, now - MINUTE, now, &w));
	assert_true(w.is_open); /* told: to 11:00 */
	assert_true(window_next(&spec, NULL, now - 2 * HOUR, at("2024-09-03T10:00:00Z"), now, &w));
	assert_false(w.is_open);
	assert_true(
		window_next(&spec, NULL, now - 2 * HOUR, at("2024-09-03T10:00:00.001Z"), now, &w));
	assert_true(w.is_open);
	/* the end has passed, the lag has not */
	assert_true(window_next(&spec, NULL, now - 2 * HOUR, at("2024-09-03T10:00:00Z"),
	                        at("2024-09-03T10:00:59Z"), &w));
	assert_true(w.is_open);
	assert_true(window_next(&spec, NULL, now - 2 * HOUR, at("2024-09-03T10:00:00Z"),
	                        at("2024-09-03T10:01:00Z"), &w));
	assert_false(w.is_open);
}

/* ---- as told ---- */

struct told_case {
	enum window_format format;
	const char *pattern;
	enum time_grain grain;
	bool is_closed;
	const char *zone, *from, *to;
	const char *text;
};

static void bounds_are_told_in_the_grain_of_the_format(void **state)
{
	static const struct told_case cases[] = {
		/* Ocamba: to the next full hour */
		{WINDOW_PATTERN, hours, GRAIN_HOUR, false, "UTC", "2024-09-03T08:15:00Z",
	         "2024-09-03T10:20:00Z", "2024-09-03 08:00:00|2024-09-03 11:00:00"},
		{WINDOW_PATTERN, hours, GRAIN_HOUR, false, "UTC", "2024-09-03T08:00:00Z",
	         "2024-09-03T10:00:00Z", "2024-09-03 08:00:00|2024-09-03 10:00:00"},
		{WINDOW_PATTERN, hours, GRAIN_HOUR, true, "UTC", "2024-09-03T08:00:00Z",
	         "2024-09-03T10:00:00Z", "2024-09-03 08:00:00|2024-09-03 09:00:00"},
		/* Everlytic: to today */
		{WINDOW_PATTERN, days, GRAIN_DAY, true, "Africa/Johannesburg",
	         "2024-09-01T22:00:00Z", "2024-09-03T10:20:00Z", "2024-09-02|2024-09-03"},
		{WINDOW_PATTERN, days, GRAIN_DAY, true, "Africa/Johannesburg",
	         "2024-09-01T22:00:00Z", "2024-09-02T22:00:00Z", "2024-09-02|2024-09-02"},
		{WINDOW_PATTERN, days, GRAIN_DAY, true, "Africa/Johannesburg",
	         "2024-09-02T21:59:59Z", "2024-09-02T22:00:00.001Z", "2024-09-02|2024-09-03"},
		{WINDOW_PATTERN, "%Y-%m-%dT%H:%M", GRAIN_MINUTE, false, "Asia/Kolkata",
	         "2024-09-03T08:15:59Z", "2024-09-03T10:20:01Z",
	         "2024-09-03T13:45|2024-09-03T15:51"},
		{WINDOW_PATTERN, "%Y-%m-%dT%H:%M", GRAIN_MINUTE, true, "Asia/Kolkata",
	         "2024-09-03T08:15:59Z", "2024-09-03T10:20:00Z",
	         "2024-09-03T13:45|2024-09-03T15:49"},
		{WINDOW_PATTERN, seconds, GRAIN_SECOND, true, "UTC", "2024-09-03T08:15:59Z",
	         "2024-09-03T10:20:00.500Z", "2024-09-03 08:15:59|2024-09-03 10:20:00"},
		/* Samba: the last millisecond */
		{WINDOW_EPOCH_MS, "", GRAIN_MS, true, "Europe/Prague", "2024-09-03T08:55:00Z",
	         "2024-09-03T09:55:00Z", "1725353700000|1725357299999"},
		{WINDOW_EPOCH_MS, "", GRAIN_MS, false, "UTC", "2024-09-03T08:55:00Z",
	         "2024-09-03T09:55:00.001Z", "1725353700000|1725357300001"},
		{WINDOW_EPOCH_S, "", GRAIN_MS, false, "UTC", "2024-09-03T08:55:00.999Z",
	         "2024-09-03T09:55:00.001Z", "1725353700|1725357301"},
		{WINDOW_EPOCH_S, "", GRAIN_MS, true, "UTC", "2024-09-03T08:55:00.999Z",
	         "2024-09-03T09:55:00.001Z", "1725353700|1725357300"},
		{WINDOW_RFC3339, "", GRAIN_MS, false, "Europe/Prague", "2024-09-03T08:55:00.999Z",
	         "2024-09-03T09:55:00.001Z", "2024-09-03T08:55:00Z|2024-09-03T09:55:01Z"},
		{WINDOW_RFC3339_MS, "", GRAIN_MS, true, "Europe/Prague", "2024-09-03T08:55:00.999Z",
	         "2024-09-03T09:55:00Z", "2024-09-03T08:55:00.999Z|2024-09-03T09:54:59.999Z"},
		/* The clock is set back at 01:00 UTC: never from 02:00 to 02:00, or to 01:59. */
		{WINDOW_PATTERN, hours, GRAIN_HOUR, false, "Europe/Prague", "2024-10-27T00:00:00Z",
	         "2024-10-27T01:00:00Z", "2024-10-27 02:00:00|2024-10-27 03:00:00"},
		{WINDOW_PATTERN, hours, GRAIN_HOUR, true, "Europe/Prague", "2024-10-27T00:00:00Z",
	         "2024-10-27T01:00:00Z", "2024-10-27 02:00:00|2024-10-27 02:00:00"},
		{WINDOW_PATTERN, hours, GRAIN_HOUR, false, "Europe/Prague", "2024-10-27T01:00:00Z",
	         "2024-10-27T02:00:00Z", "2024-10-27 02:00:00|2024-10-27 03:00:00"},
		{WINDOW_PATTERN, seconds, GRAIN_SECOND, false, "Europe/Prague",
	         "2024-10-27T00:30:00Z", "2024-10-27T01:15:00Z",
	         "2024-10-27 02:30:00|2024-10-27 03:15:00"},
		/* Set back by half an hour, it shows the same hour still. */
		{WINDOW_PATTERN, hours, GRAIN_HOUR, false, "Australia/Lord_Howe",
	         "2024-04-06T14:00:00Z", "2024-04-06T15:00:00Z",
	         "2024-04-07 01:00:00|2024-04-07 02:00:00"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct told_case *c = &cases[i];
		struct window_spec spec = patterned(c->pattern, c->grain);
		struct timestamp_zone *zone = zone_of(c->zone);
		struct window w = {.from_ms = at(c->from), .to_ms = at(c->to)};
		char text[100];

		spec.format = c->format;
		spec.is_closed = c->is_closed;
		told(&spec, zone, &w, text);
		assert_string_equal(text, c->text);
		timestamp_zone_free(zone);
	}
}

static void a_text_without_room_is_an_error(void **state)
{
	struct window_spec spec = patterned(seconds, GRAIN_SECOND);
	struct window w = {.from_ms = 0, .to_ms = DAY};
	struct buf b;

	(void)state;
	buf_init(&b, 18);
	assert_int_equal(window_print_from(&spec, NULL, &w, &b), ERR_LIMIT);
	assert_int_equal(window_print_to(&spec, NULL, &w, &b), ERR_LIMIT);
	buf_fini(&b);
}

/* ---- properties ---- */

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static const uint64_t steps[] = {0, 15 * MINUTE, HOUR, 5 * HOUR, 6 * HOUR, DAY, 36 * HOUR, 7 * DAY};

static const struct {
	const char *pattern;
	enum time_grain grain;
} formats[] = {{seconds, GRAIN_SECOND},
               {"%Y-%m-%d %H:%M", GRAIN_MINUTE},
               {hours, GRAIN_HOUR},
               {days, GRAIN_DAY}};

static void check_window(const struct window_spec *spec, const struct timestamp_zone *zone,
                         const struct window *w, int64_t now)
{
	int64_t most =
		spec->step_ms >= DAY ? (int64_t)spec->step_ms + HOUR : (int64_t)spec->step_ms;
	char text[100];
	struct window again;

	assert_true(w->to_ms > w->from_ms);
	assert_true(most == 0 || w->to_ms - w->from_ms <= most);

	/* never empty and never the wrong way round */
	told(spec, zone, w, text);
	size_t half = strlen(text) / 2;
	int order = strncmp(text, text + half + 1, half);

	if (spec->is_closed ? order > 0 : order >= 0)
		fail_msg("%s", text);

	/* read again, from anywhere in it, it has the same end */
	if (spec->step_ms == 0 || w->is_open)
		return;
	int64_t inside = w->from_ms + (w->to_ms - w->from_ms) / 2;

	assert_true(window_next(spec, zone, inside, now + 400 * DAY, now + 500 * DAY, &again));
	assert_true(again.to_ms >= w->to_ms);
}

static void check_again(const struct window_spec *spec, const struct timestamp_zone *zone,
                        const struct window *w, int64_t now)
{
	char text[100];
	char text_again[100];
	struct window again;
	struct window_spec ahead = *spec;

	ahead.lookback_ms = 0;
	int64_t begin = window_begin(&ahead, zone, w->to_ms - 1, now + DAY, false, true);

	assert_int_equal(begin, w->from_ms);
	assert_true(window_next(spec, zone, begin, now + DAY, now + DAY, &again));
	assert_int_equal(again.to_ms, w->to_ms);
	told(spec, zone, w, text);
	told(spec, zone, &again, text_again);
	assert_string_equal(text, text_again);
}

static void check_run(const struct window_spec *spec, const struct timestamp_zone *zone,
                      int64_t watermark, int64_t now)
{
	int64_t until = now - (int64_t)spec->lag_ms;
	int64_t begin = window_begin(spec, zone, watermark, now, false, false);
	int64_t reached = begin;
	struct window w;

	while (window_next(spec, zone, reached, until, now, &w)) {
		assert_int_equal(w.from_ms, reached);
		assert_true(w.to_ms <= until);
		check_window(spec, zone, &w, now);
		if (reached != begin && w.to_ms != until && spec->step_ms > 0)
			check_again(spec, zone, &w, now);
		reached = w.to_ms;
	}
	assert_true(reached == until || begin > until);
}

static void check_zone(const char *name, const char *change, uint64_t *seed)
{
	struct timestamp_zone *zone = zone_of(name);

	for (int n = 0; n < 150; n++) {
		uint64_t r = next_random(seed);
		size_t f = (size_t)(r >> 8) % 4;
		struct window_spec spec = patterned(formats[f].pattern, formats[f].grain);
		int64_t watermark =
			at(change) - 5 * DAY + (int64_t)(next_random(seed) % (10 * DAY));
		int64_t length = (int64_t)(next_random(seed) % (10 * DAY));

		if (r & 1) /* on a border */
			watermark -= watermark % HOUR;
		spec.is_closed = (r & 2) != 0;
		spec.lag_ms = r & 4 ? MINUTE : 0;
		spec.lookback_ms = r & 8 ? next_random(seed) % (2 * DAY) : 0;
		spec.step_ms = steps[(r >> 16) % 8];
		if (spec.step_ms == 15 * MINUTE)
			length /= 8;
		check_run(&spec, zone, watermark, watermark + length);
	}
	timestamp_zone_free(zone);
}

static void the_windows_of_a_run_tile_its_time(void **state)
{
	static const char *const changes[][2] = {
		{"Europe/Prague", "2024-03-31T01:00:00Z"},
		{"Europe/Prague", "2024-10-27T01:00:00Z"},
		{"Africa/Johannesburg", "2024-03-31T01:00:00Z"},
		{"America/New_York", "2024-03-10T07:00:00Z"},
		{"America/New_York", "2024-11-03T06:00:00Z"},
		{"Asia/Kolkata", "2024-12-31T18:30:00Z"},
		{"America/Sao_Paulo", "2018-11-04T03:00:00Z"},
		{"America/Sao_Paulo", "2018-02-18T02:00:00Z"},
		{"America/St_Johns", "2010-11-07T02:31:00Z"},
		{"Australia/Lord_Howe", "2024-04-06T15:00:00Z"},
		{"Australia/Lord_Howe", "2024-10-05T15:30:00Z"},
		{"Pacific/Apia", "2011-12-30T10:00:00Z"},
		{"UTC", "2024-02-29T00:00:00Z"},
	};
	uint64_t seed = 1725353700000;

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		check_zone(changes[i][0], changes[i][1], &seed);
}

static void absurd_times_and_lengths_break_nothing(void **state)
{
	static const int64_t times[] = {INT64_MIN,     -1,       0, 1, 1725353700000,
	                                7258118399999, INT64_MAX};
	static const uint64_t lengths[] = {0, 1, DAY, 40000 * DAY, UINT64_MAX};
	struct timestamp_zone *zone = zone_of("America/New_York");
	struct window w;

	(void)state;
	for (size_t i = 0; i < (size_t)7 * 7 * 5; i++) {
		int64_t from = times[i % 7];
		int64_t now = times[i / 7 % 7];
		uint64_t length = lengths[i / 49];
		struct window_spec spec = patterned(days, GRAIN_DAY);

		spec.start_ms = spec.step_ms = spec.max_ms = spec.lag_ms = length;
		spec.lookback_ms = spec.deep_ms = length;
		assert_true(window_begin(&spec, zone, from, now, true, false) >= 0);
		(void)window_begin(&spec, zone, from, now, true, true);
		if (window_next(&spec, zone, from, now, now, &w))
			assert_true(w.from_ms == from && w.to_ms > from && w.to_ms <= now);
		(void)window_clamp(&spec, now, &from);
	}
	timestamp_zone_free(zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_begins_where_the_last_one_ended),
		cmocka_unit_test(a_watermark_past_now_counts_as_now),
		cmocka_unit_test(a_window_that_is_read_whole_begins_at_its_border),
		cmocka_unit_test(what_the_vendor_no_longer_has_is_not_asked_for),
		cmocka_unit_test(steps_are_cut_at_the_midnights_of_the_zone),
		cmocka_unit_test(a_zone_that_skips_midnight_has_its_days),
		cmocka_unit_test(parts_of_a_day_begin_at_midnight),
		cmocka_unit_test(weeks_are_cut_at_the_same_midnights_by_every_run),
		cmocka_unit_test(without_a_step_there_is_one_window_up_to_the_end),
		cmocka_unit_test(a_window_is_open_while_its_end_as_told_is_to_come),
		cmocka_unit_test(bounds_are_told_in_the_grain_of_the_format),
		cmocka_unit_test(a_text_without_room_is_an_error),
		cmocka_unit_test(the_windows_of_a_run_tile_its_time),
		cmocka_unit_test(absurd_times_and_lengths_break_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
