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

static void a_record_is_spread_over_the_elements_of_its_list(void **state)
{
	static const struct decode_case cases[] = {
		{.body = "{\"t\":\"c\",\"data\":[{\"x\":1},{\"x\":2}],\"z\":0}",
	         .spread = "/data",
	         .expect = "{\"t\":\"c\",\"data\":{\"x\":1},\"z\":0}\n"
	                   "{\"t\":\"c\",\"data\":{\"x\":2},\"z\":0}"},
		{.body = "{\"data\":{\"x\":1}}",
	         .spread = "/data",
	         .expect = "{\"data\":{\"x\":1}}"},
		{.body = "{\"data\":[]}", .spread = "/data", .expect = "{\"data\":[]}"},
		{.body = "{\"a\":1}", .spread = "/data", .expect = "{\"a\":1}"},
		{.body = "[{\"data\":[1,\"b\"]},{\"data\":[[3]]}]",
	         .spread = "/data",
	         .expect = "{\"data\":1}\n{\"data\":\"b\"}\n{\"data\":[3]}"},
		{.body = "data[0][x]=1&data[1][x]=2&t=c",
	         .type = FORM_TYPE,
	         .spread = "/data",
	         .expect = "{\"data\":{\"x\":\"1\"},\"t\":\"c\"}\n"
	                   "{\"data\":{\"x\":\"2\"},\"t\":\"c\"}"},
	};

	(void)state;
	run_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void what_a_map_took_is_forgotten_for_the_next_element(void **state)
{
	struct payload payload = {.body = STR_LIT("{\"t\":{\"u\":1},\"data\":[1,2]}")};
	struct field_path *spread = path_of("/data");
	struct decode_spec spec = {.spread = spread};
	struct decoder *d;
	struct record r;
	struct value *t;

	(void)state;
	assert_int_equal(decoder_new(&spec, &payload, TEST_MEMORY, &d), ERR_OK);
	assert_int_equal(decoder_next(d, &r, NULL), ERR_OK);
	t = value_get(r.root, STR_LIT("t"));
	t->used = true;
	t->first->used = true;
	value_get(r.root, STR_LIT("data"))->used = true;
	assert_int_equal(decoder_next(d, &r, NULL), ERR_OK);
	assert_int_equal(r.index, 1);
	assert_false(value_get(r.root, STR_LIT("t"))->used);
	assert_false(value_get(r.root, STR_LIT("t"))->first->used);
	assert_false(value_get(r.root, STR_LIT("data"))->used);
	decoder_free(d);
	field_path_free(spread);
}

static void a_record_that_is_too_large_is_named_and_the_next_one_comes(void **state)
{
	struct buf body;
	struct err_detail detail;
	struct decode_spec spec = {.as = DECODE_JSON};
	struct decoder *d;
	struct record r;

	(void)state;
	buf_init(&body, (size_t)1 << 20);
	(void)buf_append_str(&body, STR_LIT("[{\"a\":1},["));
	for (int i = 0; i < 20000; i++)
		(void)buf_append_str(&body, STR_LIT("1,"));
	(void)buf_append_str(&body, STR_LIT("2],{\"a\":2}]"));
	struct payload payload = {.body = buf_str(&body)};

	assert_int_equal(decoder_new(&spec, &payload, 65536, &d), ERR_OK);
	assert_int_equal(decoder_next(d, &r, &detail), ERR_OK);
	assert_int_equal(decoder_next(d, &r, &detail), ERR_LIMIT);
	assert_null(r.root);
	assert_int_equal(r.index, 1);
	assert_int_equal(r.raw.len, 2 + 2 * 20000 + 1);
	assert_int_equal(r.raw.ptr[0], '[');
	assert_int_equal(decoder_next(d, &r, &detail), ERR_OK);
	assert_int_equal(r.index, 2);
	assert_true(str_eq(r.raw, STR_LIT("{\"a\":2}")));
	assert_int_equal(decoder_next(d, &r, &detail), ERR_NOENT);
	assert_int_equal(decoder_next(d, &r, &detail), ERR_NOENT);
	decoder_free(d);
	buf_fini(&body);
}

static void a_record_that_is_too_deep_is_named_and_the_next_one_comes(void **state)
{
	char body[400] = "[1,";
	size_t len = 3;
	struct decode_spec spec = {.as = DECODE_JSON};
	struct decoder *d;
	struct record r;

	(void)state;
	memset(body + len, '[', 100);
	memset(body + len + 100, ']', 100);
	memcpy(body + len + 200, ",2]", 4);
	struct payload payload = {.body = str_from(body)};

	assert_int_equal(decoder_new(&spec, &payload, TEST_MEMORY, &d), ERR_OK);
	assert_int_equal(decoder_next(d, &r, NULL), ERR_OK);
	assert_int_equal(decoder_next(d, &r, NULL), ERR_LIMIT);
	assert_null(r.root);
	assert_int_equal(r.raw.len, 200);
	assert_int_equal(decoder_next(d, &r, NULL), ERR_OK);
	assert_true(str_eq(r.root->text, STR_LIT("2")));
	assert_int_equal(decoder_next(d, &r, NULL), ERR_NOENT);
	decoder_free(d);
}

static void a_broken_body_stays_broken(void **state)
{
	struct payload payload = {.body = STR_LIT("[1,2")};
	struct decode_spec spec = {.as = DECODE_AUTO};
	struct err_detail detail = {.line = 0};
	struct decoder *d;
	struct record r;

	(void)state;
	assert_int_equal(decoder_new(&spec, &payload, TEST_MEMORY, &d), ERR_OK);
	assert_int_equal(decoder_next(d, &r, &detail), ERR_PARSE);
	assert_int_equal(detail.line, 1);
	assert_int_equal(detail.col, 5);
	detail = (struct err_detail){.line = 0};
	assert_int_equal(decoder_next(d, &r, &detail), ERR_PARSE);
	assert_int_equal(detail.col, 5);
	decoder_free(d);
	decoder_free(NULL);
}

static void the_raw_bytes_of_a_record_are_given(void **state)
{
	struct payload payload = {.body = STR_LIT("{\"r\": [ {\"a\" : 1} , 2 ]}")};
	struct field_path *records = path_of("/r/*");
	struct decode_spec spec = {.records = records};
	struct decoder *d;
	struct record r;

	(void)state;
	assert_int_equal(decoder_new(&spec, &payload, TEST_MEMORY, &d), ERR_OK);
	assert_int_equal(decoder_next(d, &r, NULL), ERR_OK);
	assert_true(str_eq(r.raw, STR_LIT("{\"a\" : 1}")));
	assert_ptr_equal(r.raw.ptr, payload.body.ptr + 8);
	decoder_free(d);
	field_path_free(records);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_spread_over_the_elements_of_its_list),
		cmocka_unit_test(what_a_map_took_is_forgotten_for_the_next_element),
		cmocka_unit_test(a_record_that_is_too_large_is_named_and_the_next_one_comes),
		cmocka_unit_test(a_record_that_is_too_deep_is_named_and_the_next_one_comes),
		cmocka_unit_test(a_broken_body_stays_broken),
		cmocka_unit_test(the_raw_bytes_of_a_record_are_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
