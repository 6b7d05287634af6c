/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/five_vendors.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD                                                                                       \
	"profile: t\nbase: https://a\nmaps: {m: {status: {is: sent}}, o: {status: {is: clicked}, " \
	"ordinal: true}}\nwebhooks: {hook: {map: m}}\nreports:\n"
#define FROM "request: {path: \"/${from}\"}"
#define BOTH "request: {path: \"/${from}/${to}\"}"
#define PATH "request: {path: /x}"

static const struct refused_case reports[] = {
	{"  R: {map: m, " PATH "}\n", 1, "a report's name has lower-case letters"},
	{"  r: m\n", 1, "expected keys"},
	{"  r: {map: m, " PATH ", evry: 1h}\n", 1, "did you mean \"every\""},
	{"  r: {map: m, " PATH ", every: 0s}\n", 1, "expected a duration"},
	{"  r: {map: m, " PATH ", every: 1}\n", 1, "expected a duration"},
	{"  r: {" PATH "}\n", 1, "\"map\" is missing"},
	{"  r: {map: n, " PATH "}\n", 1, "no such map \"n\""},
	{"  r: {map: [], " PATH "}\n", 1, "at least one map"},
	{"  r: {map: m}\n", 1, "\"request\" is missing"},
	{"  r: {map: m, " PATH ", decode: {as: csv}}\n", 1,
         "read from files and has no \"request\""},
	{"  r: {map: m, every: 1h, decode: {as: csv}}\n", 1, "has no \"every\""},
	{"  r: {map: m, window: {}, decode: {as: csv}}\n", 1, "has no \"window\""},
	{"  r: {map: m, page: {kind: link, next: /n}, decode: {as: csv}}\n", 1, "has no \"page\""},
	{"  r: {map: m, ok: {at: /a, is: b}, decode: {as: csv}}\n", 1, "has no \"ok\""},
	{"  f: {map: m, decode: {as: csv}}\n  r: {map: m, each: {x: {report: f, at: /a}}, request: "
         "{path: \"/${x}\"}}\n",
         2, "\"f\" is read from files; it cannot be a list"},
	{"  r: {map: m, " FROM "}\n", 1, "${from} needs a report with a window"},
	{"  r: {map: m, " PATH ", window: {}}\n", 1, "${from} is not used in the request"},
	{"  r: {map: m, request: {path: \"/${to}\"}, window: {}}\n", 1, "${from} is not used"},
	{"  r: {map: m, " FROM ", window: {step: 1d}}\n", 1, "${to} is not used in the request"},
	{"  r: {map: m, " PATH ", decode: {as: form}}\n", 1, "auto or json or json-stream"},
	{"  r: {map: m, " PATH ", decode: {as: json-stream}, page: {kind: link, next: /n}}\n", 1,
         "has no \"page\""},
	{"  r: {map: m, " PATH ", decode: {as: json-stream}, ok: {at: /a, is: b}}\n", 1,
         "has no \"ok\""},
	{"  r: {map: m, " PATH ", own_map: allowed}\n", 1, "for reports that come as a file"},
	{"  hook: {map: m, " PATH "}\n", 1, "a webhook has the name \"hook\" too"},
};

static void reports_are_checked_with_their_line(void **state)
{
	static const struct refused_case tops[] = {
		{"reports: [a]\n", 1, "expected {name"},
		{"report: {}\n", 1, "did you mean \"reports\""},
	};

	(void)state;
	ASSERT_REFUSED(HEAD, "", 5, reports);
	ASSERT_REFUSED("profile: t\n", "", 1, tops);
}

