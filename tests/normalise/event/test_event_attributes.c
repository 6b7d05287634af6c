/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/event/event_attributes.h"

static const struct payload payload = {.received_ms = 1725354129412};

static struct fact a_fact(void)
{
	struct fact fact = {.instance = "gw1",
	                    .account = "everlytic",
	                    .payload = &payload,
	                    .status = STATUS_OPENED};

	fact.fields[FIELD_CAMPAIGN_NAME] = STR_LIT("spring");
	fact.fields[FIELD_MESSAGE_ID] = STR_LIT("247801234");
	return fact;
}

static int make_buf(void **state)
{
	static struct buf buf;

	buf_init(&buf, 4096);
	*state = &buf;
	return 0;
}

static int free_buf(void **state)
{
	buf_fini(*state);
	return 0;
}

static void write_texts(struct buf *b, const struct fact *fact, struct event *ret_event)
{
	buf_reset(b);
	assert_int_equal(event_attributes_write(fact, b, ret_event), ERR_OK);
}

static void expect_text(struct str text, const char *want)
{
	if (!str_eq(text, str_from(want)))
		fail_msg("\"%.*s\", expected \"%s\"", STR_FMT(text), want);
}

static void each_attribute_is_a_text_of_its_own(void **state)
{
	struct buf *b = *state;
	struct event event = {.id = {0x9b, 0x1f, [15] = 0x10}};
	struct fact fact = a_fact();

	write_texts(b, &fact, &event);
	expect_text(event.id_text, "9b1f0000000000000000000000000010");
	expect_text(event.source, "/gw1/everlytic");
	expect_text(event.type, "campaign2mqtt.message.opened.v1");
	expect_text(event.subject, "campaigns/spring/messages/247801234");
	expect_text(event.time, "2024-09-03T09:02:09.412Z");
	expect_text(event.campaign, "spring");
	expect_text(event.campaign_level, "spring");
}

static void the_vendors_time_comes_before_the_received_one(void **state)
{
	struct buf *b = *state;
	struct event event = {0};
	struct fact fact = a_fact();

	fact.has_time = true;
	fact.time_ms = 1725354129000;
	fact.is_campaign = true;
	write_texts(b, &fact, &event);
	expect_text(event.time, "2024-09-03T09:02:09.000Z");
	expect_text(event.type, "campaign2mqtt.campaign.opened.v1");
}

static void a_name_like_a_phone_number_is_hidden_in_the_topic_but_not_an_id(void **state)
{
	struct buf *b = *state;
	struct event event = {0};
	struct fact fact = a_fact();

	fact.fields[FIELD_CAMPAIGN_NAME] = STR_LIT("27820000001");
	write_texts(b, &fact, &event);
	expect_text(event.campaign_level, "~c5c67c450984e621");
	expect_text(event.subject, "campaigns/~c5c67c450984e621/messages/247801234");
	fact.fields[FIELD_CAMPAIGN_ID] = STR_LIT("27820000001");
	write_texts(b, &fact, &event);
	expect_text(event.campaign_level, "27820000001");
}

static void a_message_id_is_escaped_and_never_cut(void **state)
{
	static char id[500];
	struct buf *b = *state;
	struct event event = {0};
	struct fact fact = a_fact();

	fact.fields[FIELD_MESSAGE_ID] = STR_LIT("_a/b c\"");
	write_texts(b, &fact, &event);
	expect_text(event.subject, "campaigns/spring/messages/_a%2Fb%20c%22");
	memset(id, '<', sizeof(id));
	fact.fields[FIELD_MESSAGE_ID] = (struct str){id, sizeof(id)};
	write_texts(b, &fact, &event);
	assert_int_equal(event.subject.len, strlen("campaigns/spring/messages/") + 3 * sizeof(id));
}

static void the_source_is_a_uri_reference_whatever_the_instance(void **state)
{
	static const struct {
		const char *instance, *source;
	} cases[] = {
		{"gw1.example.net", "/gw1.example.net/everlytic"},
		{"a b", "/a%20b/everlytic"},
		{"a/b?c#d%", "/a%2Fb%3Fc%23d%25/everlytic"},
		{"\"\\\x01", "/%22%5C%01/everlytic"},
		{"k\xc3\xb6ln", "/k%C3%B6ln/everlytic"},
		{"a:b@c", "/a:b@c/everlytic"},
	};
	struct buf *b = *state;
	struct event event = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fact fact = a_fact();

		fact.instance = cases[i].instance;
		write_texts(b, &fact, &event);
		expect_text(event.source, cases[i].source);
	}
}

static void past_the_maximum_nothing_is_filled(void **state)
{
	struct event event = {0};
	struct fact fact = a_fact();
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(event_attributes_write(&fact, &b, &event), ERR_LIMIT);
	assert_null(event.id_text.ptr);
	buf_fini(&b);
}

int main(void)
{
#define IN_BUF(test) cmocka_unit_test_setup_teardown(test, make_buf, free_buf)
	const struct CMUnitTest tests[] = {
		IN_BUF(each_attribute_is_a_text_of_its_own),
		IN_BUF(the_vendors_time_comes_before_the_received_one),
		IN_BUF(a_name_like_a_phone_number_is_hidden_in_the_topic_but_not_an_id),
		IN_BUF(a_message_id_is_escaped_and_never_cut),
		IN_BUF(the_source_is_a_uri_reference_whatever_the_instance),
		cmocka_unit_test(past_the_maximum_nothing_is_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
