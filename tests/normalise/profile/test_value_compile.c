/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

#define HEAD "profile: t\nmaps:\n  m:\n    status: {is: sent}\n    set:\n"
#define TAIL ""

static const struct refused_case values[] = {
	{"      text: word\n", 1, "is no value"},
	{"      text: \"\"\n", 1, "expected a value"},
	{"      text: {do: [lower]}\n", 1, "\"at\" is missing"},
	{"      text: []\n", 1, "expected 1 to"},
	{"      text: [/a, [/b]]\n", 1, "a list in a list"},
	{"      text: {at: {at: /a}}\n", 1, "expected a value"},
	{"      text: /a~2\n", 1, "no JSON Pointer"},
	{"      text: /a/*/b\n", 1, "no JSON Pointer"},
	{"      text: \"@here/a\"\n", 1, "no such place \"@here\""},
	{"      text: \"@up\"\n", 1, "expected a pointer behind it"},
	{"      text: {at: /a, do: [lowr]}\n", 1, "no such filter \"lowr\""},
	{"      text: {at: /a, filter: [lower]}\n", 1, "unknown key \"filter\""},
	{"      text: {at: /a, do: [zip]}\n", 1, "zip is for a field of pairs"},
	{"      fields: {at: /a, do: [zip]}\n", 1, "takes two lists"},
	{"      fields: {at: [/a, /b], do: [trim, zip]}\n", 1, "stands alone"},
	{"      text: {at: /a, sep: \"--\"}\n", 1, "expected one character"},
	{"      text: {at: /a, map: {}}\n", 1, "expected {vendor's word: ours}"},
	{"      text: {at: /a, map: [x]}\n", 1, "expected {vendor's word: ours}"},
	{"      text: {at: /a, map: {x: [y]}}\n", 1, "expected a word"},
	{"      text: {at: /a, do: [time]}\n", 1, "needs the map's formats"},
};

static void values_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, TAIL, 5, values);
}

static void every_form_of_a_value_loads(void **state)
{
	(void)state;
	profile_free(profile_good(
		HEAD
		"      text: /a\n"
		"      sender: [/a, =literal, \"@up/x\", {at: [/b, \"@env/y\"], do: [trim, "
		"lower]}]\n"
		"      error.text: {at: \"@hdr/ce-id\", do: lower, map: {a: b}, when: {at: "
		"\"@query/q\", exists: false}}\n"
		"      error.code: {at: \"@each/campaign\", do: [split, join], sep: \";\", when: "
		"[{at: /x, is: [a, b]}, {at: /y, do: [upper], is: C}]}\n"
		"      fields: {at: [/n, /v], do: [zip], sep: \";\"}\n"));
}

static void an_error_names_its_key(void **state)
{
	struct err_detail detail = {.text = ""};
	struct profile *p = NULL;

	(void)state;
	assert_int_equal(profile_from(HEAD "      text: {at: /a, do: [lowr]}\n", &p, &detail),
	                 ERR_PARSE);
	assert_string_equal(detail.key, "maps.m.set.text.do[0]");
	assert_int_equal(detail.line, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_checked_with_their_line),
		cmocka_unit_test(every_form_of_a_value_loads),
		cmocka_unit_test(an_error_names_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
