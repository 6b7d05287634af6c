/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD                                                                                      \
	"profile: t\nbase: https://a\nvars: {v: {default: x}}\nmaps: {m: {status: {is: sent}}}\n" \
	"lists: {l: {request: {path: /l}, value: /id}}\nreports:\n"
#define READY "ready: {by: handoff}"
#define JOB   "job: {create: {path: /c}, " READY

static const struct refused_case refused[] = {
	{"  r: {map: m, job: x}\n", 1, "expected keys"},
	{"  r: {map: m, job: {}}\n", 1, "\"create\" is missing"},
	{"  r: {map: m, job: {" READY "}}\n", 1, "\"create\" is missing"},
	{"  r: {map: m, job: {create: {path: /c}}}\n", 1, "\"ready\" is missing"},
	{"  r: {map: m, " JOB ", creat: 1}}\n", 1, "did you mean \"create\""},
	{"  r: {map: m, job: {create: {pat: /c}, " READY "}}\n", 1, "did you mean \"path\""},
	{"  r: {map: m, job: {create: {}, " READY "}}\n", 1, "\"path\" is missing"},
	{"  r: {" JOB "}}\n", 1, "\"map\" is missing"},
	/* what a report with pages has */
	{"  r:\n    map: m\n    " JOB "}\n    request: {path: /x}\n", 4,
         "a report with a \"job\" has no \"request\""},
	{"  r: {map: m, " JOB "}, ok: {at: /a, is: b}}\n", 1, "has no \"ok\""},
	{"  r: {map: m, " JOB "}, page: {kind: link, next: /n}}\n", 1, "has no \"page\""},
	{"  r: {map: m, " JOB "}, decode: {as: form}}\n", 1,
         "read as auto, csv, json or json-stream"},
	{"  r: {map: m, " JOB "}, decode: {as: query}}\n", 1, "read as auto, csv"},
	/* names in templates */
	{"  r: {map: m, job: {create: {path: \"/${job.id}\"}, id: /id, " READY "}}\n", 1,
         "${job.id} is for a job's requests behind \"create\""},
	{"  r: {map: m, " JOB ", remove: {path: \"/${job.id}\"}}}\n", 1, "needs its \"id\""},
	{"  r: {map: m, job: {create: {path: /c}, ready: {by: poll, request: {path: "
         "\"/${job.id}\"}}}}\n",
         1, "needs its \"id\""},
	{"  r: {map: m, job: {create: {path: /c}, ready: {by: poll}, download: {path: "
         "\"/${job.id}\"}}}\n",
         1, "needs its \"id\""},
	{"  r: {map: m, request: {path: \"/${job.id}\"}}\n", 1, "${job.id} is for a job's"},
	{"  r: {map: m, each: {x: [a]}, " JOB "}}\n", 1, "${x} is not used in \"create\""},
	{"  r: {map: m, each: {x: [a]}, job: {create: {path: /c}, " READY
         ", remove: {path: \"/${x}\"}}}\n",
         1, "${x} is not used in \"create\""},
	{"  r: {map: m, each: {job.id: [a]}, " JOB "}}\n", 1, "a loop's name has letters"},
	{"  r: {map: m, job: {create: {path: \"/${from}\"}, " READY "}}\n", 1,
         "${from} needs a report with a window"},
	{"  r: {map: m, window: {}, " JOB "}}\n", 1, "${from} is not used in \"create\""},
	{"  r: {map: m, window: {step: 1d}, job: {create: {path: \"/${from}\"}, " READY "}}\n", 1,
         "${to} is not used in \"create\", but \"step\""},
	{"  r: {map: m, window: {}, job: {create: {path: \"/${from}\"}, " READY
         ", remove: {path: \"/${to}\"}}}\n",
         1, "of a job's requests \"create\" alone has it"},
	{"  r: {map: m, " JOB ", id: id}}\n", 1, "\"id\" is no value"},
	{"  r: {map: m, " JOB ", id: \"@hdr/x\"}}\n", 1, "has no @up, @env, @each, @hdr"},
	{"  r: {map: m, " JOB ", id: {at: /id, when: {at: \"@query/x\", is: a}}}}\n", 1,
         "has no @up"},
	{"  r: {map: m, " JOB ", id: {at: /id, do: [time]}}}\n", 1, "the filter time is for maps"},
	/* amounts */
	{"  r: {map: m, " JOB ", parallel: 0}}\n", 1, "a number from 1 to 200"},
	{"  r: {map: m, " JOB ", parallel: 201}}\n", 1, "a number from 1 to 200"},
	{"  r: {map: m, " JOB ", file: 4}}\n", 1, "a size such as"},
	{"  r: {map: m, " JOB ", file: 0B}}\n", 1, "a size such as"},
	{"  r: {map: m, " JOB ", download_timeout: 999ms}}\n", 1, "at least 1000 ms"},
	/* the file is at one place */
	{"  r: {map: m, " JOB ", download: {path: /f}}}\n", 1, "\"download\" is for by: poll"},
	{"  r: {map: m, job: {create: {path: /c}, ready: {by: mailbox}, download: {path: /f}}}\n",
         1, "\"download\" is for by: poll"},
	{"  r: {map: m, job: {create: {path: /c}, ready: {by: poll, link: /l}, download: {path: "
         "/f}}}\n",
         1, "exclude each other"},
	{"  r: {map: m, job: {create: {path: /c}, ready: {by: poll, parts: /l/*}, download: {path: "
         "/f}}}\n",
         1, "exclude each other"},
	{"  r: {map: m, own_map: maybe, " JOB "}}\n", 1, "expected allowed or required"},
};

