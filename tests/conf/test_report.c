/* SPDX-License-Identifier: MIT */
#include "conf_text.h"

/* Lines 1 to 4; what belongs to the report follows. */
#define EV_HEAD                                                          \
	"accounts:\n- vendor: everlytic\n"                               \
	"  vars: {host: ev.example, username: u, api_key: \"${KEY}\"}\n" \
	"  reports:\n"
#define EV      EV_HEAD "  - report: interaction-data\n"
#define OC_HEAD "accounts:\n- vendor: ocamba\n  vars: {token: \"${KEY}\"}\n"
#define OC      OC_HEAD "  reports:\n"

static const struct broken broken[] = {
	{EV_HEAD "  - x\n", 5, "accounts[0].reports[0]", "expected \"report: NAME\""},
	{EV_HEAD "  - every: 5m\n", 5, "accounts[0].reports[0]", "\"report\" is missing here"},
	{EV_HEAD "  - report: interactions\n", 5, "accounts[0].reports[0].report",
         "the vendor has no report \"interactions\"; "},
	{EV_HEAD "  - {report: replies, evry: 5m}\n", 5, "accounts[0].reports[0].evry",
         "did you mean \"every\"?"},
	{EV_HEAD "  - {report: replies, every: soon}\n", 5, "accounts[0].reports[0].every",
         "not \"soon\""},
	{EV_HEAD "  - {report: replies, every: 0s}\n", 5, "accounts[0].reports[0].every", "1s"},
	{EV_HEAD "  - {report: replies, each: {message: [a]}}\n", 5,
         "accounts[0].reports[0].each.message",
         "the report has no loop \"message\"; there are none"},
	{EV_HEAD "  - {report: replies}\n  - {report: replies}\n", 6,
         "accounts[0].reports[1].report", "report \"replies\" is already there in this account"},
	{EV_HEAD "  - {report: replies, mailbox: {url: x}}\n", 5, "accounts[0].reports[0].mailbox",
         "does not come by mail, it is asked for at the vendor; remove \"mailbox\""},
	{EV_HEAD "  - {report: replies, timeout: 5m}\n", 5, "accounts[0].reports[0].timeout",
         "answered at once, nothing is waited for; remove \"timeout\""},
	{EV_HEAD "  - {report: replies, timeout: 10ms}\n", 5, "accounts[0].reports[0].timeout",
         "1s"},
	{EV_HEAD "  - {report: replies, map: {key: /id}}\n", 5, "accounts[0].reports[0].map",
         "report \"replies\" has a mapping of its own"},
	{EV_HEAD "  - {report: replies, decode: {as: json}}\n", 5, "accounts[0].reports[0].decode",
         "report \"replies\" has a mapping of its own"},
	{EV, 5, "accounts[0].reports[0]", "needs \"each: {message: [values]}\""},
	{EV "    each: x\n", 6, "accounts[0].reports[0].each", "expected \"NAME: [values]\""},
	{EV "    each: {mesage: [a]}\n", 6, "accounts[0].reports[0].each.mesage",
         "did you mean \"message\"? there are: message, type"},
	{EV "    each: {message: []}\n", 6, "accounts[0].reports[0].each.message", "1 to 10000"},
	{EV "    each: {message: [\"\"]}\n", 6, "accounts[0].reports[0].each.message[0]",
         "not empty"},
	{EV "    each: {message: [[a]]}\n", 6, "accounts[0].reports[0].each.message[0]",
         "not empty"},
	{EV "    each: {message: {lst: a}}\n", 6, "accounts[0].reports[0].each.message.lst",
         "did you mean \"list\"?"},
	{EV "    each: {message: {}}\n", 6, "accounts[0].reports[0].each.message",
         "{list: NAME} or {seen: campaign}"},
	{EV "    each: {message: {list: all}}\n", 6, "accounts[0].reports[0].each.message.list",
         "the vendor has no list \"all\"; there are none"},
	{EV "    each: {message: {seen: message}}\n", 6, "accounts[0].reports[0].each.message.seen",
         "expected \"campaign\""},
	{EV "    each: {message: {seen: campaign, for: ever}}\n", 6,
         "accounts[0].reports[0].each.message.for", "a duration such as 30d"},
	{"accounts:\n- vendor: everlytic\n  reports:\n  - {report: replies}\n", 2, "accounts[0]",
         "need the variable \"host\""},
	{"accounts:\n- vendor: everlytic\n  vars: {host: h, api_key: k}\n  reports:\n  - {report: "
         "replies}\n",
         3, "accounts[0].vars", "need the variable \"username\""},
	{"accounts:\n- vendor: everlytic\n  vars: {host: \"a b\", username: u, api_key: k}\n"
         "  reports:\n  - {report: replies}\n",
         2, "accounts[0]", "is no address of an API"},
	{"accounts:\n- vendor: everlytic\n  vars: {host: \"https://a.example\", username: u, "
         "api_key: k}\n"
         "  reports:\n  - {report: replies}\n",
         2, "accounts[0]", "\"https://https://a.example\" is no address of an API"},
	{"accounts:\n- vendor: everlytic\n  vars: {base: \"https://\", username: u, api_key: k}\n"
         "  reports:\n  - {report: replies}\n",
         3, "accounts[0].vars.base", "is no address of an API"},
	{"accounts:\n- vendor: ocamba\n  vars: {token: \"\"}\n  reports:\n  - report: sms-clicks\n",
         3, "accounts[0].vars.token", "is empty"},
	{"accounts:\n- vendor: ocamba\n  vars: {token: \"a\\nb\"}\n", 3, "accounts[0].vars.token",
         "one line"},
	{"accounts:\n- vendor: ocamba\n  vars: {token: t, base: \"https://a/?b=c\"}\n  reports:\n"
         "  - report: sms-clicks\n",
         3, "accounts[0].vars.base", "is no address of an API"},
	{"accounts:\n- vendor: everlytic\n  vars: {host: h, username: \"a:b\", api_key: k}\n"
         "  reports:\n  - {report: replies}\n",
         3, "accounts[0].vars", "cannot hold ':'"},
	{EV_HEAD "  - {report: replies, start: 3d}\n", 5, "accounts[0].reports[0].start",
         "is read whole each time"},
	{"accounts:\n- vendor: ocamba\n  reports:\n  - report: sms-clicks\n", 2, "accounts[0]",
         "need the variable \"token\""},
	{"accounts:\n- vendor: ocamba\n  vars: {token: t, tz: Mars/Base}\n  reports:\n  - report: "
         "sms-clicks\n",
         3, "accounts[0].vars.tz", "Mars/Base"},
	{"accounts:\n- vendor: samba\n  vars: {api_key: k}\n  reports:\n  - report: sms-events\n",
         3, "accounts[0].vars", "need the variable \"trackpoint\""},
	{OC_HEAD "  limits: {rates: []}\n", 4, "accounts[0].limits.rates",
         "did you mean \"rate\"?"},
	{OC_HEAD "  limits: {rate: 3}\n", 4, "accounts[0].limits.rate", "such as [10/1s, 150/1m]"},
	{OC_HEAD "  limits: {rate: [fast]}\n", 4, "accounts[0].limits.rate[0]", "such as 10/1s"},
	{OC_HEAD "  limits: {rate: [0/1s]}\n", 4, "accounts[0].limits.rate[0]", "such as 10/1s"},
	{OC_HEAD "  limits: {rate: [1/1s, 1/1s, 1/1s, 1/1s, 1/1s]}\n", 4, "accounts[0].limits.rate",
         "at most 4 rates"},
};

