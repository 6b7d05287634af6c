/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/buf.h"

static void grows_and_stays_terminated(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	assert_string_equal(buf_cstr(&b), "");
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf_append_str(&b, STR_LIT("abcde")), ERR_OK);
	assert_int_equal(b.len, 50000);
	assert_int_equal(b.ptr[50000], '\0');
	assert_int_equal(buf_printf(&b, "%d", 12345678), ERR_OK);
	assert_string_equal(b.ptr + 50000, "12345678");
	buf_fini(&b);
}

static void refuses_what_passes_its_maximum_and_remembers(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	assert_int_equal(buf_append(&b, "12345678", 8), ERR_OK);
	assert_int_equal(buf_append_char(&b, '9'), ERR_LIMIT);
	assert_true(str_eq(buf_str(&b), STR_LIT("12345678")));
	assert_int_equal(buf_printf(&b, "%s", ""), ERR_LIMIT);
	assert_int_equal(buf_err(&b), ERR_LIMIT);
	buf_reset(&b);
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_string_equal(buf_cstr(&b), "");
	assert_int_equal(buf_append_char(&b, '9'), ERR_OK);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(refuses_what_passes_its_maximum_and_remembers),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
