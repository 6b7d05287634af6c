/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/text/charset.h"

static void names_are_known_in_any_case(void **state)
{
	static const struct {
		const char *name;
		enum charset charset;
	} cases[] = {
		{"", CHARSET_UTF8},
		{"UTF-8", CHARSET_UTF8},
		{"us-ascii", CHARSET_UTF8},
		{"ISO-8859-1", CHARSET_WINDOWS_1252},
		{"Windows-1252", CHARSET_WINDOWS_1252},
		{"utf-16", CHARSET_UTF16_BE},
		{"UTF-16LE", CHARSET_UTF16_LE},
	};
	enum charset charset = CHARSET_UTF8;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(charset_from(str_from(cases[i].name), &charset), ERR_OK);
		assert_int_equal(charset, cases[i].charset);
	}
	assert_int_equal(charset_from(STR_LIT("koi8-r"), &charset), ERR_PARSE);
}

static void text_is_converted(void **state)
{
	static const struct {
		struct str text;
		enum charset charset;
		const char *utf8;
	} cases[] = {

#define TEXT(literal) {(literal), sizeof(literal) - 1}
		{TEXT("a\xff"), CHARSET_UTF8, "a\xff"},
		{TEXT("\xe9\x80\x9f\x81\xff"), CHARSET_WINDOWS_1252,
	         "\xc3\xa9\xe2\x82\xac\xc5\xb8\xc2\x81\xc3\xbf"},
		{TEXT("a\0\xac\x20"), CHARSET_UTF16_LE, "a\xe2\x82\xac"},
		{TEXT("\0a\x20\xac"), CHARSET_UTF16_BE, "a\xe2\x82\xac"},
		{TEXT("\x3d\xd8\x00\xde"), CHARSET_UTF16_LE, "\xf0\x9f\x98\x80"},
		{TEXT("\xd8\x3d\0a"), CHARSET_UTF16_BE,
	         "\xef\xbf\xbd"
	         "a"},
		{TEXT("\xde\x00"), CHARSET_UTF16_BE, "\xef\xbf\xbd"},
		{TEXT("\xd8\x3d"), CHARSET_UTF16_BE, "\xef\xbf\xbd"},
		{TEXT("\0a\0"), CHARSET_UTF16_BE, "a\xef\xbf\xbd"},
		{TEXT(""), CHARSET_UTF16_BE, ""},
	};
	struct arena a;
	struct str utf8;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(charset_to_utf8(&a, cases[i].text, cases[i].charset, &utf8),
		                 ERR_OK);
		assert_true(str_eq(utf8, str_from(cases[i].utf8)));
	}
	arena_fini(&a);
	arena_init(&a, 2);
	assert_int_equal(charset_to_utf8(&a, STR_LIT("abc"), CHARSET_WINDOWS_1252, &utf8),
	                 ERR_NOMEM);
	arena_fini(&a);
}

static void a_byte_order_mark_overrides_what_was_declared(void **state)
{
	enum charset charset = CHARSET_WINDOWS_1252;

	(void)state;
	assert_int_equal(charset_skip_bom(STR_LIT("abc"), &charset).len, 3);
	assert_int_equal(charset, CHARSET_WINDOWS_1252);
	assert_int_equal(charset_skip_bom(STR_LIT("\xef\xbb\xbf"
	                                          "a"),
	                                  &charset)
	                         .len,
	                 1);
	assert_int_equal(charset, CHARSET_UTF8);
	assert_int_equal(charset_skip_bom(STR_LIT("\xff\xfe"), &charset).len, 0);
	assert_int_equal(charset, CHARSET_UTF16_LE);
	assert_int_equal(charset_skip_bom(STR_LIT("\xfe\xff"), &charset).len, 0);
	assert_int_equal(charset, CHARSET_UTF16_BE);
	assert_int_equal(charset_skip_bom(STR_EMPTY, &charset).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_known_in_any_case),
		cmocka_unit_test(text_is_converted),
		cmocka_unit_test(a_byte_order_mark_overrides_what_was_declared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
