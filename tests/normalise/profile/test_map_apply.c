/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

#define SET(field, value)                                                                       \
	PROFILE_WITH_MAP("    status: {is: sent}\n    time: {at: /t, as: [rfc3339], tz: UTC}\n" \
	                 "    set: {" field ": " value "}\n")
#define STATUS(rule) PROFILE_WITH_MAP("    status: " rule "\n")
#define TIME(rule)   PROFILE_WITH_MAP("    status: {is: sent}\n    time: " rule "\n")

static const struct {
	const char *profile, *body, *wanted;
} cases[] = {
	/* fields with a kind; what does not fit goes to extra */
	{SET("message.parts", "/n"), "{\"n\":\" 2 \"}", "\"parts\":2"},
	{SET("message.parts", "/n"), "{\"n\":-3}", "\"extra\":{\"n\":-3}"},
	{SET("message.parts", "/n"), "{\"n\":0}", "\"parts\":0"},
	{SET("message.parts", "/n"), "{\"n\":\"007\"}", "\"extra\":{\"n\":\"007\"}"},
	{SET("message.parts", "/n"), "{\"n\":1.5}", "\"extra\":{\"n\":1.5}"},
	{SET("message.parts", "/n"), "{\"n\":\" \"}", "\"extra\":{\"n\":\" \"}"},
	{SET("message.parts", "/n"), "{\"n\":1234567890123456}",
         "\"extra\":{\"n\":1234567890123456}"},
	{SET("message.parts", "[/n, /m]"), "{\"n\":\"two\",\"m\":2}", "\"parts\":2},\"status\""},
	{SET("client.machine", "/b"), "{\"b\":\"YES\"}", "\"machine\":true"},
	{SET("client.machine", "/b"), "{\"b\":0}", "\"machine\":false"},
	{SET("client.machine", "/b"), "{\"b\":\"perhaps\"}", "\"extra\":{\"b\":\"perhaps\"}"},
	{SET("times.sent", "/s"), "{\"s\":\"2024-09-03T11:02:01+02:00\"}",
         "\"sent\":\"2024-09-03T09:02:01.000Z\""},
	{SET("times.sent", "/s"), "{\"s\":\"soon\"}", "\"extra\":{\"s\":\"soon\"}"},
	{SET("reason", "/r"), "{\"r\":\"mailbox_full\"}", "\"reason\":\"mailbox_full\""},
	{SET("reason", "/r"), "{\"r\":\"rain\"}", "\"extra\":{\"r\":\"rain\"}"},
	{SET("bounce.class", "/c"), "{\"c\":\"hard\"}", "\"bounce\":{\"class\":\"hard\"}"},
	{SET("bounce.class", "/c"), "{\"c\":\"medium\"}", "\"extra\":{\"c\":\"medium\"}"},
	/* statuses */
	{STATUS("{at: /s, map: {Boo: bounced}}"), "{\"s\":\" bOO\"}",
         "\"status\":\"bounced\",\"vendor_status\":\" bOO\""},
	{STATUS("{at: /s, map: {boo: bounced}}"), "{\"s\":\"bah\"}",
         "\"status\":\"unknown\",\"vendor_status\":\"bah\""},
	{STATUS("{at: /s}"), "{\"s\":\"Delivered\"}", "\"status\":\"delivered\""},
	{STATUS("{at: /s}"), "{\"s\":\"done\"}", "\"status\":\"unknown\""},
	{STATUS("{at: /s, is: clicked}"), "{\"s\":\"x\"}",
         "\"status\":\"clicked\",\"vendor_status\":\"x\""},
	{STATUS("{at: /s}"), "{\"x\":1}", "\"status\":\"unknown\",\"outcome\""},
	/* times */
	{TIME("{at: [/a, /b], as: [rfc3339], tz: UTC}"),
         "{\"a\":\"never\",\"b\":\"2024-09-03T09:02:09Z\"}",
         "\"occurred\":\"2024-09-03T09:02:09.000Z\""},
	{TIME("{at: [/a, /b], as: [rfc3339], tz: UTC}"),
         "{\"a\":\"never\",\"b\":\"2024-09-03T09:02:09Z\"}", "\"extra\":{\"a\":\"never\"}"},
	{TIME("{at: [/a, /b], as: [rfc3339], tz: UTC}"), "{\"a\":\"never\",\"b\":\"late\"}",
         "\"from\":\"received\",\"vendor_text\":\"never\""},
	{TIME("{at: [/a, /b], as: [rfc3339], tz: UTC}"), "{\"a\":\"never\",\"b\":\"late\"}",
         "\"extra\":{\"b\":\"late\"}"},
	{TIME("{at: /a, as: [epoch_s, \"%d.%m.%Y %H:%M\"], tz: Europe/Berlin}"),
         "{\"a\":\"03.09.2024 11:02\"}", "\"occurred\":\"2024-09-03T09:02:00.000Z\""},
	{TIME("{is: received}"), "{\"a\":1}", "\"time\":\"2024-09-03T09:02:09.412Z\""},
};

