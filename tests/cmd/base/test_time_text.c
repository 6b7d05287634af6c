/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cmd/base/time_text.h"

static void times_and_dates_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"2024-09-03", 1725321600000},
		{"2024-02-29", 1709164800000},
		{"2024-09-03T09:02:09Z", 1725354129000},
		{"2024-09-03T11:02:09.500+02:00", 1725354129500},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = 0;

		assert_int_equal(time_text_parse(str_from(cases[i].text), &ms), ERR_OK);
		assert_int_equal(ms, cases[i].ms);
	}
}

static void what_is_no_time_changes_nothing(void **state)
{
	static const char *const texts[] = {
		"",           "yesterday",           "2024-13-01", "2024-02-30",
		"2024-9-3",   "03/09/2024",          "2024-09-3x", "2024-09-03T09:02",
		"1725354129", "2024-09-03T09:02:09", /* of which zone? */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int64_t ms = 17;

		if (time_text_parse(str_from(texts[i]), &ms) != ERR_PARSE || ms != 17)
			fail_msg("%s", texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_and_dates_are_read),
		cmocka_unit_test(what_is_no_time_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
