/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD                                                                                   \
	"profile: t\nvars: {token: , host: , tz: {default: UTC}}\nbase: https://${host}/api\n" \
	"maps: {m: {status: {is: sent}}}\nreports:\n  r:\n    map: m\n"
#define HEAD_LINES 7

static const struct refused_case requests[] = {
	{"    every: 1h\n", 0, "\"request\" is missing"},
	{"    request: /x\n", 1, "expected keys"},
	{"    request: {}\n", 1, "\"path\" is missing"},
	{"    request: {path: x}\n", 1, "begins with '/'"},
	{"    request: {path: }\n", 1, "a path such as"},
	{"    request: {path: [/x]}\n", 1, "a path such as"},
	{"    request: {path: /x?a=b}\n", 1, "under \"query\""},
	{"    request: {path: \"/x y\"}\n", 1, "%XX"},
	{"    request: {path: \"/x\\ny\"}\n", 1, "%XX"},
	{"    request: {path: /ä}\n", 1, "%XX"},
	{"    request: {path: /x/../y}\n", 1, "no \".\" or"},
	{"    request: {path: /x/.}\n", 1, "no \".\" or"},
	{"    request: {path: /x, methd: GET}\n", 1, "did you mean \"method\""},
	{"    request: {path: /x, method: get}\n", 1, "expected GET, POST, PUT, PATCH or DELETE"},
	{"    request: {path: /x, method: HEAD}\n", 1, "expected GET, POST"},
	{"    request: {path: /x, method: PSOT}\n", 1, "did you mean \"POST\""},
	{"    request: {path: /x, query: [a]}\n", 1, "expected {name: text}"},
	{"    request: {path: /x, query: {a: [b]}}\n", 1, "expected a text"},
	{"    request: {path: /x, query: {a: }}\n", 1, "expected a text"},
	{"    request: {path: /x, query: {\"\": a}}\n", 1, "a name is empty"},
	{"    request: {path: /x, headers: {\"X Y\": a}}\n", 1, "a header's name"},
	{"    request: {path: /x, headers: {X: \"a\\nb\"}}\n", 1, "one line"},
	{"    request: {path: /x, headers: {Authorization: a}}\n", 1, "\"auth\""},
	{"    request: {path: /x, headers: {host: a}}\n", 1, "made for each request"},
	{"    request: {path: /x, headers: {X-A: a, x-a: b}}\n", 1, "twice"},
	{"    request: {path: /x, json: {}}\n", 1, "a GET has no body"},
	{"    request: {path: /x, method: POST, json: {}, text: a}\n", 1, "exclude each other"},
	{"    request: {path: /x, method: POST, form: a}\n", 1, "expected {name: text}"},
	{"    request: {path: /x, method: POST, text: {}}\n", 1, "expected a text"},
	{"    request: {path: /x, expect: 200}\n", 1, "list of 1 to 8"},
	{"    request: {path: /x, expect: []}\n", 1, "list of 1 to 8"},
	{"    request: {path: /x, expect: [100]}\n", 1, "from 200 to 599"},
	{"    request: {path: /x, expect: [200, ok]}\n", 1, "from 200 to 599"},
	{"    request: {path: /x, base: ftp://x}\n", 1, "such as https://"},
	{"    request: {path: /x, base: \"https://x/\"}\n", 1, "at its end"},
	{"    request: {path: /x, base: \"https://u@x\"}\n", 1, "without a name"},
	/* names */
	{"    request: {path: \"/x/${tokn}\"}\n", 1, "did you mean ${token}?"},
	{"    request: {path: \"/x/${qqqqqqqqqq}\"}\n", 1, "there are token, host, tz"},
	{"    request: {path: \"/x/$x\"}\n", 1, "written $$"},
	{"    request: {path: \"/x/${token\"}\n", 1, "expected ${name}"},
	{"    request: {path: /x, query: {a: \"${from}\"}}\n", 1, "${from} needs a report with a"},
	{"    request: {path: /x, query: {a: \"${to}\"}}\n", 1, "${to} needs a report with a"},
	{"    request: {path: /x, query: {a: \"${page}\"}}\n", 1, "needs page: {kind: number}"},
	{"    request: {path: /x, query: {a: \"${offset}\"}}\n", 1, "needs page: {kind: offset}"},
	{"    request: {path: /x, query: {a: \"${cursor}\"}}\n", 1, "needs page: {kind: token}"},
	{"    request: {path: /x, headers: {X: \"${hook.url}\"}}\n", 1,
         "\"register\" of a webhook"},
	{"    request: {path: /x, headers: {X: \"${hook.id}\"}}\n", 1, "\"update\" and \"delete\""},
	{"    request:\n      path: /x\n      method: POST\n      json:\n        a: [1,\n"
         "          \"${nothing-like-it}\"]\n",
         6, "no such name ${nothing-like-it}"},
	{"    request: {path: /x, method: POST, form: {a: \"${b}\"}}\n", 1, "no such name ${b}"},
	{"    request: {path: /x, method: POST, text: \"${b}\"}\n", 1, "no such name ${b}"},
	{"    request: {path: /x, base: \"https://${b}\"}\n", 1, "no such name ${b}"},
};

