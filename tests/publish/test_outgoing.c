/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "publish/outgoing.h"

static struct entry entry = {.payload = {.entry = 4,
                                         .received_ms = 1725354129412,
                                         .account = {"gw", 2},
                                         .source = {"sms", 3}}};

static struct event make_event(void)
{
	return (struct event){.id = {1, 2},
	                      .id_text = STR_LIT("0102"),
	                      .status = STATUS_DELIVERED,
	                      .account = STR_LIT("gw"),
	                      .campaign_level = STR_LIT("OTP%20live"),
	                      .source = STR_LIT("/i/gw"),
	                      .type = STR_LIT("t.v1"),
	                      .subject = STR_LIT("campaigns/OTP%20live"),
	                      .time = STR_LIT("2024-09-03T09:02:09.000Z"),
	                      .json = STR_LIT("{\"a\":1}")};
}

static void an_event_becomes_a_message(void **state)
{
	struct publisher_property properties[OUTGOING_PROPERTIES_MAX];
	struct publisher_message message;
	struct event event = make_event();
	struct outgoing *o = NULL;

	(void)state;
	entry.items = 0;
	assert_int_equal(outgoing_event(&event, &entry, "campaigns/v1", &o), ERR_OK);
	assert_int_equal(entry.items, 1);
	assert_int_equal(o->state, OUTGOING_NEW);
	assert_memory_equal(o->id, event.id, sizeof(o->id));
	outgoing_message(o, 604800, true, properties, &message);
	assert_string_equal(message.topic, "campaigns/v1/gw/OTP%20live/delivered");
	assert_true(str_eq(message.payload, STR_LIT("{\"a\":1}")));
	assert_string_equal(message.content_type, "application/cloudevents+json; charset=utf-8");
	assert_int_equal(message.expiry_s, 604800);
	assert_true(message.is_text);
	assert_false(message.retain);
	assert_int_equal(message.property_count, 9);
	outgoing_message(o, 0, false, properties, &message);
	assert_int_equal(message.property_count, 0);
	outgoing_free(o);
}

#define ID_TEXT "000102030405060708090a0b0c0d0e0f"

static struct event make_counter(void)
{
	struct event event = make_event();

	for (uint8_t i = 0; i < EVENT_ID_BYTES; i++)
		event.id[i] = i;
	event.id_text = STR_LIT(ID_TEXT);
	event.campaign = STR_LIT("OTP live");
	event.campaign_name = STR_LIT("OTP");
	event.has_count = true;
	event.count = 7;
	event.tally[0] = 9;
	event.json = STR_LIT("{\"id\":\"" ID_TEXT "\",\"count\":7}");
	event.delta_at = event.json.len - 1;
	return event;
}

static void a_counter_gets_its_delta(void **state)
{
	struct event event = make_counter();
	struct outgoing *o = NULL;

	(void)state;
	assert_int_equal(outgoing_event(&event, &entry, "p", &o), ERR_OK);
	assert_true(o->is_tally);
	assert_int_equal(o->tally.count, 7);
	assert_int_equal(o->tally.id[0], 9);
	assert_string_equal(o->campaign_id, "OTP live");
	assert_string_equal(o->campaign_name, "OTP");
	outgoing_put_delta(o, INT64_MIN);
	assert_true(str_eq(o->body, str_from("{\"id\":\"" ID_TEXT "\",\"count\":7,\"delta\":"
	                                     "-9223372036854775808}")));
	assert_int_equal(o->body.ptr[o->body.len], '\0');
	outgoing_free(o);
}

static void a_revision_changes_the_id_everywhere(void **state)
{
	struct publisher_property properties[OUTGOING_PROPERTIES_MAX];
	struct publisher_message message;
	struct event event = make_counter();
	uint8_t revised[EVENT_ID_BYTES];
	struct outgoing *o = NULL;

	(void)state;
	assert_int_equal(outgoing_event(&event, &entry, "p", &o), ERR_OK);
	outgoing_revise(o, 0);
	assert_string_equal(o->id_text, ID_TEXT);
	outgoing_put_delta(o, -3);
	outgoing_revise(o, 2);
	event_id_revise(event.id, 2, revised);
	assert_memory_equal(o->id, revised, sizeof(revised));
	assert_string_not_equal(o->id_text, ID_TEXT);
	assert_int_equal(strlen(o->id_text), 32);
	assert_int_equal(strtoul((const char[]){o->id_text[30], o->id_text[31], '\0'}, NULL, 16),
	                 revised[15]);
	outgoing_message(o, 0, true, properties, &message);
	assert_string_equal(properties[1].value, o->id_text);
	assert_memory_equal(message.payload.ptr + 7, o->id_text, 32);
	assert_int_equal(message.payload.len, event.json.len + strlen(",\"delta\":-3"));
	outgoing_free(o);
}

