/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/base/time_text.h"
#include "cmd/status/status_text.h"

#define NOW "2026-11-22T08:00:00.000Z"
#define HEAD                                                                                 \
	"{'instance':'gw1','version':'0.1.0','since':'2026-11-22T05:00:00.000Z','state':'"   \
	"degraded','journal':{'entries':0,'bytes':0,'is_full':false},'broker':{'connected':" \
	"true,'inflight':0,'refused_lanes':0},"
#define ACCOUNT \
	"'account':'acme','vendor':'acme','circuit':'closed','auth':'ok','waiting':0,'active':0,"
#define REPORT(job)                                                                          \
	"{'report':'deliveries-csv','values':{'campaign':'c1'},'state':'running','pages':0," \
	"'rows':0,'job':{" job "}}"
#define ONE(job) HEAD "'accounts':[{" ACCOUNT "'reports':[" REPORT(job) "]}],'mailboxes':[]}"
#define BOX(box)                     \
	HEAD "'accounts':[{" ACCOUNT \
	     "'reports':[" REPORT("'state':'ready'") "]}],'mailboxes':[{" box "}]}"

/* Documents are easier to read here with ' for ". */
static char *print(const char *document, bool has_colours)
{
	const struct terminal terminal = {.columns = 0, .has_colours = has_colours};
	char *text = strdup(document), *shown = NULL;
	size_t size = 0;
	int64_t now_ms = 0;
	FILE *out = open_memstream(&shown, &size);
	json_t *json;

	assert_non_null(text);
	assert_non_null(out);
	for (char *c = text; *c != '\0'; c++) {
		if (*c == '\'')
			*c = '"';
	}
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	assert_int_equal(time_text_parse(str_from(NOW), &now_ms), ERR_OK);
	assert_int_equal(status_text_print(json, now_ms, &terminal, out), ERR_OK);
	(void)fclose(out);
	json_decref(json);
	free(text);
	return shown;
}

/* The last line is the row of the table of ordered reports or of mailboxes. */
static void assert_last_line(const char *document, const char *expected)
{
	char *shown = print(document, false);
	size_t len = strlen(shown);

	assert_true(len > 0 && shown[len - 1] == '\n');
	shown[len - 1] = '\0';
	assert_string_equal(strrchr(shown, '\n') + 1, expected);
	free(shown);
}

