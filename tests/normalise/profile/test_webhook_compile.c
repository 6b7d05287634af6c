/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

#define HEAD "profile: t\nmaps: {m: {status: {is: sent}}, n: {status: {is: opened}}}\nwebhooks:\n"

static const struct refused_case webhooks[] = {
	{"  Hook: {map: m}\n", 1, "lower-case letters"},
	{"  hook: m\n", 1, ""},
	{"  hook: {}\n", 1, "\"map\" is missing"},
	{"  hook: {map: o}\n", 1, "no such map \"o\""},
	{"  hook: {map: []}\n", 1, "at least one map"},
	{"  hook: {map: [m, [n]]}\n", 1, "name of a map"},
	{"  hook: {map: m, method: [GET]}\n", 1, "did you mean \"methods\""},
	{"  hook: {map: m, methods: POST}\n", 1, "expected a list"},
	{"  hook: {map: m, methods: [HEAD]}\n", 1, "expected POST, GET"},
	{"  hook: {map: m, methods: [post]}\n", 1, "expected POST, GET"},
	{"  hook: {map: m, verify: basic}\n", 1, "expected a list"},
	{"  hook: {map: m, verify: [{kind: magic}]}\n", 1, "expected kind: basic"},
	{"  hook: {map: m, verify: [{}]}\n", 1, "expected kind: basic"},
	{"  hook: {map: m, invalid: 404}\n", 1, "expected 200 or 400"},
	{"  hook: {map: m, invalid: ok}\n", 1, "HTTP status"},
	{"  hook: {map: m, later: 200}\n", 1, "from 400 to 599"},
	{"  hook: {map: m, later: 600}\n", 1, "from 400 to 599"},
	{"  hook: {map: m, reply: ok}\n", 1, ""},
	{"  hook: {map: m, reply: {type: \"a\\r\\nX: y\"}}\n", 1, "one line"},
	{"  hook: {map: m, reply: {type: \"\"}}\n", 1, "a media type"},
	{"  hook: {map: m, reply: {body: [x]}}\n", 1, "expected a text"},
	{"  hook: {map: m, own_map: maybe}\n", 1, "expected allowed or required"},
};

static void webhooks_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", 3, webhooks);
}

static void defaults_are_those_of_the_contract(void **state)
{
	struct profile *p = profile_good(HEAD "  hook: {map: m}\n");
	const struct profile_source *w = profile_webhook(p, STR_LIT("hook"));

	(void)state;
	assert_int_equal(w->methods, METHOD_POST);
	assert_int_equal(w->invalid, 400);
	assert_int_equal(w->later, 503);
	assert_string_equal(w->reply_type, "application/json");
	assert_string_equal(w->reply_body, "{\"status\":\"accepted\"}");
	assert_false(w->takes_map);
	assert_false(w->map_required);
	assert_int_equal(w->map_count, 1);
	profile_free(p);
}

static void every_key_is_taken(void **state)
{
	struct profile *p = profile_good(
		HEAD "  hook: {map: [n, m], methods: [GET, POST, PUT, PATCH, DELETE], verify: "
		     "[{kind: basic}], invalid: 200, later: 429, own_map: required,\n"
		     "    reply: {type: text/html, body: \"\"}}\n");
	const struct profile_source *w = profile_webhook(p, STR_LIT("hook"));

	(void)state;
	assert_int_equal(w->methods,
	                 METHOD_POST | METHOD_GET | METHOD_PUT | METHOD_PATCH | METHOD_DELETE);
	assert_int_equal(w->invalid, 200);
	assert_int_equal(w->later, 429);
	assert_string_equal(w->reply_type, "text/html");
	assert_string_equal(w->reply_body, "");
	assert_true(w->takes_map);
	assert_true(w->map_required);
	assert_int_equal(w->map_count, 2);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(webhooks_are_checked_with_their_line),
		cmocka_unit_test(defaults_are_those_of_the_contract),
		cmocka_unit_test(every_key_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
