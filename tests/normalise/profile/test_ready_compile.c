/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD                                                                             \
	"profile: t\nbase: https://a\nmaps: {m: {status: {is: sent}}}\nreports:\n  r:\n" \
	"    map: m\n    job:\n      create: {path: /c}\n      ready:\n"
#define HEAD_LINES 9

static const struct refused_case refused[] = {
	{"        mailbox\n", 1, "expected keys"},
	{"        {timeout: 1h}\n", 1, "\"by\" is missing: mailbox, poll or handoff"},
	{"        by: mailbx\n", 1, "expected mailbox, poll or handoff; did you mean \"mailbox\"?"},
	{"        by: poll\n        tiemout: 1h\n", 2, "did you mean \"timeout\""},
	{"        by: poll\n        timeout: 999ms\n", 2, "at least 1000 ms"},
	{"        by: poll\n        timeout: never\n", 2, "a duration"},
	/* words of another way */
	{"        by: poll\n        from: [a@b.c]\n", 2, "\"from\" is for by: mailbox"},
	{"        by: poll\n        hosts: [a]\n", 2, "\"hosts\" is for by: mailbox"},
	{"        by: handoff\n        suffix: .csv\n", 2, "\"suffix\" is for by: mailbox"},
	{"        by: handoff\n        part: /a\n", 2, "\"part\" is for by: mailbox"},
	{"        by: mailbox\n        request: {path: /s}\n", 2, "\"request\" is for by: poll"},
	{"        by: mailbox\n        url: /u\n", 2, "\"url\" is for by: poll"},
	{"        by: mailbox\n        state: /s\n", 2, "\"state\" is for by: poll"},
	{"        by: mailbox\n        done: [a]\n", 2, "\"done\" is for by: poll"},
	{"        by: handoff\n        failed: [a]\n", 2, "\"failed\" is for by: poll"},
	{"        by: handoff\n        error: /e\n", 2, "\"error\" is for by: poll"},
	{"        by: handoff\n        link: /l\n", 2, "\"link\" is for by: poll"},
	{"        by: handoff\n        parts: /l/*\n", 2, "\"parts\" is for by: poll"},
	{"        by: mailbox\n        every: 1s..2s\n", 2, "\"every\" is for by: poll"},
	/* by mailbox */
	{"        by: mailbox\n        from: a@b.c\n", 2, "a list of 1 to 8"},
	{"        by: mailbox\n        from: []\n", 2, "a list of 1 to 8"},
	{"        by: mailbox\n        from: [a@b, a@b, a@b, a@b, a@b, a@b, a@b, a@b, a@b]\n", 2,
         "a list of 1 to 8"},
	{"        by: mailbox\n        from: [example.com]\n", 2, "expected a sender"},
	{"        by: mailbox\n        from: [a@]\n", 2, "expected a sender"},
	{"        by: mailbox\n        from: [a@b@c]\n", 2, "expected a sender"},
	{"        by: mailbox\n        from: [\"A B <a@b.c>\"]\n", 2, "expected a sender"},
	{"        by: mailbox\n        hosts: a.b\n", 2, "a list of 1 to 8"},
	{"        by: mailbox\n        hosts: [\"https://a.b\"]\n", 2, "expected a host"},
	{"        by: mailbox\n        hosts: [\"a.b:443\"]\n", 2, "expected a host"},
	{"        by: mailbox\n        hosts: [\".\"]\n", 2, "expected a host"},
	{"        by: mailbox\n        hosts: [..a]\n", 2, "expected a host"},
	{"        by: mailbox\n        hosts: [\"*.a\"]\n", 2, "expected a host"},
	{"        by: mailbox\n        hosts: [\"\"]\n", 2, "expected a host"},
	{"        by: mailbox\n        suffix: \"\"\n", 2, "a text of a link's path"},
	{"        by: mailbox\n        suffix: [.csv]\n", 2, "a text of a link's path"},
	{"        by: mailbox\n        part: \"a b\"\n", 2, "a text of a link's path"},
	{"        by: mailbox\n        part: /a?b=\n", 2, "a text of a link's path"},
	/* by poll */
	{"        by: poll\n        request: {path: /s}\n        url: /u\n", 3,
         "\"url\" and \"request\" exclude each other"},
	{"        by: poll\n        request: {}\n", 2, "\"path\" is missing"},
	{"        by: poll\n        done: [a]\n", 2, "\"done\" needs \"state\""},
	{"        by: poll\n        failed: [a]\n", 2, "\"failed\" needs \"state\""},
	{"        by: poll\n        state: /s\n", 1, "\"state\" needs \"done\""},
	{"        by: poll\n        state: /s\n        failed: [a]\n", 1,
         "\"state\" needs \"done\""},
	{"        by: poll\n        state: /s\n        done: [a, Ready]\n        failed: [b, "
         "READY]\n",
         4, "\"Ready\" is a word of \"done\" too"},
	{"        by: poll\n        state: /s\n        done: []\n", 3, "at least one word"},
	{"        by: poll\n        state: s\n        done: a\n", 2, "is no value"},
	{"        by: poll\n        state: \"@each/s\"\n        done: a\n", 2, "has no @up"},
	{"        by: poll\n        url: \"@hdr/location\"\n", 2, "has no @up"},
	{"        by: poll\n        link: /a/*\n", 2, "'*' is not allowed here"},
	{"        by: poll\n        parts: a\n", 2, "a pointer starts with '/'"},
	{"        by: poll\n        parts: [/a]\n", 2, "a JSON Pointer"},
	{"        by: poll\n        every: 5s\n", 2, "the shortest and the longest pause"},
	{"        by: poll\n        every: 5m..5s\n", 2, "the shortest and the longest pause"},
	{"        by: poll\n        every: 0s..5s\n", 2, "the shortest and the longest pause"},
};

