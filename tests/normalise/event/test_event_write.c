/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/event/fact.h"
#include "normalise/value/json_reader.h"

static const struct payload webhook = {.entry = 184467,
                                       .received_ms = 1725354129412,
                                       .via = PAYLOAD_WEBHOOK,
                                       .account = {"everlytic", 9},
                                       .source = {"sms", 3},
                                       .verified = {"basic", 5}};

static struct fact a_delivery(void)
{
	struct fact fact = {
		.instance = "gw1",
		.vendor = "everlytic",
		.account = "everlytic",
		.payload = &webhook,
		.status = STATUS_DELIVERED,
		.vendor_status = STR_LIT("delivered"),
		.has_time = true,
		.time_ms = 1725354129000,
		.key = {STR_LIT("247801234"), STR_LIT("delivered")},
		.key_count = 2,
	};

	fact.fields[FIELD_CHANNEL] = STR_LIT("sms");
	fact.fields[FIELD_CAMPAIGN_NAME] = STR_LIT("OTP / live");
	fact.fields[FIELD_MESSAGE_ID] = STR_LIT("247801234");
	fact.fields[FIELD_MESSAGE_REFERENCE] = STR_LIT("order-5512");
	fact.fields[FIELD_RECIPIENT_MSISDN] = STR_LIT("+27820000001");
	fact.fields[FIELD_TIMES_SENT] = STR_LIT("2024-09-03T09:02:01.000Z");
	return fact;
}

struct bufs {
	struct buf scratch, json;
	struct event event;
};

static int make_bufs(void **state)
{
	static struct bufs bufs;

	buf_init(&bufs.scratch, 1 << 20);
	buf_init(&bufs.json, 1 << 20);
	*state = &bufs;
	return 0;
}

static int free_bufs(void **state)
{
	struct bufs *b = *state;

	buf_fini(&b->scratch);
	buf_fini(&b->json);
	return 0;
}

static void write_fact(struct bufs *b, const struct fact *fact)
{
	b->event = (struct event){0};
	assert_int_equal(event_write(fact, &b->scratch, &b->json, &b->event), ERR_OK);
	assert_int_equal(json_check(b->event.json, NULL), ERR_OK);
}

static void expect_part(const struct bufs *b, const char *part)
{
	if (strstr(buf_cstr(&b->json), part) == NULL)
		fail_msg("no %s in %s", part, buf_cstr(&b->json));
}

static void expect_no(const struct bufs *b, const char *part)
{
	if (strstr(buf_cstr(&b->json), part) != NULL)
		fail_msg("%s in %s", part, buf_cstr(&b->json));
}

static void expect_text(struct str text, const char *want)
{
	if (!str_eq(text, str_from(want)))
		fail_msg("\"%.*s\", expected \"%s\"", STR_FMT(text), want);
}

/* The same files are checked against the schemas by tests/it/it_schemas.py. */
static void expect_case(const struct bufs *b, const char *name)
{
	char path[256];
	char want[8192];

	(void)snprintf(path, sizeof(path), "%s/tests/events/%s.json", SOURCE_DIR, name);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	size_t len = fread(want, 1, sizeof(want) - 1, file);

	assert_int_equal(fclose(file), 0);
	want[len > 0 && want[len - 1] == '\n' ? len - 1 : len] = '\0';
	assert_string_equal(buf_cstr(&b->json), want);
}

static void a_delivery_is_written_as_the_contract_shows_it(void **state)
{
	struct bufs *b = *state;
	struct fact fact = a_delivery();

	write_fact(b, &fact);
	expect_case(b, "message.delivered");
	assert_int_equal(b->event.status, STATUS_DELIVERED);
	assert_false(b->event.is_campaign);
	expect_text(b->event.account, "everlytic");
	expect_text(b->event.campaign, "OTP / live");
	expect_text(b->event.campaign_level, "OTP%20%2F%20live");
	expect_text(b->event.source, "/gw1/everlytic");
	expect_text(b->event.type, "campaign2mqtt.message.delivered.v1");
	expect_text(b->event.subject, "campaigns/OTP%20%2F%20live/messages/247801234");
	expect_text(b->event.time, "2024-09-03T09:02:09.000Z");
	assert_int_equal(b->event.id_text.len, 32);
	expect_part(b, "\"datacontenttype\":\"application/json\"");
}

