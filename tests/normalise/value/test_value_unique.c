/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/value/value.h"

/* Add members named by number; equal numbers are equal names; then make them unique. */
static struct value *object_of(struct arena *a, const unsigned *numbers, size_t count)
{
	struct value *o = value_new(a, VALUE_OBJECT);
	char name[16];
	struct str key;

	for (size_t i = 0; i < count; i++) {
		struct value *v = value_new(a, VALUE_NUMBER);

		(void)snprintf(name, sizeof(name), "n%u", numbers[i]);
		assert_int_equal(arena_str_dup(a, str_from(name), &key), ERR_OK);
		v->count = (uint32_t)i;
		value_add(o, key, v);
	}
	assert_int_equal(value_unique(o), ERR_OK);
	return o;
}

static void few_members_keep_the_last_of_a_name(void **state)
{
	static const unsigned numbers[] = {1, 2, 1, 3, 2, 1};
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	struct value *o = object_of(&a, numbers, 6);

	assert_int_equal(o->count, 3);
	assert_int_equal(o->first->count, 5);
	assert_int_equal(o->first->next->count, 4);
	assert_int_equal(o->last->count, 3);
	assert_null(o->last->next);
	arena_fini(&a);
}

static void many_members_keep_the_last_of_a_name(void **state)
{
	unsigned numbers[3000];
	struct arena a;
	size_t i = 0;

	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t n = 0; n < 3000; n++)
		numbers[n] = (unsigned)(n % 1000);
	struct value *o = object_of(&a, numbers, 3000);

	assert_int_equal(o->count, 1000);
	for (struct value *v = o->first; v != NULL; v = v->next, i++)
		assert_int_equal(v->count, 2000 + i);
	assert_int_equal(i, 1000);
	assert_int_equal(o->last->count, 2999);
	arena_fini(&a);
}

static void different_names_stay(void **state)
{
	static const unsigned numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_int_equal(object_of(&a, numbers, 13)->count, 13);
	assert_int_equal(object_of(&a, numbers, 0)->count, 0);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_members_keep_the_last_of_a_name),
		cmocka_unit_test(many_members_keep_the_last_of_a_name),
		cmocka_unit_test(different_names_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
