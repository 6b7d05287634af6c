/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/page.h"
#include "normalise/text/utf8.h"

#define DOTS "\xe2\x80\xa6"
#define JSON "application/json"

static const struct {
	const char *media_type, *body, *want;
} cases[] = {
	/* Ocamba */
	{JSON,
         "{\"code\":400,\"title\":\"Bad Request\",\"message\":\"Unknown operator.\",\"trace_id\":"
         "\"7f-31\"}",
         "Bad Request, Unknown operator., code 400, trace_id 7f-31"},
	{JSON, "{\"code\":500,\"title\":\"Internal Server Error\",\"trace_id\":\"7f-32\"}",
         "Internal Server Error, code 500, trace_id 7f-32"},
	/* Constant Contact: bare, in a list, OAuth2, gateway */
	{JSON, "{\"error_key\":\"quota_exceeded\",\"error_message\":\"Limit Exceeded\"}",
         "Limit Exceeded, quota_exceeded"},
	{JSON,
         "[{\"error_key\":\"reports.api.validation.error\",\"error_message\":\"start_at does not "
         "have a valid value\"}]",
         "start_at does not have a valid value, reports.api.validation.error"},
	{JSON, "{\"error\":\"invalid_grant\",\"error_description\":\"The token is expired\"}",
         "The token is expired, invalid_grant"},
	{"text/html",
         "<html>\n<head><TITLE lang=en>403 &ndash; Not &amp; now</TITLE></head></html>",
         "403 &ndash; Not & now"},
	{"", "<h1>Developer Over Qps</h1>", "Developer Over Qps"},
	/* Samba */
	{"application/problem+json",
         "{\"type\":\"unprocessable-json\",\"title\":\"Unprocessable JSON\",\"status\":422,"
         "\"detail\":\"from: must be an integer\"}",
         "Unprocessable JSON, from: must be an integer, status 422"},
	/* Everlytic: five shapes */
	{JSON, "{\"result\":\"error\",\"status\":\"pageNumber is not numeric\",\"code\":400}",
         "pageNumber is not numeric, code 400"},
	{JSON, "\"Invalid credentials.\"", "Invalid credentials."},
	{JSON, "{\"status\":\"error\",\"message\":\"No access\"}", "No access"},
	{JSON, "{\"status\":\"error\",\"data\":\"Could not queue\"}", "Could not queue"},
	{JSON,
         "{\"code\":401,\"message\":\"Login "
         "Required\",\"error\":{\"errors\":[{\"domain\":\"global\","
         "\"reason\":\"required\",\"message\":\"Login Required\"},{\"message\":\"And a key\"}]}}",
         "Login Required, code 401, And a key"},
	{JSON, "", ""},
	/* Passona */
	{JSON, "{\"message\":\"Unauthenticated.\"}", "Unauthenticated."},
	{JSON,
         "{\"message\":\"The given data was invalid.\",\"errors\":{\"url\":[\"The url field is "
         "required.\",\"x\"],\"name\":\"too long\"}}",
         "The given data was invalid., url The url field is required., name too long"},
	{JSON, "{\"message\":\"Too Many Attempts.\"}", "Too Many Attempts."},
	/* nothing to say */
	{JSON, "{}", ""},
	{JSON, "[]", ""},
	{JSON, "{\"status\":false}", ""},
	{JSON, "{\"message\":null,\"error\":true,\"errors\":7,\"data\":{\"name\":\"Ann\"}}", ""},
	{JSON, "{\"name\":\"Ann Lee\"}", ""},
	{JSON, "7", "7"},
	/* others */
	{JSON, "{\"Message\":\"Case\"}", "Case"},
	{JSON, "{\"errors\":[\"one\",\"two\",\"three\",\"four\"]}", "one, two, three"},
	{JSON, "{\"errors\":[{\"detail\":\"deep\"}]}", "deep"},
	{JSON, "{\"errors\":{\"a\":{\"message\":\"m\"},\"b\":[{\"message\":\"n\"}],\"c\":[[]]}}",
         "a m, b n"},
	{JSON, "{\"error\":{\"error\":{\"error\":{\"message\":\"inner\"}}}}", "inner"},
	{JSON, "[[[{\"message\":\"inner\"}]]]", "inner"},
	{"text/html", "{\"message\":\"JSON all the same\"}", "JSON all the same"},
	{"", "\xef\xbb\xbf{\"message\":\"mark\"}", "mark"},
	{JSON, "Bad gateway\r\nsecond line", "Bad gateway"},
	{JSON, "\n\n  upstream timed out \n", "upstream timed out"},
	{JSON, "{\"message\":\"cut", "{\"message\":\"cut"},
	{"text/html", "<!DOCTYPE html><html><body>x</body></html>", "an HTML page without a title"},
	{"text/html", "<html><title></title>", ""},
	{"text/html", "<html><title>never closed", "never closed"},
	{"text/html", "<html><title", "an HTML page without a title"},
	{"application/xml", "<?xml version=\"1.0\"?><e><m>No such call</m></e>", "No such call"},
	{"text/plain; charset=iso-8859-1", "caf\xe9", "caf\xc3\xa9"},
	{"text/plain", "caf\xe9", "caf\xef\xbf\xbd"},
	/* what must not be shown */
	{JSON, "{\"message\":\"No contact 447700900001 or ann@example.org\"}",
         "No contact " DOTS " or " DOTS},
	{JSON, "{\"message\":\"No contact 4477\\u000000900001, a\\u0007nn\\u0040example.org\"}",
         "No contact " DOTS ", " DOTS},
	{JSON, "{\"errors\":{\"ann@example.org\":[\"bounced\"]}}", DOTS " bounced"},
	{JSON, "{\"code\":\"abcdefghij0123456789\"}", "code " DOTS},
	{JSON, "{\"message\":\"a\\nlevel=info b\\u001b[2J\"}", "a level=info b[2J"},
	{"text/html", "<title>ann&#64;example.org ann&#x40;example.org &#0; &#x110000; &;</title>",
         DOTS " " DOTS " &#0; &#x110000; &;"},
	{"text/plain", "key abcdefghij0123456789abc", "key " DOTS},
};