/* A text that is unlike any other, fit for the field's kind. */
static struct str sample_of(enum field field)
{
	switch (field_defs[field].kind) {
	case FIELD_KIND_BOOL:
		return STR_LIT("true");
	case FIELD_KIND_INT:
		return STR_LIT("3");
	case FIELD_KIND_TIME:
		return STR_LIT("2024-09-03T09:02:01.000Z");
	case FIELD_KIND_PAIRS:
		return STR_EMPTY;
	case FIELD_KIND_TEXT:
		break;
	}
	if (field == FIELD_REASON)
		return STR_LIT("mailbox_full");
	return str_from(field == FIELD_BOUNCE_CLASS ? "soft" : field_defs[field].name);
}

static void every_field_has_its_place(void **state)
{
	struct bufs *b = *state;
	struct fact fact = a_delivery();
	struct value town = {
		.kind = VALUE_STRING, .key = STR_LIT("town"), .text = STR_LIT("Paarl")};
	struct value pairs = {.kind = VALUE_OBJECT, .count = 1, .first = &town, .last = &town};
	struct value rest = {.kind = VALUE_NUMBER, .key = STR_LIT("retries"), .text = STR_LIT("2")};
	struct value record = {.kind = VALUE_OBJECT, .count = 1, .first = &rest, .last = &rest};

	for (enum field f = 0; f < FIELD_COUNT; f++)
		fact.fields[f] = sample_of(f);
	fact.pairs = &pairs;
	fact.record = &record;
	fact.status = STATUS_BOUNCED;
	write_fact(b, &fact);
	expect_case(b, "message.every-field");
}

static void a_counter_is_a_campaign_event(void **state)
{
	struct bufs *b = *state;
	struct fact fact = a_delivery();
	uint8_t tally[EVENT_ID_BYTES];

	fact.is_campaign = true;
	fact.has_count = fact.has_delta = true;
	fact.count = 1234567890123;
	fact.delta = -3;
	fact.status = STATUS_SENT;
	fact.fields[FIELD_MESSAGE_ID] = fact.fields[FIELD_MESSAGE_REFERENCE] = STR_EMPTY;
	fact.fields[FIELD_RECIPIENT_MSISDN] = fact.fields[FIELD_TIMES_SENT] = STR_EMPTY;
	write_fact(b, &fact);
	expect_case(b, "campaign.sent");
	assert_true(b->event.is_campaign);
	expect_text(b->event.type, "campaign2mqtt.campaign.sent.v1");
	expect_text(b->event.subject, "campaigns/OTP%20%2F%20live");
	expect_text(b->event.campaign_name, "OTP / live");
	assert_true(b->event.has_count);
	assert_true(b->event.count == fact.count);
	assert_memory_equal(b->event.json.ptr + b->event.delta_at, ",\"delta\":-3,", 12);
	event_tally(&fact, tally);
	assert_memory_equal(b->event.tally, tally, sizeof(tally));
}

static void what_is_unknown_is_left_out(void **state)
{
	const struct payload payload = {.received_ms = 1725354129412, .via = PAYLOAD_IMPORT};
	struct bufs *b = *state;
	struct fact fact = {.instance = "gw1",
	                    .vendor = "generic",
	                    .account = "shop",
	                    .payload = &payload,
	                    .vendor_status = STR_LIT("Parked"),
	                    .is_unknown_word = true,
	                    .vendor_time = STR_LIT("2024--02-01T10:00:00Z")};

	write_fact(b, &fact);
	expect_case(b, "message.unknown");
	assert_true(b->event.is_unknown_word);
	assert_true(str_eq(b->event.vendor_status, STR_LIT("Parked")));
	expect_text(b->event.campaign, "");
	expect_text(b->event.campaign_level, "_none");
	expect_text(b->event.subject, "campaigns/_none");
	expect_text(b->event.time, "2024-09-03T09:02:09.412Z");
	expect_no(b, "null");
	expect_no(b, "occurred");
	expect_no(b, "\"entry\"");
	expect_no(b, "\"verified\"");
}

