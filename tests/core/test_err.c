/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/err.h"

static void every_code_has_its_own_text(void **state)
{
	(void)state;
	for (int a = ERR_OK; a <= ERR_CANCELED; a++) {
		assert_string_not_equal(err_str((enum err)a), "unknown error");
		for (int b = ERR_OK; b < a; b++)
			assert_string_not_equal(err_str((enum err)a), err_str((enum err)b));
	}
}

static void detail_names_what_is_known(void **state)
{
	static const struct {
		struct err_detail detail;
		const char *text;
	} cases[] = {
		{{"c.yaml", 3, 7, "mqtt.url", "not a URL"}, "c.yaml:3:7: mqtt.url: not a URL"},
		{{"c.yaml", 3, 0, "", "not a URL"}, "c.yaml:3: not a URL"},
		{{"c.yaml", 0, 0, "", "not there"}, "c.yaml: not there"},
		{{"", 0, 0, "", "broken"}, "broken"},
	};

	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err_detail_format(&cases[i].detail, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

static void detail_is_cut_not_overrun(void **state)
{
	struct err_detail detail = {.line = 0};

	(void)state;
	err_detail_set(&detail, "%0400d", 1);
	assert_int_equal(detail.text[sizeof(detail.text) - 1], '\0');
	assert_int_equal(detail.text[sizeof(detail.text) - 2], '0');
	err_detail_set(NULL, "nobody asked");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_its_own_text),
		cmocka_unit_test(detail_names_what_is_known),
		cmocka_unit_test(detail_is_cut_not_overrun),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
