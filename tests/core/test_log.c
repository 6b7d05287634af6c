/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/log.h"

static const struct log_field fields[] = {
	{"plain", LOG_KIND_TEXT, {"word", 4}, 0},
	{"quoted", LOG_KIND_TEXT, {"two \"words\"\n\x01", 13}, 0},
	{"empty", LOG_KIND_TEXT, {NULL, 0}, 0},
	{"n", LOG_KIND_INT, {NULL, 0}, -5},
};

static void writes_logfmt(void **state)
{
	char line[500];

	(void)state;
	log_format(line, sizeof(line), LOG_FMT_LOGFMT, 1725354129004, LOG_LVL_WARN, "a.b", fields,
	           4);
	assert_string_equal(line, "ts=2024-09-03T09:02:09.004Z lvl=warn ev=a.b plain=word "
	                          "quoted=\"two \\\"words\\\"\\u000a\\u0001\" empty=\"\" n=-5");
}

static void writes_json(void **state)
{
	char line[500];

	(void)state;
	log_format(line, sizeof(line), LOG_FMT_JSON, 1725354129004, LOG_LVL_INFO, "a.b", fields, 4);
	assert_string_equal(line,
	                    "{\"ts\":\"2024-09-03T09:02:09.004Z\",\"lvl\":\"info\",\"ev\":\"a.b\","
	                    "\"plain\":\"word\",\"quoted\":\"two \\\"words\\\"\\u000a\\u0001\","
	                    "\"empty\":\"\",\"n\":-5}");
}

static void a_value_cannot_forge_a_line_or_a_field(void **state)
{
	const struct log_field evil = {"v", LOG_KIND_TEXT, {"x lvl=error ev=forged\nts=1", 26}, 0};
	char line[200];

	(void)state;
	log_format(line, sizeof(line), LOG_FMT_LOGFMT, 0, LOG_LVL_INFO, "e", &evil, 1);
	assert_null(strchr(line, '\n'));
	assert_non_null(strstr(line, "v=\"x lvl=error ev=forged\\u000ats=1\""));
}

static void long_values_are_cut(void **state)
{
	char value[LOG_VALUE_MAX + 100];
	char line[2000];

	(void)state;
	memset(value, 'v', sizeof(value));
	const struct log_field f = {"v", LOG_KIND_TEXT, {value, sizeof(value)}, 0};

	size_t len = log_format(line, sizeof(line), LOG_FMT_LOGFMT, 0, LOG_LVL_INFO, "e", &f, 1);

	assert_true(len < LOG_VALUE_MAX + 100);
	assert_string_equal(line + len - 4, "...\"");
	assert_int_equal(log_format(line, 50, LOG_FMT_JSON, 0, LOG_LVL_INFO, "e", &f, 1), 49);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_logfmt),
		cmocka_unit_test(writes_json),
		cmocka_unit_test(a_value_cannot_forge_a_line_or_a_field),
		cmocka_unit_test(long_values_are_cut),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
