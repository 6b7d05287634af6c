/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/list/combo.h"

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
		cmocka_unit_test(sets_are_compared_by_names_and_values),
		cmocka_unit_test(no_address_gets_into_the_log),
		cmocka_unit_test(a_key_is_that_of_the_run_under_another_name),
		cmocka_unit_test(a_key_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
