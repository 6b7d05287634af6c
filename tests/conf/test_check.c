/* SPDX-License-Identifier: MIT */
#include "conf_text.h"

static const struct broken broken[] = {
	{"instance: a/b\n", 1, "instance", "expected letters, digits, '-', '.' and '_' only"},
	{"mqtt: {url: http://x}\n", 1, "mqtt.url", "it must begin with mqtt:// or mqtts://"},
	{"mqtt: {url: 127.0.0.1}\n", 1, "mqtt.url", "it must begin with mqtt://"},
	{"mqtt: {url: \"mqtt://\"}\n", 1, "mqtt.url", "a host name or address is expected"},
	{"mqtt: {url: \"mqtt://:1883\"}\n", 1, "mqtt.url", "a host name or address is expected"},
	{"mqtt: {url: \"mqtt://h:\"}\n", 1, "mqtt.url", "the port must be a number"},
	{"mqtt: {url: \"mqtt://h:0\"}\n", 1, "mqtt.url", "the port must be a number"},
	{"mqtt: {url: \"mqtt://h:65536\"}\n", 1, "mqtt.url", "the port must be a number"},
	{"mqtt: {url: \"mqtt://u:p@h\"}\n", 1, "mqtt.url", "credentials do not belong here"},
	{"mqtt: {url: \"mqtt://h/topic\"}\n", 1, "mqtt.url", "a path does not belong here"},
	{"mqtt: {url: \"mqtt://[::1\"}\n", 1, "mqtt.url", "a host name or address is expected"},
	{"mqtt: {ca: x.pem}\n", 1, "mqtt.ca", "only used with TLS; write mqtts://"},
	{"mqtt:\n  url: mqtts://h\n  ca: nonexistent.pem\n", 3, "mqtt.ca",
         "\"/etc/gw/nonexistent.pem\" cannot be read"},
	{"mqtt:\n  url: mqtts://h\n  certificate: /dev/null\n", 3, "mqtt.certificate",
         "belong together; add \"key\""},
	{"mqtt:\n  url: mqtts://h\n  key: /dev/null\n", 3, "mqtt.key", "add \"certificate\""},
	{"mqtt:\n  password: x\n", 2, "mqtt.password", "needs a \"username\""},
	{"mqtt: {topic_prefix: a/+/b}\n", 1, "mqtt.topic_prefix", "wildcards"},
	{"mqtt: {topic_prefix: $SYS}\n", 1, "mqtt.topic_prefix", "cannot begin with '$'"},
	{"mqtt: {topic_prefix: /a}\n", 1, "mqtt.topic_prefix", "cannot begin or end with '/'"},
	{"mqtt: {topic_prefix: a/}\n", 1, "mqtt.topic_prefix", "cannot begin or end with '/'"},
	{"mqtt: {topic_prefix: a//b}\n", 1, "mqtt.topic_prefix", "empty level"},
	{"mqtt: {keepalive: 5500ms}\n", 1, "mqtt.keepalive", "whole seconds"},
	{"admin: {address: 0.0.0.0:9080}\n", 1, "admin.address", "expected a loopback address"},
	{"admin: {address: \"[::]:9080\"}\n", 1, "admin.address", "expected a loopback address"},
	{"listen:\n- address: 127.0.0.1:9080\n", 2, "listen[0].address", "already used"},
	{"listen:\n- address: 0.0.0.0:80\n- address: 0.0.0.0:80\n", 3, "listen[1].address",
         "\"0.0.0.0:80\" is already used by another listener"},
	{"limits: {body: 65MiB}\n", 1, "limits.body", "at least as large as \"body\""},
	{"limits: {memory: 1MiB}\n", 1, "limits.memory", "at least as large as \"body\""},
	{"accounts:\n- vendor: everlytic\n  webhooks:\n  - {webhook: sms, auth: none}\n", 3,
         "accounts[0].webhooks", "webhooks need a listener; add \"listen:"},
};

static void senseless_values_are_refused_with_line_and_key(void **state)
{
	(void)state;
	assert_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

static void broker_url_gives_host_port_and_tls(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
		bool tls;
	} cases[] = {
		{"mqtt: {url: mqtt://broker.example.net}\n", "broker.example.net", 1883, false},
		{"mqtt: {url: mqtts://broker.example.net}\n", "broker.example.net", 8883, true},
		{"mqtt: {url: \"mqtt://10.0.0.1:2883/\"}\n", "10.0.0.1", 2883, false},
		{"mqtt: {url: \"mqtts://[fe80::1]:65535\"}\n", "fe80::1", 65535, true},
		{"mqtt: {url: \"mqtt://[::1]\"}\n", "::1", 1883, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf *conf = text_conf(cases[i].text);

		assert_string_equal(conf->mqtt.host, cases[i].host);
		assert_int_equal(conf->mqtt.port, cases[i].port);
		assert_int_equal(conf->mqtt.tls, cases[i].tls);
		conf_free(conf);
	}
}

static void instance_is_the_cleaned_host_name_by_default(void **state)
{
	struct conf *conf = text_conf("log: {}\n");

	(void)state;
	assert_true(strlen(conf->instance) > 0);
	assert_int_equal(strspn(conf->instance,
	                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                        "0123456789-._"),
	                 strlen(conf->instance));
	assert_memory_equal(conf->mqtt.client_id, "campaign2mqtt-", 14);
	assert_string_equal(conf->mqtt.client_id + 14, conf->instance);
	conf_free(conf);
}

static void free_ports_never_collide(void **state)
{
	(void)state;
	conf_free(text_conf("listen: [{address: \"127.0.0.1:0\"}, {address: \"127.0.0.1:0\"}]\n"
	                    "admin: {address: \"127.0.0.1:0\"}\n"));
	conf_free(text_conf("admin: {address: \"[::1]:9080\"}\n"));
}

static void literal_password_of_the_broker_is_warned_of(void **state)
{
	struct warnings w = {0};
	struct err_detail detail = {0};
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(
		text_load("mqtt: {username: u, password: secret}\n" GOOD, &w, &conf, &detail),
		ERR_OK);
	assert_int_equal(w.count, 1);
	assert_string_equal(w.last.key, "mqtt.password");
	assert_int_equal(w.last.line, 1);
	assert_non_null(strstr(w.last.text, "${file:PATH}"));
	assert_null(strstr(w.last.text, "secret,"));
	conf_free(conf);

	w.count = 0;
	assert_int_equal(setenv("CONF_TEST_PASSWORD", "secret", 1), 0);
	assert_int_equal(
		text_load("mqtt: {username: u, password: \"${CONF_TEST_PASSWORD}\"}\n" GOOD, &w,
	                  &conf, &detail),
		ERR_OK);
	assert_int_equal(w.count, 0);
	assert_string_equal(conf->mqtt.password, "secret");
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(senseless_values_are_refused_with_line_and_key),
		cmocka_unit_test(broker_url_gives_host_port_and_tls),
		cmocka_unit_test(instance_is_the_cleaned_host_name_by_default),
		cmocka_unit_test(free_ports_never_collide),
		cmocka_unit_test(literal_password_of_the_broker_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
