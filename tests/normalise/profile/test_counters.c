/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/value/json_reader.h"
#include "tests/normalise/profile/profile_text.h"

#define COUNTERS(rule)                                                                          \
	PROFILE_WITH_MAP("    key: [campaign.id]\n    counters: " rule                          \
	                 "\n    set: {campaign.id: /id, campaign.name: /name, channel: =sms}\n" \
	                 "    time: {at: /last, as: [rfc3339]}\n")

#define SUMMARY \
	COUNTERS("{at: /counts, map: {sends: sent, clicks: clicked, optouts: unsubscribed}}")

static const struct refused_case refused[] = {
	{"  m: {key: [/id], status: {is: sent}, counters: {at: /n, status: sent}}\n", 1,
         "\"counters\" and \"status\" exclude each other"},
	{"  m: {counters: {at: /n, status: sent}}\n", 1, "counters need a \"key\""},
	{"  m: {key: [/id], counters: []}\n", 1, "at least one counter"},
	{"  m: {key: [/id], counters: {}}\n", 1, "\"at\" is missing"},
	{"  m: {key: [/id], counters: x}\n", 1, "expected keys"},
	{"  m: {key: [/id], counters: {at: /n}}\n", 1, "\"map\" or \"status\", one of them"},
	{"  m: {key: [/id], counters: {at: /n, map: {a: sent}, status: sent}}\n", 1,
         "\"map\" or \"status\", one of them"},
	{"  m: {key: [/id], counters: {at: /n, status: posted}}\n", 1, "\"posted\" is none"},
	{"  m: {key: [/id], counters: {at: /n, status: [sent]}}\n", 1, "none of our 18"},
	{"  m: {key: [/id], counters: {at: /n, map: {}}}\n", 1, "expected {member: status}"},
	{"  m: {key: [/id], counters: {at: /n, map: {\"\": sent}}}\n", 1, "name of a member"},
	{"  m: {key: [/id], counters: {at: /n, map: {a: sent, b: sent}}}\n", 1,
         "\"sent\" has a counter already"},
	{"  m: {key: [/id], counters: [{at: /n, status: sent}, {at: /m, status: sent}]}\n", 1,
         "\"sent\" has a counter already"},
	{"  m: {key: [/id], counters: {at: n, status: sent}}\n", 1, "no JSON Pointer"},
	{"  m: {key: [/id], counters: {at: /a/*, status: sent}}\n", 1, "'*' is not allowed"},
	{"  m: {key: [/id], counters: {at: \"\", status: sent}}\n", 1, "expected a JSON Pointer"},
	{"  m: {key: [/id], counters: {at: , map: {a: sent}}}\n", 1, "expected a JSON Pointer"},
	{"  m: {key: [/id], counters: {at: [/n], status: sent}}\n", 1, "expected a JSON Pointer"},
	{"  m: {key: [/id], counters: {at: /n, status: sent, do: [trim]}}\n", 1, "unknown key"},
	{"  m: {key: [/id], counters: {at: /n, status: sent}, ordinal: true}\n", 1,
         "counters have no ordinal"},
	{"  m: {key: [/id], status: {is: sent}, ordinal: 1}\n", 1, "expected true or false"},
	{"  m: {key: [/id], status: {is: sent}, ordinal: [true]}\n", 1, "expected true or false"},
};

static void counters_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED("profile: t\nmaps:\n", "", 2, refused);
}

struct seen {
	struct event events[32]; /* their slices are gone */
	char json[32][2048];
	size_t count;
	char cause[64];
	char text[320];
};

