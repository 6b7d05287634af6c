/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "publish/cooldown.h"

static void a_campaign_rests_until_its_time(void **state)
{
	static struct cooldown c;

	(void)state;
	memset(&c, 0, sizeof(c));
	assert_int_equal(cooldown_next(&c), 0);
	cooldown_add(&c, STR_LIT("a"), STR_LIT("bc"), 10);
	cooldown_add(&c, STR_LIT("a"), STR_LIT("d"), 20);
	assert_int_equal(cooldown_until(&c, STR_LIT("a"), STR_LIT("bc")), 10);
	assert_int_equal(cooldown_until(&c, STR_LIT("ab"), STR_LIT("c")), 0);
	assert_int_equal(cooldown_until(&c, STR_LIT("a"), STR_LIT("d")), 20);
	cooldown_expire(&c, 9);
	assert_int_equal(cooldown_next(&c), 10);
	cooldown_expire(&c, 10);
	assert_int_equal(cooldown_until(&c, STR_LIT("a"), STR_LIT("bc")), 0);
	assert_int_equal(cooldown_next(&c), 20);
	cooldown_add(&c, STR_LIT("a"), STR_LIT("d"), 30); /* the later one counts */
	assert_int_equal(cooldown_until(&c, STR_LIT("a"), STR_LIT("d")), 30);
}

static void it_is_full_and_goes_round(void **state)
{
	static struct cooldown c;
	char level[16];

	(void)state;
	memset(&c, 0, sizeof(c));
	for (unsigned i = 0; i < 3 * COOLDOWN_MAX; i++) {
		(void)snprintf(level, sizeof(level), "%u", i);
		if (i >= COOLDOWN_MAX) {
			assert_false(cooldown_has_room(&c, 1));
			cooldown_expire(&c, i - COOLDOWN_MAX + 1);
		}
		assert_true(cooldown_has_room(&c, 1));
		cooldown_add(&c, STR_LIT("a"), str_from(level), i + 1);
		assert_int_equal(cooldown_until(&c, STR_LIT("a"), str_from(level)), i + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_campaign_rests_until_its_time),
		cmocka_unit_test(it_is_full_and_goes_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
