/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/event/extra.h"
#include "normalise/value/json_reader.h"

/* Read @p text, mark every member whose name begins with '-', write. */
static void mark_used(struct value *v)
{
	for (; v != NULL; v = v->next)
		v->used = v->key.len > 0 && v->key.ptr[0] == '-';
}

static void expect(const char *text, const char *want)
{
	struct json_cursor c = json_cursor(str_from(text));
	struct value *record = NULL;
	struct arena arena;
	struct buf buf;

	arena_init(&arena, 1 << 20);
	buf_init(&buf, 1 << 20);
	assert_int_equal(json_read(&c, &arena, &record, NULL), ERR_OK);
	mark_used(record->first);
	if (record->first != NULL)
		mark_used(record->first->first);
	struct json_writer w = json_writer(&buf);

	extra_write(&w, record);
	assert_int_equal(buf_err(&buf), ERR_OK);
	assert_string_equal(buf_cstr(&buf), want);
	buf_fini(&buf);
	arena_fini(&arena);
}

static void what_no_map_took_keeps_its_structure_and_order(void **state)
{
	static const struct {
		const char *record, *extra;
	} cases[] = {
		{"{\"b\":1,\"a\":\"x\"}", "\"extra\":{\"b\":1,\"a\":\"x\"}"},
		{"{\"-b\":1,\"a\":\"x\"}", "\"extra\":{\"a\":\"x\"}"},
		{"{\"o\":{\"-b\":1,\"a\":[1,{\"z\":true}]},\"c\":2}",
	         "\"extra\":{\"o\":{\"a\":[1,{\"z\":true}]},\"c\":2}"},
		{"{\"-o\":{\"a\":1},\"c\":2}", "\"extra\":{\"c\":2}"},
		{"{\"a\":\"\"}", "\"extra\":{\"a\":\"\"}"},
		{"[1,[2,3]]", "\"extra\":[1,[2,3]]"},
		{"\"word\"", "\"extra\":\"word\""},
		{"{\"id\":19421777835146490}", "\"extra\":{\"id\":\"19421777835146490\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(cases[i].record, cases[i].extra);
}

static void nulls_and_what_is_empty_are_left_out(void **state)
{
	static const struct {
		const char *record, *extra;
	} cases[] = {
		{"{}", ""},
		{"[]", ""},
		{"null", ""},
		{"{\"-a\":1}", ""},
		{"{\"a\":null}", ""},
		{"{\"o\":{\"-a\":1}}", ""},
		{"{\"o\":{\"-a\":1},\"p\":[[],{},null,[null]]}", ""},
		{"{\"p\":[[],1,{},null,[null],{\"q\":[2]}]}", "\"extra\":{\"p\":[1,{\"q\":[2]}]}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(cases[i].record, cases[i].extra);
}

static void no_record_gives_no_extra(void **state)
{
	struct buf buf;
	struct json_writer w = json_writer(&buf);

	(void)state;
	buf_init(&buf, 16);
	extra_write(&w, NULL);
	assert_int_equal(buf.len, 0);
	buf_fini(&buf);
}

static void what_lies_deeper_than_any_decoder_reads_is_written_whole(void **state)
{
	enum { DEEP = 130 };
	struct value *chain = calloc(DEEP, sizeof(*chain));
	struct buf buf;

	(void)state;
	assert_non_null(chain);
	for (size_t i = 0; i < DEEP; i++) {
		chain[i].kind = i + 1 < DEEP ? VALUE_ARRAY : VALUE_TRUE;
		chain[i].first = chain[i].last = i + 1 < DEEP ? &chain[i + 1] : NULL;
		chain[i].count = i + 1 < DEEP;
	}
	buf_init(&buf, 4096);
	struct json_writer w = json_writer(&buf);

	extra_write(&w, chain);
	assert_int_equal(buf.len, strlen("\"extra\":") + (size_t)2 * (DEEP - 1) + strlen("true"));
	buf_fini(&buf);
	free(chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_map_took_keeps_its_structure_and_order),
		cmocka_unit_test(nulls_and_what_is_empty_are_left_out),
		cmocka_unit_test(no_record_gives_no_extra),
		cmocka_unit_test(what_lies_deeper_than_any_decoder_reads_is_written_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
