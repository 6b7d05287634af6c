/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/decode/decode_case.h"

static void json_records_are_found(void **state)
{
	static const struct decode_case cases[] = {
		{.body = "{}", .expect = "{}"},
		{.body = "[]", .expect = ""},
		{.body = " [ ] ", .expect = ""},
		{.body = "[{\"a\":1},2,[3]]", .expect = "{\"a\":1}\n2\n[3]"},
		{.body = "7", .as = DECODE_JSON, .expect = "7"},
		{.body = "[1,2]", .records = "", .expect = "[1,2]"},
		{.body = "[1,2]", .records = "/*", .expect = "1\n2"},
		{.body = "{\"a\":1}", .records = "/*", .expect = "{\"a\":1}"},
		{.body = "{\"r\":[{},{\"x\":2}],\"n\":0}",
	         .records = "/r/*",
	         .expect = "{}\n{\"x\":2}"},
		{.body = "{\"r\":[]}", .records = "/r/*", .expect = ""},
		{.body = "{\"r\":null}", .records = "/r/*", .expect = ""},
		{.body = "{\"r\":{\"x\":1}}", .records = "/r/*", .expect = "{\"x\":1}"},
		{.body = "{\"r\":{\"x\":1}}", .records = "/r", .expect = "{\"x\":1}"},
		{.body = "{}", .records = "/r/*", .err = ERR_PARSE},
		{.body = "{\"r\":5}", .records = "/r/*", .err = ERR_PARSE},
		{.body = "[]", .records = "/r/*", .err = ERR_PARSE},
		{.body = "{\"r\":[1],\"r\":[2,3]}", .records = "/r/*", .expect = "2\n3"},
		{.body = "{\"\\u0072\":[1]}", .records = "/r/*", .expect = "1"},
		{.body = "[[1],[2,3],[]]", .records = "/*/*", .expect = "1\n2\n3"},
		{.body = "[[1,2],[3,4]]", .records = "/*/1", .expect = "2\n4"},
		{.body = "[[1,2],[3,4]]", .records = "/1/*", .expect = "3\n4"},
		{.body = "{\"e\":[{\"c\":[{\"v\":{\"s\":[1,2]}},{\"v\":{\"m\":[9]}}]},{\"c\":[]},"
	                 "{\"c\":[{\"v\":{\"s\":[3]}}]}]}",
	         .records = "/e/*/c/*/v/s/*",
	         .expect = "1\n2\n3"},
		{.body = "{\"e\":[{\"c\":[{\"v\":{\"m\":[9]}}]}]}",
	         .records = "/e/*/c/*/v/s/*",
	         .expect = ""},
		{.body = "[{\"a\":1},{\"a\":2},", .err = ERR_PARSE},
		{.body = "[{\"a\":1},{\"a\":2}]x", .err = ERR_PARSE},
		{.body = "{\"id\":12345678901234567890}",
	         .expect = "{\"id\":\"12345678901234567890\"}"},
		{.body = "{\"a\":\"x\\u0000y\"}", .expect = "{\"a\":\"x\\u0000y\"}"},
		{.body = "{\"a\":\"\xff\"}", .expect = "{\"a\":\"\xef\xbf\xbd\"}"},
		{.body = "{\"a\":1,\"a\":2}", .expect = "{\"a\":2}"},
	};

	(void)state;
	run_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_records_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
