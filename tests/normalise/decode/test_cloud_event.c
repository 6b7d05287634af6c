/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/decode/decode_case.h"

#define JSON_TYPE "application/json"

static void cloud_events_are_recognised(void **state)
{
	static const char headers[] = "ce-specversion: 1.0\nce-id: a%20b\nce-type: x\nce-data: y\n"
				      "x-other: z\n";
	static const struct decode_case cases[] = {
		{.body = "{\"specversion\":\"1.0\",\"data\":{}}",
	         .type = "application/cloudevents+json; charset=UTF-8",
	         .expect = "{\"specversion\":\"1.0\",\"data\":{}}"},
		{.body = "[{\"id\":\"1\"},{\"id\":\"2\"}]",
	         .type = "application/cloudevents-batch+json",
	         .expect = "{\"id\":\"1\"}\n{\"id\":\"2\"}"},
		{.body = "[]", .type = "application/cloudevents-batch+json", .expect = ""},
		{.body = "{\"n\":1}",
	         .type = JSON_TYPE,
	         .headers = headers,
	         .expect = "{\"specversion\":\"1.0\",\"id\":\"a b\",\"type\":\"x\","
	                   "\"datacontenttype\":\"application/json\",\"data\":{\"n\":1}}"},
		{.body = "[1,2]",
	         .type = "",
	         .headers = headers,
	         .expect = "{\"specversion\":\"1.0\",\"id\":\"a b\",\"type\":\"x\","
	                   "\"data\":[1,2]}"},
		{.body = "hi\xff",
	         .type = "text/plain",
	         .headers = headers,
	         .expect = "{\"specversion\":\"1.0\",\"id\":\"a b\",\"type\":\"x\","
	                   "\"datacontenttype\":\"text/plain\",\"data_base64\":\"aGn/\"}"},
		{.body = "",
	         .type = "",
	         .headers = headers,
	         .expect = "{\"specversion\":\"1.0\",\"id\":\"a b\",\"type\":\"x\"}"},
		{.body = "{\"n\":", .type = JSON_TYPE, .headers = headers, .err = ERR_PARSE},
		{.body = "{\"l\":[1,2]}",
	         .type = JSON_TYPE,
	         .headers = headers,
	         .records = "/data/l/*",
	         .expect = "1\n2"},
	};

	(void)state;
	run_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cloud_events_are_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