static void each_state_is_told_with_its_age(void **state)
{
	static const struct {
		const char *job, *ordered, *state, *trouble;
	} rows[] = {
		{"'by':'mailbox','state':'requested','since':'2026-11-22T07:59:57Z','ordered':"
	         "'2026-11-22T07:59:57Z','stale':false",
	         "3 s ago", "being ordered, 3 s", "-"},
		{"'state':'accepted','since':'2026-11-22T08:00:00Z','stale':false", "-",
	         "ordered, 0 s", "-"},
		{"'by':'mailbox','state':'waiting','since':'2026-11-22T07:48:00Z','until':"
	         "'2026-11-22T08:18:00Z','ordered':'2026-11-22T07:47:00Z','stale':false",
	         "13 min ago", "waiting for the mail, 12 min; stale in 18 min", "-"},
		{"'by':'poll','state':'waiting','since':'2026-11-22T07:59:00Z','stale':false", "-",
	         "waiting for the vendor, 60 s", "-"},
		{"'by':'handoff','state':'waiting','since':'2026-11-19T07:59:00Z','until':"
	         "'2026-11-26T08:00:00Z','stale':false",
	         "-", "waiting for somebody to import it, 3 d; stale in 4 d", "-"},
		{"'state':'waiting','text':'nobody knows whether the order arrived','stale':false",
	         "-", "waiting", "nobody knows whether the order arrived"},
		{"'by':'mailbox','state':'waiting','until':'2026-11-22T07:59:00Z','stale':false",
	         "-", "waiting for the mail", "-"},
		{"'by':'mailbox','state':'waiting','since':'2026-11-22T08:00:09Z','stale':true",
	         "-", "waiting for the mail, 0 s; the one before did not come", "-"},
		{"'state':'downloading','since':'2026-11-22T07:59:50Z','file_bytes':12582912,"
	         "'file_size':41943040,'stale':false",
	         "-", "downloading, 10 s; 12.0 MiB of 40.0 MiB", "-"},
		{"'state':'downloading','file_bytes':512,'stale':false", "-",
	         "downloading; 512 bytes", "-"},
		{"'state':'decoding','since':'2026-11-22T07:59:50Z','file_bytes':512,'stale':false",
	         "-", "reading the file, 10 s", "-"},
		{"'by':'mailbox','state':'stale','since':'2026-11-22T07:55:00Z','until':"
	         "'2026-11-22T08:25:00Z','text':'no mail came','stale':true",
	         "-", "STALE, 5 min; given up in 25 min", "no mail came"},
		{"'state':'failed','since':'2026-11-22T06:00:00Z','text':'a\\u001b[2J','stale':"
	         "true",
	         "-", "FAILED, 2 h", "a?[2J"},
		{"'state':'something-new'", "-", "something-new", "-"},
		{"", "-", "-    ", "-"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char document[2048], row[512];

		(void)snprintf(document, sizeof(document), ONE("%s"), rows[i].job);
		(void)snprintf(row, sizeof(row),
		               "acme     deliveries-csv  campaign=c1  %-7s  %s  %s",
		               rows[i].ordered, rows[i].state, rows[i].trouble);
		assert_last_line(document, row);
	}
}

/* Nobody waits for that order any more, and nothing is missing. */
static void a_report_that_fell_back_says_so(void **state)
{
	static const char document[] = HEAD
		"'accounts':[{" ACCOUNT "'reports':[{'report':'deliveries-csv','values':{},'state':"
		"'waiting','rows':8,'last_done':'2026-11-22T07:55:%s','job':{'state':'%s','since':"
		"'2026-11-22T07:55:10Z','until':'2026-11-22T08:25:00Z','stale':true}}]}]}";
	char text[2048];

	(void)state;
	(void)snprintf(text, sizeof(text), document, "11Z", "stale");
	assert_last_line(text,
	                 "acme     deliveries-csv  -       -        STALE, 4 min; the fallback was "
	                 "read  -");
	(void)snprintf(text, sizeof(text), document, "10Z", "failed");
	assert_last_line(
		text, "acme     deliveries-csv  -       -        FAILED, 4 min; the fallback was "
		      "read  -");
	/* The run before. */
	(void)snprintf(text, sizeof(text), document, "09Z", "stale");
	assert_last_line(text,
	                 "acme     deliveries-csv  -       -        STALE, 4 min; given up in 25 "
	                 "min  -");
}

static void a_stale_job_is_red_on_a_terminal_and_plain_in_a_pipe(void **state)
{
	static const char document[] = ONE("'state':'stale','text':'no mail came','stale':true");
	char *shown = print(document, true);

	(void)state;
	assert_non_null(strstr(shown, "\nACCOUNT  REPORT          VALUES       ORDERED  STATE  "
	                              "TROUBLE\n\033[31macme     deliveries-csv  campaign=c1  -  "
	                              "      STALE  no mail came\033[0m\n"));
	free(shown);
	shown = print(document, false);
	assert_null(strchr(shown, '\033'));
	assert_non_null(strstr(shown, "STALE  no mail came\n"));
	free(shown);
	shown = print(ONE("'state':'waiting','stale':false"), true);
	assert_null(strstr(shown, "\033[31macme"));
	free(shown);
}

static void what_is_wrong_with_the_daemon_is_red_on_a_terminal(void **state)
{
	static const char document[] =
		"{'instance':'gw1','version':'0.1.0','state':'%s','journal':{'entries':2,'is_full':"
		"%s},'broker':{'connected':%s,'trouble':'refused\\u001b[2J','refused_lanes':%d}}";

	static const struct {
		const char *state, *is_full, *is_connected;
		int refused_lanes;
		const char *begin; /* of the red line */
	} rows[] = {
		{"ready", "false", "true", 0, NULL},
		{"degraded", "false", "true", 0, "daemon    gw1"},
		{"ready", "true", "true", 0, "journal   2 payloads"},
		{"ready", "false", "true", 3, "broker    connected, 0 on their way; refuses 3"},
		{"ready", "false", "false", 0, "broker    NOT CONNECTED: refused?[2J"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512], *shown, *red;

		(void)snprintf(text, sizeof(text), document, rows[i].state, rows[i].is_full,
		               rows[i].is_connected, rows[i].refused_lanes);
		shown = print(text, true);
		red = strstr(shown, "\033[31m");
		assert_int_equal(red != NULL, rows[i].begin != NULL);
		if (red != NULL) {
			assert_memory_equal(red + 5, rows[i].begin, strlen(rows[i].begin));
			assert_null(strstr(red + 1, "\033[31m"));
		}
		free(shown);
	}
}

static void mailboxes_are_told_with_what_is_wrong(void **state)
{
	(void)state;
	assert_last_line(BOX("'url':'imaps://imap.example.net/INBOX','username':'r***','state':"
	                     "'waiting','last_look':'2026-11-22T07:59:48Z','jobs':2"),
	                 "imaps://imap.example.net/INBOX  r***  waiting  12 s ago   2     -");
	assert_last_line(BOX("'url':'imaps://imap.example.net/INBOX','username':'r***','state':"
	                     "'down','since':'2026-11-22T07:50:00Z','jobs':1,'cause':'login "
	                     "refused','text':'NO such user'"),
	                 "imaps://imap.example.net/INBOX  r***  DOWN, 10 min  -          1     "
	                 "login refused: NO such user");
	assert_last_line(BOX("'url':'imaps://h','username':'r***','state':'down','jobs':0,'cause':"
	                     "'no such host'"),
	                 "imaps://h  r***  down   -          0     no such host");
}

static void a_mailbox_that_is_down_is_red(void **state)
{
	char *shown = print(BOX("'url':'imaps://h','state':'down','jobs':0"), true);

	(void)state;
	assert_non_null(strstr(shown, "\033[31mimaps://h"));
	free(shown);
}

/* As it was before there were ordered reports: also what an older daemon says. */
static void without_jobs_and_mailboxes_there_are_no_tables_of_them(void **state)
{
	char *shown = print(HEAD "'accounts':[{" ACCOUNT
	                         "'reports':[{'report':'replies','values':{},'state':'waiting',"
	                         "'pages':0,'rows':7,'last_done':'2026-11-22T07:55:00Z'}]}]}",
	                    false);

	(void)state;
	assert_string_equal(
		shown, "daemon    gw1, version 0.1.0, degraded, started 3 h ago\n"
		       "journal   empty\n"
		       "broker    connected, 0 on their way\n"
		       "\n"
		       "ACCOUNT  VENDOR  CIRCUIT  AUTH  CALLS  WAITS  TROUBLE\n"
		       "acme     acme    closed   ok    0+0    -      -\n"
		       "\n"
		       "ACCOUNT  REPORT   VALUES  STATE    LAST DONE  NEXT  ROWS  READ UNTIL  "
		       "TROUBLE\n"
		       "acme     replies  -       waiting  5 min ago  -     7     -           -\n");
	free(shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state_is_told_with_its_age),
		cmocka_unit_test(a_report_that_fell_back_says_so),
		cmocka_unit_test(a_stale_job_is_red_on_a_terminal_and_plain_in_a_pipe),
		cmocka_unit_test(what_is_wrong_with_the_daemon_is_red_on_a_terminal),
		cmocka_unit_test(mailboxes_are_told_with_what_is_wrong),
		cmocka_unit_test(a_mailbox_that_is_down_is_red),
		cmocka_unit_test(without_jobs_and_mailboxes_there_are_no_tables_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
