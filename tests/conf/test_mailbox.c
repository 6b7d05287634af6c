/* SPDX-License-Identifier: MIT */
#include "conf_text.h"
#include "tests/folder.h"

/* Line 3 is the mailbox; no report needs it, which is a warning. */
#define HEAD        "accounts:\n- vendor: generic\n"
#define BOX(keys)   HEAD "  mailbox: {" keys "}\n"
#define WITH(keys)  BOX("url: \"imaps://h\", username: u, password: \"${KEY}\", " keys)
#define AT(address) BOX("username: u, password: \"${KEY}\", url: \"" address "\"")

/* Any certificate; a configuration of tests reads no other file. */
#define CA_FILE SOURCE_DIR "/tests/conf/ca.pem"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct broken broken[] = {
	{HEAD "  mailbox: imaps://h\n", 3, "accounts[0].mailbox", "expected \"{url: …, username"},
	{HEAD "  mailbox: []\n", 3, "accounts[0].mailbox", "expected \"{url: …, username"},
	{BOX("username: u, password: p"), 3, "accounts[0].mailbox", "\"url\" is missing here"},
	{BOX("url: \"imaps://h\", password: p"), 3, "accounts[0].mailbox",
         "\"username\" is missing here"},
	{BOX("url: \"imaps://h\", username: u"), 3, "accounts[0].mailbox",
         "\"password\" is missing here"},
	{WITH("pasword: x"), 3, "accounts[0].mailbox.pasword", "did you mean \"password\"?"},
	{BOX("url: \"imaps://h\", username: \"\", password: p"), 3, "accounts[0].mailbox.username",
         "must not be empty"},
	{BOX("url: \"imaps://h\", username: \"a\\nb\", password: p"), 3,
         "accounts[0].mailbox.username", "without control characters"},
	{BOX("url: \"imaps://h\", username: u, password: \"a\\0b\""), 3, "", "NUL"},

	{AT(""), 3, "accounts[0].mailbox.url", "must begin with imaps:// or imap://"},
	{BOX("url: , username: u, password: p"), 3, "accounts[0].mailbox.url", "it is empty"},
	{BOX("url: [a], username: u, password: p"), 3, "accounts[0].mailbox.url",
         "not a mailbox's URL"},
	{AT("https://h/INBOX"), 3, "accounts[0].mailbox.url", "must begin with imaps://"},
	{AT("IMAPS://h/INBOX"), 3, "accounts[0].mailbox.url", "must begin with imaps://"},
	{AT("imaps:h"), 3, "accounts[0].mailbox.url", "must begin with imaps://"},
	{AT("imaps://"), 3, "accounts[0].mailbox.url", "a host name or address is expected"},
	{AT("imaps:///INBOX"), 3, "accounts[0].mailbox.url", "a host name or address is expected"},
	{AT("imaps://a b/INBOX"), 3, "accounts[0].mailbox.url", "a host name or address"},
	{AT("imaps://[::1/INBOX"), 3, "accounts[0].mailbox.url", "a host name or address"},
	{AT("imaps://u@h/INBOX"), 3, "accounts[0].mailbox.url", "credentials do not belong here"},
	{AT("imaps://u:geheim@h/INBOX"), 3, "accounts[0].mailbox.url",
         "credentials do not belong here"},
	{AT("imaps://h?x=1"), 3, "accounts[0].mailbox.url", "a query or fragment does not belong"},
	{AT("imaps://h/INBOX?x=1"), 3, "accounts[0].mailbox.url", "write %3F for '?'"},
	{AT("imaps://h/INBOX#x"), 3, "accounts[0].mailbox.url", "%23 for '#'"},
	{AT("imaps://h:0"), 3, "accounts[0].mailbox.url", "from 1 to 65535"},
	{AT("imaps://h:65536"), 3, "accounts[0].mailbox.url", "from 1 to 65535"},
	{AT("imaps://h:"), 3, "accounts[0].mailbox.url", "from 1 to 65535"},
	{AT("imaps://h:x"), 3, "accounts[0].mailbox.url", "from 1 to 65535"},
	{AT("imaps://h/a%2"), 3, "accounts[0].mailbox.url", "two hexadecimal digits"},
	{AT("imaps://h/a%zz"), 3, "accounts[0].mailbox.url", "two hexadecimal digits"},
	{AT("imaps://h/a%"), 3, "accounts[0].mailbox.url", "two hexadecimal digits"},
	{AT("imaps://h/a%00b"), 3, "accounts[0].mailbox.url", "must be ASCII"},
	{AT("imaps://h/a%0d%0aA1 LOGOUT"), 3, "accounts[0].mailbox.url", "must be ASCII"},
	{AT("imaps://h/Entw%C3%BCrfe"), 3, "accounts[0].mailbox.url", "modified UTF-7"},
	{AT("imaps://h/Entw\\u00fcrfe"), 3, "accounts[0].mailbox.url", "modified UTF-7"},
	{AT("imaps://h/" A64 A64 A64 A64 A64 A64 A64 A64), 3, "accounts[0].mailbox.url",
         "too long"},

	{AT("imap://imap.example.net/INBOX"), 3, "accounts[0].mailbox.url",
         "the password would be sent in the clear"},
	{AT("imap://128.0.0.1"), 3, "accounts[0].mailbox.url", "in the clear"},
	{AT("imap://[::2]"), 3, "accounts[0].mailbox.url", "in the clear"},
	{AT("imap://127.0.0.1.example.net"), 3, "accounts[0].mailbox.url", "in the clear"},
	{AT("imap://localhost.example.net"), 3, "accounts[0].mailbox.url", "in the clear"},
	{BOX("username: u, password: p, url: \"imap://h\", starttls: false"), 3,
         "accounts[0].mailbox.url", "in the clear"},
	{WITH("starttls: true"), 3, "accounts[0].mailbox.starttls", "only used with imap://"},
	{WITH("starttls: yes"), 3, "accounts[0].mailbox.starttls", "expected true or false"},
	{WITH("ca: /no/such/file"), 3, "accounts[0].mailbox.ca",
         "\"/no/such/file\" does not exist"},
	{WITH("ca: certs/ca.pem"), 3, "accounts[0].mailbox.ca", "\"/etc/gw/certs/ca.pem\""},
	{BOX("username: u, password: p, url: \"imap://127.0.0.1\", ca: /dev/null"), 3,
         "accounts[0].mailbox.ca", "only used with TLS"},

	{WITH("from: \"@acme.example\""), 3, "accounts[0].mailbox.from", "expected a list"},
	{WITH("from: [acme.example]"), 3, "accounts[0].mailbox.from[0]", "such as reports@acme"},
	{WITH("from: [\"@\"]"), 3, "accounts[0].mailbox.from[0]", "such as reports@acme"},
	{WITH("from: [\"a@b@c\"]"), 3, "accounts[0].mailbox.from[0]", "such as reports@acme"},
	{WITH("from: [\"a b@c\"]"), 3, "accounts[0].mailbox.from[0]", "such as reports@acme"},
	{WITH("from: [\"<a@c>\"]"), 3, "accounts[0].mailbox.from[0]", "such as reports@acme"},
	{WITH("from: [\"a@.c\"]"), 3, "accounts[0].mailbox.from[0]", "such as reports@acme"},
	{WITH("from: [\"\\u00fc@c\"]"), 3, "accounts[0].mailbox.from[0]", "such as reports@acme"},
	{WITH("from: [a@b, [x]]"), 3, "accounts[0].mailbox.from[1]", "such as reports@acme"},
	{WITH("from: [a@b, ~]"), 3, "accounts[0].mailbox.from[1]", "such as reports@acme"},
	{WITH("from: [\"" A64 A64 A64 A64 A64 "a@b\"]"), 3, "accounts[0].mailbox.from[0]",
         "such as"},
	{WITH("from: [a@1, a@1, a@1, a@1, a@1, a@1, a@1, a@1, a@1, a@1, a@1, a@1, a@1, a@1, a@1, "
              "a@1, a@1]"),
         3, "accounts[0].mailbox.from", "expected at most 16 items"},
	{WITH("hosts: [\"https://a.example\"]"), 3, "accounts[0].mailbox.hosts[0]",
         "no scheme, port or path"},
	{WITH("hosts: [\"a.example:443\"]"), 3, "accounts[0].mailbox.hosts[0]", "no scheme, port"},
	{WITH("hosts: [a.example/x]"), 3, "accounts[0].mailbox.hosts[0]",
         "no scheme, port or path"},
	{WITH("hosts: [\"*.a.example\"]"), 3, "accounts[0].mailbox.hosts[0]", ".acme.example"},
	{WITH("hosts: [\"\"]"), 3, "accounts[0].mailbox.hosts[0]", "such as files.acme"},
	{WITH("hosts: [.]"), 3, "accounts[0].mailbox.hosts[0]", "such as files.acme"},
	{WITH("hosts: [a..b]"), 3, "accounts[0].mailbox.hosts[0]", "such as files.acme"},
	{WITH("hosts: [..b]"), 3, "accounts[0].mailbox.hosts[0]", "such as files.acme"},
	{WITH("hosts: [b.]"), 3, "accounts[0].mailbox.hosts[0]", "such as files.acme"},
	{WITH("hosts: [a, a, a, a, a, a, a, a, a]"), 3, "accounts[0].mailbox.hosts",
         "expected at most 8 items"},
	{WITH("poll: 10ms"), 3, "accounts[0].mailbox.poll", "from 100ms to 1h"},
	{WITH("poll: 2h"), 3, "accounts[0].mailbox.poll", "from 100ms to 1h"},
};

