/* SPDX-License-Identifier: MIT */
#include "conf_text.h"

/* Lines 1 to 5; what belongs to the account follows. Passona's CSV reports come by mail. */
#define HEAD                                                                       \
	"profiles: [\"${PROFILES}\"]\naccounts:\n- vendor: acme\n  vars: {token: " \
	"\"${KEY}\", area: north}\n  # more\n"
#define REPORTS HEAD "  reports:\n"
#define BOX     "{url: \"imaps://h/A\", username: u, password: \"${KEY}\"}"
#define OTHER   "{url: \"imaps://h/B\", username: u, password: \"${KEY}\"}"
#define WITH    HEAD "  mailbox: " BOX "\n  reports:\n"

static int set_environment(void **state)
{
	(void)state;
	assert_int_equal(setenv("KEY", "k", 1), 0);
	assert_int_equal(setenv("PROFILES", SOURCE_DIR "/tests/conf/cases/ordered", 1), 0);
	return 0;
}

static const struct broken broken[] = {
	{REPORTS "  - report: by-mail-alone\n", 7, "accounts[0].reports[0]",
         "report \"by-mail-alone\" comes by mail and needs \"mailbox\", in the account for all "
         "such "
         "reports or here for this one; for example: mailbox: {url: "
         "\"imaps://imap.example.net/INBOX\", username: reports, password: "
         "\"${file:secrets/imap}\"}"},
	{REPORTS "  - {report: by-mail-alone, mailbox: ~}\n", 7, "accounts[0].reports[0]",
         "needs \"mailbox\""},
	{"accounts:\n- vendor: passona\n  vars: {token: \"${KEY}\"}\n  reports:\n"
         "  - report: delivery-csv\n",
         5, "accounts[0].reports[0]",
         "report \"delivery-csv\" comes by mail and needs \"mailbox\""},
	{REPORTS "  - report: by-mail-alone\n    mailbox: {url: \"imaps://h\"}\n", 8,
         "accounts[0].reports[0].mailbox", "\"username\" is missing here"},
	{REPORTS
         "  - report: by-mail-alone\n    mailbox: {url: \"imap://h\", username: u, password: "
         "p}\n",
         8, "accounts[0].reports[0].mailbox.url", "in the clear"},
	/* The account's own is read also when nobody needs it. */
	{HEAD "  mailbox: {url: \"imap://h\", username: u, password: p}\n", 6,
         "accounts[0].mailbox.url", "in the clear"},
	{WITH "  - report: by-poll\n    mailbox: " BOX "\n", 9, "accounts[0].reports[0].mailbox",
         "report \"by-poll\" does not come by mail, it is asked for at the vendor"},
	{WITH "  - report: by-hand-off\n    mailbox: " BOX "\n", 9,
         "accounts[0].reports[0].mailbox",
         "report \"by-hand-off\" does not come by mail, it is brought by a person"},
	{WITH "  - report: deliveries\n    each: {campaign: [a]}\n    mailbox: " BOX "\n", 10,
         "accounts[0].reports[0].mailbox", "report \"deliveries\" does not come by mail"},
	{WITH "  - report: deliveries\n    each: {campaign: [a]}\n    timeout: 5m\n", 10,
         "accounts[0].reports[0].timeout", "is answered at once, nothing is waited for"},
	{WITH "  - report: by-mail\n    each: {campaign: [a]}\n    timeout: 0s\n", 10,
         "accounts[0].reports[0].timeout", "1s"},
	{WITH "  - report: by-mail\n    each: {campaign: [a]}\n    timeout: soon\n", 10,
         "accounts[0].reports[0].timeout", "not \"soon\""},
	{WITH "  - report: by-mail\n    start: 3d\n    each: {campaign: [a]}\n", 9,
         "accounts[0].reports[0].start", "is read whole each time"},
	{WITH "  - report: by-mail\n", 8, "accounts[0].reports[0]",
         "needs \"each: {campaign: [values]}\""},
	{WITH "  - report: by-hand-off\n    map: {status: {is: sent}}\n", 9,
         "accounts[0].reports[0].map", "report \"by-hand-off\" has a mapping of its own"},
	{WITH "  - report: own\n", 8, "accounts[0].reports[0]",
         "\"map\" is missing: report \"own\" has no mapping of its own"},
	{WITH "  - report: own\n    decode: {as: csv}\n", 8, "accounts[0].reports[0]",
         "\"map\" is missing"},
	{WITH "  - report: own\n    map: {status: {iss: sent}}\n", 9,
         "accounts[0].reports[0].map.status.iss", "did you mean \"is\"?"},
	{"profiles: [\"${PROFILES}\"]\naccounts:\n- vendor: acme\n  vars: {token: \"${KEY}\"}\n"
         "  reports: [{report: by-poll}]\n",
         4, "accounts[0].vars", "need the variable \"area\""},
};

