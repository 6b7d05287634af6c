/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD                                                                            \
	"profile: t\nvars: {key: }\nbase: https://a\nmaps: {m: {status: {is: sent}}}\n" \
	"webhooks:\n  plain: {map: m}\n  hook:\n    map: m\n    register:\n"
#define CREATE "      create: {method: POST, path: /hooks, json: {url: \"${hook.url}\"}}\n"

static const struct refused_case registers[] = {
	{"      update: {path: /x}\n", 1, "\"create\" is missing"},
	{"      create: /x\n", 1, "expected keys"},
	{"      remove: {path: /x}\n", 1, "unknown key \"remove\""},
	{"      create: {path: \"/${hook.id}\"}\n", 1, "\"update\" and \"delete\""},
	{"      create: {path: \"/${hook.uri}\"}\n", 1, "did you mean ${hook.url}?"},
	{"      create: {path: \"/${from}\"}\n", 1, "needs a report with a window"},
	{CREATE "      update: {}\n", 2, "\"path\" is missing"},
	{CREATE "      list: {id: /id}\n", 2, "\"request\" is missing"},
	{CREATE "      list: {request: {path: /x}, id: id}\n", 2, "no value"},
	{CREATE "      list: {request: {path: /x}, value: /id}\n", 2, "unknown key \"value\""},
	{CREATE "      list: {request: {path: \"/${hook.id}\"}}\n", 2, "\"update\" and \"delete\""},
	{CREATE "      list: {request: {path: /x}, page: {kind: number}}\n", 2, "is not used"},
	{CREATE "      list: {request: {path: /x}, decode: {as: query}}\n", 2, "auto or json"},
	{CREATE
         "      ok: {at: /a, is: b}\n      list: {request: {path: /x}, ok: {at: /a, is: b}}\n",
         3, "for all requests above"},
	{CREATE "      ok: {at: /a}\n", 2, "expected {at"},
};

static void registrations_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", 9, registers);
}

static void every_word_is_taken(void **state)
{
	struct profile *p = profile_good(
		HEAD CREATE
		"      update: {method: PUT, path: \"/hooks/${hook.id}\", form: {u: "
		"\"${hook.user}\", p: "
		"\"${hook.pass}\"}}\n      delete: {method: DELETE, path: \"/hooks/${hook.id}\"}\n"
		"      list:\n        request: {path: /hooks, query: {p: \"${page}\"}}\n"
		"        ok: {at: /result, is: success}\n        page: {kind: number}\n"
		"        decode: {as: json, records: /data/*}\n        id: /id\n        url: /url\n"
		"        status: /status\n        events: [/events, /types]\n");
	const struct register_spec *r = profile_register(p, STR_LIT("hook"));

	(void)state;
	assert_non_null(r);
	assert_string_equal(r->create.method, "POST");
	assert_true(r->has_update);
	assert_int_equal(r->update.form_count, 2);
	assert_true(r->has_remove);
	assert_string_equal(r->remove.method, "DELETE");
	assert_true(r->has_list);
	assert_int_equal(r->list_page.kind, PAGE_NUMBER);
	assert_int_equal(r->list_decode.as, DECODE_JSON);
	assert_non_null(r->id);
	assert_non_null(r->url);
	assert_non_null(r->status);
	assert_non_null(r->events);
	assert_non_null(r->ok.at);
	assert_null(profile_register(p, STR_LIT("plain")));
	assert_null(profile_register(p, STR_LIT("nope")));
	profile_free(p);
}

static void create_alone_is_enough(void **state)
{
	struct profile *p = profile_good(HEAD CREATE "      ok: {at: /a, is: b}\n");
	const struct register_spec *r = profile_register(p, STR_LIT("hook"));

	(void)state;
	assert_false(r->has_update || r->has_remove || r->has_list);
	assert_null(r->id);
	assert_non_null(r->ok.at);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registrations_are_checked_with_their_line),
		cmocka_unit_test(every_word_is_taken),
		cmocka_unit_test(create_alone_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