static void each_mistake_has_its_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", HEAD_LINES, refused);
}

static const struct job_spec *job_of(const char *ready, struct profile **ret_profile)
{
	char text[2000];

	(void)snprintf(text, sizeof(text), "%s        %s\n", HEAD, ready);
	*ret_profile = profile_good(text);
	return profile_report_at(*ret_profile, 0)->job;
}

static void each_way_has_its_time(void **state)
{
	static const struct {
		const char *ready;
		enum ready_kind by;
		uint64_t timeout_ms;
	} rows[] = {
		{"{by: mailbox}", READY_MAILBOX, UINT64_C(1800000)},
		{"{by: poll}", READY_POLL, UINT64_C(3600000)},
		{"{by: handoff}", READY_HANDOFF, UINT64_C(604800000)},
		{"{by: mailbox, timeout: 1s}", READY_MAILBOX, 1000},
		{"{by: poll, timeout: 2h}", READY_POLL, 7200000},
		{"{by: handoff, timeout: 30d}", READY_HANDOFF, UINT64_C(2592000000)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct profile *p = NULL;
		const struct job_spec *j = job_of(rows[i].ready, &p);

		assert_int_equal(j->by, rows[i].by);
		assert_int_equal(j->timeout_ms, rows[i].timeout_ms);
		profile_free(p);
	}
}

static void a_mail_is_told_by_its_sender_and_its_link(void **state)
{
	struct profile *p = NULL;
	const struct ready_mail_spec *mail =
		&job_of("{by: mailbox, from: [reports@a.example, \"@b.example\"], hosts: "
	                "[files.a.example, .a.example], suffix: .csv, part: /exports/}",
	                &p)
			 ->mail;

	(void)state;
	assert_int_equal(mail->from_count, 2);
	assert_true(str_eq(mail->from[1], STR_LIT("@b.example")));
	assert_int_equal(mail->host_count, 2);
	assert_true(str_eq(mail->hosts[0], STR_LIT("files.a.example")));
	assert_true(str_eq(mail->hosts[1], STR_LIT(".a.example")));
	assert_true(str_eq(mail->path_suffix, STR_LIT(".csv")));
	assert_true(str_eq(mail->path_part, STR_LIT("/exports/")));
	profile_free(p);
	mail = &job_of("{by: mailbox}", &p)->mail;
	assert_int_equal(mail->from_count, 0);
	assert_int_equal(mail->host_count, 0);
	assert_int_equal(mail->path_suffix.len + mail->path_part.len, 0);
	profile_free(p);
}

static void an_answer_is_read_by_words_and_places(void **state)
{
	struct profile *p = NULL;
	const struct ready_poll_spec *poll =
		&job_of("{by: poll, url: [/links/status, /url], state: /status, done: [completed, "
	                "ready], failed: failed, error: /message, link: /result/url, parts: "
	                "/files/*/url, every: 10ms..1h}",
	                &p)
			 ->poll;

	(void)state;
	assert_non_null(poll->url);
	assert_non_null(poll->state);
	assert_int_equal(poll->done_count, 2);
	assert_true(str_eq(poll->done[1], STR_LIT("ready")));
	assert_int_equal(poll->failed_count, 1);
	assert_non_null(poll->error);
	assert_non_null(poll->link);
	assert_non_null(poll->parts);
	assert_int_equal(poll->every_min_ms, 10);
	assert_int_equal(poll->every_max_ms, 3600000);
	profile_free(p);
	poll = &job_of("{by: poll}", &p)->poll;
	assert_false(poll->has_request);
	assert_null(poll->url);
	assert_null(poll->state);
	assert_null(poll->error);
	assert_null(poll->link);
	assert_null(poll->parts);
	assert_int_equal(poll->every_min_ms, 5000);
	assert_int_equal(poll->every_max_ms, 300000);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_has_its_line),
		cmocka_unit_test(each_way_has_its_time),
		cmocka_unit_test(a_mail_is_told_by_its_sender_and_its_link),
		cmocka_unit_test(an_answer_is_read_by_words_and_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
