/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD                                                            \
	"profile: t\nvars: {tz: {default: UTC}}\nbase: https://a\n"     \
	"maps: {m: {status: {is: sent}}}\nreports:\n  r:\n    map: m\n" \
	"    request: {path: /x, query: {a: \"${from}\", b: \"${to}\"}}\n"

static const struct refused_case windows[] = {
	{"    window: 7d\n", 1, "expected keys"},
	{"    window: {begin: -7d}\n", 1, "unknown key \"begin\""},
	{"    window: {start: 7d}\n", 1, "such as -7d"},
	{"    window: {start: -7}\n", 1, "such as -7d"},
	{"    window: {start: -0d}\n", 1, "such as -7d"},
	{"    window: {start: -99999d}\n", 1, "such as -7d"},
	{"    window: {start: [-7d]}\n", 1, "such as -7d"},
	{"    window: {step: -1d}\n", 1, "expected a duration"},
	{"    window: {step: 0s}\n", 1, "expected a duration"},
	{"    window: {max: 10}\n", 1, "expected a duration"},
	{"    window: {lag: }\n", 1, "expected a duration"},
	{"    window: {lookback: 1w}\n", 1, "expected a duration"},
	{"    window: {deep: 7d}\n", 1, "expected keys"},
	{"    window: {deep: {every: 1d}}\n", 1, "expected {every: 1d, lookback: 7d}"},
	{"    window: {deep: {every: 0d, lookback: 1d}}\n", 1, "expected a duration"},
	{"    window: {bounds: \"(]\"}\n", 1, "expected [) or []"},
	{"    window: {bounds: []}\n", 1, "expected [) or []"},
	{"    window: {format: rfc339}\n", 1, "or a pattern"},
	{"    window: {format: rfc2822}\n", 1, "or a pattern"},
	{"    window: {format: }\n", 1, "a time format"},
	{"    window: {format: \"%y-%m-%d\"}\n", 1, "unknown conversion"},
	{"    window: {format: \"%Y-%m\"}\n", 1, "leaves out a unit"},
	{"    window: {format: \"%Y-%m-%d %M\"}\n", 1, "leaves out a unit"},
	{"    window: {tz: Europe/Lundon}\n", 1, "no such time zone \"Europe/Lundon\""},
	{"    window: {tz: \"${zone}\"}\n", 1, "no such variable \"zone\""},
	{"    window: {tz: }\n", 1, "a time zone"},
};

static void windows_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", 8, windows);
}

static const struct window_spec *window_of(const struct profile *p)
{
	return &profile_report(p, STR_LIT("r"))->window;
}

static void defaults_are_those_of_the_page(void **state)
{
	struct profile *p = profile_good(HEAD "    window: {}\n");
	const struct window_spec *w = window_of(p);

	(void)state;
	assert_true(w->is_given);
	assert_int_equal(w->start_ms, 7 * 86400000);
	assert_int_equal(w->step_ms, 0);
	assert_int_equal(w->max_ms, 0);
	assert_int_equal(w->lag_ms, 0);
	assert_int_equal(w->lookback_ms, 0);
	assert_int_equal(w->deep_every_ms, 0);
	assert_int_equal(w->deep_ms, 0);
	assert_false(w->is_closed);
	assert_int_equal(w->format, WINDOW_RFC3339);
	assert_int_equal(w->grain, GRAIN_SECOND);
	assert_true(str_eq(w->tz, STR_LIT("UTC")));
	profile_free(p);
}

static void every_word_is_taken(void **state)
{
	struct profile *p = profile_good(
		HEAD "    window: {start: -90d, step: 1d, max: 30d, lag: 10m, lookback: 48h, "
		     "deep: {every: 1d, lookback: 7d}, bounds: \"[]\", format: \"%Y-%m-%d\", "
		     "tz: \"${tz}\"}\n");
	const struct window_spec *w = window_of(p);

	(void)state;
	assert_int_equal(w->start_ms, (uint64_t)90 * 86400000);
	assert_int_equal(w->step_ms, 86400000);
	assert_int_equal(w->max_ms, (uint64_t)30 * 86400000);
	assert_int_equal(w->lag_ms, 600000);
	assert_int_equal(w->lookback_ms, 2 * 86400000);
	assert_int_equal(w->deep_every_ms, 86400000);
	assert_int_equal(w->deep_ms, 7 * 86400000);
	assert_true(w->is_closed);
	assert_int_equal(w->format, WINDOW_PATTERN);
	assert_true(str_eq(w->pattern, STR_LIT("%Y-%m-%d")));
	assert_int_equal(w->grain, GRAIN_DAY);
	assert_true(str_eq(w->tz, STR_LIT("${tz}")));
	profile_free(p);
}

static void a_format_says_its_grain(void **state)
{
	static const struct {
		const char *format;
		enum window_format wanted;
		enum time_grain grain;
	} rows[] = {
		{"rfc3339", WINDOW_RFC3339, GRAIN_SECOND},
		{"rfc3339ms", WINDOW_RFC3339_MS, GRAIN_MS},
		{"epoch_s", WINDOW_EPOCH_S, GRAIN_SECOND},
		{"epoch_ms", WINDOW_EPOCH_MS, GRAIN_MS},
		{"%Y-%m-%d %H:00:00", WINDOW_PATTERN, GRAIN_HOUR},
		{"%Y%m%d%H%M", WINDOW_PATTERN, GRAIN_MINUTE},
		{"%d.%m.%Y %H:%M:%S", WINDOW_PATTERN, GRAIN_SECOND},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1000];

		(void)snprintf(text, sizeof(text), "%s    window: {format: \"%s\"}\n", HEAD,
		               rows[i].format);

		struct profile *p = profile_good(text);

		assert_int_equal(window_of(p)->format, rows[i].wanted);
		assert_int_equal(window_of(p)->grain, rows[i].grain);
		profile_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_checked_with_their_line),
		cmocka_unit_test(defaults_are_those_of_the_page),
		cmocka_unit_test(every_word_is_taken),
		cmocka_unit_test(a_format_says_its_grain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