static void every_vendors_shape_becomes_a_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[240];

		page_error_text(str_from(cases[i].body), str_from(cases[i].media_type), text,
		                sizeof(text));
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s\nwanted %s\n   got %s", cases[i].body, cases[i].want, text);
	}
}

static void a_line_is_cut_between_characters(void **state)
{
	static const char body[] = "{\"title\":\"\xc5\x99\xc5\x99\",\"message\":\"b\",\"code\":4}";
	char text[32];

	(void)state;
	for (size_t size = 1; size <= sizeof(text); size++) {
		page_error_text(str_from(body), STR_EMPTY, text, size);
		assert_true(strlen(text) < size);
		assert_int_equal(utf8_broken(str_from(text)), 0);
	}
	assert_string_equal(text, "\xc5\x99\xc5\x99, b, code 4");
}

/** Bodies made to cost time or memory give a short line, soon. */
static void a_hostile_body_costs_little(void **state)
{
	static char body[1024 * 1024];
	static const char *const fills[] = {
		"&", "<", "[", "{\"error\":", "<title>", "\"", " ", "\xff"};
	char text[240];

	(void)state;
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		size_t len = strlen(fills[i]);

		for (size_t at = 0; at + len <= sizeof(body); at += len)
			memcpy(body + at, fills[i], len);
		page_error_text((struct str){body, sizeof(body)}, STR_EMPTY, text, sizeof(text));
		assert_true(strlen(text) < sizeof(text));
	}
}

/** A long JSON answer is not read, and no raw part of it is shown. */
static void a_long_json_answer_is_not_shown(void **state)
{
	static char body[512 * 1024];
	char text[240];
	int len = snprintf(body, sizeof(body), "{\"name\":\"Ann Lee\",\"x\":\"%0300000d\"}", 0);

	(void)state;
	page_error_text((struct str){body, (size_t)len}, STR_LIT(JSON), text, sizeof(text));
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vendors_shape_becomes_a_line),
		cmocka_unit_test(a_line_is_cut_between_characters),
		cmocka_unit_test(a_hostile_body_costs_little),
		cmocka_unit_test(a_long_json_answer_is_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
