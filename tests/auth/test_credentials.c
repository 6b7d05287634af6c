/* SPDX-License-Identifier: MIT */
/* Lists of pairs and their verification; password_verify() is a fake, so that verifications can be
 * counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/credentials_list.h"
#include "auth/password.h"

#define NOW_MS 1000

static unsigned verified;

/* In this test a hash is "valid:PASSWORD". */
bool password_hash_is_valid(const char *hash)
{
	return strncmp(hash, "valid:", 6) == 0;
}

enum err password_verify(struct str password, const char *hash)
{
	verified++;
	if (strcmp(hash, "valid:broken") == 0)
		return ERR_NOMEM;
	return str_eq(password, str_from(hash + 6)) ? ERR_OK : ERR_AUTH;
}

static struct credentials *rotation(void)
{
	struct credentials *c;

	assert_int_equal(credentials_new(&c), ERR_OK);
	assert_int_equal(credentials_add(c, "one", "valid:old", 0), ERR_OK);
	assert_int_equal(credentials_add(c, "two", "valid:other", 0), ERR_OK);
	assert_int_equal(credentials_add(c, "one", "valid:new", 0), ERR_OK);
	return c;
}

static void a_pair_is_right_only_with_its_own_user_name(void **state)
{
	static const struct {
		const char *username, *password;
		enum err err;
	} cases[] = {
		{"one", "old", ERR_OK},     {"one", "new", ERR_OK},   {"two", "other", ERR_OK},
		{"one", "other", ERR_AUTH}, {"two", "old", ERR_AUTH}, {"three", "old", ERR_AUTH},
		{"", "old", ERR_AUTH},      {"One", "old", ERR_AUTH}, {"on", "old", ERR_AUTH},
	};
	struct credentials *c = rotation();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct credentials_pair *pair = NULL;

		assert_int_equal(credentials_verify(c, str_from(cases[i].username),
		                                    str_from(cases[i].password), NOW_MS, &pair),
		                 cases[i].err);
		assert_int_equal(pair != NULL, cases[i].err == ERR_OK);
	}
	credentials_unref(c);
}

static void a_wrong_pair_costs_the_same_whoever_it_names(void **state)
{
	static const char *const names[] = {"one", "two", "three", ""};
	struct credentials *c = rotation();
	const struct credentials_pair *pair;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		verified = 0;
		assert_int_equal(
			credentials_verify(c, str_from(names[i]), STR_LIT("no"), NOW_MS, &pair),
			ERR_AUTH);
		assert_int_equal(verified, 2);
	}
	credentials_unref(c);
}

static void a_hash_that_cannot_be_computed_is_no_refusal(void **state)
{
	struct credentials *c;
	const struct credentials_pair *pair;

	(void)state;
	assert_int_equal(credentials_new(&c), ERR_OK);
	assert_int_equal(credentials_add(c, "one", "valid:broken", 0), ERR_OK);
	assert_int_equal(credentials_add(c, "one", "valid:new", 0), ERR_OK);
	assert_int_equal(credentials_verify(c, STR_LIT("one"), STR_LIT("new"), NOW_MS, &pair),
	                 ERR_OK);
	assert_int_equal(credentials_verify(c, STR_LIT("one"), STR_LIT("no"), NOW_MS, &pair),
	                 ERR_NOMEM);
	credentials_unref(c);
}

static void a_pair_past_its_time_opens_nothing_and_costs_the_same(void **state)
{
	static const struct {
		int64_t now_ms;
		enum err err;
	} cases[] = {{NOW_MS - 1, ERR_OK}, {NOW_MS, ERR_AUTH}, {NOW_MS + 1, ERR_AUTH}};
	struct credentials *c;

	(void)state;
	assert_int_equal(credentials_new(&c), ERR_OK);
	assert_int_equal(credentials_add(c, "one", "valid:old", NOW_MS), ERR_OK);
	assert_int_equal(credentials_add(c, "one", "valid:new", 0), ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct credentials_pair *pair = NULL;

		assert_int_equal(credentials_verify(c, STR_LIT("one"), STR_LIT("old"),
		                                    cases[i].now_ms, &pair),
		                 cases[i].err);
		verified = 0;
		assert_int_equal(credentials_verify(c, STR_LIT("one"), STR_LIT("no"),
		                                    cases[i].now_ms, &pair),
		                 ERR_AUTH);
		assert_int_equal(verified, 2);
		assert_int_equal(credentials_verify(c, STR_LIT("one"), STR_LIT("new"),
		                                    cases[i].now_ms, &pair),
		                 ERR_OK);
	}
	credentials_unref(c);
}

static void an_empty_list_opens_nothing(void **state)
{
	struct credentials *c;
	const struct credentials_pair *pair;

	(void)state;
	assert_int_equal(credentials_new(&c), ERR_OK);
	assert_int_equal(credentials_verify(c, STR_EMPTY, STR_EMPTY, NOW_MS, &pair), ERR_AUTH);
	credentials_unref(c);
}

static void what_is_no_hash_is_refused(void **state)
{
	struct credentials *c;

	(void)state;
	assert_int_equal(credentials_new(&c), ERR_OK);
	assert_int_equal(credentials_add(c, "one", "secret", 0), ERR_INVAL);
	credentials_unref(c);
}

static void a_list_lives_as_long_as_somebody_holds_it(void **state)
{
	struct credentials *c = rotation();
	const struct credentials_pair *pair;

	(void)state;
	assert_ptr_equal(credentials_ref(c), c);
	credentials_unref(c);
	assert_int_equal(credentials_verify(c, STR_LIT("one"), STR_LIT("old"), NOW_MS, &pair),
	                 ERR_OK);
	credentials_unref(c);
	credentials_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_is_right_only_with_its_own_user_name),
		cmocka_unit_test(a_wrong_pair_costs_the_same_whoever_it_names),
		cmocka_unit_test(a_hash_that_cannot_be_computed_is_no_refusal),
		cmocka_unit_test(a_pair_past_its_time_opens_nothing_and_costs_the_same),
		cmocka_unit_test(an_empty_list_opens_nothing),
		cmocka_unit_test(what_is_no_hash_is_refused),
		cmocka_unit_test(a_list_lives_as_long_as_somebody_holds_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
