/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

/* A map that sets `text` by the value under test. */
#define TEXT(value)                                                                                \
	PROFILE_WITH_MAP("    status: {is: sent}\n    time: {at: /t, as: [epoch_s, rfc3339], tz: " \
	                 "Africa/Johannesburg}\n    set: {text: " value "}\n")
#define FIELDS(value) PROFILE_WITH_MAP("    status: {is: sent}\n    set: {fields: " value "}\n")

static const struct {
	const char *profile, *body, *wanted;
} cases[] = {
	{TEXT("/a/b/0"), "{\"a\":{\"b\":[7.50]}}", "\"text\":\"7.50\""},
	{TEXT("/a"), "{\"a\":true}", "\"text\":\"true\""},
	{TEXT("[/a, /b]"), "{\"a\":\"\",\"b\":\"x\"}", "\"text\":\"x\""},
	{TEXT("[/a, /b]"), "{\"a\":null,\"b\":\"x\"}", "\"text\":\"x\""},
	{TEXT("[/a, /b]"), "{\"a\":{},\"b\":\"x\"}", "\"text\":\"x\""},
	{TEXT("[/a, \"=none\"]"), "{\"c\":1}", "\"text\":\"none\""},
	{TEXT("\"@query/from\""), "{\"c\":1}", "\"text\":\"q\""},
	{TEXT("{at: /a, do: [trim, upper]}"), "{\"a\":\" x \"}", "\"text\":\"X\""},
	{TEXT("{at: [/a, /b], do: [digits]}"), "{\"a\":\"none\",\"b\":\"n1\"}", "\"text\":\"1\""},
	{TEXT("{at: /a, map: {Yes: y, no: n}}"), "{\"a\":\"YES\"}", "\"text\":\"y\""},
	{TEXT("[{at: /a, map: {yes: y}}, /b]"), "{\"a\":\"no\",\"b\":\"B\"}",
         "\"text\":\"B\",\"extra\":{\"a\":\"no\"}"},
	{TEXT("{at: [/a, /b], map: {yes: y}}"), "{\"a\":\"no\",\"b\":\"yes\"}",
         "\"text\":\"y\",\"extra\":{\"a\":\"no\"}"},
	{TEXT("{at: /a, when: {at: /k, is: Reply}}"), "{\"a\":\"x\",\"k\":\"REPLY\"}",
         "\"text\":\"x\""},
	{TEXT("[{at: /a, when: {at: /k, is: [p, q]}}, =else]"), "{\"a\":\"x\",\"k\":\"r\"}",
         "\"text\":\"else\""},
	{TEXT("[{at: /a, when: {at: /k, is_not: [p, R]}}, =else]"), "{\"a\":\"x\",\"k\":\"r\"}",
         "\"text\":\"else\""},
	{TEXT("[{at: /a, when: {at: /k, is_not: p}}, =else]"), "{\"a\":\"x\",\"k\":\"r\"}",
         "\"text\":\"x\""},
	{TEXT("[{at: /a, when: {at: /k, is_not: p}}, =else]"), "{\"a\":\"x\"}",
         "\"text\":\"else\""},
	{TEXT("{at: /a, when: [{at: /k, exists: true}, {at: /l, exists: false}]}"),
         "{\"a\":\"x\",\"k\":{},\"l\":\"\"}", "\"text\":\"x\""},
	{TEXT("{at: /a, when: {at: [/k, /l], do: [trim], is: y}}"),
         "{\"a\":\"x\",\"k\":\"\",\"l\":\" Y \"}", "\"text\":\"x\""},
	{TEXT("{at: /a, when: {at: /k, do: [digits], exists: false}}"),
         "{\"a\":\"x\",\"k\":\"none\"}", "\"text\":\"x\""},
	{TEXT("{at: /a, do: [split]}"), "{\"a\":\" , b ,c\"}", "\"text\":\"b\""},
	{TEXT("{at: /a, do: [split, upper, join], sep: \";\"}"), "{\"a\":\"a; b;;\"}",
         "\"text\":\"A;B;;\""},
	{TEXT("{at: /a, do: [join]}"), "{\"a\":[\"a\",2,{\"x\":1},true]}", "\"text\":\"a,2,true\""},
	{TEXT("{at: /a, do: [join]}"), "{\"a\":\"one\"}", "\"text\":\"one\""},
	{TEXT("{at: /a, do: [time]}"), "{\"a\":\"2024-09-03 11:02:09\"}",
         "\"text\":\"2024-09-03T09:02:09.000Z\""},
	{TEXT("{at: /a, do: [time]}"), "{\"a\":1725354129}",
         "\"text\":\"2024-09-03T09:02:09.000Z\""},
	{TEXT("{at: /a, do: [time]}"), "{\"a\":\"soon\"}", "\"text\":\"soon\""},
	{TEXT("{at: /a, do: [status_word]}"), "{\"a\":\"x.sent\"}",
         "\"text\":\"sent\",\"extra\":{\"a\":\"x.sent\"}"},
	{FIELDS("/f"), "{\"f\":{\"a\":1,\"b\":\"x\",\"c\":{\"d\":2},\"e\":\"\"}}",
         "\"fields\":{\"a\":\"1\",\"b\":\"x\"},\"extra\":{\"f\":{\"c\":{\"d\":2}"},
	{FIELDS("{at: [/n, /v], do: [zip]}"), "{\"n\":\"a, b\",\"v\":[1,\"\"]}",
         "\"fields\":{\"a\":\"1\"}"},
	{FIELDS("{at: [/n, /v], do: [zip], sep: \"|\"}"), "{\"n\":\"a|b\",\"v\":\"x|y\"}",
         "\"fields\":{\"a\":\"x\",\"b\":\"y\"}"},
	{FIELDS("{at: [/n, /v], do: [zip]}"), "{\"n\":\"a,b\",\"v\":\"x\"}",
         "\"extra\":{\"n\":\"a,b\",\"v\":\"x\"}"},
	{FIELDS("{at: [/n, /v], do: [zip]}"), "{\"n\":\"a,b,a\",\"v\":\"1,2,3\"}",
         "\"fields\":{\"a\":\"3\",\"b\":\"2\"}"},
	{FIELDS("{at: [/n, /v], do: [zip]}"), "{\"n\":\"a\"}", "\"extra\":{\"n\":\"a\"}"},
	{FIELDS("[{at: /f, when: {at: /k, exists: true}}, /g]"),
         "{\"f\":{\"a\":1},\"g\":{\"b\":2}}", "\"fields\":{\"b\":\"2\"},\"extra\":{\"f\":"},
};

