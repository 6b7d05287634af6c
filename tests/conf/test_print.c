/* SPDX-License-Identifier: MIT */
#include "conf_text.h"
#include "tests/folder.h"

/* Any certificate. */
#define CA_FILE SOURCE_DIR "/tests/conf/ca.pem"

#define EVERYTHING                                                                          \
	"instance: gw1\n"                                                                   \
	"store: {path: \"/var/lib/a b.db\", max_bytes: 64KiB, keep_settled: 90m}\n"         \
	"mqtt: {url: \"mqtts://h:99\", ca: /dev/null, version: 3.1.1, username: \"u: "      \
	"\\\"x\\\"\", "                                                                     \
	"password: geheim-1, topic_prefix: \"a b/$${x}\"}\n"                                \
	"listen: [{address: \"[::]:80\"}, {address: 0.0.0.0:81}]\n"                         \
	"admin: {address: \"[::1]:9\"}\n"                                                   \
	"limits: {auth_failures: 7/90s, body: 1025B, connections: 3}\n"                     \
	"log: {level: debug, format: json}\n"                                               \
	"accounts:\n"                                                                       \
	"- vendor: everlytic\n"                                                             \
	"  ca: \"" CA_FILE "\"\n"                                                           \
	"  vars: {api_key: geheim-2, host: \"\", username: \"\\u00e9\\u2028\\u0085 "        \
	"${CONF_TEST_U}\"}\n"                                                               \
	"  webhooks:\n"                                                                     \
	"  - {webhook: email, auth: none}\n"                                                \
	"  - webhook: sms\n"                                                                \
	"    auth: {basic: [{username: \"null\", password_hash: \"" HASH "\"}, "            \
	"{username: b, password_hash: \"" HASH "\"}]}\n"                                    \
	"  mailbox: {url: \"imap://imap.example.net:144/A%20b%2F\", username: \"u: v\", "   \
	"password: geheim-5, starttls: true, ca: \"" CA_FILE "\", from: [\"@a.example\"], " \
	"hosts: [.a.example], poll: 90s}\n"                                                 \
	"- name: shop\n"                                                                    \
	"  vendor: generic\n"                                                               \
	"  webhooks:\n"                                                                     \
	"  - webhook: json\n"                                                               \
	"    auth: none\n"                                                                  \
	"    decode: {as: json, records: /rows}\n"                                          \
	"    map:\n"                                                                        \
	"      key: [[/id, \"/b: c\"], /d]\n"                                               \
	"      time: {at: /when, as: [rfc3339], tz: \"$${tz}\"}\n"                          \
	"      status: {at: /s, map: {ok: delivered, \"null\": failed, \"x\\ny\": opened}}\n"

static char *print(const struct conf *conf)
{
	struct buf b;
	char *text = NULL;

	buf_init(&b, 100000);
	assert_int_equal(conf_print(conf, &b), ERR_OK);
	text = str_dup(buf_str(&b));
	assert_non_null(text);
	buf_fini(&b);
	return text;
}

/* What a person does with the masks before using the text. */
static char *unmask(const char *text)
{
	static const char hash_mask[] = "password_hash: \"***\"";
	struct buf b;
	char *copy = NULL;

	buf_init(&b, 100000);
	while (*text != '\0') {
		if (strncmp(text, hash_mask, sizeof(hash_mask) - 1) == 0) {
			(void)buf_append_str(&b, STR_LIT("password_hash: \"" HASH "\""));
			text += sizeof(hash_mask) - 1;
		} else {
			(void)buf_append_char(&b, *text++);
		}
	}
	copy = str_dup(buf_str(&b));
	assert_non_null(copy);
	buf_fini(&b);
	return copy;
}

static void assert_round_trip(const char *text)
{
	struct conf *conf = text_conf(text);
	char *printed = print(conf);
	char *again = unmask(printed);
	struct conf *second = text_conf(again);
	char *reprinted = print(second);

	assert_string_equal(printed, reprinted);
	assert_int_equal(conf->account_count, second->account_count);
	for (size_t i = 0; i < conf->account_count; i++)
		assert_int_equal(conf->accounts[i].webhook_count,
		                 second->accounts[i].webhook_count);
	conf_free(conf);
	conf_free(second);
	free(printed);
	free(again);
	free(reprinted);
}

