/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/decode/decode_case.h"

static void values_are_separated_by_anything(void **state)
{
	static const struct decode_case cases[] = {
		{.body = "", .expect = ""},
		{.body = " \n\x1e\n", .expect = ""},
		{.body = "{\"a\":1}\n{\"a\":2}\n", .expect = "{\"a\":1}\n{\"a\":2}"},
		{.body = "\x1e{\"a\":1}\n\x1e{\"a\":2}\n", .expect = "{\"a\":1}\n{\"a\":2}"},
		{.body = "{\n  \"a\" : 1\n}\n{\n  \"a\" : 2\n}", .expect = "{\"a\":1}\n{\"a\":2}"},
		{.body = "{}{}[]{}", .expect = "{}\n{}\n{}"},
		{.body = "\xef\xbb\xbf{}\r\n\r\n{}", .expect = "{}\n{}"},
		{.body = "[1,2] 3", .expect = "1\n2\n3"},
		{.body = "{\"r\":[1]} {\"r\":[2,3]}", .records = "/r/*", .expect = "1\n2\n3"},
		{.body = "{} {\"r\":[2]}", .records = "/r/*", .expect = "2"},
		{.body = "{} {}", .records = "/r/*", .err = ERR_PARSE},
	};

	(void)state;
	struct decode_case row;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		row = cases[i];
		row.as = DECODE_JSON_STREAM;
		run_cases(&row, 1);
	}
}

static void what_is_before_a_bad_place_is_given(void **state)
{
	static const struct decode_case cases[] = {
		{.body = "{\"a\":1}\n{\"a\":", .expect = "{\"a\":1}"},
		{.body = "{\"a\":1}\n{\"a\":2}\n{\"a\":3", .expect = "{\"a\":1}\n{\"a\":2}"},
		{.body = "{},{}", .expect = "{}"},
		{.body = "{} x", .expect = "{}"},
		{.body = "{", .expect = ""},
		{.body = "[1,2", .expect = ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decode_case row = cases[i];

		row.as = DECODE_JSON_STREAM;
		row.err = ERR_PARSE;
		run_cases(&row, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_separated_by_anything),
		cmocka_unit_test(what_is_before_a_bad_place_is_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