static void a_campaign_has_its_id_and_a_name_stands_in_for_it(void **state)
{
	struct bufs *b = *state;
	struct fact fact = a_delivery();

	fact.fields[FIELD_CAMPAIGN_ID] = STR_LIT("g-9");
	write_fact(b, &fact);
	expect_part(b, "\"campaign\":{\"id\":\"g-9\",\"name\":\"OTP / live\"}");
	expect_text(b->event.campaign, "g-9");
	fact.fields[FIELD_CAMPAIGN_NAME] = STR_EMPTY;
	write_fact(b, &fact);
	expect_part(b, "\"campaign\":{\"id\":\"g-9\"}");
	expect_text(b->event.campaign_level, "g-9");
}

static void hostile_texts_stay_valid_json(void **state)
{
	struct bufs *b = *state;
	struct fact fact = a_delivery();

	fact.fields[FIELD_TEXT] = STR_LIT("\"\\\n\0\x1b\xff\xed\xa0\x80");
	fact.fields[FIELD_CAMPAIGN_NAME] = STR_LIT("\xff\"");
	fact.fields[FIELD_MESSAGE_PARTS] = STR_LIT("1e9");
	fact.vendor_status = STR_LIT("\xf0\x9f");
	write_fact(b, &fact);
	expect_part(b, "\"text\":\"\\\"\\\\\\n\\u0000\\u001b\xef\xbf\xbd");
	expect_part(b, "\"parts\":\"1e9\"");
	expect_text(b->event.campaign_level, "%FF%22");
}

static void numbers_of_every_length_are_exact(void **state)
{
	static const struct {
		int64_t count;
		const char *text;
	} cases[] = {
		{0, "\"count\":0,"},
		{-1, "\"count\":-1,"},
		{INT64_MAX, "\"count\":9223372036854775807,"},
		{INT64_MIN, "\"count\":-9223372036854775808,"},
	};
	struct bufs *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fact fact = a_delivery();

		fact.has_count = true;
		fact.count = cases[i].count;
		write_fact(b, &fact);
		expect_part(b, cases[i].text);
	}
}

static void an_event_past_the_maximum_is_an_error_and_gives_nothing(void **state)
{
	struct fact fact = a_delivery();
	struct event event = {.status = STATUS_COUNT};
	struct buf scratch;
	struct buf json;

	(void)state;
	buf_init(&scratch, 1000);
	buf_init(&json, 700);
	assert_int_equal(event_write(&fact, &scratch, &json, &event), ERR_LIMIT);
	buf_fini(&scratch);
	buf_fini(&json);
	buf_init(&scratch, 100);
	buf_init(&json, 4096);
	assert_int_equal(event_write(&fact, &scratch, &json, &event), ERR_LIMIT);
	assert_int_equal(event.status, STATUS_COUNT);
	buf_fini(&scratch);
	buf_fini(&json);
}

int main(void)
{
#define IN_BUFS(test) cmocka_unit_test_setup_teardown(test, make_bufs, free_bufs)
	const struct CMUnitTest tests[] = {
		IN_BUFS(a_delivery_is_written_as_the_contract_shows_it),
		IN_BUFS(every_field_has_its_place),
		IN_BUFS(a_counter_is_a_campaign_event),
		IN_BUFS(what_is_unknown_is_left_out),
		IN_BUFS(a_campaign_has_its_id_and_a_name_stands_in_for_it),
		IN_BUFS(hostile_texts_stay_valid_json),
		IN_BUFS(numbers_of_every_length_are_exact),
		cmocka_unit_test(an_event_past_the_maximum_is_an_error_and_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
