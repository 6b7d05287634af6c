/* SPDX-License-Identifier: MIT */
#include "tests/cmd/app/app_fakes.h"
#include "tests/conf/conf_text.h"

#define PASSONA                                                                      \
	"instance: gw1\naccounts:\n- vendor: passona\n  vars: {token: \"${KEY}\"}\n" \
	"  mailbox: {url: \"imaps://h\", username: u, password: \"${KEY}\"}\n"       \
	"  reports: [{report: clicks}, {report: clicks-csv}]\n"

#define TEXT_MAX ((size_t)64 * 1024)

/* The document, as one text. */
static char *status_text(const char *conf_yaml)
{
	struct app app = {.conf = NULL};
	char *text;
	struct buf b;

	assert_int_equal(setenv("KEY", "k", 1), 0);
	app.conf = text_conf(conf_yaml);
	buf_init(&b, TEXT_MAX);
	assert_int_equal(app_status(&app, &b), ERR_OK);
	text = str_dup(buf_str(&b));
	assert_non_null(text);
	buf_fini(&b);
	conf_free(app.conf);
	return text;
}

static void assert_has(const char *conf_yaml, const char *part)
{
	char *text = status_text(conf_yaml);

	if (strstr(text, part) == NULL)
		fail_msg("%s\nlacks\n%s", text, part);
	free(text);
}

static void assert_lacks(const char *conf_yaml, const char *part)
{
	char *text = status_text(conf_yaml);

	if (strstr(text, part) != NULL)
		fail_msg("%s\nhas\n%s", text, part);
	free(text);
}

static struct report_job_progress job;
static const char *report_name;

static void tell_report(account_status_fn on_account, report_status_fn on_report, void *arg)
{
	static const struct report_value value = {"campaign", "c1"};
	const struct account_status account = {
		.account = "passona",
		.vendor = "passona",
		.client = {.circuit = "closed", .auth = "ok", .trouble = ""}};
	const struct report_status report = {.account = "passona",
	                                     .report = report_name,
	                                     .values = &value,
	                                     .value_count = 1,
	                                     .state = "running",
	                                     .trouble = "",
	                                     .job = job};

	on_account(arg, &account);
	on_report(arg, &report);
}

static void a_job_is_told_with_what_is_known(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.tell_reports = tell_report;
	report_name = "clicks";
	job = (struct report_job_progress){.state = NULL};
	assert_lacks(PASSONA, "\"job\"");

	report_name = "gone-by-a-reload";
	job = (struct report_job_progress){.state = "waiting", .text = ""};
	assert_has(PASSONA, "\"rows\":0,\"job\":{\"state\":\"waiting\",\"stale\":false}}]");

	report_name = "clicks-csv";
	job = (struct report_job_progress){.state = "downloading",
	                                   .since_ms = 1725350400000,
	                                   .ordered_ms = 1725350400001,
	                                   .until_ms = 1725350400002,
	                                   .file_bytes = 7,
	                                   .file_size = 9,
	                                   .text = "it is \"late\"",
	                                   .is_stale = true};
	assert_has(
		PASSONA,
		"\"job\":{\"by\":\"mailbox\",\"state\":\"downloading\",\"since\":\"2024-09-03T08:"
		"00:00.000Z\","
		"\"ordered\":\"2024-09-03T08:00:00.001Z\",\"until\":\"2024-09-03T08:00:00.002Z\","
		"\"file_bytes\":7,\"file_size\":9,\"text\":\"it is \\\"late\\\"\",\"stale\":true}");
}

static struct completion_status box;
static const char *user;

static void tell_mailbox(mailbox_status_fn fn, void *arg)
{
	fn(arg, "imaps://imap.example.net", user, &box);
}

static void mailboxes_are_told_without_their_user(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	assert_has(PASSONA, "\"mailboxes\":[]}");
	fake.tell_mailboxes = tell_mailbox;
	user = "reports@example.net";
	box = (struct completion_status){
		.state = COMPLETION_WAITING, .text = "", .looked_at_ms = 1725350400000, .jobs = 2};
	assert_has(
		PASSONA,
		"\"mailboxes\":[{\"url\":\"imaps://imap.example.net\",\"username\":\"r***\","
		"\"state\":\"waiting\",\"last_look\":\"2024-09-03T08:00:00.000Z\",\"jobs\":2}]}");
	assert_lacks(PASSONA, "reports@");

	user = "\xc3\xbc@example.net";
	box = (struct completion_status){.state = COMPLETION_DOWN,
	                                 .end = IMAP_END_LOGIN,
	                                 .text = "NO sorry",
	                                 .since_ms = 1725350400000};
	assert_has(PASSONA,
	           "\"username\":\"?***\",\"state\":\"down\",\"since\":\"2024-09-03T08:00:"
	           "00.000Z\",\"jobs\":0,\"cause\":\"login refused\",\"text\":\"NO sorry\"}");
}

static void degraded_is_told(void **state)
{
	struct app app = {.conf = NULL, .is_degraded = true};
	struct buf b;

	(void)state;
	memset(&fake, 0, sizeof(fake));
	app.conf = text_conf("instance: gw1\n");
	buf_init(&b, TEXT_MAX);
	assert_int_equal(app_status(&app, &b), ERR_OK);
	assert_non_null(strstr(buf_cstr(&b), "\"state\":\"degraded\""));
	buf_fini(&b);
	conf_free(app.conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_is_told_with_what_is_known),
		cmocka_unit_test(mailboxes_are_told_without_their_user),
		cmocka_unit_test(degraded_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