static void requests_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", HEAD_LINES, requests);
}

static const struct refused_case bases[] = {
	{"base:\n", 1, "an address such as"},
	{"base: api.example.com\n", 1, "an address such as"},
	{"base: [https://x]\n", 1, "an address such as"},
	{"base: https://api.example.com/?x\n", 1, "an address such as"},
	{"base: \"https://${hst}\"\n", 1, "did you mean ${host}?"},
	{"base: \"https://${from}\"\n", 1, "needs a report with a window"},
	{"# no base\n", 2, "no \"base\""},
};

static void a_request_needs_an_address(void **state)
{
	(void)state;
	ASSERT_REFUSED("profile: t\nvars: {host: }\nmaps: {m: {status: {is: sent}}}\n",
	               "reports: {r: {map: m, request: {path: /x}}}\n", 3, bases);
}

static void defaults_are_those_of_the_page(void **state)
{
	struct profile *p = profile_good(HEAD "    request: {path: /x}\n");
	const struct request_spec *r = &profile_report(p, STR_LIT("r"))->request;

	(void)state;
	assert_string_equal(r->method, "GET");
	assert_int_equal(r->base.len, 0);
	assert_true(str_eq(r->path, STR_LIT("/x")));
	assert_int_equal(r->query_count, 0);
	assert_int_equal(r->header_count, 0);
	assert_int_equal(r->body, REQUEST_BODY_NONE);
	assert_int_equal(r->expect_count, 1);
	assert_int_equal(r->expect[0], 200);
	assert_true(str_eq(profile_base(p), STR_LIT("https://${host}/api")));
	profile_free(p);
}

static void every_word_is_taken(void **state)
{
	struct profile *p = profile_good(
		HEAD "    request:\n      method: POST\n      base: \"http://${host}:81\"\n"
		     "      path: \"/x/${token}/%20\"\n"
		     "      query: {B: \"${tz}\", a: 1, empty: \"\"}\n"
		     "      headers: {X-Key: \"k ${token}\", Accept: text/csv}\n"
		     "      json: {a: [\"${token}\", 1]}\n"
		     "      expect: [200, 202, 404]\n");
	const struct request_spec *r = &profile_report(p, STR_LIT("r"))->request;

	(void)state;
	assert_string_equal(r->method, "POST");
	assert_true(str_eq(r->base, STR_LIT("http://${host}:81")));
	assert_int_equal(r->query_count, 3);
	assert_true(str_eq(r->query[0].name, STR_LIT("B")));
	assert_true(str_eq(r->query[0].text, STR_LIT("${tz}")));
	assert_true(str_eq(r->query[1].text, STR_LIT("1")));
	assert_int_equal(r->query[2].text.len, 0);
	assert_int_equal(r->header_count, 2);
	assert_true(str_eq(r->headers[0].name, STR_LIT("x-key")));
	assert_true(str_eq(r->headers[0].text, STR_LIT("k ${token}")));
	assert_true(str_eq(r->headers[1].name, STR_LIT("accept")));
	assert_int_equal(r->body, REQUEST_BODY_JSON);
	assert_non_null(yaml_get(r->json, "a"));
	assert_int_equal(r->expect_count, 3);
	assert_int_equal(r->expect[2], 404);
	profile_free(p);
}

static void a_body_can_be_a_form_or_text(void **state)
{
	struct profile *p = profile_good(
		HEAD
		"    request: {method: PUT, path: /x, form: {a: \"${token}\", b: c}}\n"
		"  s:\n    map: m\n    request: {method: PATCH, path: /x, text: \"<${tz}>\"}\n");
	const struct request_spec *r = &profile_report(p, STR_LIT("r"))->request;
	const struct request_spec *s = &profile_report(p, STR_LIT("s"))->request;

	(void)state;
	assert_int_equal(r->body, REQUEST_BODY_FORM);
	assert_int_equal(r->form_count, 2);
	assert_true(str_eq(r->form[1].name, STR_LIT("b")));
	assert_int_equal(s->body, REQUEST_BODY_TEXT);
	assert_true(str_eq(s->text, STR_LIT("<${tz}>")));
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_checked_with_their_line),
		cmocka_unit_test(a_request_needs_an_address),
		cmocka_unit_test(defaults_are_those_of_the_page),
		cmocka_unit_test(every_word_is_taken),
		cmocka_unit_test(a_body_can_be_a_form_or_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
