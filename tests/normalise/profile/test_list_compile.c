/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD "profile: t\nvars: {tz: }\nbase: https://a\nlists:\n  l:\n"
#define PATH "    request: {path: /x}\n"

static const struct refused_case lists[] = {
	{"    value: /id\n", 1, "\"request\" is missing"},
	{PATH, 1, "\"value\" is missing"},
	{PATH "    value: id\n", 2, "no value"},
	{PATH "    value: {at: /id, do: [time]}\n", 2, "time is for maps"},
	{PATH "    value: {at: [/id, /b], do: [zip]}\n", 2, "zip is for a field of pairs"},
	{PATH "    value: /id\n    map: m\n", 3, "unknown key \"map\""},
	{PATH "    value: /id\n    every: 0s\n", 3, "expected a duration"},
	{PATH "    value: /id\n    when: {at: /a}\n", 3, "\"is_not\" or \"exists\""},
	{PATH "    value: /id\n    after: {as: [rfc3339]}\n", 3, "\"at\" is missing"},
	{PATH "    value: /id\n    after: {at: /t}\n", 3, "\"as\" is missing"},
	{PATH "    value: /id\n    after: {at: /t, as: [\"%Y-%m-%d\"]}\n", 3, "tz: UTC"},
	{PATH "    value: /id\n    after: {at: /t, as: [rfc3339], tz: Mars}\n", 3,
         "no such time zone"},
	{PATH "    value: /id\n    until: {at: /t, as: [rfc3339], plus: 7}\n", 3, "such as 7d"},
	{PATH "    value: /id\n    until: {at: /t, as: [rfc3339], is: received}\n", 3,
         "unknown key \"is\""},
	{PATH "    value: /id\n    decode: {as: json-stream}\n", 3, "auto or json"},
	{PATH "    value: /id\n    decode: {as: form}\n", 3, "auto or json"},
	{PATH "    value: /id\n    page: {kind: number}\n", 3, "${page} is not used"},
	{PATH "    value: /id\n    ok: {}\n", 3, "expected {at"},
	{"    request: {path: \"/${from}\"}\n    value: /id\n", 1, "needs a report with a window"},
	{"    request: {path: \"/${l}\"}\n    value: /id\n", 1, "no such name ${l}"},
};

static void lists_are_checked_with_their_line(void **state)
{
	static const struct refused_case tops[] = {
		{"lists: [a]\n", 1, "expected {name"},
		{"lists: {l: /x}\n", 1, "expected keys"},
	};

	(void)state;
	ASSERT_REFUSED(HEAD, "", 5, lists);
	ASSERT_REFUSED("profile: t\n", "", 1, tops);
}

static void defaults_are_those_of_the_page(void **state)
{
	struct profile *p = profile_good(HEAD PATH "    value: /id\n");
	const struct list_spec *l = profile_list(p, STR_LIT("l"));

	(void)state;
	assert_string_equal(l->name, "l");
	assert_int_equal(l->every_ms, 15 * 60000);
	assert_int_equal(l->page.kind, PAGE_NONE);
	assert_null(l->when);
	assert_null(l->after.rule);
	assert_null(l->until.rule);
	assert_non_null(l->value);
	assert_null(profile_list(p, STR_LIT("m")));
	profile_free(p);
}

static void every_word_is_taken(void **state)
{
	struct profile *p = profile_good(
		HEAD "    request: {path: /x, query: {o: \"${offset}\"}}\n"
		     "    ok: {at: /ok, is: \"true\"}\n    page: {kind: offset, size: 10}\n"
		     "    decode: {as: json, records: /data/*}\n    value: [/id, /uuid]\n"
		     "    when: [{at: /kind, is: sms}, {at: /sent, exists: true}]\n"
		     "    after: {at: /from, as: [\"%Y-%m-%d\"], tz: \"${tz}\", plus: -12h}\n"
		     "    until: {at: /to, as: [epoch_s], plus: 7d}\n    every: 1h\n");
	const struct list_spec *l = profile_list(p, STR_LIT("l"));

	(void)state;
	assert_int_equal(l->every_ms, 3600000);
	assert_int_equal(l->page.kind, PAGE_OFFSET);
	assert_int_equal(l->page.size, 10);
	assert_non_null(l->ok.at);
	assert_int_equal(l->decode.as, DECODE_JSON);
	assert_non_null(l->decode.records);
	assert_non_null(l->when);
	assert_non_null(l->after.rule);
	assert_int_equal(l->after.plus_ms, -12 * 3600000);
	assert_non_null(l->until.rule);
	assert_int_equal(l->until.plus_ms, 7 * 86400000);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_checked_with_their_line),
		cmocka_unit_test(defaults_are_those_of_the_page),
		cmocka_unit_test(every_word_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