static void each_value_gives_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_event_has(cases[i].profile, cases[i].body, cases[i].wanted);
}

static const struct {
	const char *profile, *body, *unwanted;
} silent[] = {
	{TEXT("{at: /a, when: {at: /k, is: x}}"), "{\"a\":\"1\"}", "\"text\""},
	{TEXT("/a"), "{\"a\":[\"x\"],\"b\":1}", "\"text\""},
	{TEXT("/a"), "{\"a\":\"\",\"b\":1}", "\"a\":\"\""},
	{TEXT("{at: /a, do: [status_word]}"), "{\"a\":\"nothing\"}", "\"text\""},
	{TEXT("\"@up/x\""), "{\"a\":\"1\"}", "\"text\""},
	{TEXT("\"@hdr/ce-id\""), "{\"a\":\"1\"}", "\"text\""},
	{TEXT("\"@each/campaign\""), "{\"a\":\"1\"}", "\"text\""},
	{FIELDS("/f"), "{\"f\":\"text\"}", "\"fields\""},
	{FIELDS("/f"), "{\"f\":{\"a\":\"\"},\"b\":1}", "\"fields\""},
};

static void a_long_list_of_pairs_takes_no_long_time(void **state)
{
	static char body[1200000];
	size_t at = (size_t)snprintf(body, sizeof(body), "{\"n\":\"");

	(void)state;
	for (int i = 0; i < 60000; i++)
		at += (size_t)snprintf(body + at, sizeof(body) - at, "n%d,", i);
	at += (size_t)snprintf(body + at, sizeof(body) - at, "\",\"v\":\"");
	for (int i = 0; i < 60000; i++)
		at += (size_t)snprintf(body + at, sizeof(body) - at, "v%d,", i);
	(void)snprintf(body + at, sizeof(body) - at, "\"}");

	clock_t from = clock();

	assert_event_has(FIELDS("{at: [/n, /v], do: [zip]}"), body, "\"n59999\":\"v59999\"");
	/* compared one by one with all before them they took 25 s of processor time */
	assert_true(clock() - from < 5 * CLOCKS_PER_SEC);
}

static void nothing_is_made_of_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		assert_event_lacks(silent[i].profile, silent[i].body, silent[i].unwanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_gives_what_it_says),
		cmocka_unit_test(a_long_list_of_pairs_takes_no_long_time),
		cmocka_unit_test(nothing_is_made_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