static void jobs_are_checked_with_their_line(void **state)
{
	static const struct refused_case no_base[] = {
		{"reports: {r: {map: m, " JOB "}}}\n", 1, "the profile has no \"base\""},
	};

	(void)state;
	ASSERT_REFUSED(HEAD, "", 6, refused);
	ASSERT_REFUSED("profile: t\nmaps: {m: {status: {is: sent}}}\n", "", 2, no_base);
}

#define ORDERED(fallback) "  r: {map: m, " JOB ", fallback: " fallback "}}\n"
#define EACH_X            "each: {x: [a]}, "

static const struct refused_case fallbacks[] = {
	{ORDERED("[a]"), 1, "expected the name of a report"},
	{ORDERED("sms-lsit") "  sms-list: {map: m, request: {path: /t}}\n", 1,
         "no such report \"sms-lsit\" in reports; did you mean \"sms-list\"?"},
	{ORDERED("nothing-like-it"), 1, "no such report \"nothing-like-it\" in reports"},
	{ORDERED("r"), 1, "\"r\" is ordered itself; it cannot be a fallback"},
	{ORDERED("s") "  s: {map: m, " JOB "}}\n", 1, "\"s\" is ordered itself"},
	{ORDERED("s") "  s: {map: m, decode: {as: csv}}\n", 1, "\"s\" is read from files"},
	{ORDERED("s") "  s: {map: m, " EACH_X "request: {path: \"/${x}\"}}\n", 1,
         "\"s\" has other loops"},
	{"  r: {map: m, " EACH_X "job: {create: {path: \"/${x}\"}, " READY ", fallback: s}}\n"
         "  s: {map: m, each: {y: [a]}, request: {path: \"/${y}\"}}\n",
         1, "\"s\" has other loops"},
	{ORDERED("s") "  s: {map: m, window: {}, request: {path: \"/${from}\"}}\n", 1,
         "\"s\" has a window, and this report has none"},
	{"  s: {map: m, each: {x: {report: r, at: /id}}, request: {path: \"/${x}\"}}\n"
         "  r: {map: m, " JOB "}}\n",
         1, "\"r\" is ordered; it cannot be a list"},
};

static void a_fallback_must_be_able_to_take_the_place(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", 6, fallbacks);
}

