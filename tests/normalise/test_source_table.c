/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

#define PROFILE \
	"profile: t\nmaps: {m: {status: {is: sent}}}\nwebhooks: {a: {map: m}, b: {map: m}}\n"

static struct source *source_at(const struct profile *p, const char *account, size_t i)
{
	struct err_detail detail = {.text = ""};
	struct source *s = NULL;

	assert_int_equal(
		source_new("gw1", account, p, profile_webhook_at(p, i), NULL, 0, NULL, &s, &detail),
		ERR_OK);
	return s;
}

static void sources_are_found_by_account_and_name(void **state)
{
	static const char *const accounts[] = {"m", "z", "a", "ma"};
	struct profile *p = profile_good(PROFILE);
	struct source_table *t = NULL;

	(void)state;
	assert_int_equal(source_table_new(&t), ERR_OK);
	for (size_t i = 0; i < 8; i++) {
		struct source *s = source_at(p, accounts[i % 4], i / 4);

		assert_int_equal(source_table_add(t, s), ERR_OK);
		source_unref(s); /* the table has its own reference */
	}
	assert_int_equal(source_table_count(t), 8);
	for (size_t i = 0; i < 8; i++) {
		struct source *s = source_table_find(t, str_from(accounts[i % 4]),
		                                     i < 4 ? STR_LIT("a") : STR_LIT("b"));

		assert_non_null(s);
		assert_string_equal(source_account(s), accounts[i % 4]);
		assert_string_equal(source_name(s), i < 4 ? "a" : "b");
	}
	assert_null(source_table_find(t, STR_LIT("m"), STR_LIT("c")));
	assert_null(source_table_find(t, STR_LIT("mm"), STR_LIT("a")));
	assert_string_equal(source_account(source_table_at(t, 0)), "a");
	assert_null(source_table_at(t, 8));
	source_table_unref(t);
	profile_free(p);
}

static void one_place_takes_one_source(void **state)
{
	struct profile *p = profile_good(PROFILE);
	struct source *s = source_at(p, "x", 0), *same = source_at(p, "x", 0);
	struct source_table *t = NULL;

	(void)state;
	assert_int_equal(source_table_new(&t), ERR_OK);
	assert_int_equal(source_table_add(t, s), ERR_OK);
	assert_int_equal(source_table_add(t, same), ERR_EXISTS);
	assert_int_equal(source_table_count(t), 1);
	assert_ptr_equal(source_table_find(t, STR_LIT("x"), STR_LIT("a")), s);
	source_unref(s);
	source_unref(same);
	source_table_unref(t);
	profile_free(p);
}

static void the_last_reference_frees_the_table(void **state)
{
	struct source_table *t = NULL;

	(void)state;
	assert_int_equal(source_table_new(&t), ERR_OK);
	assert_ptr_equal(source_table_ref(t), t);
	source_table_unref(t);
	assert_int_equal(source_table_count(t), 0);
	source_table_unref(t);
	source_table_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_are_found_by_account_and_name),
		cmocka_unit_test(one_place_takes_one_source),
		cmocka_unit_test(the_last_reference_frees_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
