/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/run_text.h"

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

static void every_byte_comes_back(void **state)
{
	char text[256];
	char *back = NULL;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 255; i++)
		text[i] = (char)(i + 1);
	buf_init(&b, 1024);
	run_text_encode((struct str){text, 255}, &b);
	for (size_t i = 0; i < b.len; i++)
		assert_in_range(b.ptr[i], '!', '~');
	assert_int_equal(run_text_decode(buf_str(&b), &back), ERR_OK);
	assert_int_equal(strlen(back), 255);
	assert_memory_equal(back, text, 255);
	free(back);
	buf_fini(&b);
}

static void what_was_not_written_is_not_read(void **state)
{
	static const char *const texts[] = {"%",   "%4", "%4g", "%G4", "%4a",
	                                    "%00", " ",  "a b", "\n",  "%%41"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *back = NULL;

		if (run_text_decode(str_from(texts[i]), &back) != ERR_PARSE)
			fail_msg("it is read: %s", texts[i]);
		assert_null(back);
	}
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
		cmocka_unit_test(every_byte_comes_back),
		cmocka_unit_test(what_was_not_written_is_not_read),
		cmocka_unit_test(a_key_names_account_report_and_values),
		cmocka_unit_test(a_key_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
