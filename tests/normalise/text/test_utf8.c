/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/text/utf8.h"

static void broken_parts_become_one_replacement_each(void **state)
{
	static const struct {
		const char *text, *repaired;
		size_t broken;
	} cases[] = {
		{"", "", 0},
		{"plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
	         "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", 0},
		{"\xff", UTF8_REPLACEMENT, 1},
		{"\x80\x80", UTF8_REPLACEMENT UTF8_REPLACEMENT, 2},
		{"\xc3", UTF8_REPLACEMENT, 1},
		{"\xc3(", UTF8_REPLACEMENT "(", 1},
		{"\xe2\x82(", UTF8_REPLACEMENT "(", 1},
		{"\xf0\x9f\x98", UTF8_REPLACEMENT, 1},
		{"\xc0\x80", UTF8_REPLACEMENT UTF8_REPLACEMENT, 2},
		{"\xe0\x80\x80", UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT, 3},
		{"\xed\xa0\x80", UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT, 3},
		{"\xf4\x90\x80\x80",
	         UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT, 4},
		{"\xf5z", UTF8_REPLACEMENT "z", 1},
	};
	struct arena a;
	struct str repaired;

	(void)state;
	arena_init(&a, 1 << 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str text = str_from(cases[i].text);

		assert_int_equal(utf8_broken(text), cases[i].broken);
		assert_int_equal(utf8_repair(&a, text, &repaired), ERR_OK);
		assert_true(str_eq(repaired, str_from(cases[i].repaired)));
		if (cases[i].broken == 0)
			assert_ptr_equal(repaired.ptr, text.ptr);
	}
	arena_fini(&a);
}

static void code_points_are_written(void **state)
{
	static const struct {
		uint32_t code;
		const char *text;
	} cases[] = {
		{0x41, "A"},
		{0x7f, "\x7f"},
		{0x80, "\xc2\x80"},
		{0x7ff, "\xdf\xbf"},
		{0x800, "\xe0\xa0\x80"},
		{0xffff, "\xef\xbf\xbf"},
		{0x10000, "\xf0\x90\x80\x80"},
		{0x10ffff, "\xf4\x8f\xbf\xbf"},
		{0xd800, UTF8_REPLACEMENT},
		{0xdfff, UTF8_REPLACEMENT},
	};

	char to[4];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = utf8_put(to, cases[i].code);

		assert_true(str_eq((struct str){to, len}, str_from(cases[i].text)));
	}
}

static void a_full_arena_is_out_of_memory(void **state)
{
	struct arena a;
	struct str repaired;

	(void)state;
	arena_init(&a, 2);
	assert_int_equal(utf8_repair(&a, STR_LIT("\xff"), &repaired), ERR_NOMEM);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_parts_become_one_replacement_each),
		cmocka_unit_test(code_points_are_written),
		cmocka_unit_test(a_full_arena_is_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
