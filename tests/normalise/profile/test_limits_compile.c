/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/profile_text.h"

static const struct refused_case limits[] = {
	{"limits: 10/1s\n", 1, "expected keys"},
	{"limits: {rates: 10/1s}\n", 1, "did you mean \"rate\""},
	{"limits: {rate: 10}\n", 1, "such as 10/1s"},
	{"limits: {rate: 10/s}\n", 1, "such as 10/1s"},
	{"limits: {rate: 0/1s}\n", 1, "such as 10/1s"},
	{"limits: {rate: 10/0s}\n", 1, "such as 10/1s"},
	{"limits: {rate: -1/1s}\n", 1, "such as 10/1s"},
	{"limits: {rate: 10/1w}\n", 1, "such as 10/1s"},
	{"limits: {rate: []}\n", 1, "1 to 4 rates"},
	{"limits: {rate: [1/1s, 2/2s, 3/3s, 4/4s, 5/5s]}\n", 1, "1 to 4 rates"},
	{"limits: {rate: [1/1s, [2/2s]]}\n", 1, "such as 10/1s"},
	{"limits: {parallel: 0}\n", 1, "from 1 to 64"},
	{"limits: {parallel: 65}\n", 1, "from 1 to 64"},
	{"limits: {timeout: 0s}\n", 1, "a duration such as"},
	{"limits: {timeout: 10}\n", 1, "a duration such as"},
	{"limits: {timeout: 4000d}\n", 1, "a duration such as"},
	{"limits: {body: 16MB}\n", 1, "a size such as"},
	{"limits: {body: 0B}\n", 1, "a size such as"},
	{"limits: {pages: 0}\n", 1, "expected a number from 1"},
	{"limits: {retry: 4}\n", 1, "expected keys"},
	{"limits: {retry: {max: 101}}\n", 1, "from 0 to 100"},
	{"limits: {retry: {backoff: 1s}}\n", 1, "such as 1s..2m"},
	{"limits: {retry: {backoff: 1s.2m}}\n", 1, "such as 1s..2m"},
	{"limits: {retry: {backoff: 2m..1s}}\n", 1, "such as 1s..2m"},
	{"limits: {retry: {backoff: 0s..1s}}\n", 1, "such as 1s..2m"},
	{"limits: {retry: {backoff: ..}}\n", 1, "such as 1s..2m"},
	{"limits: {throttled: {status: 403}}\n", 1, "expected a list"},
	{"limits: {throttled: []}\n", 1, "expected a list"},
	{"limits: {throttled: [{}]}\n", 1, "\"status\" or \"at\""},
	{"limits: {throttled: [{until: midnight}]}\n", 1, "\"status\" or \"at\""},
	{"limits: {throttled: [{status: 200}]}\n", 1, "from 300 to 599"},
	{"limits: {throttled: [{at: /a}]}\n", 1, "\"is_not\" or \"exists\""},
	{"limits: {throttled: [{is: a}]}\n", 1, "\"at\" is missing"},
	{"limits: {throttled: [{at: a, is: b}]}\n", 1, "no value"},
	{"limits: {throttled: [{at: /a, is: b, do: [time]}]}\n", 1, "time is for maps"},
	{"limits: {throttled: [{status: 403, until: noon}]}\n", 1, "expected midnight"},
	{"limits: {throttled: [{status: 403, statu: 1}]}\n", 1, "did you mean \"status\""},
	{"hosts: files.example.com\n", 1, "expected a list"},
	{"hosts: []\n", 1, "expected a list"},
	{"hosts: [a, b, c, d, e, f, g, h, i]\n", 1, "1 to 8"},
	{"hosts: [https://a]\n", 1, "expected a host"},
	{"hosts: [a.example/x]\n", 1, "expected a host"},
	{"hosts: [\"a.example:\"]\n", 1, "expected a host"},
	{"hosts: [\"a.example:65536\"]\n", 1, "expected a host"},
	{"hosts: [.example]\n", 1, "expected a host"},
	{"hosts: [\"*.example\"]\n", 1, "expected a host"},
	{"hosts: [\"\"]\n", 1, "expected a host"},
};

static void limits_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED("profile: t\n", "", 1, limits);
}

static void defaults_are_those_of_the_page(void **state)
{
	struct profile *p = profile_good("profile: t\n");
	const struct limits_spec *l = profile_limits(p);

	(void)state;
	assert_int_equal(l->rate_count, 0);
	assert_int_equal(l->parallel, 1);
	assert_int_equal(l->timeout_ms, 120000);
	assert_int_equal(l->stream_timeout_ms, 3600000);
	assert_int_equal(l->body_max, 16 << 20);
	assert_int_equal(l->stream_body_max, (uint64_t)4 << 30);
	assert_int_equal(l->pages_max, 100000);
	assert_int_equal(l->retry_max, 4);
	assert_int_equal(l->backoff_min_ms, 1000);
	assert_int_equal(l->backoff_max_ms, 120000);
	assert_int_equal(l->throttle_count, 0);
	assert_int_equal(profile_host_count(p), 0);
	assert_int_equal(profile_host_at(p, 0).len, 0);
	profile_free(p);
}

static void every_word_is_taken(void **state)
{
	struct profile *p = profile_good(
		"profile: t\nhosts: [files.example.com, \"127.0.0.1:81\"]\nlimits:\n"
		"  rate: [10/1s, 150/1m]\n  parallel: 3\n  timeout: 30s\n  body: 1MiB\n  pages: 7\n"
		"  retry: {max: 0, backoff: 5ms..1h}\n"
		"  throttled:\n    - {status: 403, at: /error, do: [lower], is: [quota, rate]}\n"
		"    - {at: /quota, exists: true, until: midnight}\n    - {status: 420}\n");
	const struct limits_spec *l = profile_limits(p);

	(void)state;
	assert_int_equal(l->rate_count, 2);
	assert_int_equal(l->rates[1].count, 150);
	assert_int_equal(l->rates[1].per_ms, 60000);
	assert_int_equal(l->parallel, 3);
	assert_int_equal(l->timeout_ms, 30000);
	assert_int_equal(l->stream_timeout_ms, 30000);
	assert_int_equal(l->body_max, 1 << 20);
	assert_int_equal(l->stream_body_max, 1 << 20);
	assert_int_equal(l->pages_max, 7);
	assert_int_equal(l->retry_max, 0);
	assert_int_equal(l->backoff_min_ms, 5);
	assert_int_equal(l->backoff_max_ms, 3600000);
	assert_int_equal(l->throttle_count, 3);
	assert_int_equal(l->throttles[0].status, 403);
	assert_non_null(l->throttles[0].when);
	assert_false(l->throttles[0].until_midnight);
	assert_int_equal(l->throttles[1].status, 0);
	assert_true(l->throttles[1].until_midnight);
	assert_null(l->throttles[2].when);
	assert_int_equal(profile_host_count(p), 2);
	assert_true(str_eq(profile_host_at(p, 1), STR_LIT("127.0.0.1:81")));
	profile_free(p);
}

static void one_rate_needs_no_list(void **state)
{
	struct profile *p = profile_good("profile: t\nlimits: {rate: 4/1s}\n");

	(void)state;
	assert_int_equal(profile_limits(p)->rate_count, 1);
	assert_int_equal(profile_limits(p)->rates[0].count, 4);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_are_checked_with_their_line),
		cmocka_unit_test(defaults_are_those_of_the_page),
		cmocka_unit_test(every_word_is_taken),
		cmocka_unit_test(one_rate_needs_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
