/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/ascii.h"

static const char digits[] = "0123456789";
static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool stands_in(const char *list, int byte)
{
	return byte != 0 && strchr(list, byte) != NULL;
}

static void every_byte_is_of_one_kind(void **state)
{
	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		bool is_letter = stands_in(lower, byte) || stands_in(upper, byte);
		char c = (char)byte;

		assert_int_equal(ascii_is_digit(c), stands_in(digits, byte));
		assert_int_equal(ascii_is_letter(c), is_letter);
		assert_int_equal(ascii_is_alnum(c), is_letter || stands_in(digits, byte));
	}
}

static void only_letters_change_case(void **state)
{
	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char c = (char)byte;
		char down = stands_in(upper, byte) ? lower[strchr(upper, byte) - upper] : c;
		char up = stands_in(lower, byte) ? upper[strchr(lower, byte) - lower] : c;

		assert_int_equal(ascii_lower(c), down);
		assert_int_equal(ascii_upper(c), up);
	}
}

static void hexadecimal_digits_have_a_value(void **state)
{
	static const char small[] = "0123456789abcdef", large[] = "0123456789ABCDEF";

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		int value = -1;

		if (stands_in(small, byte))
			value = (int)(strchr(small, byte) - small);
		else if (stands_in(large, byte))
			value = (int)(strchr(large, byte) - large);
		assert_int_equal(ascii_hex_value((char)byte), value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_of_one_kind),
		cmocka_unit_test(only_letters_change_case),
		cmocka_unit_test(hexadecimal_digits_have_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