static void broken_mailboxes_are_refused_with_line_and_key(void **state)
{
	(void)state;
	assert_int_equal(setenv("KEY", "k", 1), 0);
	assert_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

/* What a person reads must not have what does not belong there. */
static void a_password_in_the_url_is_not_repeated(void **state)
{
	struct err_detail detail = {0};
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(text_load(AT("imaps://u:geheim@h/INBOX"), NULL, &conf, &detail),
	                 ERR_PARSE);
	assert_null(strstr(detail.text, "geheim"));
}

static void mailbox_has_its_values_and_defaults(void **state)
{
	struct conf *conf = text_conf(AT("imaps://imap.example.net:9993/Reports%2FAcme%20%25"));
	const struct conf_mailbox *box = conf->accounts[0].mailbox;

	(void)state;
	assert_string_equal(box->url, "imaps://imap.example.net:9993");
	assert_string_equal(box->folder, "Reports/Acme %");
	assert_string_equal(box->username, "u");
	assert_string_equal(box->password, "k");
	assert_null(box->ca);
	assert_false(box->starttls);
	assert_int_equal(box->from_count, 0);
	assert_int_equal(box->host_count, 0);
	assert_int_equal(box->poll_ms, 20000);
	conf_free(conf);
}

static void each_key_of_a_mailbox_is_read(void **state)
{
	struct conf *conf = text_conf(BOX(
		"url: \"imap://imap.example.net\", username: u, password: \"${KEY}\", starttls: "
		"true, ca: " CA_FILE ", from: [\"@acme.example\", a.b+c@acme.example], hosts: "
		"[.acme.example, 192.0.2.1], poll: 1m"));
	const struct conf_mailbox *box = conf->accounts[0].mailbox;

	(void)state;
	assert_string_equal(box->url, "imap://imap.example.net");
	assert_true(box->starttls);
	assert_string_equal(box->ca, CA_FILE);
	assert_int_equal(box->from_count, 2);
	assert_string_equal(box->from[0], "@acme.example");
	assert_string_equal(box->from[1], "a.b+c@acme.example");
	assert_int_equal(box->host_count, 2);
	assert_string_equal(box->hosts[0], ".acme.example");
	assert_string_equal(box->hosts[1], "192.0.2.1");
	assert_int_equal(box->poll_ms, 60000);
	conf_free(conf);
}

static void no_folder_is_the_inbox_and_loopback_may_be_plain(void **state)
{
	static const struct {
		const char *text, *url, *folder;
	} rows[] = {
		{AT("imaps://imap.example.net"), "imaps://imap.example.net", "INBOX"},
		{AT("imaps://imap.example.net/"), "imaps://imap.example.net", "INBOX"},
		{AT("imaps://[2001:db8::1]:993/x"), "imaps://[2001:db8::1]:993", "x"},
		{AT("imap://127.0.0.1:143/x"), "imap://127.0.0.1:143", "x"},
		{AT("imap://127.9.9.9"), "imap://127.9.9.9", "INBOX"},
		{AT("imap://localhost"), "imap://localhost", "INBOX"},
		{AT("imap://[::1]:1143/INBOX"), "imap://[::1]:1143", "INBOX"},
		{AT("imaps://h/%26AOQ-%3F/%23"), "imaps://h", "&AOQ-?/#"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf *conf = text_conf(rows[i].text);

		assert_string_equal(conf->accounts[0].mailbox->url, rows[i].url);
		assert_string_equal(conf->accounts[0].mailbox->folder, rows[i].folder);
		conf_free(conf);
	}
}

static void a_literal_password_and_an_idle_mailbox_are_warned_of(void **state)
{
	struct warnings w = {0};
	struct err_detail detail = {0};
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(text_load(AT("imaps://h"), &w, &conf, &detail), ERR_OK);
	assert_int_equal(w.count, 2); /* nothing arrives; the mailbox */
	conf_free(conf);
	w.count = 0;
	assert_int_equal(text_load(BOX("url: \"imaps://h\", username: u, password: geheim"), &w,
	                           &conf, &detail),
	                 ERR_OK);
	assert_int_equal(w.count, 3);
	conf_free(conf);

	w.count = 0;
	assert_int_equal(text_load("accounts:\n- vendor: ocamba\n  vars: {token: \"${KEY}\"}\n"
	                           "  reports: [{report: sms-clicks}]\n"
	                           "  mailbox: {url: \"imaps://h\", username: u, password: "
	                           "\"${KEY}\"}\n",
	                           &w, &conf, &detail),
	                 ERR_OK);
	assert_int_equal(w.count, 1);
	assert_string_equal(w.last.key, "accounts[0].mailbox");
	assert_int_equal(w.last.line, 5);
	assert_non_null(strstr(w.last.text, "no report of this account needs its mailbox"));
	conf_free(conf);
}

static void a_heading_without_keys_is_no_mailbox(void **state)
{
	struct conf *conf = text_conf(HEAD "  mailbox:\n");

	(void)state;
	assert_null(conf->accounts[0].mailbox);
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_mailboxes_are_refused_with_line_and_key),
		cmocka_unit_test(a_password_in_the_url_is_not_repeated),
		cmocka_unit_test(mailbox_has_its_values_and_defaults),
		cmocka_unit_test(each_key_of_a_mailbox_is_read),
		cmocka_unit_test(no_folder_is_the_inbox_and_loopback_may_be_plain),
		cmocka_unit_test(a_literal_password_and_an_idle_mailbox_are_warned_of),
		cmocka_unit_test(a_heading_without_keys_is_no_mailbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
