/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "normalise/decode/stream_cut.h"

#define GOT_MAX   ((size_t)64 << 20)
#define VALUE_MAX 1000

/* What a stream gave: each slice between bars with its number of values, then how it ended. */
static struct buf got;
static enum err got_err;

static void note(struct str slice, size_t records)
{
	assert_int_equal(buf_printf(&got, "%zu:", records), ERR_OK);
	assert_int_equal(buf_append_str(&got, slice), ERR_OK);
	assert_int_equal(buf_append_char(&got, '|'), ERR_OK);
}

static void take(struct stream_cut *c)
{
	struct str slice;
	size_t records;

	while (stream_cut_next(c, &slice, &records) == ERR_OK)
		note(slice, records);
}

static void finish(struct stream_cut *c)
{
	struct str slice;
	size_t records;
	bool is_cut = false;

	if (stream_cut_finish(c, &slice, &records, &is_cut) == ERR_OK)
		note(slice, records);
	assert_int_equal(buf_append_char(&got, is_cut ? '!' : '.'), ERR_OK);
}

/* Feed @p text in pieces of @p piece bytes; 0: of random lengths up to 7. */
static const char *cut(struct str text, size_t slice_bytes, size_t piece)
{
	struct stream_cut *c;
	size_t at = 0;

	buf_reset(&got);
	got_err = ERR_OK;
	assert_int_equal(stream_cut_new(slice_bytes, VALUE_MAX, &c), ERR_OK);
	while (at < text.len && got_err == ERR_OK) {
		size_t len = piece > 0 ? piece : 1 + (size_t)random() % 7;

		if (len > text.len - at)
			len = text.len - at;
		/* A copy of the exact size, freed at once: nothing of it may be looked at later. */
		char *copy = malloc(len);

		assert_non_null(copy);
		memcpy(copy, text.ptr + at, len);
		got_err = stream_cut_feed(c, (struct str){copy, len});
		free(copy);
		at += len;
		take(c);
	}
	finish(c);
	stream_cut_free(c);
	return buf_cstr(&got);
}

/* The same slices however the bytes came. */
static void expect(struct str text, size_t slice_bytes, const char *wanted, enum err wanted_err)
{
	assert_string_equal(cut(text, slice_bytes, text.len > 0 ? text.len : 1), wanted);
	assert_int_equal(got_err, wanted_err);
	assert_string_equal(cut(text, slice_bytes, 1), wanted);
	assert_int_equal(got_err, wanted_err);
	for (int i = 0; i < 20; i++) {
		assert_string_equal(cut(text, slice_bytes, 0), wanted);
		assert_int_equal(got_err, wanted_err);
	}
}

static void expect_ok(const char *text, size_t slice_bytes, const char *wanted)
{
	expect(str_from(text), slice_bytes, wanted, ERR_OK);
}

static void a_slice_ends_with_the_value_that_fills_it(void **state)
{
	(void)state;
	expect_ok("{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", 8, "2:{\"a\":1}\n{\"a\":2}|1:{\"a\":3}|.");
	expect_ok("{\"a\":1}{\"a\":2}[3][]", 7, "1:{\"a\":1}|1:{\"a\":2}|2:[3][]|.");
	expect_ok("[1][2]", 1, "1:[1]|1:[2]|.");
	expect_ok("[1] [2]", 100, "2:[1] [2]|.");
}

static void separators_of_all_kinds_are_taken(void **state)
{
	(void)state;
	expect_ok("\x1e{}\n\x1e{}\n", 100, "2:{}\n\x1e{}|.");
	expect_ok("\xef\xbb\xbf  {}\r\n{}\t[]\n\n", 100, "3:{}\r\n{}\t[]|.");
	expect_ok("{\n  \"a\": [\n    1\n  ]\n}\n{\n}", 100,
	          "2:{\n  \"a\": [\n    1\n  ]\n}\n{\n}|.");
	expect_ok("", 100, ".");
	expect_ok(" \n\x1e\x1e \r\n", 100, ".");
}

