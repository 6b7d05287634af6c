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
#define FORM_TYPE "application/x-www-form-urlencoded"

static void auto_chooses_by_what_arrived(void **state)
{
	static const struct decode_case cases[] = {
		{.body = "{\"a\":1}", .type = FORM_TYPE, .expect = "{\"a\":1}"},
		{.body = " \n{\"a\":1}", .type = "text/plain", .expect = "{\"a\":1}"},
		{.body = "\xef\xbb\xbf{\"a\":1}", .expect = "{\"a\":1}"},
		{.body = "[1]", .type = "", .method = "GET", .query = "a=b", .expect = "1"},
		{.body = "a=1", .type = FORM_TYPE, .expect = "{\"a\":\"1\"}"},
		{.body = "a", .type = FORM_TYPE "; charset=utf-8", .expect = "{\"a\":\"\"}"},
		{.body = "a=1", .type = "", .expect = "{\"a\":\"1\"}"},
		{.body = "a=1", .type = "text/plain", .err = ERR_PARSE},
		{.body = "hello", .type = "", .err = ERR_PARSE},
		{.body = "hello", .type = JSON_TYPE, .query = "a=1", .err = ERR_PARSE},
		{.body = "hello", .method = "GET", .query = "a=1", .expect = "{\"a\":\"1\"}"},
		{.body = "", .query = "a=1&b=2", .expect = "{\"a\":\"1\",\"b\":\"2\"}"},
		{.body = "", .type = JSON_TYPE, .err = ERR_PARSE},
		{.body = "{\"a\":", .type = FORM_TYPE, .err = ERR_PARSE},
		{.body = "\x89PNG\r\n\x1a\n", .type = "image/png", .err = ERR_PARSE},
	};

	(void)state;
	run_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void charsets_are_converted(void **state)
{
	static const struct decode_case cases[] = {
		{.body = "{\"a\":\"\xe9\x80\"}",
	         .type = JSON_TYPE "; charset=ISO-8859-1",
	         .expect = "{\"a\":\"\xc3\xa9\xe2\x82\xac\"}"},
		{.body = "{\"a\":\"\x93\"}",
	         .type = JSON_TYPE ";charset=\"windows-1252\"",
	         .expect = "{\"a\":\"\xe2\x80\x9c\"}"},
		{.body = "\xff\xfe{\0}\0", .body_len = 6, .expect = "{}"},
		{.body = "\xfe\xff\0[\0\x31\0]", .body_len = 8, .expect = "1"},
		{.body = "{\0}\0",
	         .body_len = 4,
	         .type = JSON_TYPE "; charset=utf-16le",
	         .expect = "{}"},
		{.body = "\0{\0}",
	         .body_len = 4,
	         .type = JSON_TYPE "; charset=UTF-16",
	         .expect = "{}"},
		{.body = "{}", .type = JSON_TYPE "; charset=utf-8", .expect = "{}"},
		{.body = "{}", .type = JSON_TYPE "; charset=koi8-r", .err = ERR_PARSE},
		{.body = "a=%E9+\xe9",
	         .type = FORM_TYPE "; charset=iso-8859-1",
	         .expect = "{\"a\":\"\xc3\xa9 \xc3\xa9\"}"},
	};

	(void)state;
	run_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* A payload that cannot be taken in whole is one record that is too large. */
static void assert_whole_is_limited(struct payload payload, size_t memory)
{
	struct decode_spec spec = {.as = DECODE_AUTO};
	struct decoder *d;
	struct record r;

	assert_int_equal(decoder_new(&spec, &payload, memory, &d), ERR_OK);
	assert_int_equal(decoder_next(d, &r, NULL), ERR_LIMIT);
	assert_null(r.root);
	assert_int_equal(r.index, 0);
	assert_int_equal(r.raw.len, payload.body.len);
	assert_int_equal(decoder_next(d, &r, NULL), ERR_NOENT);
	decoder_free(d);
}

static void bodies_that_cannot_be_converted_or_unpacked_are_too_large(void **state)
{
	size_t len = 100000;
	char *body = malloc(len);

	(void)state;
	memset(body, ' ', len);
	body[0] = '{';
	body[1] = '}';
	assert_whole_is_limited(
		(struct payload){.body = {body, len}, .media_type = STR_LIT("a/b;charset=latin1")},
		50000);
	assert_whole_is_limited(
		(struct payload){.body = {body, len}, .headers = STR_LIT("ce-specversion: 1.0\n")},
		50000);
	for (size_t i = 0; i < len; i++)
		body[i] = "a=&"[i % 3];
	assert_whole_is_limited(
		(struct payload){.body = {body, len}, .media_type = STR_LIT(FORM_TYPE)},
		(size_t)64 << 20);
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(auto_chooses_by_what_arrived),
		cmocka_unit_test(charsets_are_converted),
		cmocka_unit_test(bodies_that_cannot_be_converted_or_unpacked_are_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