static void see(const char *profile_text, const char *body, struct seen *s)
{
	struct profile *p = profile_good(profile_text);
	struct source *source = source_good(p);
	struct payload payload = {.via = PAYLOAD_REPORT, .body = str_from(body)};
	struct normaliser *n = NULL;
	struct normalise_bad bad;
	enum normalise_result r;

	memset(s, 0, sizeof(*s));
	assert_int_equal(normaliser_new(source, &payload, NORMALISE_MEMORY_DEFAULT, &n), ERR_OK);
	while ((r = normaliser_next(n, &s->events[s->count], &bad)) != NORMALISE_END) {
		if (r == NORMALISE_EVENT) {
			(void)snprintf(s->json[s->count], sizeof(s->json[0]), "%.*s",
			               STR_FMT(s->events[s->count].json));
			assert_int_equal(json_check(s->events[s->count].json, NULL), ERR_OK);
			s->count++;
			assert_true(s->count < 32);
			continue;
		}
		assert_int_equal(r, NORMALISE_BAD_RECORD);
		(void)snprintf(s->cause, sizeof(s->cause), "%s", bad.cause);
		(void)snprintf(s->text, sizeof(s->text), "%s", bad.detail.text);
	}
	normaliser_free(n);
	source_unref(source);
	profile_free(p);
}

static void assert_has(const struct seen *s, size_t i, const char *part)
{
	if (strstr(s->json[i], part) == NULL)
		fail_msg("no %s in %s", part, s->json[i]);
}

static void each_counter_is_a_campaign_event(void **state)
{
	struct seen s;

	(void)state;
	see(SUMMARY,
	    "{\"id\":\"c-1\",\"name\":\"Harvest\",\"last\":\"2024-09-03T10:00:05.000-04:00\","
	    "\"counts\":{\"clicks\":37,\"sends\":\" 412 \",\"opens\":9},\"percent\":98}",
	    &s);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.cause, "");
	assert_int_equal(s.events[0].status, STATUS_SENT);
	assert_true(s.events[0].is_campaign);
	assert_true(s.events[0].has_count);
	assert_int_equal(s.events[0].count, 412);
	assert_int_equal(s.events[1].status, STATUS_CLICKED);
	assert_int_equal(s.events[1].count, 37);
	assert_has(&s, 0, "\"type\":\"campaign2mqtt.campaign.sent.v1\"");
	assert_has(&s, 0, "\"subject\":\"campaigns/c-1\"");
	assert_has(&s, 0, "\"time\":\"2024-09-03T14:00:05.000Z\"");
	assert_has(&s, 0,
	           "\"status\":\"sent\",\"outcome\":\"pending\",\"final\":false,\"count\":412,");
	assert_has(&s, 1, "\"status\":\"clicked\",");
	assert_has(&s, 1, "\"count\":37,");
	for (size_t i = 0; i < 2; i++)
		assert_has(&s, i, "\"extra\":{\"counts\":{\"opens\":9},\"percent\":98},");
}

static void the_place_for_a_delta_is_behind_the_count(void **state)
{
	struct seen s;

	(void)state;
	see(SUMMARY, "{\"id\":\"c-1\",\"counts\":{\"clicks\":37}}", &s);
	assert_int_equal(s.count, 1);

	const char *at = s.json[0] + s.events[0].delta_at;

	assert_memory_equal(at - strlen("\"count\":37"), "\"count\":37", strlen("\"count\":37"));
	assert_memory_equal(at, ",\"times\":", strlen(",\"times\":"));
}

static const struct {
	const char *value, *extra; /* NULL: a counter */
	int64_t count;
} numbers[] = {
	{"0", NULL, 0},
	{"\"0\"", NULL, 0},
	{"\"007\"", NULL, 7},
	{"9007199254740992", NULL, INT64_C(9007199254740992)},
	{"\"9007199254740993\"", "\"9007199254740993\"", 0},
	{"99999999999999999999999", "\"99999999999999999999999\"", 0},
	{"-1", "-1", 0},
	{"-0", "-0", 0},
	{"1.5", "1.5", 0},
	{"1.0", "1.0", 0},
	{"1e3", "1e3", 0},
	{"\"+1\"", "\"+1\"", 0},
	{"\"many\"", "\"many\"", 0},
	{"\"1 2\"", "\"1 2\"", 0},
	{"\" \"", "\" \"", 0},
	{"true", "true", 0},
	{"[1]", "[1]", 0},
	{"{\"n\":1}", "{\"n\":1}", 0},
};

