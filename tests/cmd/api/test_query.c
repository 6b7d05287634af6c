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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_appended_is_read_again),
		cmocka_unit_test(odd_texts_are_taken_as_they_are),
		cmocka_unit_test(what_does_not_fit_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