static void a_complaint_has_its_key(void **state)
{
	static const struct {
		const char *report, *key;
	} rows[] = {
		{"  r: {map: m, request: {path: /x, query: {a: \"${b}\"}}}\n",
	         "reports.r.request.query.a"},
		{"  r: {map: m, " BOTH ", window: {step: x}}\n", "reports.r.window.step"},
		{"  r: {map: m, " PATH ", page: {kind: link}}\n", "reports.r.page"},
		{"  r: {map: m, " PATH ", each: {x: [a]}}\n", "reports.r.each.x"},
		{"  r: {map: [m, q], " PATH "}\n", "reports.r.map[1]"},
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

static void a_report_from_files_needs_no_request(void **state)
{
	struct profile *p = profile_good("profile: t\nmaps: {m: {key: [/id], time: {at: /on, as: "
	                                 "[rfc3339]}, counters: {at: \"\", map: {Opens: opened}}, "
	                                 "set: {link.url: [/url, \"@each/x\"]}}}\n"
	                                 "reports:\n  r: {map: m, decode: {as: csv}}\n");
	const struct profile_report *r = profile_report_at(p, 0);
	static const char *const names[] = {"on", "Opens", "url", "id"};

	(void)state;
	assert_true(r->is_by_hand);
	assert_int_equal(r->source.decode.column_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(str_eq(r->source.decode.columns[i], str_from(names[i])));
	profile_free(p);
}

static void defaults_are_those_of_the_page(void **state)
{
	struct profile *p = profile_good(HEAD "  alt_1: {map: m, " PATH "}\n");
	const struct profile_report *r = profile_report_at(p, 0);

	(void)state;
	assert_int_equal(profile_report_count(p), 1);
	assert_null(profile_report_at(p, 1));
	assert_ptr_equal(r, profile_report(p, STR_LIT("alt_1")));
	assert_null(profile_report(p, STR_LIT("hook")));
	assert_string_equal(r->source.name, "alt_1");
	assert_int_equal(r->source.map_count, 1);
	assert_int_equal(r->source.decode.as, DECODE_AUTO);
	assert_int_equal(r->every_ms, 3600000);
	assert_int_equal(r->each_count, 0);
	assert_false(r->window.is_given);
	assert_false(r->is_stream);
	assert_false(r->has_ordinal);
	profile_free(p);
}

static void webhooks_and_reports_are_found_as_sources(void **state)
{
	struct profile *p = profile_good(HEAD "  r: {map: m, " PATH "}\n");

	(void)state;
	assert_ptr_equal(profile_source(p, STR_LIT("r")), &profile_report_at(p, 0)->source);
	assert_ptr_equal(profile_source(p, STR_LIT("hook")), profile_webhook_at(p, 0));
	assert_null(profile_source(p, STR_LIT("x")));
	profile_free(p);
}

static void a_stream_and_an_ordinal_show(void **state)
{
	struct profile *p = profile_good(HEAD "  s: {map: [m, o], every: 2m, " FROM
	                                      ", window: {}, decode: {as: json-stream}}\n");
	const struct profile_report *r = profile_report_at(p, 0);

	(void)state;
	assert_true(r->is_stream);
	assert_true(r->has_ordinal);
	assert_true(r->window.is_given);
	assert_int_equal(r->every_ms, 120000);
	profile_free(p);
}

static void the_source_of_a_report_makes_events(void **state)
{
	struct profile *p = profile_good(
		"profile: t\nbase: https://a\nmaps: {m: {status: {is: sent}, set: {campaign.id: "
		"\"@each/campaign\", message.id: /id}}}\nreports:\n  r: {map: m, request: {path: "
		"\"/${campaign}\"}, each: {campaign: {}}, decode: {as: json, records: /data/*}}\n");
	struct payload payload = {.via = PAYLOAD_REPORT,
	                          .account = STR_LIT("acc"),
	                          .source = STR_LIT("r"),
	                          .vars = STR_LIT("campaign=c%201"),
	                          .body = STR_LIT("{\"data\":[{\"id\":1},{\"id\":2}]}")};
	struct normaliser *n = NULL;
	struct source *s = NULL;
	struct normalise_bad bad;
	struct event e;

	(void)state;
	assert_int_equal(source_new("gw1", "acc", p, profile_source(p, STR_LIT("r")), NULL, 0, NULL,
	                            &s, NULL),
	                 ERR_OK);
	assert_int_equal(normaliser_new(s, &payload, NORMALISE_MEMORY_DEFAULT, &n), ERR_OK);
	assert_int_equal(normaliser_next(n, &e, &bad), NORMALISE_EVENT);
	assert_true(str_eq(e.campaign_level, STR_LIT("c%201")));
	assert_int_equal(normaliser_next(n, &e, &bad), NORMALISE_EVENT);
	assert_int_equal(normaliser_next(n, &e, &bad), NORMALISE_END);
	normaliser_free(n);
	source_unref(s);
	profile_free(p);
}

static void the_five_vendors_can_be_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(five_vendors) / sizeof(five_vendors[0]); i++)
		profile_free(profile_good(five_vendors[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_checked_with_their_line),
		cmocka_unit_test(a_complaint_has_its_key),
		cmocka_unit_test(a_report_from_files_needs_no_request),
		cmocka_unit_test(defaults_are_those_of_the_page),
		cmocka_unit_test(webhooks_and_reports_are_found_as_sources),
		cmocka_unit_test(a_stream_and_an_ordinal_show),
		cmocka_unit_test(the_source_of_a_report_makes_events),
		cmocka_unit_test(the_five_vendors_can_be_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
