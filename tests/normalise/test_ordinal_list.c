/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/ordinal_list.h"

static const struct {
	const char *vars;
	uint32_t want[5]; /* of the records 0 to 4 */
} cases[] = {
	{"", {0}},
	{"campaign=c-1", {0}},
	{"_ordinals=", {0}},
	{"_ordinals=0:1", {1}},
	{"_ordinals=0:3,1:1,4:2", {3, 1, 0, 0, 2}},
	{"campaign=c&_ordinals=2:1&x=y", {0, 0, 1}},
	{"_ordinals=2%3a1%2C3%3A7", {0, 0, 1, 7}},
	{"_ordinals=1:1&_ordinals=2:1", {0, 0, 1}},
	{"_ordinals=1:4294967295", {0, UINT32_MAX}},
	{"_ordinals=1:1,18446744073709551615:1", {0, 1}},
	/* malformed: none of it counts */
	{"_ordinals=1:1,", {0}},
	{"_ordinals=,1:1", {0}},
	{"_ordinals=1:1,,2:1", {0}},
	{"_ordinals=1:1;2:1", {0}},
	{"_ordinals=1", {0}},
	{"_ordinals=1:", {0}},
	{"_ordinals=:1", {0}},
	{"_ordinals=1:1,x", {0}},
	{"_ordinals=1:-1", {0}},
	{"_ordinals=1: 1", {0}},
	{"_ordinals=1:1%2", {0}},
	{"_ordinals=2:1,1:1", {0}},
	{"_ordinals=1:1,1:2", {0}},
	{"_ordinals=1:4294967296", {0}},
	{"_ordinals=1:1,18446744073709551616:1", {0}},
	{"_ordinals=1:1,2:1%00", {0}},
	{"x_ordinals=1:1", {0}},
};

static void a_list_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ordinal_list list;

		ordinal_list_open(&list, str_from(cases[i].vars));
		for (size_t k = 0; k < 5; k++) {
			if (ordinal_list_get(&list, k) != cases[i].want[k])
				fail_msg("%s: record %zu", cases[i].vars, k);
			assert_int_equal(ordinal_list_get(&list, k), cases[i].want[k]);
		}
	}
}

static void records_may_be_left_out(void **state)
{
	struct ordinal_list list;

	(void)state;
	ordinal_list_open(&list, STR_LIT("_ordinals=0:9,1:8,3:7,4:6"));
	assert_int_equal(ordinal_list_get(&list, 1), 8);
	assert_int_equal(ordinal_list_get(&list, 4), 6);
	assert_int_equal(ordinal_list_get(&list, 5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_read_whole_or_not_at_all),
		cmocka_unit_test(records_may_be_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
