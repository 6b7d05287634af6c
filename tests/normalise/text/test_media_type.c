/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/text/media_type.h"

static void parameters_are_found(void **state)
{
	static const struct {
		const char *type, *charset;
	} cases[] = {
		{"", ""},
		{"a/b", ""},
		{"a/b;", ""},
		{"a/b; charset=utf-8", "utf-8"},
		{"a/b;charset=\"UTF-8\"", "UTF-8"},
		{"a/b; x=y; CHARSET = z ", "z"},
		{"a/b; x=\"; charset=no\"; charset=yes", "yes"},
		{"a/b; charset=1; charset=2", "1"},
		{"a/b; charset", ""},
		{"a/b; x=\"charset=1", ""},
		{"charset=1", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(str_eq(media_type_param(str_from(cases[i].type), STR_LIT("charset")),
		                   str_from(cases[i].charset)));
	}
	assert_true(str_eq(media_type_essence(STR_LIT(" a/b ; c=d")), STR_LIT("a/b")));
}

static void json_is_recognised(void **state)
{
	(void)state;
	assert_true(media_type_is_json(STR_LIT("Application/JSON; charset=utf-8")));
	assert_true(media_type_is_json(STR_LIT("text/json")));
	assert_true(media_type_is_json(STR_LIT("application/problem+json")));
	assert_false(media_type_is_json(STR_LIT("application/json-seq")));
	assert_false(media_type_is_json(STR_LIT("+json")));
	assert_false(media_type_is_json(STR_LIT("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_found),
		cmocka_unit_test(json_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
