/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/payload.h"
#include "core/str.h"

static void compares_by_length_and_bytes(void **state)
{
	(void)state;
	assert_true(str_eq(STR_LIT("a\0b"), (struct str){"a\0b", 3}));
	assert_false(str_eq(STR_LIT("a"), STR_LIT("ab")));
	assert_true(str_eq(STR_EMPTY, STR_LIT("")));
	assert_true(str_ieq(STR_LIT("bAsIc"), STR_LIT("BaSiC")));
	assert_false(str_ieq(STR_LIT("basic"), STR_LIT("basi_")));
	assert_true(str_cmp(STR_LIT("a"), STR_LIT("ab")) < 0);
	assert_true(str_cmp(STR_LIT("b"), STR_LIT("ab")) > 0);
	assert_int_equal(str_cmp(STR_EMPTY, STR_EMPTY), 0);
	assert_true(str_has_prefix(STR_LIT("abc"), STR_LIT("ab")));
	assert_false(str_has_prefix(STR_LIT("a"), STR_LIT("ab")));
}

static void trims_blanks_at_both_ends(void **state)
{
	(void)state;
	assert_true(str_eq(str_trim(STR_LIT(" \t a b\r\n")), STR_LIT("a b")));
	assert_int_equal(str_trim(STR_LIT(" \n")).len, 0);
}

static void cuts_at_the_first_separator(void **state)
{
	struct str head;
	struct str tail;

	(void)state;
	assert_true(str_cut(STR_LIT("u:p:w"), ':', &head, &tail));
	assert_true(str_eq(head, STR_LIT("u")));
	assert_true(str_eq(tail, STR_LIT("p:w")));
	assert_false(str_cut(STR_LIT("none"), ':', &head, &tail));
	assert_true(str_eq(head, STR_LIT("none")));
	assert_int_equal(tail.len, 0);
	assert_false(str_cut(STR_EMPTY, ':', &head, &tail));
}

static void copies_with_a_nul_behind(void **state)
{
	(void)state;
	char *copy = str_dup((struct str){"abc", 2});

	assert_string_equal(copy, "ab");
	free(copy);
}

static void reads_numbers_without_overflow(void **state)
{
	static const struct {
		const char *text;
		enum err err;
		uint64_t value;
	} cases[] = {
		{"0", ERR_OK, 0},
		{"0018446744073709551615", ERR_OK, UINT64_MAX},
		{"18446744073709551616", ERR_LIMIT, 0},
		{"", ERR_PARSE, 0},
		{"+1", ERR_PARSE, 0},
		{" 1", ERR_PARSE, 0},
		{"1x", ERR_PARSE, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = 7;

		assert_int_equal(str_to_u64(str_from(cases[i].text), &value), cases[i].err);
		assert_true(value == (cases[i].err == ERR_OK ? cases[i].value : 7));
	}
}

static void every_way_in_has_its_name(void **state)
{
	(void)state;
	assert_string_equal(payload_via_str(PAYLOAD_WEBHOOK), "webhook");
	assert_string_equal(payload_via_str(PAYLOAD_REPORT), "report");
	assert_string_equal(payload_via_str(PAYLOAD_IMPORT), "import");
}

static void control_characters_are_seen(void **state)
{
	(void)state;
	assert_false(str_has_control(STR_EMPTY));
	assert_false(str_has_control(STR_LIT("a ~\xc3\xa9")));
	assert_true(str_has_control(STR_LIT("a\n")));
	assert_true(str_has_control(STR_LIT("\x7f")));
	assert_true(str_has_control(((struct str){"a\0b", 3})));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_characters_are_seen),
		cmocka_unit_test(compares_by_length_and_bytes),
		cmocka_unit_test(trims_blanks_at_both_ends),
		cmocka_unit_test(cuts_at_the_first_separator),
		cmocka_unit_test(copies_with_a_nul_behind),
		cmocka_unit_test(reads_numbers_without_overflow),
		cmocka_unit_test(every_way_in_has_its_name),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
