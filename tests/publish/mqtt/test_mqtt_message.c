/* SPDX-License-Identifier: MIT */
#include <mqtt_protocol.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <mosquitto.h>

#include "publish/mqtt/mqtt_message.h"

static void the_size_is_that_of_the_packet(void **state)
{
	static const struct publisher_property properties[] = {{"a", "bc"}, {"d", ""}};
	static char big[20000];

	const struct {
		struct publisher_message message;
		int version;
		size_t size;
	} cases[] = {
		/* fixed header 2, topic 2 + 1, identifier 2, property length 1 */
		{{.topic = "t"}, 5, 8},
		{{.topic = "t"}, 311, 7},
		{{.topic = "t", .payload = STR_LIT("xyz")}, 5, 11},
		{{.topic = "t", .is_text = true}, 5, 10},
		{{.topic = "t", .is_text = true, .expiry_s = 9, .content_type = "j"}, 311, 7},
		{{.topic = "t", .expiry_s = 9}, 5, 13},
		{{.topic = "t", .content_type = "json"}, 5, 15},
		{{.topic = "t", .properties = properties, .property_count = 2}, 5, 8 + 8 + 6},
		/* 127 bytes are the last that one byte of length can tell */
		{{.topic = "t", .payload = {big, 122}}, 311, 2 + 127},
		{{.topic = "t", .payload = {big, 123}}, 311, 3 + 128},
		{{.topic = "t", .payload = {big, 16378}}, 311, 3 + 16383},
		{{.topic = "t", .payload = {big, 16379}}, 311, 4 + 16384},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(mqtt_message_size(&cases[i].message, cases[i].version),
		                 cases[i].size);
}

static void properties_are_added_in_order(void **state)
{
	static const struct publisher_property properties[] = {{"a", "1"}, {"b", "2"}};
	const struct publisher_message message = {.topic = "t",
	                                          .is_text = true,
	                                          .expiry_s = 7,
	                                          .content_type = "json",
	                                          .properties = properties,
	                                          .property_count = 2};
	static const int order[] = {MQTT_PROP_PAYLOAD_FORMAT_INDICATOR,
	                            MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, MQTT_PROP_CONTENT_TYPE,
	                            MQTT_PROP_USER_PROPERTY, MQTT_PROP_USER_PROPERTY};
	mosquitto_property *props = NULL;
	const mosquitto_property *p;
	size_t n = 0;

	(void)state;
	assert_int_equal(mqtt_message_properties(&message, &props), ERR_OK);
	for (p = props; p != NULL; p = mosquitto_property_next(p))
		assert_int_equal(mosquitto_property_identifier(p), order[n++]);
	assert_int_equal(n, 5);
	mosquitto_property_free_all(&props);
}

static void a_message_without_properties_gives_none(void **state)
{
	const struct publisher_message message = {.topic = "t"};
	mosquitto_property *props = NULL;

	(void)state;
	assert_int_equal(mqtt_message_properties(&message, &props), ERR_OK);
	assert_null(props);
}

static void a_value_that_is_not_utf8_is_refused(void **state)
{
	static const struct publisher_property properties[] = {{"a", "1"}, {"b", "\xc3"}};
	const struct publisher_message message = {
		.topic = "t", .properties = properties, .property_count = 2};
	mosquitto_property *props = NULL;

	(void)state;
	assert_int_equal(mqtt_message_properties(&message, &props), ERR_INVAL);
	assert_null(props);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_size_is_that_of_the_packet),
		cmocka_unit_test(properties_are_added_in_order),
		cmocka_unit_test(a_message_without_properties_gives_none),
		cmocka_unit_test(a_value_that_is_not_utf8_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
