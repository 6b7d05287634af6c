/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/api/query.h"

static void what_is_appended_is_read_again(void **state)
{
	const struct {
		struct str name, value;
	} pairs[] = {
		{STR_LIT("set"), STR_LIT("campaign=a&b=c %+/\xc3\xa9")},
		{STR_LIT(""), STR_LIT("x")},
		{STR_LIT("n"), STR_LIT("")},
		{STR_LIT("nul"), {"a\0b", 3}},
	};
	struct buf b;
	struct buf scratch;

	(void)state;
	buf_init(&b, 1024);
	buf_init(&scratch, 1024);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		query_append(&b, pairs[i].name, pairs[i].value);

	struct str rest = buf_str(&b);
	struct str name;
	struct str value;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_true(query_next(&rest, &scratch, &name, &value));
		assert_true(str_eq(name, pairs[i].name));
		assert_true(str_eq(value, pairs[i].value));
		buf_reset(&scratch);
	}
	assert_false(query_next(&rest, &scratch, &name, &value));
	buf_fini(&b);
	buf_fini(&scratch);
}

static void odd_texts_are_taken_as_they_are(void **state)
{
	static const struct {
		const char *query, *name, *value;
	} cases[] = {
		{"a", "a", ""},        {"&&a=b", "a", "b"},       {"a=b=c", "a", "b=c"},
		{"a=%", "a", "%"},     {"a=%4", "a", "%4"},       {"a=%zz", "a", "%zz"},
		{"a=%41%", "a", "A%"}, {"a+b=c+d", "a b", "c d"}, {"%61=%62", "a", "b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str rest = str_from(cases[i].query);
		struct str name;
		struct str value;
		struct buf scratch;

		buf_init(&scratch, 64);
		assert_true(query_next(&rest, &scratch, &name, &value));
		if (!str_eq(name, str_from(cases[i].name)) ||
		    !str_eq(value, str_from(cases[i].value)))
			fail_msg("%s: %.*s %.*s", cases[i].query, STR_FMT(name), STR_FMT(value));
		buf_fini(&scratch);
	}
}

static void what_does_not_fit_ends_it(void **state)
{
	struct str rest = STR_LIT("name=0123456789");
	struct str name;
	struct str value;
	struct buf scratch;

	(void)state;
	buf_init(&scratch, 8);
	assert_false(query_next(&rest, &scratch, &name, &value));
	assert_int_equal(buf_err(&scratch), ERR_LIMIT);
	buf_fini(&scratch);
}

static enum err take_one(void *arg, struct str name, struct str value,
                         struct err_detail *reterr_detail)
{
	struct buf *seen = arg;

	if (str_eq(name, STR_LIT("bad"))) {
		err_detail_set(reterr_detail, "it is bad");
		return ERR_PARSE;
	}
	(void)buf_printf(seen, "%.*s:%.*s;", STR_FMT(name), STR_FMT(value));
	return ERR_OK;
}

static void a_query_is_read_to_its_end_or_to_what_is_wrong(void **state)
{
	static char large[3 * 65536];

	static const struct {
		const char *query;
		enum err err;
		const char *seen, *text;
	} rows[] = {
		{"", ERR_OK, "", ""},
		{"a=1&b=%41", ERR_OK, "a:1;b:A;", ""},
		{"a=1&bad=x&b=2", ERR_PARSE, "a:1;", "it is bad"},
		{large, ERR_PARSE, "", "a value is too long"},
	};

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err_detail detail = {.line = 0};
		struct buf seen;

		buf_init(&seen, 1024);
		assert_int_equal(query_read(str_from(rows[i].query), take_one, &seen, &detail),
		                 rows[i].err);
		assert_string_equal(buf_cstr(&seen), rows[i].seen);
		assert_string_equal(detail.text, rows[i].text);
		buf_fini(&seen);
	}
}

static void a_set_is_a_name_and_a_value(void **state)
{
	static const struct {
		const char *text, *query;
		enum exit_code code;
	} rows[] = {
		{"campaign=a b", "campaign=a%20b", EXIT_OK},
		{"a=b=c", "a=b%3Dc", EXIT_OK},
		{"a=", "a=", EXIT_OK},
		{"a", "", EXIT_USAGE},
		{"=a", "", EXIT_USAGE},
		{"", "", EXIT_USAGE},
		{"a=twenty characters at least", "", EXIT_USAGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, 20);
		assert_int_equal(query_append_set(&b, rows[i].text), rows[i].code);
		if (rows[i].code == EXIT_OK)
			assert_string_equal(buf_cstr(&b), rows[i].query);
		buf_fini(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_appended_is_read_again),
		cmocka_unit_test(odd_texts_are_taken_as_they_are),
		cmocka_unit_test(what_does_not_fit_ends_it),
		cmocka_unit_test(a_query_is_read_to_its_end_or_to_what_is_wrong),
		cmocka_unit_test(a_set_is_a_name_and_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
