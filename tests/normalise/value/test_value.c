/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/value/value.h"

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static struct value *text_value(const char *text)
{
	struct value *v = value_new_string(&arena, str_from(text));

	assert_non_null(v);
	return v;
}

static void members_are_set_found_and_replaced_in_place(void **state)
{
	struct value *o = value_new(&arena, VALUE_OBJECT);
	struct value *first = text_value("1"), *last = text_value("3");

	(void)state;
	value_set(o, STR_LIT("a"), text_value("0"));
	value_set(o, STR_LIT("b"), text_value("2"));
	value_set(o, STR_LIT("c"), text_value("0"));
	value_set(o, STR_LIT("a"), first);
	value_set(o, STR_LIT("c"), last);
	assert_int_equal(o->count, 3);
	assert_ptr_equal(o->first, first);
	assert_ptr_equal(o->last, last);
	assert_ptr_equal(value_get(o, STR_LIT("c")), last);
	assert_null(value_get(o, STR_LIT("d")));
	assert_null(value_get(NULL, STR_LIT("a")));
	assert_null(value_get(first, STR_LIT("a")));
}

static void elements_are_found_by_index(void **state)
{
	struct value *a = value_new(&arena, VALUE_ARRAY);
	struct value *one = text_value("1"), *two = text_value("2");

	(void)state;
	assert_null(value_at(a, 0));
	value_push(a, one);
	value_push(a, two);
	assert_ptr_equal(value_at(a, 0), one);
	assert_ptr_equal(value_at(a, 1), two);
	assert_null(value_at(a, 2));
	assert_null(value_at(one, 0));
	assert_null(value_at(NULL, 0));
}

static void scalars_have_a_text(void **state)
{
	static const struct {
		enum value_kind kind;
		const char *text; /* NULL: has none */
	} cases[] = {
		{VALUE_NULL, NULL},   {VALUE_FALSE, "false"}, {VALUE_TRUE, "true"},
		{VALUE_NUMBER, "x"},  {VALUE_STRING, "x"},    {VALUE_ARRAY, NULL},
		{VALUE_OBJECT, NULL},
	};
	struct str text;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct value *v = value_new(&arena, cases[i].kind);

		v->text = STR_LIT("x");
		assert_int_equal(value_text(v, &text), cases[i].text != NULL);
		if (cases[i].text != NULL)
			assert_true(str_eq(text, str_from(cases[i].text)));
	}
	assert_false(value_text(NULL, &text));
}

static void absent_null_and_the_empty_string_are_empty(void **state)
{
	(void)state;
	assert_true(value_is_empty(NULL));
	assert_true(value_is_empty(value_new(&arena, VALUE_NULL)));
	assert_true(value_is_empty(text_value("")));
	assert_false(value_is_empty(text_value(" ")));
	assert_false(value_is_empty(value_new(&arena, VALUE_FALSE)));
	assert_false(value_is_empty(value_new(&arena, VALUE_ARRAY)));
}

static void a_full_arena_gives_no_node(void **state)
{
	struct arena small;

	(void)state;
	arena_init(&small, 8);
	assert_null(value_new(&small, VALUE_NULL));
	assert_null(value_new_string(&small, STR_LIT("x")));
	arena_fini(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_set_found_and_replaced_in_place),
		cmocka_unit_test(elements_are_found_by_index),
		cmocka_unit_test(scalars_have_a_text),
		cmocka_unit_test(absent_null_and_the_empty_string_are_empty),
		cmocka_unit_test(a_full_arena_gives_no_node),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
