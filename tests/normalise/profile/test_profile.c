/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

static const struct refused_case profiles[] = {
	{"about: x\n", 1, "\"profile\" is missing"},
	{"profile: Big Name\n", 1, "lower-case letters"},
	{"profile: \"\"\n", 1, "lower-case letters"},
	{"profile: [t]\n", 1, "lower-case letters"},
	{"profile: t\nabout: [x]\n", 2, "one line of text"},
	{"profile: t\nreport: {}\n", 2, "unknown key \"report\""},
	{"profile: t\nmaps: [x]\n", 2, "expected {name"},
	{"profile: t\nwebhooks: x\n", 2, "expected {name"},
	{"profile: t\nvars: [x]\n", 2, "expected {name"},
	{"profile: t\nvars: {a: {def: x}}\n", 2, "unknown key \"def\""},
	{"profile: t\nvars: {a: {default: [x]}}\n", 2, "expected a text"},
	{"profile: t\nvars: {a: {secret: 1}}\n", 2, "expected true or false"},
	{"profile: t\nvars: {a: , from: }\n", 2, "a name that requests use"},
	{"profile: t\nvars:\n  hook.url:\n", 3, "a name that requests use"},
	{"profile: t\nbases: https://a\n", 2, "did you mean \"base\""},
	{"profile: t\nlist: {}\n", 2, "did you mean \"lists\""},
	{"- profile\n", 1, ""},
};

static void documents_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED("", "", 0, profiles);
}

static void a_profile_gives_its_parts(void **state)
{
	struct profile *p = profile_good("profile: acme\nabout: Acme's texts\n"
	                                 "vars: {tz: {default: UTC}, key: {secret: true}, host: }\n"
	                                 "maps: {m: {status: {is: sent}}}\n"
	                                 "webhooks: {b: {map: m}, a: {map: m}}\n");

	(void)state;
	assert_string_equal(profile_name(p), "acme");
	assert_string_equal(profile_about(p), "Acme's texts");
	assert_int_equal(profile_var_count(p), 3);
	assert_string_equal(profile_var_at(p, 0)->name, "tz");
	assert_string_equal(profile_var_at(p, 0)->fallback, "UTC");
	assert_false(profile_var_at(p, 0)->secret);
	assert_null(profile_var_at(p, 1)->fallback);
	assert_true(profile_var_at(p, 1)->secret);
	assert_null(profile_var_at(p, 2)->fallback);
	assert_null(profile_var_at(p, 3));
	assert_int_equal(profile_webhook_count(p), 2);
	assert_string_equal(profile_webhook_at(p, 0)->name, "b");
	assert_null(profile_webhook_at(p, 2));
	assert_ptr_equal(profile_webhook(p, STR_LIT("a")), profile_webhook_at(p, 1));
	assert_null(profile_webhook(p, STR_LIT("c")));
	profile_free(p);
}

static void the_smallest_profile_has_a_name(void **state)
{
	struct profile *p = profile_good("profile: t\n");

	(void)state;
	assert_string_equal(profile_about(p), "");
	assert_int_equal(profile_webhook_count(p), 0);
	profile_free(p);
	profile_free(NULL);
}

static void a_profile_lives_until_its_last_reference_goes(void **state)
{
	struct profile *p = profile_good("profile: acme\nmaps: {m: {status: {is: sent}}}\n"
	                                 "webhooks: {a: {map: m}}\n");
	struct profile *other = profile_ref(p);

	(void)state;
	assert_ptr_equal(other, p);
	profile_free(p);
	assert_string_equal(profile_name(other), "acme");
	assert_string_equal(profile_webhook_at(other, 0)->name, "a");
	profile_free(other); /* the leak checker tells if this was not the last one */
}

static void a_profile_that_is_read_again_is_the_same(void **state)
{
	static const char text[] = "profile: acme\nmaps: {m: {status: {is: sent}}}\n"
				   "webhooks: {a: {map: m}}\n";
	struct profile *p = profile_good(text);
	struct profile *again = profile_good(text);
	struct profile *other = profile_good("profile: acme\nmaps: {m: {status: {is: delivered}}}\n"
	                                     "webhooks: {a: {map: m}}\n");

	(void)state;
	assert_true(profile_same(p, p));
	assert_true(profile_same(p, again));
	assert_false(profile_same(p, other));
	profile_free(p);
	profile_free(again);
	profile_free(other);
}

static void too_many_maps_are_refused(void **state)
{
	static char text[32 * 1024] = "profile: t\nmaps:\n";
	struct err_detail detail = {.text = ""};
	struct profile *p = NULL;
	size_t at = strlen(text);

	(void)state;
	for (int i = 0; i < 300; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		                       "  m%d: {status: {is: sent}}\n", i);
	assert_int_equal(profile_from(text, &p, &detail), ERR_PARSE);
	assert_non_null(strstr(detail.text, "more than 256"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_checked_with_their_line),
		cmocka_unit_test(a_profile_gives_its_parts),
		cmocka_unit_test(the_smallest_profile_has_a_name),
		cmocka_unit_test(a_profile_lives_until_its_last_reference_goes),
		cmocka_unit_test(a_profile_that_is_read_again_is_the_same),
		cmocka_unit_test(too_many_maps_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
