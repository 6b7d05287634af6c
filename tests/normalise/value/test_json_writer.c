/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/value/json_reader.h"
#include "normalise/value/json_writer.h"

static void commas_and_escapes_are_written(void **state)
{
	struct buf b;
	struct json_writer w;

	(void)state;
	buf_init(&b, 4096);
	w = json_writer(&b);
	json_open_object(&w);
	json_key(&w, STR_LIT("a\"b"));
	json_string(&w, STR_LIT("\\ / \b\f\n\r\t\x01\x1f\x7f \xc3\xa9 \xff\0"));
	json_member(&w, STR_LIT("none"), STR_EMPTY);
	json_member(&w, STR_LIT("m"), STR_LIT("x"));
	json_key(&w, STR_LIT("l"));
	json_open_array(&w);
	json_int(&w, INT64_MIN);
	json_bool(&w, true);
	json_bool(&w, false);
	json_raw(&w, STR_LIT("{}"));
	json_open_object(&w);
	json_close_object(&w);
	json_close_array(&w);
	json_key(&w, STR_LIT("e"));
	json_string(&w, STR_EMPTY);
	json_close_object(&w);
	assert_string_equal(buf_cstr(&b),
	                    "{\"a\\\"b\":\"\\\\ / \\b\\f\\n\\r\\t\\u0001\\u001f\x7f \xc3\xa9 "
	                    "\xef\xbf\xbd\\u0000\",\"m\":\"x\",\"l\":[-9223372036854775808,true,"
	                    "false,{},{}],\"e\":\"\"}");
	buf_fini(&b);
}

static void assert_rewritten(const char *text, const char *expected)
{
	struct json_cursor c = json_cursor(str_from(text));
	struct arena a;
	struct buf b;
	struct value *v;

	arena_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	struct json_writer w = json_writer(&b);

	assert_int_equal(json_read(&c, &a, &v, NULL), ERR_OK);
	json_value(&w, v);
	assert_string_equal(buf_cstr(&b), expected);
	buf_fini(&b);
	arena_fini(&a);
}

static void numbers_that_no_double_holds_become_strings(void **state)
{
	static const struct {
		const char *number;
		bool stays;
	} cases[] = {
		{"0", true},
		{"-0", true},
		{"1", true},
		{"9007199254740992", true},
		{"-9007199254740992", true},
		{"9007199254740993", false},
		{"-9007199254740993", false},
		{"12345678901234567890", false},
		{"99999999999999999999999", false},
		{"1.5", true},
		{"-0.25", true},
		{"1.50", true},
		{"12345.6789012345", true},
		{"12345.67890123456", false},
		{"1e2", true},
		{"1E-7", true},
		{"1.5e+10", true},
		{"1e100", false},
		{"1e400", false},
		{"1e99999999999999999999", false},
		{"0.1234567890123456789", false},
	};

	char expected[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *quote = cases[i].stays ? "" : "\"";

		(void)snprintf(expected, sizeof(expected), "%s%s%s", quote, cases[i].number, quote);
		assert_rewritten(cases[i].number, expected);
	}
}

static void trees_are_written(void **state)
{
	static const char *const same[] = {
		"null",
		"true",
		"\"x\"",
		"[]",
		"{}",
		"[[],{},[1,[2]],3]",
		"{\"a\":{\"b\":[{\"c\":null},{}]},\"d\":[]}",
	};
	char deep[2 * JSON_DEPTH_MAX + 1] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_rewritten(same[i], same[i]);
	memset(deep, '[', JSON_DEPTH_MAX);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_rewritten(deep, deep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_and_escapes_are_written),
		cmocka_unit_test(numbers_that_no_double_holds_become_strings),
		cmocka_unit_test(trees_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
