/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/reports_plan.h"

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

static struct combo *combo_of(const char *first, const char *second)
{
	const struct report_value values[] = {{"message", first}, {"type", second}};
	struct combo *c = NULL;

	assert_int_equal(combo_new(values, second != NULL ? 2 : 1, &c), ERR_OK);
	return c;
}

static void sets_are_compared_by_names_and_values(void **state)
{
	struct combo *a = combo_of("1", "opens");
	struct combo *b = combo_of("1", "opens");
	struct combo *c = combo_of("1", "sends");
	struct combo *d = combo_of("1", NULL);

	(void)state;
	assert_int_equal(combo_cmp(a, b), 0);
	assert_true(combo_cmp(a, c) < 0);
	assert_true(combo_cmp(c, a) > 0);
	assert_true(combo_cmp(d, a) < 0);
	combo_free(a);
	combo_free(b);
	combo_free(c);
	combo_free(d);
	combo_free(NULL);
}

static void no_address_gets_into_the_log(void **state)
{
	struct combo *plain = combo_of("512", "opens");
	struct combo *person = combo_of("jane@example.net", "opens");
	char text[64];
	char small[8];

	(void)state;
	combo_text(plain, text, sizeof(text));
	assert_string_equal(text, "message=512 type=opens");
	combo_text(person, text, sizeof(text));
	assert_string_equal(text, "message=… type=opens");
	combo_text(plain, small, sizeof(small));
	assert_string_equal(small, "message");
	combo_free(plain);
	combo_free(person);
}

static void a_key_is_that_of_the_run_under_another_name(void **state)
{
	struct combo *c = combo_of("512", "opens");
	struct buf run;
	struct buf due;

	(void)state;
	buf_init(&run, 512);
	buf_init(&due, 512);
	assert_int_equal(
		report_run_key(STR_LIT("acme"), STR_LIT("clicks"), c->values, c->count, &run),
		ERR_OK);
	assert_int_equal(combo_key("acme", "clicks", c, &due), ERR_OK);
	assert_string_equal(buf_cstr(&due) + 3, buf_cstr(&run) + 6);
	assert_memory_equal(buf_cstr(&due), "due/acme/clicks/", 16);
	buf_fini(&run);
	buf_fini(&due);
	combo_free(c);
}

static void a_key_that_is_too_long_is_refused(void **state)
{
	char long_text[600];
	struct combo *c;
	struct buf due;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	c = combo_of(long_text, "opens");
	buf_init(&due, 4096);
	assert_int_equal(combo_key("acme", "clicks", c, &due), ERR_LIMIT);
	buf_fini(&due);
	combo_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_set_of_a_product_comes_once),
		cmocka_unit_test(products_of_nothing_and_of_too_much),
		cmocka_unit_test(a_text_counts_once_at_its_first_place),
		cmocka_unit_test(sets_are_compared_by_names_and_values),
		cmocka_unit_test(no_address_gets_into_the_log),
		cmocka_unit_test(a_key_is_that_of_the_run_under_another_name),
		cmocka_unit_test(a_key_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