static void many_blanks_between_values_are_not_kept(void **state)
{
	(void)state;
	expect_ok("[1]          [2]", 100, "2:[1]    [2]|.");
	expect_ok("          [1]\n\n\n\n\n", 100, "1:[1]|.");
}

static void brackets_and_quotes_in_strings_are_text(void **state)
{
	(void)state;
	expect_ok("{\"}\":\"]\\\"}\\\\\"}{}", 1, "1:{\"}\":\"]\\\"}\\\\\"}|1:{}|.");
	expect_ok("[\"\\\\\\\\\\\"[\"] []", 1, "1:[\"\\\\\\\\\\\"[\"]|1:[]|.");
	expect_ok("[\"\\u005d\\\\\"][\"\"]", 1, "1:[\"\\u005d\\\\\"]|1:[\"\"]|.");
	expect_ok("[[[]],{\"a\":{}}]", 1, "1:[[[]],{\"a\":{}}]|.");
}

static void scalars_are_values_when_something_follows(void **state)
{
	(void)state;
	expect_ok("1 true\n\"a\"null\x1e-2.5e+3\n", 1, "1:1|1:true|1:\"a\"|1:null|1:-2.5e+3|.");
	expect_ok("\"\" \"\\\"\"", 1, "1:\"\"|1:\"\\\"\"|.");
	/* It may go on: RFC 7464, 2.4. */
	expect_ok("[] 12", 100, "1:[]|!");
}

static void a_stream_that_was_cut_off_is_seen(void **state)
{
	(void)state;
	expect_ok("{\"a\":1}\n{\"a\":", 100, "1:{\"a\":1}|!");
	expect_ok("{\"a\":1}\n{\"a\":", 1, "1:{\"a\":1}|!");
	expect_ok("{\"a\":\"x", 1, "!");
	expect_ok("[\"\\", 1, "!");
	expect_ok("\xef\xbb", 1, "!");
}

static void a_separator_ends_what_is_open(void **state)
{
	(void)state;
	expect_ok("\x1e{\"a\":\"x\x1e{\"b\":1}\n\x1e[[1\x1e[2]\n", 1,
	          "1:{\"a\":\"x|1:{\"b\":1}|1:[[1|1:[2]|.");
	expect_ok("\x1e[\"\\\x1e[\"a\"]", 1, "1:[\"\\|1:[\"a\"]|.");
}

static void what_is_no_stream_is_refused(void **state)
{
	(void)state;
	expect(STR_LIT("<html>"), 1, "!", ERR_PARSE);
	expect(STR_LIT("Internal error"), 1, "!", ERR_PARSE);
	expect(STR_LIT("{}}"), 100, "1:{}|!", ERR_PARSE);
	expect(STR_LIT("[1] ]"), 1, "1:[1]|!", ERR_PARSE);
	expect(STR_LIT("{},{}"), 100, "1:{}|!", ERR_PARSE);
	expect(STR_LIT("\xef\xbb{}"), 100, "!", ERR_PARSE);
	expect(STR_LIT("[]\0[]"), 1, "1:[]|!", ERR_PARSE);
	expect(STR_LIT("[] \xef\xbb\xbf[]"), 1, "1:[]|!", ERR_PARSE);
}

static void an_error_sticks(void **state)
{
	struct stream_cut *c;

	(void)state;
	assert_int_equal(stream_cut_new(1, 10, &c), ERR_OK);
	assert_int_equal(stream_cut_feed(c, STR_LIT("]")), ERR_PARSE);
	assert_int_equal(stream_cut_feed(c, STR_LIT("[]")), ERR_PARSE);
	stream_cut_free(c);
	stream_cut_free(NULL);
}

