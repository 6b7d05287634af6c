/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/value/json_string.h"

static void literals_are_compared_without_decoding(void **state)
{
	static const struct {
		const char *inner, *text;
		bool same;
	} cases[] = {
		{"", "", true},
		{"a", "a", true},
		{"a", "ab", false},
		{"ab", "a", false},
		{"\\u0061", "a", true},
		{"\\ud83d\\ude00", "\xf0\x9f\x98\x80", true},
		{"\\n", "n", false},
		{"\\/", "/", true},
		{"\xff", "\xef\xbf\xbd", true},
		{"\\u0000", "", false},
		{"a\\u0000", "a", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(json_literal_is(str_from(cases[i].inner), str_from(cases[i].text)),
		                 cases[i].same);
	}
}

static void a_literal_says_what_it_holds(void **state)
{
	struct json_cursor c = json_cursor(STR_LIT("\"a\\n\xff\" x"));
	struct json_literal literal;
	struct arena a;
	struct str text;

	(void)state;
	assert_int_equal(json_literal_scan(&c, &literal, NULL), ERR_OK);
	assert_int_equal(json_offset(&c), 6);
	assert_true(literal.has_escape);
	assert_int_equal(literal.broken, 1);
	arena_init(&a, 4);
	assert_int_equal(json_literal_decode(&literal, &a, &text), ERR_NOMEM);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_are_compared_without_decoding),
		cmocka_unit_test(a_literal_says_what_it_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
