/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "publish/mqtt/resolve.h"

static void numeric_addresses_stay_as_they_are(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "::1", "192.0.2.7", "2001:db8::5"};
	char address[RESOLVE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		for (unsigned attempt = 0; attempt < 3; attempt++) {
			assert_int_equal(resolve_address(hosts[i], attempt, address, NULL), ERR_OK);
			assert_string_equal(address, hosts[i]);
		}
	}
}

static void localhost_gives_a_loopback_address(void **state)
{
	char address[RESOLVE_TEXT_MAX];

	(void)state;
	for (unsigned attempt = 0; attempt < 4; attempt++) {
		assert_int_equal(resolve_address("localhost", attempt, address, NULL), ERR_OK);
		assert_true(strcmp(address, "::1") == 0 || strncmp(address, "127.", 4) == 0);
	}
}

static void an_impossible_name_is_refused_with_a_reason(void **state)
{
	struct err_detail detail = {.text = ""};
	char address[RESOLVE_TEXT_MAX];

	(void)state;
	/* A label of 64 characters cannot exist, so nobody is asked. */
	assert_int_not_equal(
		resolve_address("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx."
	                        "invalid",
	                        0, address, &detail),
		ERR_OK);
	assert_non_null(strstr(detail.text, "invalid: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numeric_addresses_stay_as_they_are),
		cmocka_unit_test(localhost_gives_a_loopback_address),
		cmocka_unit_test(an_impossible_name_is_refused_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