static void a_value_past_its_maximum_is_refused(void **state)
{
	char text[VALUE_MAX + 10];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "[\"", 2);
	memcpy(text + VALUE_MAX - 2, "\"]", 2);
	assert_int_equal(strlen(cut((struct str){text, VALUE_MAX}, 1, 0)), VALUE_MAX + 4);
	assert_int_equal(got_err, ERR_OK);
	memset(text + VALUE_MAX - 2, 'x', 2);
	memcpy(text + VALUE_MAX - 1, "\"]", 2);
	expect((struct str){text, VALUE_MAX + 1}, 1, "!", ERR_LIMIT);
	memset(text, '[', sizeof(text));
	expect((struct str){text, sizeof(text)}, 1, "!", ERR_LIMIT);
	memset(text, '1', sizeof(text));
	expect((struct str){text, sizeof(text)}, 1, "!", ERR_LIMIT);
}

static void append_random_value(struct buf *text)
{
	static const char *const values[] = {
		"{\"a\":1}",
		"[]",
		"[[1,\"]\"],{\"\\\\\":\"\\\"\"}]",
		"\"x\\\"y\"",
		"17 ",
		"null\n",
		"{\n \"k\": \"}\"\n}",
		"{\"s\":\"\\\\\\\\\\\\\"}",
		"[\"\xc3\xa4\"]",
		"{\"e\":\"\"}",
	};
	static const char *const gaps[] = {"", "\n", "\r\n", "\n\x1e", "   ", "\n\n\n\n\n\n\n"};

	const char *value = values[(size_t)random() % (sizeof(values) / sizeof(values[0]))];
	const char *gap = gaps[(size_t)random() % (sizeof(gaps) / sizeof(gaps[0]))];

	assert_int_equal(buf_append_str(text, str_from(value)), ERR_OK);
	assert_int_equal(buf_append_str(text, str_from(gap)), ERR_OK);
}

static void random_streams_are_cut_the_same_however_they_come(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, GOT_MAX);
	for (int round = 0; round < 300; round++) {
		buf_reset(&text);
		for (int i = (int)(random() % 40); i > 0; i--)
			append_random_value(&text);
		if (text.len > 0 && round % 3 == 0) /* cut off anywhere */
			text.len = (size_t)random() % text.len;

		size_t slice_bytes = 1 + (size_t)random() % 60;
		char *whole = str_dup(str_from(cut(buf_str(&text), slice_bytes, text.len + 1)));

		assert_non_null(whole);
		expect(buf_str(&text), slice_bytes, whole, ERR_OK);
		free(whole);
	}
	buf_fini(&text);
}

static void slices_of_one_feed_stay_until_they_are_taken(void **state)
{
	struct stream_cut *c;
	struct str slice;
	size_t records;

	(void)state;
	assert_int_equal(stream_cut_new(2, 10, &c), ERR_OK);
	assert_int_equal(stream_cut_feed(c, STR_LIT("[1][2][3]")), ERR_OK);
	assert_int_equal(stream_cut_next(c, &slice, &records), ERR_OK);
	assert_memory_equal(slice.ptr, "[1]", 3);
	assert_int_equal(stream_cut_feed(c, STR_LIT("[4][5")), ERR_OK);
	buf_reset(&got);
	take(c);
	finish(c);
	assert_string_equal(buf_cstr(&got), "1:[2]|1:[3]|1:[4]|!");
	stream_cut_free(c);
}

static int set_up(void **state)
{
	(void)state;
	srandom(7);
	buf_init(&got, GOT_MAX);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_fini(&got);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slice_ends_with_the_value_that_fills_it),
		cmocka_unit_test(separators_of_all_kinds_are_taken),
		cmocka_unit_test(many_blanks_between_values_are_not_kept),
		cmocka_unit_test(brackets_and_quotes_in_strings_are_text),
		cmocka_unit_test(scalars_are_values_when_something_follows),
		cmocka_unit_test(a_stream_that_was_cut_off_is_seen),
		cmocka_unit_test(a_separator_ends_what_is_open),
		cmocka_unit_test(what_is_no_stream_is_refused),
		cmocka_unit_test(an_error_sticks),
		cmocka_unit_test(a_value_past_its_maximum_is_refused),
		cmocka_unit_test(random_streams_are_cut_the_same_however_they_come),
		cmocka_unit_test(slices_of_one_feed_stay_until_they_are_taken),
	};

	return cmocka_run_group_tests_name("stream_cut", tests, set_up, tear_down);
}