static void what_is_no_counter_stays_in_extra(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct seen s;
		char body[256], wanted[256];

		(void)snprintf(body, sizeof(body),
		               "{\"id\":\"c\",\"counts\":{\"sends\":5,\"clicks\":%s}}",
		               numbers[i].value);
		see(SUMMARY, body, &s);
		assert_int_equal(s.count, numbers[i].extra == NULL ? 2 : 1);
		if (numbers[i].extra == NULL) {
			assert_int_equal(s.events[1].count, numbers[i].count);
			assert_null(strstr(s.json[0], "extra"));
			continue;
		}
		(void)snprintf(wanted, sizeof(wanted), "\"extra\":{\"counts\":{\"clicks\":%s}}",
		               numbers[i].extra);
		if (strstr(s.json[0], wanted) == NULL)
			fail_msg("%s: %s", numbers[i].value, s.json[0]);
	}
}

static void what_says_nothing_gives_nothing(void **state)
{
	struct seen s;

	(void)state;
	see(SUMMARY, "{\"id\":\"c\",\"counts\":{\"sends\":5,\"clicks\":null,\"optouts\":\"\"}}",
	    &s);
	assert_int_equal(s.count, 1);
	assert_null(strstr(s.json[0], "extra"));
}

static const struct {
	const char *body, *text;
} shapeless[] = {
	{"{\"id\":\"c\",\"counts\":{\"sends\":null,\"clicks\":-1}}", "no counter"},
	{"{\"id\":\"c\",\"counts\":{}}", "no counter"},
	{"{\"id\":\"c\",\"counts\":null}", "no counter"},
	{"{\"id\":\"c\",\"counts\":[1,2]}", "no counter"},
	{"{\"id\":\"c\",\"counts\":7}", "no counter"},
	{"{\"id\":\"c\"}", "no counter"},
	{"{\"counts\":{\"sends\":5}}", "key is missing"},
	{"{\"id\":\"\",\"counts\":{\"sends\":5}}", "key is missing"},
};

static void a_record_without_a_counter_or_its_owner_is_a_dead_letter(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shapeless) / sizeof(shapeless[0]); i++) {
		struct seen s;

		see(SUMMARY, shapeless[i].body, &s);
		assert_int_equal(s.count, 0);
		assert_string_equal(s.cause, "unmapped_shape");
		if (strstr(s.text, shapeless[i].text) == NULL)
			fail_msg("%s: %s", shapeless[i].body, s.text);
	}
}

static void names_are_compared_without_case_and_a_second_one_stays(void **state)
{
	struct seen s;

	(void)state;
	see(SUMMARY, "{\"id\":\"c\",\"counts\":{\"SENDS\":\"x\",\"Sends\":5,\"sends\":6}}", &s);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.events[0].count, 5);
	assert_has(&s, 0, "\"extra\":{\"counts\":{\"SENDS\":\"x\",\"sends\":6}}");
}

static void one_number_is_a_counter_and_several_make_a_list(void **state)
{
	struct seen s;

	(void)state;
	see(COUNTERS("{at: /RecipientCount, status: sent}"),
	    "{\"id\":1,\"RecipientCount\":\"250\"}", &s);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.events[0].count, 250);
	assert_null(strstr(s.json[0], "extra"));
	see(COUNTERS("[{at: /a/0, status: sent}, {at: /b, status: opened}, "
	             "{at: \"\", map: {c: clicked}}]"),
	    "{\"id\":1,\"a\":[3],\"b\":4,\"c\":5}", &s);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.events[0].status, STATUS_SENT);
	assert_int_equal(s.events[1].count, 4);
	assert_int_equal(s.events[2].count, 5);
}

