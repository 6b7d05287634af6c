/* SPDX-License-Identifier: MIT */
#include "conf_text.h"

static const struct broken broken[] = {
	{"[a]\n", 1, "", "expected keys such as"},
	{"text\n", 1, "", "expected keys such as"},
	{"acounts: []\n", 1, "acounts", "unknown key \"acounts\"; did you mean \"accounts\"?"},
	{"zzz: 1\n", 1, "zzz", "known here: instance, store, mqtt, listen"},
	{"instance:\n", 1, "instance", "the value is missing"},
	{"instance: ~\n", 1, "instance", "the value is missing"},
	{"instance: \"\"\n", 1, "instance", "must not be empty"},
	{"instance: [a]\n", 1, "instance", "expected one value"},
	{"instance: \"a\\tb\"\n", 1, "instance", "without control characters"},
	{"instance: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", 1,
         "instance", "a text of at most 64 bytes"},
	{"store: 5\n", 1, "store", "expected keys with values"},
	{"store: [a]\n", 1, "store", "expected keys with values"},
	{"store:\n  pth: x\n", 2, "store.pth", "did you mean \"path\"?"},
	{"store: {max_bytes: 10GB}\n", 1, "store.max_bytes",
         "expected a size in B, KiB, MiB or GiB from 4KiB to 1048576GiB; not \"10GB\""},
	{"store: {max_bytes: 10}\n", 1, "store.max_bytes", "expected a size"},
	{"store: {max_bytes: 1B}\n", 1, "store.max_bytes", "from 4KiB"},
	{"store: {max_bytes: 99999999999999999999GiB}\n", 1, "store.max_bytes", "expected a size"},
	{"store: {max_bytes: 99999999999999999GiB}\n", 1, "store.max_bytes", "expected a size"},
	{"store: {max_bytes: -1GiB}\n", 1, "store.max_bytes", "expected a size"},
	{"store: {keep_settled: 3 d}\n", 1, "store.keep_settled", "expected a duration in ms, s"},
	{"store: {keep_settled: 9999d}\n", 1, "store.keep_settled", "to 3650d; not \"9999d\""},
	{"store: {dedupe_for: 0s}\n", 1, "store.dedupe_for", "from 1ms"},
	{"mqtt: {version: 4}\n", 1, "mqtt.version", "expected 5 or 3.1.1; not \"4\""},
	{"mqtt: {max_inflight: 0}\n", 1, "mqtt.max_inflight",
         "a number from 1 to 10000; not \"0\""},
	{"mqtt: {max_inflight: 1e3}\n", 1, "mqtt.max_inflight", "expected a number"},
	{"mqtt: {max_inflight: 10001}\n", 1, "mqtt.max_inflight", "expected a number"},
	{"mqtt: {event_expiry: 999ms}\n", 1, "mqtt.event_expiry", "from 1s to 3650d"},
	{"mqtt: {keepalive: 1s}\n", 1, "mqtt.keepalive", "from 5s"},
	{"mqtt: {usrname: x}\n", 1, "mqtt.usrname", "did you mean \"username\"?"},
	{"listen: 127.0.0.1:80\n", 1, "listen", "expected a list"},
	{"listen: {address: x}\n", 1, "listen", "expected a list"},
	{"listen: [\"127.0.0.1:80\"]\n", 1, "listen[0]", "expected \"address: 0.0.0.0:8080\""},
	{"listen:\n- {}\n", 2, "listen[0]", "\"address\" is missing here"},
	{"listen:\n- address: 8080\n", 2, "listen[0].address", "an IP address and a port"},
	{"listen:\n- address: localhost:8080\n", 2, "listen[0].address",
         "an IP address and a port"},
	{"listen:\n- address: 1.2.3.4:65536\n", 2, "listen[0].address", "an IP address and a port"},
	{"listen:\n- address: \"::1:80\"\n", 2, "listen[0].address",
         "such as 127.0.0.1:8080 or [::1]"},
	{"listen:\n- address: 0.0.0.0:443\n  tls: {certificate: c, key: k}\n", 3, "listen[0].tls",
         "TLS on listeners is not available in this version; terminate TLS in front"},
	{"admin:\n  auth: {}\n", 2, "admin.auth", "not available in this version"},
	{"limits: {body: 1GiB1}\n", 1, "limits.body", "expected a size"},
	{"limits: {header: 2MiB}\n", 1, "limits.header", "from 1KiB to 1MiB"},
	{"limits: {request_timeout: 10}\n", 1, "limits.request_timeout", "expected a duration"},
	{"limits: {conections: 3}\n", 1, "limits.conections", "did you mean \"connections\"?"},
	{"limits: {auth_failures: 20}\n", 1, "limits.auth_failures", "COUNT/TIME, such as 20/1m"},
	{"limits: {auth_failures: 0/1m}\n", 1, "limits.auth_failures", "COUNT/TIME"},
	{"limits: {auth_failures: 20/2d}\n", 1, "limits.auth_failures", "a time from 1s to 1d"},
	{"log: {level: verbose}\n", 1, "log.level",
         "debug or info or warn or error; not \"verbose\""},
	{"log: {format: JSON}\n", 1, "log.format", "logfmt or json"},
	{"privacy: {recipient: hmac}\n", 1, "privacy.recipient", "expected plain; not \"hmac\""},
	{"privacy: {text: drop}\n", 1, "privacy.text", "expected plain"},
	{"privacy: {texts: plain}\n", 1, "privacy.texts", "did you mean \"text\"?"},
	{"profiles: /etc\n", 1, "profiles", "expected a list"},
	{"profiles: [{a: b}]\n", 1, "profiles[0]", "expected the path of a folder"},
	{"profiles: [/nonexistent/folder]\n", 1, "profiles[0]",
         "folder \"/nonexistent/folder\" cannot be used"},
};