static void what_does_not_fit_an_order_is_refused(void **state)
{
	(void)state;
	assert_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

static void reports_have_their_mailbox_timeout_and_fallback(void **state)
{
	struct conf *conf = text_conf(
		WITH "  - {report: by-mail, each: {campaign: [a]}, timeout: 45m}\n"
		     "  - {report: by-mail-alone, mailbox: " OTHER "}\n  - report: by-poll\n"
		     "  - {report: by-hand-off, timeout: 2d}\n");
	const struct conf_account *account = &conf->accounts[0];
	const struct conf_report *r = account->reports;

	(void)state;
	assert_int_equal(account->report_count, 4);
	assert_non_null(r[0].spec->job);
	assert_ptr_equal(r[0].mailbox, account->mailbox);
	assert_string_equal(r[0].mailbox->folder, "A");
	assert_int_equal(r[0].timeout_ms, 45 * 60000);
	assert_int_equal(r[0].every_ms, 3600000);
	assert_non_null(r[0].fallback);
	/* Not listed, so it is the one that files can be imported for. */
	assert_ptr_equal(r[0].fallback,
	                 source_table_find(conf->sources, STR_LIT("acme"), STR_LIT("deliveries")));
	assert_string_equal(r[1].mailbox->folder, "B");
	assert_int_equal(r[1].timeout_ms, 0);
	assert_null(r[1].fallback);
	assert_null(r[2].mailbox);
	assert_null(r[3].mailbox);
	assert_int_equal(r[3].timeout_ms, 2 * 86400000);
	conf_free(conf);
}

static void a_fallback_that_is_listed_is_the_same_source(void **state)
{
	struct conf *conf = text_conf(WITH "  - {report: by-mail, each: {campaign: [a]}}\n"
	                                   "  - {report: deliveries, each: {campaign: [a]}}\n");
	const struct conf_report *r = conf->accounts[0].reports;

	(void)state;
	assert_ptr_equal(r[0].fallback, r[1].source);
	conf_free(conf);
}

static void each_csv_report_of_passona_can_be_scheduled(void **state)
{
	static const char *const names[] = {"clicks",    "delivery", "alt_delivery",
	                                    "recipient", "sent",     "unsent"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[1024];
		struct conf *conf;
		const struct conf_report *r;

		(void)snprintf(text, sizeof(text),
		               "accounts:\n- vendor: passona\n  vars: {token: \"${KEY}\"}\n"
		               "  mailbox: " BOX "\n  reports: [{report: %s-csv}]\n",
		               names[i]);
		conf = text_conf(text);
		r = &conf->accounts[0].reports[0];
		assert_int_equal(r->loops[0].kind, EACH_LIST);
		assert_string_equal(r->mailbox->url, "imaps://h");
		assert_string_equal(source_name(r->fallback), names[i]);
		conf_free(conf);
	}
}

static void a_report_can_take_a_map_of_its_own(void **state)
{
	struct conf *conf = text_conf(
		REPORTS "  - report: own\n    decode: {as: csv, csv: {delimiter: \";\"}}\n"
			"    map: {status: {is: sent}, set: {message.id: /Number}}\n");

	(void)state;
	assert_ptr_equal(conf->accounts[0].reports[0].source,
	                 source_table_find(conf->sources, STR_LIT("acme"), STR_LIT("own")));
	conf_free(conf);
	/* It has no source, and nobody misses it, until it is listed. */
	conf = text_conf(REPORTS "  - report: by-hand-off\n");
	assert_null(source_table_find(conf->sources, STR_LIT("acme"), STR_LIT("own")));
	conf_free(conf);
}

#define MAP "map: {status: {is: sent}, set: {message.id: /Number}}"

/* The generic exports, which have no map and no address of their own. */
static const struct broken broken_exports[] = {
	{"accounts:\n- vendor: generic\n  reports:\n  - report: export\n    " MAP "\n", 2,
         "accounts[0]", "the reports of vendor \"generic\" need the variable \"url\""},
	{"accounts:\n- vendor: generic\n  vars: {url: \"\"}\n  reports:\n  - report: export\n   "
         " " MAP "\n",
         3, "accounts[0].vars.url", "is empty"},
	{"accounts:\n- vendor: generic\n  vars: {url: \"https://h\"}\n  reports:\n  - report: "
         "export\n",
         5, "accounts[0].reports[0]", "\"map\" is missing: report \"export\""},
	{"accounts:\n- vendor: generic\n  vars: {url: \"https://h\"}\n  reports:\n"
         "  - report: export-by-mail\n    " MAP "\n",
         5, "accounts[0].reports[0]", "report \"export-by-mail\" comes by mail and needs"},
};

static void generic_exports_need_their_address_and_map(void **state)
{
	struct conf *conf = text_conf(
		"accounts:\n- vendor: generic\n  vars: {url: \"https://api.example.com/v1\", "
		"auth_value: \"${KEY}\"}\n  mailbox: " BOX "\n  reports:\n"
		"  - report: export\n    every: 2h\n    " MAP "\n"
		"  - report: export-by-id\n    decode: {as: json, records: /rows/*}\n    " MAP "\n"
		"  - report: export-by-mail\n    timeout: 1h\n    " MAP "\n");
	const struct conf_account *account = &conf->accounts[0];

	(void)state;
	assert_broken(broken_exports, sizeof(broken_exports) / sizeof(broken_exports[0]));
	assert_string_equal(account->base, "https://api.example.com/v1");
	assert_int_equal(account->reports[0].every_ms, 7200000);
	assert_true(account->reports[1].every_ms > 0);
	assert_null(account->reports[0].mailbox);
	assert_ptr_equal(account->reports[2].mailbox, account->mailbox);
	conf_free(conf);
}

static void a_mailbox_that_is_used_is_not_warned_of(void **state)
{
	static const struct {
		const char *reports;
		size_t warnings;
	} rows[] = {
		{"  - report: by-mail-alone\n", 0},
		{"  - report: by-poll\n", 1},
		{"  - {report: by-mail-alone, mailbox: " OTHER "}\n", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct warnings w = {0};
		struct err_detail detail = {0};
		struct conf *conf = NULL;
		char text[2048];

		(void)snprintf(text, sizeof(text), WITH "%s", rows[i].reports);
		assert_int_equal(text_load(text, &w, &conf, &detail), ERR_OK);
		assert_int_equal(w.count, rows[i].warnings);
		conf_free(conf);
	}
}

static void what_is_printed_is_read_again(void **state)
{
	struct conf *conf = text_conf(
		WITH "  - {report: by-mail, each: {campaign: [a]}, timeout: 90s}\n"
		     "  - {report: by-mail-alone, mailbox: {url: \"imaps://h/C%20D\", username: u, "
		     "password: geheim, hosts: [files.acme.example]}}\n"
		     "  - report: own\n    decode: {as: csv, csv: {delimiter: \";\"}}\n"
		     "    map: {status: {at: /s, map: {ok: sent}}, set: {message.id: /Number}}\n");
	struct conf *again = NULL;
	const struct conf_report *r;
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	assert_int_equal(conf_print(conf, &b), ERR_OK);
	assert_null(strstr(buf_cstr(&b), "geheim"));
	again = text_conf(buf_cstr(&b));
	r = again->accounts[0].reports;
	assert_int_equal(r[0].timeout_ms, 90000);
	assert_ptr_equal(r[0].mailbox, again->accounts[0].mailbox);
	assert_string_equal(r[0].mailbox->folder, "A");
	assert_string_equal(r[1].mailbox->folder, "C D");
	assert_string_equal(r[1].mailbox->hosts[0], "files.acme.example");
	assert_string_equal(r[1].mailbox->password, "***");
	assert_int_equal(r[1].timeout_ms, 0);
	assert_non_null(r[2].source);
	conf_free(again);
	conf_free(conf);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_an_order_is_refused),
		cmocka_unit_test(reports_have_their_mailbox_timeout_and_fallback),
		cmocka_unit_test(a_fallback_that_is_listed_is_the_same_source),
		cmocka_unit_test(each_csv_report_of_passona_can_be_scheduled),
		cmocka_unit_test(a_report_can_take_a_map_of_its_own),
		cmocka_unit_test(generic_exports_need_their_address_and_map),
		cmocka_unit_test(a_mailbox_that_is_used_is_not_warned_of),
		cmocka_unit_test(what_is_printed_is_read_again),
	};

	return cmocka_run_group_tests(tests, set_environment, NULL);
}
