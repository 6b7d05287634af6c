/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/decode/decode_case.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

static void json_inside_of_something_is_unpacked(void **state)
{
	static const char *const fields[] = {"event", "payload", NULL};
	static const struct decode_case cases[] = {
		{.body = "event=%7B%22a%22%3A1%7D",
	         .type = FORM_TYPE,
	         .fields = fields,
	         .expect = "{\"a\":1}"},
		{.body = "payload=[1,2]&event=x",
	         .type = FORM_TYPE,
	         .fields = fields,
	         .expect = "1\n2"},
		{.body = "payload=[1]&event=+%7B%7D",
	         .type = FORM_TYPE,
	         .fields = fields,
	         .expect = "{}"},
		{.body = "event=sent",
	         .type = FORM_TYPE,
	         .fields = fields,
	         .expect = "{\"event\":\"sent\"}"},
		{.body = "event=%7B", .type = FORM_TYPE, .fields = fields, .err = ERR_PARSE},
		{.body = "",
	         .query = "event={\"b\":2}",
	         .method = "GET",
	         .fields = fields,
	         .expect = "{\"b\":2}"},
		{.body = "{\"Message\":\"{\\\"m\\\":\\\"\\\\u00e9\\\"}\",\"T\":1}",
	         .json_at = "/Message",
	         .expect = "{\"m\":\"\xc3\xa9\"}"},
		{.body = "{\"Message\":\"[1,2]\"}", .json_at = "/Message", .expect = "1\n2"},
		{.body = "{\"Message\":\"hello\"}",
	         .json_at = "/Message",
	         .expect = "{\"Message\":\"hello\"}"},
		{.body = "{\"Message\":\"{\"}", .json_at = "/Message", .err = ERR_PARSE},
		{.body = "{\"Message\":\"{}\"", .json_at = "/Message", .err = ERR_PARSE},
		{.body = "{\"m\":1}", .json_at = "/Message", .expect = "{\"m\":1}"},
	};

	(void)state;
	run_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void forms_and_queries_are_records(void **state)
{
	static const struct decode_case cases[] = {
		{.body = "data[transaction][id]=1&data[transaction][x]=&type=sent",
	         .as = DECODE_FORM,
	         .expect = "{\"data\":{\"transaction\":{\"id\":\"1\",\"x\":\"\"}},\"type\":"
	                   "\"sent\"}"},
		{.body = "ignored=1",
	         .query = "a=1",
	         .as = DECODE_QUERY,
	         .expect = "{\"a\":\"1\"}"},
		{.body = "", .as = DECODE_QUERY, .expect = "{}"},
		{.body = "", .as = DECODE_FORM, .expect = "{}"},
		{.body = "\x00\xff\x01=%00",
	         .body_len = 7,
	         .as = DECODE_FORM,
	         .expect = "{\"\\u0000\xef\xbf\xbd\\u0001\":\"\\u0000\"}"},
		{.body = "<xml/>", .as = DECODE_FORM, .expect = "{\"<xml/>\":\"\"}"},
	};

	(void)state;
	run_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_inside_of_something_is_unpacked),
		cmocka_unit_test(forms_and_queries_are_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
