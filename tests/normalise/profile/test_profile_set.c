/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/profile.h"
#include "tests/folder.h"

static struct profile_set *set_open(void)
{
	struct err_detail detail = {.text = ""};
	struct profile_set *set = NULL;

	if (profile_set_new(&set, &detail) != ERR_OK)
		fail_msg("%s:%u: %s: %s", detail.file, detail.line, detail.key, detail.text);
	return set;
}

static void the_built_in_profiles_load(void **state)
{
	struct profile_set *set = set_open();
	const struct profile *p = profile_set_get(set, STR_LIT("everlytic"));

	(void)state;
	assert_non_null(p);
	assert_int_equal(profile_webhook(p, STR_LIT("sms"))->methods, METHOD_POST | METHOD_GET);
	assert_int_equal(profile_webhook(p, STR_LIT("sms"))->invalid, 200);
	assert_int_equal(profile_webhook(p, STR_LIT("email"))->methods,
	                 METHOD_POST | METHOD_GET | METHOD_PUT | METHOD_PATCH | METHOD_DELETE);
	p = profile_set_get(set, STR_LIT("generic"));
	assert_non_null(p);
	assert_int_equal(profile_webhook(p, STR_LIT("json"))->invalid, 400);
	assert_true(profile_webhook(p, STR_LIT("json"))->takes_map);
	assert_true(profile_set_count(set) >= 6);
	assert_string_equal(profile_name(profile_set_at(set, 0)), "constant-contact");
	assert_null(profile_set_at(set, profile_set_count(set)));
	assert_null(profile_set_get(set, STR_LIT("nobody")));
	profile_set_free(set);
	profile_set_free(NULL);
}

static void a_folder_adds_and_replaces(void **state)
{
	struct err_detail detail = {.text = ""};
	struct profile_set *set = set_open();
	size_t before = profile_set_count(set);
	struct folder f;

	(void)state;
	folder_open(&f);
	folder_put(&f, "b.yaml", "profile: acme\n");
	folder_put(&f, "a.yaml", "profile: everlytic\nabout: mine\n");
	folder_put(&f, "notes.txt", "not: a profile\n");
	folder_put(&f, ".hidden.yaml", "not: a profile\n");
	assert_int_equal(profile_set_add_folder(set, f.path, &detail), ERR_OK);
	assert_int_equal(profile_set_count(set), before + 1);
	assert_string_equal(profile_about(profile_set_get(set, STR_LIT("everlytic"))), "mine");
	assert_non_null(profile_set_get(set, STR_LIT("acme")));
	folder_close(&f);
	profile_set_free(set);
}

static void one_name_twice_in_a_folder_is_refused(void **state)
{
	struct err_detail detail = {.text = ""};
	struct profile_set *set = set_open();
	struct folder f;

	(void)state;
	folder_open(&f);
	folder_put(&f, "a.yaml", "profile: acme\n");
	folder_put(&f, "b.yaml", "profile: acme\n");
	assert_int_equal(profile_set_add_folder(set, f.path, &detail), ERR_EXISTS);
	assert_string_equal(detail.file, f.made[1]);
	assert_non_null(strstr(detail.text, "\"acme\""));
	folder_close(&f);
	profile_set_free(set);
}

static void a_wrong_file_is_named(void **state)
{
	struct err_detail detail = {.text = ""};
	struct profile_set *set = set_open();
	struct folder f;

	(void)state;
	folder_open(&f);
	folder_put(&f, "a.yaml", "profile: acme\n\nwebhook: {}\n");
	assert_int_equal(profile_set_add_folder(set, f.path, &detail), ERR_PARSE);
	assert_string_equal(detail.file, f.made[0]);
	assert_int_equal(detail.line, 3);
	assert_null(profile_set_get(set, STR_LIT("acme")));
	folder_close(&f);
	profile_set_free(set);
}

static void a_missing_folder_is_told(void **state)
{
	struct err_detail detail = {.text = ""};
	struct profile_set *set = set_open();

	(void)state;
	assert_int_equal(profile_set_add_folder(set, "/nowhere/at/all", &detail), ERR_NOENT);
	assert_string_equal(detail.file, "/nowhere/at/all");
	assert_int_equal(profile_set_add_folder(set, "/dev/null", &detail), ERR_IO);
	profile_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_built_in_profiles_load),
		cmocka_unit_test(a_folder_adds_and_replaces),
		cmocka_unit_test(one_name_twice_in_a_folder_is_refused),
		cmocka_unit_test(a_wrong_file_is_named),
		cmocka_unit_test(a_missing_folder_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