static void broken_shapes_are_refused_with_line_and_key(void **state)
{
	(void)state;
	assert_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

static void empty_sections_give_the_defaults_of_the_design(void **state)
{
	struct conf *conf = text_conf("instance: gw1\nstore:\nmqtt: {}\nlisten:\nlimits: ~\n");

	(void)state;
	assert_string_equal(conf->instance, "gw1");
	assert_string_equal(conf->file, "/etc/gw/t.yaml");
	assert_string_equal(conf->store.path, "/etc/gw/data/campaign2mqtt.db");
	assert_int_equal(conf->store.max_bytes, (uint64_t)10 << 30);
	assert_int_equal(conf->store.keep_settled_ms, 72 * 3600 * 1000);
	assert_int_equal(conf->store.dedupe_for_ms, (uint64_t)30 * 86400 * 1000);
	assert_string_equal(conf->mqtt.url, "mqtt://127.0.0.1:1883");
	assert_int_equal(conf->mqtt.version, 5);
	assert_null(conf->mqtt.username);
	assert_null(conf->mqtt.password);
	assert_null(conf->mqtt.ca);
	assert_string_equal(conf->mqtt.topic_prefix, "campaigns/v1");
	assert_int_equal(conf->mqtt.max_inflight, 500);
	assert_int_equal(conf->mqtt.event_expiry_ms, 7 * 86400 * 1000);
	assert_int_equal(conf->mqtt.keepalive_ms, 60000);
	assert_int_equal(conf->listen_count, 0);
	assert_string_equal(conf->admin.address, "127.0.0.1:9080");
	assert_int_equal(conf->limits.body, 4 << 20);
	assert_int_equal(conf->limits.header, 16 << 10);
	assert_int_equal(conf->limits.connections, 10000);
	assert_int_equal(conf->limits.connections_per_address, 1000);
	assert_int_equal(conf->limits.memory, 64 << 20);
	assert_int_equal(conf->limits.request_timeout_ms, 10000);
	assert_int_equal(conf->limits.auth_failures, 20);
	assert_int_equal(conf->limits.auth_failures_ms, 60000);
	assert_int_equal(conf->log.level, LOG_LVL_INFO);
	assert_int_equal(conf->log.format, LOG_FMT_LOGFMT);
	assert_int_equal(conf->account_count, 0);
	conf_free(conf);
}

static void given_values_take_the_place_of_defaults(void **state)
{
	struct conf *conf = text_conf(
		"store: {path: /var/lib/x.db, max_bytes: 64KiB, dedupe_for: 250ms}\n"
		"mqtt: {version: 3.1.1, max_inflight: \"7\", username: u, password: p, client_id: "
		"c}\n"
		"listen: [{address: \"[::]:0\"}, {address: 0.0.0.0:81}]\n"
		"limits: {auth_failures: 3/10s, request_timeout: 100ms}\n"
		"log: {level: debug, format: json}\nprivacy: {recipient: plain, text: plain}\n"
		"profiles: []\n");

	(void)state;
	assert_string_equal(conf->store.path, "/var/lib/x.db");
	assert_int_equal(conf->store.max_bytes, 65536);
	assert_int_equal(conf->store.dedupe_for_ms, 250);
	assert_int_equal(conf->mqtt.version, 311);
	assert_int_equal(conf->mqtt.max_inflight, 7);
	assert_string_equal(conf->mqtt.password, "p");
	assert_string_equal(conf->mqtt.client_id, "c");
	assert_int_equal(conf->listen_count, 2);
	assert_string_equal(conf->listen[0].address, "[::]:0");
	assert_string_equal(conf->listen[1].address, "0.0.0.0:81");
	assert_int_equal(conf->limits.auth_failures, 3);
	assert_int_equal(conf->limits.auth_failures_ms, 10000);
	assert_int_equal(conf->log.level, LOG_LVL_DEBUG);
	assert_int_equal(conf->log.format, LOG_FMT_JSON);
	conf_free(conf);
}

static void long_secret_is_not_repeated_in_the_error(void **state)
{
	char text[5000] = "mqtt: {username: u, password: ";
	struct err_detail detail = {0};
	struct conf *conf = NULL;
	size_t len = strlen(text);

	(void)state;
	memset(text + len, 's', 4200);
	memcpy(text + len + 4200, "}\n", 3);
	assert_int_equal(text_load(text, NULL, &conf, &detail), ERR_PARSE);
	assert_string_equal(detail.text, "expected a text of at most 4000 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_shapes_are_refused_with_line_and_key),
		cmocka_unit_test(empty_sections_give_the_defaults_of_the_design),
		cmocka_unit_test(given_values_take_the_place_of_defaults),
		cmocka_unit_test(long_secret_is_not_repeated_in_the_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
