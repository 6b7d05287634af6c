/* SPDX-License-Identifier: MIT */
#include <mqtt_protocol.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <mosquitto.h>

#include "publish/mqtt/mqtt_client.h"

static const struct publisher_conf good = {
	.host = "127.0.0.1", .port = 1883, .version = 5, .client_id = "c"};

static enum err make(const struct publisher_conf *conf, const char *will_topic,
                     struct err_detail *detail)
{
	struct mosquitto *client = NULL;
	enum err err = mqtt_client_new(conf, will_topic, STR_LIT("{}"), NULL, &client, detail);

	mosquitto_destroy(client);
	return err;
}

static void good_settings_give_a_client(void **state)
{
	struct publisher_conf conf = good;

	(void)state;
	assert_int_equal(make(&conf, "p/_state/gw", NULL), ERR_OK);
	conf.version = 311;
	conf.username = "u";
	conf.password = "p";
	assert_int_equal(make(&conf, "p/_state/gw", NULL), ERR_OK);
	conf.tls = true; /* with the system's authorities */
	assert_int_equal(make(&conf, "p/_state/gw", NULL), ERR_OK);
}

static void wrong_settings_are_named(void **state)
{
	static const struct {
		const char *username, *ca, *certificate, *will_topic, *named;
	} cases[] = {
		{"\xff", NULL, NULL, "p", "mqtt.username"},
		{NULL, "/nonexistent", NULL, "p", "mqtt.ca"},
		{NULL, NULL, "/dev/null", "p", "mqtt.key"},
		{NULL, NULL, NULL, "p/#", "mqtt.topic_prefix"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err_detail detail = {.text = ""};
		struct publisher_conf conf = good;

		conf.username = cases[i].username;
		conf.tls = true;
		conf.ca = cases[i].ca;
		conf.certificate = cases[i].certificate;
		assert_int_equal(make(&conf, cases[i].will_topic, &detail), ERR_INVAL);
		assert_non_null(strstr(detail.text, cases[i].named));
	}
}

static void refusals_say_what_to_check(void **state)
{
	static const struct {
		int version, reason;
		const char *named;
	} cases[] = {
		{5, MQTT_RC_BAD_USERNAME_OR_PASSWORD, "user name or password"},
		{311, CONNACK_REFUSED_BAD_USERNAME_PASSWORD, "user name or password"},
		{5, MQTT_RC_NOT_AUTHORIZED, "authorise"},
		{311, CONNACK_REFUSED_NOT_AUTHORIZED, "authorise"},
		{5, MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION, "mqtt.version"},
		{311, CONNACK_REFUSED_PROTOCOL_VERSION, "mqtt.version"},
		{5, MQTT_RC_SERVER_BUSY, "usy"},
		{311, CONNACK_REFUSED_SERVER_UNAVAILABLE, "unavailable"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_non_null(strstr(mqtt_refusal_text(cases[i].version, cases[i].reason),
		                       cases[i].named));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_settings_give_a_client),
		cmocka_unit_test(wrong_settings_are_named),
		cmocka_unit_test(refusals_say_what_to_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
