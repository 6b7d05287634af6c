/* SPDX-License-Identifier: MIT */
/* Orders; the lines themselves: tests/it/it_authorize.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/api/authorize_lines.h"

static void orders_are_read(void **state)
{
	struct authorize_order o;
	struct err_detail detail = {.line = 0};

	(void)state;
	assert_int_equal(authorize_order_read(
				 STR_LIT("instance=gw1&account=a&code=x%2Fy+z&redirect_uri=https%3A"
	                                 "%2F%2Fme%2F&&state="),
				 &o, &detail),
	                 ERR_OK);
	assert_string_equal(o.instance, "gw1");
	assert_string_equal(o.account, "a");
	assert_string_equal(o.code, "x/y z");
	assert_string_equal(o.redirect_uri, "https://me/");
	assert_string_equal(o.state, "");
	authorize_order_fini(&o);
}

static void wrong_orders_are_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"account=",
		"instance=gw1",
		"account=a&accnt=b",
		"account=a%00b",
		"account=a&=x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct authorize_order o;
		struct err_detail detail = {.line = 0};

		if (authorize_order_read(str_from(wrong[i]), &o, &detail) != ERR_PARSE)
			fail_msg("%s", wrong[i]);
		assert_true(strlen(detail.text) > 0);
		authorize_order_fini(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_are_read),
		cmocka_unit_test(wrong_orders_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
