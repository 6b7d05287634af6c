/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/run/run_text.h"

static void values_are_written_as_a_form(void **state)
{
	static const struct report_value values[] = {
		{"campaign", "a&b=c d/\xc3\xa4"}, {"type", "opens"}, {"empty", ""}};
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	run_text_values(values, 3, &b);
	assert_string_equal(buf_cstr(&b), "campaign=a%26b%3Dc%20d%2F%C3%A4&type=opens&empty=");
	buf_reset(&b);
	run_text_values(NULL, 0, &b);
	assert_string_equal(buf_cstr(&b), "");
	buf_fini(&b);
}

static void a_key_names_account_report_and_values(void **state)
{
	static const struct report_value values[] = {{"campaign", "dc8a/1"}, {"type", "opens"}};
	struct buf b;

	(void)state;
	buf_init(&b, 512);
	assert_int_equal(report_run_key(STR_LIT("acme"), STR_LIT("clicks"), values, 2, &b), ERR_OK);
	assert_string_equal(buf_cstr(&b), "report/acme/clicks/campaign=dc8a%2F1&type=opens");
	buf_reset(&b);
	assert_int_equal(report_run_key(STR_LIT("acme"), STR_LIT("clicks"), NULL, 0, &b), ERR_OK);
	assert_string_equal(buf_cstr(&b), "report/acme/clicks/");
	buf_fini(&b);
}

static void a_key_has_a_limit(void **state)
{
	static char value[600];
	const struct report_value values[] = {{"campaign", value}};
	struct buf b;

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	buf_init(&b, 512);
	assert_int_equal(report_run_key(STR_LIT("a"), STR_LIT("b"), values, 1, &b), ERR_LIMIT);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_written_as_a_form),
		cmocka_unit_test(a_key_names_account_report_and_values),
		cmocka_unit_test(a_key_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
