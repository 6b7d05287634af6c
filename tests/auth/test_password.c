/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/password.h"

#define SALT "c29tZXNhbHRzb21l"
#define HASH "aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"

static void a_made_hash_is_valid_and_verifies_only_its_password(void **state)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	assert_int_equal(password_hash(STR_LIT("pa:ss wörd"), hash), ERR_OK);
	assert_non_null(strstr(hash, "$argon2id$v=19$m=7168,t=5,p=1$"));
	assert_true(password_hash_is_valid(hash));
	assert_int_equal(password_verify(STR_LIT("pa:ss wörd"), hash), ERR_OK);
	assert_int_equal(password_verify(STR_LIT("pa:ss wörD"), hash), ERR_AUTH);
	assert_int_equal(password_verify(STR_EMPTY, hash), ERR_AUTH);
}

static void two_hashes_of_one_password_differ(void **state)
{
	char a[PASSWORD_HASH_SIZE];
	char b[PASSWORD_HASH_SIZE];

	(void)state;
	assert_int_equal(password_hash(STR_EMPTY, a), ERR_OK);
	assert_int_equal(password_hash(STR_EMPTY, b), ERR_OK);
	assert_string_not_equal(a, b);
	assert_int_equal(password_verify(STR_EMPTY, a), ERR_OK);
}

static void only_bounded_argon2id_strings_are_valid(void **state)
{
	static const struct {
		const char *hash;
		bool valid;
	} cases[] = {
		{"$argon2id$v=19$m=19456,t=2,p=1$" SALT "$" HASH, true},
		{"$argon2id$v=19$m=262144,t=16,p=4$" SALT "$" HASH, true},
		{"$argon2id$v=19$m=262145,t=2,p=1$" SALT "$" HASH, false},
		{"$argon2id$v=19$m=19456,t=17,p=1$" SALT "$" HASH, false},
		{"$argon2id$v=19$m=19456,t=0,p=1$" SALT "$" HASH, false},
		{"$argon2id$v=19$m=19456,t=2,p=0$" SALT "$" HASH, false},
		{"$argon2id$v=19$m=019456,t=2,p=1$" SALT "$" HASH, false},
		{"$argon2id$v=19$m=-1,t=2,p=1$" SALT "$" HASH, false},
		{"$argon2id$v=19$m=99999999999999999999,t=2,p=1$" SALT "$" HASH, false},
		{"$argon2id$v=16$m=19456,t=2,p=1$" SALT "$" HASH, false},
		{"$argon2i$v=19$m=19456,t=2,p=1$" SALT "$" HASH, false},
		{"$argon2id$v=19$m=19456,t=2,p=1$" SALT "$" HASH "$" HASH, false},
		{"$argon2id$v=19$m=19456,t=2,p=1$" SALT, false},
		{"$argon2id$v=19$m=19456,t=2,p=1$YQ$" HASH, false},
		{"$argon2id$v=19$m=19456,t=2,p=1$" SALT "$YQ", false},
		{"$argon2id$v=19$m=19456,t=2,p=1$" SALT "$*" HASH, false},
		{"$argon2id$v=19$t=2,m=19456,p=1$" SALT "$" HASH, false},
		{"$2y$10$abcdefghijklmnopqrstuv", false},
		{"secret", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (password_hash_is_valid(cases[i].hash) != cases[i].valid)
			fail_msg("%s", cases[i].hash);
	}
}

static void a_malformed_hash_opens_nothing(void **state)
{
	(void)state;
	assert_int_equal(password_verify(STR_LIT("secret"), "secret"), ERR_AUTH);
	assert_int_equal(password_verify(STR_EMPTY, ""), ERR_AUTH);
}

static void a_made_password_is_long_and_of_its_own(void **state)
{
	char first[PASSWORD_MADE_SIZE], second[PASSWORD_MADE_SIZE];

	(void)state;
	password_make(first);
	password_make(second);
	assert_int_equal(strlen(first), 32);
	assert_int_equal(strspn(first, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                               "0123456789-_"),
	                 32);
	assert_string_not_equal(first, second);
}

static int setup(void **state)
{
	(void)state;
	return auth_init() == ERR_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_made_hash_is_valid_and_verifies_only_its_password),
		cmocka_unit_test(two_hashes_of_one_password_differ),
		cmocka_unit_test(only_bounded_argon2id_strings_are_valid),
		cmocka_unit_test(a_malformed_hash_opens_nothing),
		cmocka_unit_test(a_made_password_is_long_and_of_its_own),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
