/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

#define HEAD "profile: t\nmaps:\n  m:\n    status: {is: sent}\n    set:\n"

static const struct refused_case conditions[] = {
	{"      text:\n        at: /a\n        when: {at: /b}\n", 3, "\"is_not\" or \"exists\""},
	{"      text: {at: /a, when: {at: /b, is: x, exists: true}}\n", 1, "one of them"},
	{"      text: {at: /a, when: {at: /b, is: x, is_not: y}}\n", 1, "one of them"},
	{"      text: {at: /a, when: {at: /b, is: []}}\n", 1, "at least one word"},
	{"      text: {at: /a, when: {at: /b, is_not: []}}\n", 1, "at least one word"},
	{"      text: {at: /a, when: {at: /b, exists: maybe}}\n", 1, "expected true or false"},
	{"      text: {at: /a, when: {is: b}}\n", 1, "\"at\" is missing"},
	{"      text: {at: /a, when: [x]}\n", 1, ""},
	{"      fields: {at: /a, when: {at: [/b, /c], do: [zip], is: x}}\n", 1, "no word"},
};

static void conditions_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", 5, conditions);
}

static void every_form_of_a_condition_loads(void **state)
{
	(void)state;
	profile_free(profile_good(HEAD "      text: {at: /a, when: {at: /k, is: x}}\n"));
	profile_free(profile_good(
		HEAD "      text: {at: /a, when: [{at: [/k, /l], do: [trim], is: [x, y]}, {at: "
		     "\"@query/q\", exists: false}]}\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_are_checked_with_their_line),
		cmocka_unit_test(every_form_of_a_condition_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
