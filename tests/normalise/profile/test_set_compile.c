/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

#define HEAD "profile: t\nmaps:\n  m:\n    status: {is: sent}\n"

static const struct refused_case sets[] = {
	{"    set: [text]\n", 1, "expected {field: value}"},
	{"    set: {txt: /a}\n", 1, "no such field \"txt\""},
	{"    set: {campaign: /a}\n", 1, "no such field \"campaign\""},
	{"    set:\n      reason: =lost\n", 2, "\"lost\" is no reason"},
	{"    set:\n      reason: {at: /r, map: {a: mailbox_full, b: gone}}\n", 2,
         "\"gone\" is no reason"},
	{"    set: {bounce.class: =medium}\n", 1, "is no bounce.class"},
	{"    set: {bounce.class: {at: /c, map: {a: Hard}}}\n", 1, "is no bounce.class"},
	{"    set: {fields: {at: /f, do: [lower]}}\n", 1, "no filter but zip"},
	{"    set: {fields: {at: /f, map: {a: b}}}\n", 1, "no filter but zip"},
	{"    set: {times.sent: /t}\n", 1, "needs the map's formats"},
	{"    key: []\n", 1, "expected a list of 1 to 16"},
	{"    key: message.id\n", 1, "expected a list of 1 to 16"},
	{"    key: [message.id]\n", 1, "the map does not set it"},
	{"    key: [message]\n", 1, "no such field \"message\""},
	{"    set: {fields: /f}\n    key: [fields]\n", 2, "pairs cannot be part"},
	{"    key: [{at: [/a, /b], do: [zip]}]\n", 1, "zip is for a field of pairs"},
	{"    key: [/a,/b,/c,/d,/e,/f,/g,/h,/i,/j,/k,/l,/m,/n,/o,/p,/q]\n", 1, "1 to 16"},
};

static void fields_and_keys_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", 4, sets);
}

static void every_form_of_a_key_loads(void **state)
{
	(void)state;
	profile_free(profile_good(HEAD "    set: {text: /a}\n"
	                               "    key: [text, time, /raw, =literal, \"@env/x\", {at: "
	                               "/b, do: [sha256]}]\n"));
}

static void a_key_value_keeps_the_member_for_extra(void **state)
{
	(void)state;
	assert_event_has(PROFILE_WITH_MAP("    key: [/id]\n    status: {is: sent}\n"),
	                 "{\"id\":\"x\"}", "\"extra\":{\"id\":\"x\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_and_keys_are_checked_with_their_line),
		cmocka_unit_test(every_form_of_a_key_loads),
		cmocka_unit_test(a_key_value_keeps_the_member_for_extra),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
