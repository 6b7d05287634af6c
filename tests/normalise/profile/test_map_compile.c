/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

static const struct refused_case maps[] = {
	{"  m: {}\n", 1, "\"status\" is missing"},
	{"  m: x\n", 1, ""},
	{"  m: {status: {}}\n", 1, "expected \"at\" or \"is\""},
	{"  m: {status: {is: gone}}\n", 1, "none of our 18"},
	{"  m: {status: {is: Sent}}\n", 1, "none of our 18"},
	{"  m: {status: {at: /s, map: {a: sent, b: posted}}}\n", 1, "\"posted\" is none"},
	{"  m: {status: {at: /s, map: {}}}\n", 1, "expected {vendor's word: status}"},
	{"  m: {status: {at: /s, map: {a: sent}, is: sent}}\n", 1, "exclude each other"},
	{"  m: {status: {map: {a: sent}}}\n", 1, "expected \"at\""},
	{"  m: {status: {is: sent}, keys: [/a]}\n", 1, "did you mean \"key\""},
	{"  m: {status: {is: sent}, like: n}\n", 1, "no such map \"n\""},
	{"  m: {status: {is: sent}, like: m}\n", 1, "like each other"},
	{"  a: {like: b}\n  b: {like: c}\n  c: {like: a}\n", 3, "like each other"},
	{"  a: {like: b}\n  b: {status: {is: sent}, like: [x]}\n", 2, "name of a map"},
	{"  a: {status: {is: sent}, when: {at: /x}}\n", 1, "\"is_not\" or \"exists\""},
};

static void maps_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED("profile: t\nmaps:\n", "", 2, maps);
}

static void a_long_chain_of_likes_is_refused(void **state)
{
	struct err_detail detail = {.text = ""};
	struct profile *p = NULL;
	char text[4096] = "profile: t\nmaps:\n";
	size_t at = strlen(text);

	(void)state;
	for (int i = 0; i < 40; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "  m%d: {like: m%d}\n", i,
		                       i + 1);
	(void)snprintf(text + at, sizeof(text) - at, "  m40: {status: {is: sent}}\n");
	assert_int_equal(profile_from(text, &p, &detail), ERR_PARSE);
	assert_non_null(strstr(detail.text, "in a row"));
}

#define LIKE                                                                              \
	"profile: t\nmaps:\n"                                                             \
	"  base: {status: {at: /s, map: {a: sent}}, key: [/id], set: {text: /t, sender: " \
	"/from, message.id: /id}}\n"                                                      \
	"  m: {like: base, status: {is: clicked}, set: {text: /other, sender: null}}\n"   \
	"webhooks: {hook: {map: m}}\n"

static void like_takes_over_what_is_not_given(void **state)
{
	static const char body[] = "{\"id\":\"7\",\"s\":\"a\",\"t\":\"one\",\"other\":\"two\","
				   "\"from\":\"me\"}";

	(void)state;
	assert_event_has(LIKE, body, "\"status\":\"clicked\"");
	assert_event_has(LIKE, body, "\"message\":{\"id\":\"7\"}");
	assert_event_has(LIKE, body, "\"text\":\"two\"");
	assert_event_lacks(LIKE, body, "\"sender\"");
	assert_event_has(LIKE, body, "\"t\":\"one\"");
	assert_event_has(LIKE, body, "\"from\":\"me\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_are_checked_with_their_line),
		cmocka_unit_test(a_long_chain_of_likes_is_refused),
		cmocka_unit_test(like_takes_over_what_is_not_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