static void a_complaint_has_its_key(void **state)
{
	static const struct {
		const char *report, *key;
	} rows[] = {
		{"  r: {map: m, " JOB ", parallel: x}}\n", "reports.r.job.parallel"},
		{"  r: {map: m, " JOB ", fallback: s}}\n", "reports.r.job.fallback"},
		{"  r: {map: m, job: {create: {path: x}, " READY "}}\n",
	         "reports.r.job.create.path"},
		{"  r: {map: m, job: {create: {path: /c}, ready: {by: mail}}}\n",
	         "reports.r.job.ready.by"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err_detail detail = {.text = ""};
		struct profile *p = NULL;
		char text[1000];

		(void)snprintf(text, sizeof(text), "%s%s", HEAD, rows[i].report);
		assert_int_equal(profile_from(text, &p, &detail), ERR_PARSE);
		assert_string_equal(detail.key, rows[i].key);
	}
}

static void assert_expects(const struct request_spec *r, const char *method, const unsigned *expect,
                           size_t count)
{
	assert_string_equal(r->method, method);
	assert_int_equal(r->expect_count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(r->expect[i], expect[i]);
}

static void defaults_are_those_of_the_page(void **state)
{
	struct profile *p = profile_good(
		HEAD "  r: {map: m, job: {create: {path: /c}, id: /id, ready: {by: poll, request: "
		     "{path: /s}}, download: {path: \"/${job.id}\"}, remove: {path: /d}}}\n");
	const struct profile_report *r = profile_report_at(p, 0);
	const struct job_spec *j = r->job;

	(void)state;
	assert_false(r->is_by_hand);
	assert_true(report_is_file(r));
	assert_int_equal(r->request.path.len, 0);
	assert_non_null(j);
	assert_non_null(j->id);
	assert_expects(&j->create, "POST", (unsigned[]){200, 201, 202, 303}, 4);
	assert_expects(&j->poll.request, "GET", (unsigned[]){200, 202, 204, 302, 303}, 5);
	assert_expects(&j->download, "GET", (unsigned[]){200}, 1);
	assert_expects(&j->remove, "DELETE", (unsigned[]){200, 202, 204}, 3);
	assert_true(j->has_download && j->has_remove && j->poll.has_request);
	assert_int_equal(j->file_max, UINT64_C(4) << 30);
	assert_int_equal(j->download_timeout_ms, 3600000);
	assert_int_equal(j->parallel, 16);
	assert_null(j->fallback);
	profile_free(p);
}

static void what_the_profile_says_counts(void **state)
{
	struct profile *p = profile_good(
		HEAD "  r: {map: m, decode: {as: csv}, every: 2h, window: {step: 1d}, each: {x: "
		     "{list: l}}, own_map: allowed, job: {create: {method: PUT, path: \"/${x}\", "
		     "json: {from: \"${from}\", to: \"${to}\", v: \"${v}\"}, expect: [202]}, "
		     "ready: {by: mailbox}, file: 3B, download_timeout: 1s, parallel: 200, "
		     "fallback: s}}\n"
		     "  s: {map: m, each: {x: [a]}, request: {path: \"/${x}\"}}\n");
	const struct profile_report *r = profile_report_at(p, 0);
	const struct job_spec *j = r->job;

	(void)state;
	assert_int_equal(r->every_ms, 7200000);
	assert_true(r->window.is_given);
	assert_true(r->source.takes_map);
	assert_true(r->has_ordinal); /* a map of the configuration may count */
	assert_expects(&j->create, "PUT", (unsigned[]){202}, 1);
	assert_int_equal(j->create.body, REQUEST_BODY_JSON);
	assert_null(j->id);
	assert_false(j->has_download || j->has_remove || j->poll.has_request);
	assert_int_equal(j->file_max, 3);
	assert_int_equal(j->download_timeout_ms, 1000);
	assert_int_equal(j->parallel, 200);
	assert_ptr_equal(j->fallback, profile_report_at(p, 1));
	profile_free(p);
}

static void a_file_may_be_of_any_form_that_has_records(void **state)
{
	static const char *const forms[] = {"auto", "csv", "json", "json-stream"};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct profile *p;
		char text[500];

		(void)snprintf(text, sizeof(text), "%s  r: {map: m, decode: {as: %s}, %s}}\n", HEAD,
		               forms[i], JOB);
		p = profile_good(text);
		assert_non_null(profile_report_at(p, 0)->job);
		profile_free(p);
	}
}

static void a_report_may_leave_its_map_to_the_configuration(void **state)
{
	struct profile *p = profile_good(HEAD "  r: {own_map: required, " JOB "}}\n"
	                                      "  f: {own_map: required, decode: {as: csv}}\n");

	(void)state;
	assert_true(profile_report_at(p, 0)->source.map_required);
	assert_true(profile_report_at(p, 0)->source.takes_map);
	assert_true(profile_report_at(p, 1)->is_by_hand);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_are_checked_with_their_line),
		cmocka_unit_test(a_fallback_must_be_able_to_take_the_place),
		cmocka_unit_test(a_complaint_has_its_key),
		cmocka_unit_test(defaults_are_those_of_the_page),
		cmocka_unit_test(what_the_profile_says_counts),
		cmocka_unit_test(a_file_may_be_of_any_form_that_has_records),
		cmocka_unit_test(a_report_may_leave_its_map_to_the_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