static void properties_repeat_the_attributes(void **state)
{
	static const struct publisher_property wanted[] = {
		{"specversion", "1.0"},
		{"id", "0102"},
		{"source", "/i/gw"},
		{"type", "t.v1"},
		{"time", "2024-09-03T09:02:09.000Z"},
		{"subject", "campaigns/OTP%20live"},
		{"account", "gw"},
		{"campaign", "OTP%20live"},
		{"status", "delivered"},
		{"replay", "1"},
	};
	struct publisher_property properties[OUTGOING_PROPERTIES_MAX];
	struct publisher_message message;
	struct event event = make_event();
	struct entry replayed = entry;
	struct outgoing *o = NULL;

	(void)state;
	replayed.payload.replay = true;
	assert_int_equal(outgoing_event(&event, &replayed, "p", &o), ERR_OK);
	outgoing_message(o, 0, true, properties, &message);
	assert_int_equal(message.property_count, sizeof(wanted) / sizeof(wanted[0]));
	for (size_t i = 0; i < message.property_count; i++) {
		assert_string_equal(message.properties[i].name, wanted[i].name);
		assert_string_equal(message.properties[i].value, wanted[i].value);
	}
	outgoing_free(o);
}

static void a_text_beyond_mqtt_is_no_property(void **state)
{
	struct publisher_property properties[OUTGOING_PROPERTIES_MAX];
	struct publisher_message message;
	struct event event = make_event();
	char *subject = malloc(65537);
	struct outgoing *o = NULL;

	(void)state;
	assert_non_null(subject);
	memset(subject, 's', 65536);
	for (size_t len = 65535; len <= 65536; len++) {
		event.subject = (struct str){subject, len};
		assert_int_equal(outgoing_event(&event, &entry, "p", &o), ERR_OK);
		outgoing_message(o, 0, true, properties, &message);
		assert_int_equal(message.property_count, len == 65535 ? 9 : 8);
		assert_string_equal(properties[5].name, len == 65535 ? "subject" : "account");
		outgoing_free(o);
	}
	free(subject);
}

static void a_topic_beyond_mqtt_is_refused(void **state)
{
	char *prefix = malloc(65536);
	struct event event = make_event();
	struct outgoing *o = NULL;

	(void)state;
	assert_non_null(prefix);
	memset(prefix, 'p', 65535);
	prefix[65535] = '\0';
	assert_int_equal(outgoing_event(&event, &entry, prefix, &o), ERR_LIMIT);
	assert_null(o);
	free(prefix);
}

static void a_notice_says_what_and_not_the_record(void **state)
{
	const struct outgoing_dead dead = {.cause = "unparsable",
	                                   .text = "at byte 3",
	                                   .index = 2,
	                                   .raw = STR_LIT("+27820000001"),
	                                   .is_settled_here = true};
	struct publisher_property properties[OUTGOING_PROPERTIES_MAX];
	struct publisher_message message;
	struct outgoing *o = NULL;

	(void)state;
	assert_int_equal(outgoing_notice(&dead, &entry, "p", &o), ERR_OK);
	assert_int_equal(o->state, OUTGOING_READY);
	assert_int_equal(o->result, OUTGOING_DEAD);
	assert_true(str_eq(o->raw, dead.raw));
	outgoing_message(o, 60, true, properties, &message);
	assert_string_equal(message.topic, "p/_dead/gw/sms/unparsable");
	assert_true(str_eq(message.payload,
	                   STR_LIT("{\"account\":\"gw\",\"source\":\"sms\",\"cause\":"
	                           "\"unparsable\",\"text\":\"at byte 3\",\"entry\":4,"
	                           "\"index\":2,\"received\":\"2024-09-03T09:02:09.412Z\"}")));
	assert_string_equal(message.content_type, "application/json");
	assert_int_equal(message.expiry_s, 0);
	assert_int_equal(message.property_count, 0);
	outgoing_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_becomes_a_message),
		cmocka_unit_test(a_counter_gets_its_delta),
		cmocka_unit_test(a_revision_changes_the_id_everywhere),
		cmocka_unit_test(properties_repeat_the_attributes),
		cmocka_unit_test(a_text_beyond_mqtt_is_no_property),
		cmocka_unit_test(a_topic_beyond_mqtt_is_refused),
		cmocka_unit_test(a_notice_says_what_and_not_the_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
