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

/* The value as JSON; "-" when there is none. */
static void assert_lookup(struct decoder *d, enum decode_scope scope, const struct field_path *path,
                          const char *expected)
{
	struct value *v = decoder_lookup(d, scope, path);
	struct buf json;

	buf_init(&json, TEST_MEMORY);
	if (v != NULL)
		write_value(&json, v);
	assert_string_equal(v != NULL ? buf_cstr(&json) : "-", expected);
	buf_fini(&json);
}

static void up_is_the_object_around_the_list(void **state)
{
	struct payload payload = {
		.body = STR_LIT(
			"{\"o\":0,\"e\":[{\"n\":{\"x\":1},\"l\":[1,2]},{\"n\":2,\"l\":[3]}]}")};
	struct field_path *records = path_of("/e/*/l/*"), *n = path_of("/n"), *o = path_of("/o");
	struct decode_spec spec = {.records = records};
	static const char *const expected[] = {"{\"x\":1}", "{\"x\":1}", "2"};
	struct decoder *d;
	struct record r;

	(void)state;
	assert_int_equal(decoder_new(&spec, &payload, TEST_MEMORY, &d), ERR_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(decoder_next(d, &r, NULL), ERR_OK);
		assert_lookup(d, SCOPE_UP, n, expected[i]);
		assert_lookup(d, SCOPE_UP, n, expected[i]);
		assert_lookup(d, SCOPE_UP, o, "-");
		assert_lookup(d, SCOPE_ENV, o, "0");
	}
	assert_int_equal(decoder_next(d, &r, NULL), ERR_NOENT);
	decoder_free(d);
	field_path_free(records);
	field_path_free(n);
	field_path_free(o);
}

static void other_scopes_are_found(void **state)
{
	struct payload payload = {
		.body = STR_LIT("{\"Message\":\"{\\\"a\\\":1}\",\"T\":\"x\"}"),
		.query = STR_LIT("hub.mode=subscribe&a[b]=%C3%A9"),
		.headers = STR_LIT("x-one: 1\nx-two: a: b\n"),
		.vars = STR_LIT("_a=1&campaign=a%26b&_ordinals=1:2&_t[x]=1&%5Fo=2"),
	};
	struct field_path *at = path_of("/Message"), *t = path_of("/T"), *all = path_of("");
	struct decode_spec spec = {.json_at = at};
	struct decoder *d;
	struct record r;

	(void)state;
	assert_int_equal(decoder_new(&spec, &payload, TEST_MEMORY, &d), ERR_OK);
	assert_int_equal(decoder_next(d, &r, NULL), ERR_OK);
	assert_lookup(d, SCOPE_ENV, t, "\"x\"");
	assert_lookup(d, SCOPE_UP, t, "-");
	assert_lookup(d, SCOPE_HEADER, all, "{\"x-one\":\"1\",\"x-two\":\"a: b\"}");
	assert_lookup(d, SCOPE_QUERY, all,
	              "{\"hub.mode\":\"subscribe\",\"a\":{\"b\":\"\xc3\xa9\"}}");
	assert_lookup(d, SCOPE_EACH, all, "{\"campaign\":\"a&b\"}");
	assert_lookup(d, SCOPE_EACH, t, "-");
	decoder_free(d);
	field_path_free(at);
	field_path_free(t);
	field_path_free(all);
}

static void env_of_a_form_is_the_form(void **state)
{
	static const char *const fields[] = {"event"};
	struct payload payload = {.body = STR_LIT("event=%5B1%2C2%5D&k=v"),
	                          .media_type = STR_LIT(FORM_TYPE)};
	struct decode_spec spec = {.json_fields = fields, .json_field_count = 1};
	struct field_path *k = path_of("/k");
	struct decoder *d;
	struct record r;

	(void)state;
	assert_int_equal(decoder_new(&spec, &payload, TEST_MEMORY, &d), ERR_OK);
	assert_int_equal(decoder_next(d, &r, NULL), ERR_OK);
	assert_int_equal(decoder_next(d, &r, NULL), ERR_OK);
	assert_lookup(d, SCOPE_ENV, k, "\"v\"");
	decoder_free(d);
	field_path_free(k);
}

static void looking_up_in_a_large_batch_does_not_walk_it_for_each_record(void **state)
{
	struct buf body;
	struct field_path *records = path_of("/r/*"), *n = path_of("/n");
	struct decode_spec spec = {.records = records};
	struct decoder *d;
	struct record r;
	size_t count = 0;

	(void)state;
	buf_init(&body, (size_t)16 << 20);
	(void)buf_append_str(&body, STR_LIT("{\"r\":["));
	for (int i = 0; i < 20000; i++) {
		(void)buf_printf(&body, "%s{\"id\":%d,\"text\":\"%0100d\"}", i > 0 ? "," : "", i,
		                 i);
	}
	(void)buf_append_str(&body, STR_LIT("],\"n\":\"name\"}"));
	struct payload payload = {.body = buf_str(&body)};

	/* One record at a time: far less memory than the body has. */
	assert_int_equal(decoder_new(&spec, &payload, 32768, &d), ERR_OK);
	while (decoder_next(d, &r, NULL) == ERR_OK) {
		assert_lookup(d, SCOPE_UP, n, "\"name\"");
		assert_int_equal(r.index, count);
		count++;
	}
	assert_int_equal(count, 20000);
	decoder_free(d);
	buf_fini(&body);
	field_path_free(records);
	field_path_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(up_is_the_object_around_the_list),
		cmocka_unit_test(other_scopes_are_found),
		cmocka_unit_test(env_of_a_form_is_the_form),
		cmocka_unit_test(looking_up_in_a_large_batch_does_not_walk_it_for_each_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