static void an_id_has_the_count_and_a_tally_has_not(void **state)
{
	struct seen a, b;

	(void)state;
	see(SUMMARY, "{\"id\":\"c\",\"counts\":{\"sends\":5,\"clicks\":5}}", &a);
	see(SUMMARY, "{\"id\":\"c\",\"x\":1,\"counts\":{\"sends\":6,\"clicks\":5}}", &b);
	assert_memory_not_equal(a.events[0].id, b.events[0].id, EVENT_ID_BYTES);
	assert_memory_equal(a.events[0].tally, b.events[0].tally, EVENT_ID_BYTES);
	assert_memory_equal(a.events[1].id, b.events[1].id, EVENT_ID_BYTES);
	assert_memory_not_equal(a.events[0].tally, a.events[1].tally, EVENT_ID_BYTES);
	assert_memory_not_equal(a.events[0].tally, a.events[0].id, EVENT_ID_BYTES);
}

#define BOTH                                                                  \
	"profile: t\nmaps:\n"                                                 \
	"  n: {key: [/id], counters: {at: /n, status: sent}}\n"               \
	"  m: {when: {at: /s, exists: true}, key: [/id], status: {at: /s}}\n" \
	"webhooks: {hook: {map: [n, m]}}\n"

static void counters_and_messages_come_from_one_list(void **state)
{
	struct seen s;

	(void)state;
	see(BOTH, "[{\"id\":1,\"n\":3,\"s\":\"opened\"},{\"id\":2,\"s\":\"clicked\"},{\"id\":3}]",
	    &s);
	assert_int_equal(s.count, 3);
	assert_has(&s, 0, "campaign.sent.v1");
	assert_has(&s, 1, "message.opened.v1");
	assert_null(strstr(s.json[1], "\"count\""));
	assert_has(&s, 1, "\"extra\":{\"id\":1,\"n\":3}");
	assert_false(s.events[1].has_count);
	assert_int_equal(s.events[1].count, 0);
	assert_has(&s, 2, "message.clicked.v1");
	assert_string_equal(s.cause, "unmapped_shape");
}

#define LIKE(base, child)                                                \
	"profile: t\nmaps:\n"                                            \
	"  base: {key: [/id], " base "}\n  m: {like: base, " child "}\n" \
	"webhooks: {hook: {map: m}}\n"

static void the_nearest_of_status_and_counters_holds(void **state)
{
	struct seen s;

	(void)state;
	see(LIKE("status: {is: opened}", "counters: {at: /n, status: sent}"), "{\"id\":1,\"n\":3}",
	    &s);
	assert_has(&s, 0, "campaign.sent.v1");
	see(LIKE("counters: {at: /n, status: sent}", "status: {is: opened}"), "{\"id\":1,\"n\":3}",
	    &s);
	assert_has(&s, 0, "message.opened.v1");
	see(LIKE("counters: {at: /n, status: sent}", "set: {channel: =sms}"), "{\"id\":1,\"n\":3}",
	    &s);
	assert_has(&s, 0, "campaign.sent.v1");
	see(LIKE("ordinal: true, status: {is: opened}",
	         "ordinal: false, counters: {at: /n, status: sent}"),
	    "{\"id\":1,\"n\":3}", &s);
	assert_has(&s, 0, "campaign.sent.v1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_are_checked_with_their_line),
		cmocka_unit_test(each_counter_is_a_campaign_event),
		cmocka_unit_test(the_place_for_a_delta_is_behind_the_count),
		cmocka_unit_test(what_is_no_counter_stays_in_extra),
		cmocka_unit_test(what_says_nothing_gives_nothing),
		cmocka_unit_test(a_record_without_a_counter_or_its_owner_is_a_dead_letter),
		cmocka_unit_test(names_are_compared_without_case_and_a_second_one_stays),
		cmocka_unit_test(one_number_is_a_counter_and_several_make_a_list),
		cmocka_unit_test(an_id_has_the_count_and_a_tally_has_not),
		cmocka_unit_test(counters_and_messages_come_from_one_list),
		cmocka_unit_test(the_nearest_of_status_and_counters_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
