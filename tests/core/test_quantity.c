/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/quantity.h"

static void an_amount_is_read_and_written(void **state)
{
	uint64_t value = 0;
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(quantity_read_size(STR_LIT("2048MiB"), &value), ERR_OK);
	quantity_write_size(&b, value);
	assert_int_equal(quantity_read_duration(STR_LIT("36h"), &value), ERR_OK);
	assert_int_equal(value, 36 * 3600000);
	quantity_write_duration(&b, value);
	assert_string_equal(buf_cstr(&b), "2GiB36h");
	buf_fini(&b);
}

static void what_is_no_amount_is_refused(void **state)
{
	static const char *const durations[] = {"",     "s",     "10", "10S", "10sec",
	                                        "10 s", "1h30m", "1w", "-1s", "1.5h"};
	uint64_t value = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
		assert_int_equal(quantity_read_duration(str_from(durations[i]), &value), ERR_PARSE);
	assert_int_equal(quantity_read_size(STR_LIT("10KB"), &value), ERR_PARSE);
	assert_int_equal(quantity_read_duration(STR_LIT("18446744073709551615d"), &value),
	                 ERR_LIMIT);
	assert_int_equal(quantity_read_size(STR_LIT("99999999999999999999B"), &value), ERR_LIMIT);
	assert_int_equal(value, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_amount_is_read_and_written),
		cmocka_unit_test(what_is_no_amount_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