static void broken_reports_are_refused_with_line_and_key(void **state)
{
	(void)state;
	assert_int_equal(setenv("KEY", "k", 1), 0);
	assert_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

static void report_has_its_loops_and_defaults(void **state)
{
	struct conf *conf =
		text_conf(EV "    each: {message: [\"512\", \"513\"]}\n    every: 7m\n");
	const struct conf_account *account = &conf->accounts[0];
	const struct conf_report *report = &account->reports[0];

	(void)state;
	assert_int_equal(account->report_count, 1);
	assert_string_equal(account->base, "https://ev.example");
	assert_string_equal(report->name, "interaction-data");
	assert_int_equal(report->line, 5);
	assert_int_equal(report->every_ms, 7 * 60000);
	assert_int_equal(report->start_ms, 0);
	assert_string_equal(report->tz, "Africa/Johannesburg");
	assert_int_equal(report->loop_count, 2);
	assert_string_equal(report->loops[0].name, "message");
	assert_int_equal(report->loops[0].kind, EACH_VALUES);
	assert_int_equal(report->loops[0].value_count, 2);
	assert_string_equal(report->loops[0].values[1], "513");
	assert_string_equal(report->loops[1].name, "type");
	assert_int_equal(report->loops[1].value_count, 7);
	assert_string_equal(report->loops[1].values[0], "sends");
	assert_ptr_equal(
		source_table_find(conf->sources, STR_LIT("everlytic"), STR_LIT("interaction-data")),
		report->source);
	conf_free(conf);
}

static void every_form_of_a_loop_loads(void **state)
{
	struct conf *conf =
		text_conf("accounts:\n- vendor: passona\n  vars: {token: \"${KEY}\", base: "
	                  "\"http://127.0.0.1:9001/\"}\n"
	                  "  limits: {rate: []}\n  reports:\n  - {report: clicks}\n"
	                  "  - {report: delivery, each: {campaign: one}}\n"
	                  "  - {report: unsent, each: {campaign: {list: campaigns}}}\n"
	                  "  - {report: sent, each: {campaign: {seen: campaign, for: 2d}}}\n");
	const struct conf_account *account = &conf->accounts[0];

	(void)state;
	assert_string_equal(account->base, "http://127.0.0.1:9001");
	assert_non_null(account->rates);
	assert_int_equal(account->rate_count, 0);
	assert_int_equal(account->reports[0].loops[0].kind, EACH_LIST);
	assert_string_equal(account->reports[0].loops[0].list->name, "campaigns");
	assert_int_equal(account->reports[0].every_ms, 600000);
	assert_int_equal(account->reports[1].loops[0].kind, EACH_VALUES);
	assert_string_equal(account->reports[1].loops[0].values[0], "one");
	assert_string_equal(account->reports[2].loops[0].list->name, "campaigns");
	assert_int_equal(account->reports[3].loops[0].kind, EACH_SEEN);
	assert_int_equal(account->reports[3].loops[0].seen_ms, 2 * 86400000ULL);
	conf_free(conf);
}

static void limits_of_the_account_replace_those_of_the_profile(void **state)
{
	struct conf *conf = text_conf(OC_HEAD "  limits: {rate: [5/1s, 100/1m]}\n  reports: "
	                                      "[{report: sms-clicks, start: 30d}]\n");

	(void)state;
	assert_int_equal(conf->accounts[0].reports[0].start_ms, 30 * 86400000ULL);
	assert_int_equal(conf->accounts[0].rate_count, 2);
	assert_int_equal(conf->accounts[0].rates[1].count, 100);
	assert_int_equal(conf->accounts[0].rates[1].per_ms, 60000);
	conf_free(conf);
	conf = text_conf(OC "  - report: sms-clicks\n");
	assert_null(conf->accounts[0].rates);
	conf_free(conf);
}

static void what_is_printed_is_read_again(void **state)
{
	struct conf *conf = text_conf(
		"accounts:\n- vendor: passona\n  vars: {token: \"${KEY}\"}\n  limits: {rate: "
		"[2/1s]}\n"
		"  reports:\n  - {report: clicks, every: 90s, each: {campaign: [a, \"b: c\"]}}\n"
		"  - report: sent\n");
	struct conf *again = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	assert_int_equal(conf_print(conf, &b), ERR_OK);
	assert_null(strstr(buf_cstr(&b), "geheim"));
	again = text_conf(buf_cstr(&b));
	assert_int_equal(again->accounts[0].report_count, 2);
	assert_int_equal(again->accounts[0].reports[0].every_ms, 90000);
	assert_string_equal(again->accounts[0].reports[0].loops[0].values[1], "b: c");
	assert_int_equal(again->accounts[0].rates[0].count, 2);
	conf_free(again);
	conf_free(conf);
	buf_fini(&b);
}

static void reports_need_no_webhook_and_no_listener(void **state)
{
	struct warnings w = {0};
	struct err_detail detail = {0};
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(text_load(OC "  - report: sms-clicks\n", &w, &conf, &detail), ERR_OK);
	assert_int_equal(w.count, 0);
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_reports_are_refused_with_line_and_key),
		cmocka_unit_test(report_has_its_loops_and_defaults),
		cmocka_unit_test(every_form_of_a_loop_loads),
		cmocka_unit_test(limits_of_the_account_replace_those_of_the_profile),
		cmocka_unit_test(what_is_printed_is_read_again),
		cmocka_unit_test(reports_need_no_webhook_and_no_listener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
