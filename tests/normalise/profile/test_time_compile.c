/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

#define HEAD "profile: t\nvars: {tz: {default: UTC}}\nmaps:\n  m:\n    status: {is: sent}\n"

static const struct refused_case times[] = {
	{"    time: {}\n", 1, "expected \"at\" or \"is: received\""},
	{"    time: {is: now}\n", 1, "expected \"received\""},
	{"    time: {is: received, at: /t, as: [epoch_s]}\n", 1, "exclude each other"},
	{"    time: {at: /t}\n", 1, "\"as\" is missing"},
	{"    time: {at: /t, as: []}\n", 1, "at least one time format"},
	{"    time: {at: /t, as: [iso]}\n", 1, ""},
	{"    time: {at: /t, as: [\"%Q\"]}\n", 1, ""},
	{"    time: {at: /t, as: [[epoch_s]]}\n", 1, "expected a time format"},
	{"    time: {at: /t, as: [\"%Y-%m-%d %H:%M:%S\"]}\n", 1, "can lack a zone"},
	{"    time: {at: /t, as: [rfc3339], tz: Africa/Nowhere}\n", 1, "no such time zone"},
	{"    time: {at: /t, as: [rfc3339], tz: \"${zone}\"}\n", 1, "no such variable \"zone\""},
	{"    time: {at: /t, as: [rfc3339], tz: [UTC]}\n", 1, "expected a time zone"},
	{"    time: {at: t, as: [epoch_s]}\n", 1, "is no value"},
	{"    time: {att: /t, as: [epoch_s]}\n", 1, "did you mean \"at\""},
};

static void times_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", 5, times);
}

static void every_form_of_a_time_loads(void **state)
{
	(void)state;
	profile_free(profile_good(HEAD "    time: {is: received}\n"));
	profile_free(profile_good(HEAD "    time: {at: /t, as: epoch_ms}\n"));
	profile_free(profile_good(HEAD "    time: {at: /t, as: [rfc3339]}\n"));
	profile_free(profile_good(
		HEAD "    time: {at: [/a, {at: /b, when: {at: /c, exists: true}}], as: [rfc3339, "
		     "\"%d/%m/%y %H:%M\"], tz: Europe/Paris}\n"));
	profile_free(profile_good(HEAD "    time: {at: /t, as: [rfc3339], tz: \"${tz}\"}\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_checked_with_their_line),
		cmocka_unit_test(every_form_of_a_time_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
