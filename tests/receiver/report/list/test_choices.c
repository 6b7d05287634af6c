/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/list/choices.h"

static struct choices choices_of(const char *letters)
{
	struct choices c = {.texts = NULL};

	for (; *letters != '\0'; letters++)
		assert_int_equal(choices_add(&c, (struct str){letters, 1}, 100), ERR_OK);
	return c;
}

static void each_set_of_a_product_comes_once(void **state)
{
	struct choices a = choices_of("ab");
	struct choices b = choices_of("xyz");
	const struct factor factors[] = {{"first", &a}, {"second", &b}};
	char all[64] = "";

	(void)state;
	assert_int_equal(product_count(factors, 2), 6);
	for (size_t i = 0; i < 6; i++) {
		struct report_value values[2];
		size_t len = strlen(all);

		product_at(factors, 2, i, values);
		assert_string_equal(values[0].name, "first");
		assert_string_equal(values[1].name, "second");
		(void)snprintf(all + len, sizeof(all) - len, "%s%s ", values[0].value,
		               values[1].value);
	}
	assert_string_equal(all, "ax ay az bx by bz ");
	choices_fini(&a);
	choices_fini(&b);
}

static void products_of_nothing_and_of_too_much(void **state)
{
	struct choices many = {.count = SIZE_MAX / 2};
	struct choices none = {.count = 0};
	const struct factor large[] = {{"a", &many}, {"b", &many}, {"c", &many}};
	const struct factor empty[] = {{"a", &many}, {"b", &many}, {"c", &none}};

	(void)state;
	assert_int_equal(product_count(NULL, 0), 1);
	assert_true(product_count(large, 3) == SIZE_MAX);
	assert_int_equal(product_count(empty, 3), 0);
}

static void a_text_counts_once_at_its_first_place(void **state)
{
	struct choices c = choices_of("bacabcdb");
	struct choices same = choices_of("bacd");
	struct choices other = choices_of("bacx");
	struct choices copy = {.texts = NULL};

	(void)state;
	assert_int_equal(choices_unique(&c), ERR_OK);
	assert_true(choices_same(&c, &same));
	assert_false(choices_same(&c, &other));
	assert_int_equal(choices_add(&c, STR_LIT("e"), 4), ERR_LIMIT);
	assert_int_equal(choices_copy(&c, &copy), ERR_OK);
	assert_true(choices_same(&c, &copy));
	choices_fini(&copy);
	assert_true(choices_same(&copy, &(struct choices){.count = 0}));
	choices_fini(&c);
	choices_fini(&same);
	choices_fini(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_set_of_a_product_comes_once),
		cmocka_unit_test(products_of_nothing_and_of_too_much),
		cmocka_unit_test(a_text_counts_once_at_its_first_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