static void each_rule_gives_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_event_has(cases[i].profile, cases[i].body, cases[i].wanted);
}

static void id_of(const char *profile, const char *body, char ret_id[33])
{
	struct buf b;

	buf_init(&b, 1 << 20);
	events_of(profile, body, &b);

	const char *at = strstr(buf_cstr(&b), "\"id\":\"");

	assert_non_null(at);
	(void)snprintf(ret_id, 33, "%.32s", at + strlen("\"id\":\""));
	buf_fini(&b);
}

#define KEY(key)                                                                      \
	PROFILE_WITH_MAP(                                                             \
		"    key: " key "\n    status: {at: /s, map: {a: sent, b: opened}}\n" \
		"    time: {at: /t, as: [rfc3339], tz: UTC}\n    set: {message.id: /id}\n")

static const struct {
	const char *profile, *one, *two;
	bool same;
} pairs[] = {
	{KEY("[message.id]"), "{\"s\":\"a\",\"id\":1,\"x\":1}", "{\"s\":\"A\",\"id\":\"1\"}", true},
	{KEY("[message.id]"), "{\"s\":\"a\",\"id\":1}", "{\"s\":\"b\",\"id\":1}", false},
	{KEY("[message.id]"), "{\"s\":\"a\",\"id\":1}", "{\"s\":\"a\",\"id\":2}", false},
	{KEY("[message.id]"), "{\"s\":\"c\",\"id\":1}", "{\"s\":\"d\",\"id\":1}", false},
	{KEY("[message.id]"), "{\"s\":\"a\",\"x\":1}", "{\"s\":\"a\",\"x\":2}", false},
	{KEY("[message.id]"), "{\"s\":\"a\",\"x\":1}", "{\"x\":1,\"s\":\"a\"}", true},
	{KEY("[message.id, time]"), "{\"s\":\"a\",\"id\":1,\"t\":\"2024-09-03T11:00:00+02:00\"}",
         "{\"s\":\"a\",\"id\":1,\"t\":\"2024-09-03 09:00:00\"}", true},
	{KEY("[message.id, time]"), "{\"s\":\"a\",\"id\":1,\"t\":\"then\"}",
         "{\"s\":\"a\",\"id\":1,\"t\":\"now\"}", false},
	{KEY("[/x, /y]"), "{\"s\":\"a\",\"x\":\"1\",\"y\":\"\"}", "{\"s\":\"a\",\"y\":\"1\"}",
         false},
};

static void the_key_says_what_is_the_same_fact(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char one[33], two[33];

		id_of(pairs[i].profile, pairs[i].one, one);
		id_of(pairs[i].profile, pairs[i].two, two);
		if ((strcmp(one, two) == 0) != pairs[i].same)
			fail_msg("%s\n%s\n%s", pairs[i].profile, pairs[i].one, pairs[i].two);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_gives_what_it_says),
		cmocka_unit_test(the_key_says_what_is_the_same_fact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
