/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD                                                                                     \
	"profile: t\nvars: {tz: }\nbase: https://a\nmaps: {m: {status: {is: sent}}}\n"           \
	"lists: {campaigns: {request: {path: /c}, value: /id}}\nreports:\n"                      \
	"  plain: {map: m, request: {path: /p}, page: {kind: link, next: /n}, ok: {at: /a, is: " \
	"b}, "                                                                                   \
	"decode: {as: json, records: /d/*}}\n"                                                   \
	"  windowed: {map: m, window: {}, request: {path: \"/${from}\"}}\n"                      \
	"  stream: {map: m, request: {path: /s}, decode: {as: json-stream}}\n"
#define HEAD_LINES 9
#define X          "  r:\n    map: m\n    request: {path: \"/${x}\"}\n"

static const struct refused_case loops[] = {
	{X "    each: [x]\n", 4, "expected {name: loop}"},
	{X "    each: {}\n", 4, "expected {name: loop}"},
	{X "    each: {x: [1], b: [1], c: [1], d: [1], e: [1]}\n", 4, "at most 4"},
	{X "    each: {x: []}\n", 4, "at least one word"},
	{X "    each: {x: [[a]]}\n", 4, "a word"},
	{X "    each: {x: a}\n", 4, "expected [values]"},
	{X "    each: {x: }\n", 4, "expected [values]"},
	{X "    each: {x: {lists: campaigns}}\n", 4, "did you mean \"list\""},
	{X "    each: {x: {list: campains}}\n", 4, "did you mean \"campaigns\""},
	{X "    each: {x: {list: qqqqqqqqqqqq}}\n", 4, "no such list"},
	{X "    each: {x: {list: [campaigns]}}\n", 4, "the name of a list"},
	{X "    each: {x: {list: campaigns, at: /x}}\n", 4, "unknown key \"at\""},
	{X "    each: {x: {seen: message}}\n", 4, "expected campaign"},
	{X "    each: {x: {seen: campaign, for: 9}}\n", 4, "expected a duration"},
	{X "    each: {x: {seen: campaign, list: campaigns}}\n", 4, "unknown key \"list\""},
	{X "    each: {x: {report: plain}}\n", 4, "\"at\" is missing"},
	{X "    each: {x: {report: plain, at: id}}\n", 4, "no value"},
	{X "    each: {x: {report: plane, at: /id}}\n", 4, "no such report \"plane\""},
	{X "    each: {x: {report: [plain], at: /id}}\n", 4, "the name of a report"},
	{X "    each: {x: {report: r, at: /id}}\n", 4, "has loops of its own"},
	{X "    each: {x: {report: windowed, at: /id}}\n", 4, "has a window"},
	{X "    each: {x: {report: stream, at: /id}}\n", 4, "is a stream"},
	{X "    each: {x: [1], tz: [1]}\n", 4, "a variable in vars already"},
	{X "    each: {x: [1], page: [1]}\n", 4, "a name that requests use"},
	{X "    each: {x: [1], hook.url: [1]}\n", 4, "letters, digits"},
	{X "    each: {x: [1], \"\": [1]}\n", 4, "is empty"},
	{X "    each: {x: [1], y: [1]}\n", 4, "${y} is not used in the request"},
	{X "    each: {y: [1]}\n", 3, "no such name ${x}"},
	{X, 3, "no such name ${x}"},
};

static void loops_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", HEAD_LINES, loops);
}

static void every_kind_is_taken(void **state)
{
	struct profile *p = profile_good(
		HEAD
		"  r:\n    map: m\n    request: {path: \"/${a}/${b}\", query: {c: \"${c}\", d: "
		"\"${d:int}\"}}\n    each: {a: [sends, opens], b: {list: campaigns}, c: {seen: "
		"campaign}, d: {}}\n  s:\n    map: m\n    request: {path: \"/${a}/${b}\"}\n"
		"    each: {a: {seen: campaign, for: 90d}, b: {report: plain, at: [/id, /x]}}\n");
	const struct profile_report *r = profile_report(p, STR_LIT("r"));
	const struct profile_report *s = profile_report(p, STR_LIT("s"));
	const struct profile_report *plain = profile_report(p, STR_LIT("plain"));

	(void)state;
	assert_int_equal(r->each_count, 4);
	assert_string_equal(r->each[0].name, "a");
	assert_int_equal(r->each[0].kind, EACH_VALUES);
	assert_int_equal(r->each[0].value_count, 2);
	assert_true(str_eq(r->each[0].values[1], STR_LIT("opens")));
	assert_int_equal(r->each[1].kind, EACH_LIST);
	assert_ptr_equal(r->each[1].list, profile_list(p, STR_LIT("campaigns")));
	assert_int_equal(r->each[2].kind, EACH_SEEN);
	assert_int_equal(r->each[2].seen_ms, (uint64_t)30 * 86400000);
	assert_int_equal(r->each[3].kind, EACH_CONFIGURED);
	assert_int_equal(s->each[0].seen_ms, (uint64_t)90 * 86400000);
	assert_int_equal(s->each[1].kind, EACH_LIST);
	assert_string_equal(s->each[1].list->name, "plain");
	assert_true(str_eq(s->each[1].list->request.path, STR_LIT("/p")));
	assert_int_equal(s->each[1].list->page.kind, PAGE_LINK);
	assert_ptr_equal(s->each[1].list->ok.at, plain->ok.at);
	assert_ptr_equal(s->each[1].list->decode.records, plain->source.decode.records);
	assert_non_null(s->each[1].list->value);
	assert_int_equal(s->each[1].list->every_ms, 15 * 60000);
	profile_free(p);
}

static void a_report_further_down_can_be_a_list(void **state)
{
	struct profile *p = profile_good(
		HEAD X "    each: {x: {report: z, at: /id}}\n  z: {map: m, request: {path: /z}}\n");

	(void)state;
	assert_string_equal(profile_report(p, STR_LIT("r"))->each[0].list->name, "z");
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops_are_checked_with_their_line),
		cmocka_unit_test(every_kind_is_taken),
		cmocka_unit_test(a_report_further_down_can_be_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
