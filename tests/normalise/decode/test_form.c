/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/decode/form.h"
#include "tests/normalise/decode/decode_case.h"

#define FIELDS 100

static enum err read_form(struct str text, size_t memory, struct buf *json)
{
	struct arena a;
	struct value *form;
	enum err err;

	arena_init(&a, memory);
	err = form_read(&a, text, CHARSET_UTF8, FIELDS, &form, NULL);
	if (err == ERR_OK)
		write_value(json, form);
	arena_fini(&a);
	return err;
}

static void names_and_values_are_decoded(void **state)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
		{"", "{}"},
		{"&&", "{}"},
		{"a", "{\"a\":\"\"}"},
		{"=x", "{\"\":\"x\"}"},
		{"a=1&b=2", "{\"a\":\"1\",\"b\":\"2\"}"},
		{"a=1=2", "{\"a\":\"1=2\"}"},
		{"a=1&b=2&a=3", "{\"a\":\"3\",\"b\":\"2\"}"},
		{"a+b=c+d%2Be", "{\"a b\":\"c d+e\"}"},
		{"a=%", "{\"a\":\"%\"}"},
		{"a=%4", "{\"a\":\"%4\"}"},
		{"a=%4g%zz%41", "{\"a\":\"%4g%zzA\"}"},
		{"a=%26%3D%C3%A9", "{\"a\":\"&=\xc3\xa9\"}"},
		{"a=%ff\xfe", "{\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\"}"},
		{"a=%00b", "{\"a\":\"\\u0000b\"}"},
		{"a[b][c]=1&a[b][d]=2", "{\"a\":{\"b\":{\"c\":\"1\",\"d\":\"2\"}}}"},
		{"a%5Bb%5D=1", "{\"a\":{\"b\":\"1\"}}"},
		{"t[]=a&t[]=b", "{\"t\":[\"a\",\"b\"]}"},
		{"t[0]=a&t[1]=b", "{\"t\":[\"a\",\"b\"]}"},
		{"t[0][x]=a&t[0][y]=b&t[1][x]=c",
	         "{\"t\":[{\"x\":\"a\",\"y\":\"b\"},{\"x\":\"c\"}]}"},
		{"t[1]=a&t[0]=b", "{\"t\":{\"1\":\"a\",\"0\":\"b\"}}"},
		{"t[]=a&t[x]=b&t[]=c", "{\"t\":{\"0\":\"a\",\"x\":\"b\",\"2\":\"c\"}}"},
		{"t[0]=a&t[00]=b", "{\"t\":{\"0\":\"a\",\"00\":\"b\"}}"},
		{"a=1&a[b]=2", "{\"a\":{\"b\":\"2\"}}"},
		{"a[b]=2&a=1", "{\"a\":\"1\"}"},
		{"a[b]=1&a[b]=2", "{\"a\":{\"b\":\"2\"}}"},
		{"a[b=1", "{\"a[b\":\"1\"}"},
		{"a]b=1", "{\"a]b\":\"1\"}"},
		{"[a]=1", "{\"[a]\":\"1\"}"},
		{"a[b]c=1", "{\"a[b]c\":\"1\"}"},
		{"a[b[c]]=1", "{\"a[b[c]]\":\"1\"}"},
		{"a[b][=1", "{\"a[b][\":\"1\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf json;

		buf_init(&json, 4096);
		assert_int_equal(read_form(str_from(cases[i].text), TEST_MEMORY, &json), ERR_OK);
		assert_string_equal(buf_cstr(&json), cases[i].json);
		buf_fini(&json);
	}
}

static void fields_brackets_and_memory_are_limited(void **state)
{
	struct buf text, json;

	(void)state;
	buf_init(&text, TEST_MEMORY);
	buf_init(&json, TEST_MEMORY);
	for (int i = 0; i < FIELDS; i++)
		(void)buf_append_str(&text, STR_LIT("a=1&"));
	assert_int_equal(read_form(buf_str(&text), TEST_MEMORY, &json), ERR_OK);
	(void)buf_append_str(&text, STR_LIT("a=1"));
	assert_int_equal(read_form(buf_str(&text), TEST_MEMORY, &json), ERR_LIMIT);
	buf_reset(&text);
	(void)buf_append_str(&text, STR_LIT("a"));
	for (int i = 0; i < 63; i++)
		(void)buf_append_str(&text, STR_LIT("[b]"));
	assert_int_equal(read_form(buf_str(&text), TEST_MEMORY, &json), ERR_OK);
	(void)buf_append_str(&text, STR_LIT("[b]"));
	assert_int_equal(read_form(buf_str(&text), TEST_MEMORY, &json), ERR_LIMIT);
	assert_int_equal(read_form(STR_LIT("a=1&b=2"), 100, &json), ERR_NOMEM);
	buf_fini(&json);
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_values_are_decoded),
		cmocka_unit_test(fields_brackets_and_memory_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
