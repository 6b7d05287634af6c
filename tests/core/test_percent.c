/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/percent.h"

static void every_byte_comes_back(void **state)
{
	char text[256];
	char *back = NULL;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 255; i++)
		text[i] = (char)(i + 1);
	buf_init(&b, 1024);
	percent_encode((struct str){text, 255}, &b);
	for (size_t i = 0; i < b.len; i++)
		assert_in_range(b.ptr[i], '!', '~');
	assert_int_equal(percent_decode(buf_str(&b), &back), ERR_OK);
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

		if (percent_decode(str_from(texts[i]), &back) != ERR_PARSE)
			fail_msg("it is read: %s", texts[i]);
		assert_null(back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_comes_back),
		cmocka_unit_test(what_was_not_written_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