static void printed_configuration_loads_again_as_the_same(void **state)
{
	(void)state;
	assert_int_equal(setenv("CONF_TEST_U", "${x}\t1", 1), 0);
	assert_round_trip("log: {}\n");
	assert_round_trip(GOOD);
	assert_round_trip(EVERYTHING);
}

static void values_survive_printing(void **state)
{
	char *printed = NULL, *again = NULL;
	struct conf *conf = NULL, *second = NULL;

	(void)state;
	assert_int_equal(setenv("CONF_TEST_U", "${x}\t1", 1), 0);
	conf = text_conf(EVERYTHING);
	printed = print(conf);
	again = unmask(printed);
	second = text_conf(again);
	assert_string_equal(second->mqtt.username, "u: \"x\"");
	assert_string_equal(second->mqtt.topic_prefix, "a b/${x}");
	assert_int_equal(second->mqtt.version, 311);
	assert_int_equal(second->store.keep_settled_ms, 5400000);
	assert_int_equal(second->limits.body, 1025);
	assert_int_equal(second->log.level, LOG_LVL_DEBUG);
	assert_string_equal(second->listen[1].address, "0.0.0.0:81");
	assert_string_equal(second->accounts[0].vars[2].value,
	                    "\xc3\xa9\xe2\x80\xa8\xc2\x85 ${x}\t1");
	assert_string_equal(second->accounts[0].webhooks[1].basic[0].username, "null");
	assert_string_equal(second->accounts[0].mailbox->url, "imap://imap.example.net:144");
	assert_string_equal(second->accounts[0].mailbox->folder, "A b/");
	assert_string_equal(second->accounts[0].mailbox->username, "u: v");
	assert_string_equal(second->accounts[0].mailbox->password, "***");
	assert_string_equal(second->accounts[0].mailbox->from[0], "@a.example");
	assert_string_equal(second->accounts[0].mailbox->hosts[0], ".a.example");
	assert_true(second->accounts[0].mailbox->starttls);
	assert_string_equal(second->accounts[0].mailbox->ca, CA_FILE);
	assert_string_equal(second->accounts[0].ca, CA_FILE);
	assert_string_equal(second->accounts[0].ca_pem, conf->accounts[0].ca_pem);
	assert_int_equal(second->accounts[0].mailbox->poll_ms, 90000);
	conf_free(conf);
	conf_free(second);
	free(printed);
	free(again);
}

static void secrets_are_never_printed(void **state)
{
	struct folder folder;
	const char *path;
	struct conf *conf = text_conf(EVERYTHING);
	char *printed = print(conf);

	(void)state;
	assert_null(strstr(printed, "geheim"));
	assert_null(strstr(printed, "argon2id"));
	assert_non_null(strstr(printed, "password: \"***\""));
	assert_non_null(strstr(printed, "api_key: \"***\""));
	free(printed);
	conf_free(conf);

	/* whatever comes from a file is one */
	folder_open(&folder);
	(void)folder_put(&folder, "s", "geheim-3\n");
	path = folder_put(&folder, "c.yaml",
	                  "mqtt: {username: \"${file:s}\"}\naccounts:\n- vendor: everlytic\n"
	                  "  vars: {host: \"x${file:s}\"}\n");
	assert_int_equal(conf_load(path, NULL, NULL, &conf, NULL), ERR_OK);
	printed = print(conf);
	assert_string_equal(conf->mqtt.username, "geheim-3");
	assert_null(strstr(printed, "geheim"));
	assert_non_null(strstr(printed, "username: \"***\""));
	assert_non_null(strstr(printed, "host: \"***\""));
	free(printed);
	conf_free(conf);
	folder_close(&folder);
}

static void full_buffer_is_an_error(void **state)
{
	struct conf *conf = text_conf(GOOD);
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(conf_print(conf, &b), ERR_LIMIT);
	buf_fini(&b);
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(printed_configuration_loads_again_as_the_same),
		cmocka_unit_test(values_survive_printing),
		cmocka_unit_test(secrets_are_never_printed),
		cmocka_unit_test(full_buffer_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
