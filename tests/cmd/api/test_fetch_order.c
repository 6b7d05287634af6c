/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/api/fetch_order.h"
#include "cmd/api/query.h"

static void everything_is_read(void **state)
{
	struct err_detail detail = {.line = 0};
	struct fetch_order o;

	(void)state;
	assert_int_equal(fetch_order_read(STR_LIT("account=a&report=r&set=campaign%3Dx%3Dy&"
	                                          "set=type%3D&from=2024-09-03&"
	                                          "to=2024-09-04T00%3A00%3A00Z&dry=1"),
	                                  &o, &detail),
	                 ERR_OK);
	assert_string_equal(o.account, "a");
	assert_string_equal(o.report, "r");
	assert_int_equal(o.value_count, 2);
	assert_string_equal(o.values[0].name, "campaign");
	assert_string_equal(o.values[0].value, "x=y");
	assert_string_equal(o.values[1].value, "");
	assert_int_equal(o.to_ms - o.from_ms, 86400000);
	assert_true(o.is_dry);
	fetch_order_fini(&o);
	assert_int_equal(
		fetch_order_read(STR_LIT("report=r&account=b&account=a&dry=0"), &o, &detail),
		ERR_OK);
	assert_string_equal(o.account, "a");
	assert_false(o.is_dry);
	assert_int_equal(o.from_ms, 0);
	fetch_order_fini(&o);
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *query, *text;
	} cases[] = {
		{"", "account and report"},
		{"account=a", "account and report"},
		{"account=a&report=r&sets=1", "\"sets\""},
		{"account=a&report=r&set=x", "NAME=VALUE"},
		{"account=a&report=r&set=%3Dx", "NAME=VALUE"},
		{"account=a&report=r&set=a%3Db%00c", "NAME=VALUE"},
		{"account=a&report=r&from=soon", "from takes a time"},
		{"account=a&report=r&to=2024", "to takes a time"},
		{"account=a&report=r&from=2024-09-04&to=2024-09-03", "before"},
		{"account=a&report=r&from=2024-09-04&to=2024-09-04", "before"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err_detail detail = {.line = 0};
		struct fetch_order o;

		if (fetch_order_read(str_from(cases[i].query), &o, &detail) != ERR_PARSE ||
		    strstr(detail.text, cases[i].text) == NULL)
			fail_msg("%s: %s", cases[i].query, detail.text);
	}
}

static void values_have_a_limit(void **state)
{
	struct err_detail detail = {.line = 0};
	struct fetch_order o;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	query_append(&b, STR_LIT("account"), STR_LIT("a"));
	query_append(&b, STR_LIT("report"), STR_LIT("r"));
	for (size_t i = 0; i < FETCH_VALUES_MAX; i++)
		query_append(&b, STR_LIT("set"), STR_LIT("a=b"));
	assert_int_equal(fetch_order_read(buf_str(&b), &o, &detail), ERR_OK);
	assert_int_equal(o.value_count, FETCH_VALUES_MAX);
	fetch_order_fini(&o);
	query_append(&b, STR_LIT("set"), STR_LIT("a=b"));
	assert_int_equal(fetch_order_read(buf_str(&b), &o, &detail), ERR_PARSE);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(values_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
