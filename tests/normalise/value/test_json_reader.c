/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "normalise/value/json_reader.h"
#include "tests/normalise/decode/decode_case.h"

#define MEMORY ((size_t)1 << 20)

struct text_case {
	const char *text;
	size_t len;
};

#define CASE(literal)                          \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

/* Both we and jansson take these. */
static const struct text_case accepted[] = {
	CASE("0"),
	CASE("-0"),
	CASE("1"),
	CASE("-1"),
	CASE("10"),
	CASE("9007199254740992"),
	CASE("0.1"),
	CASE("-0.0"),
	CASE("1.5"),
	CASE("1e2"),
	CASE("1E2"),
	CASE("1e+2"),
	CASE("1e-2"),
	CASE("0e0"),
	CASE("0.5e10"),
	CASE("-12.25E-3"),
	CASE("true"),
	CASE("false"),
	CASE("null"),
	CASE("\"\""),
	CASE("\"a\""),
	CASE("\"a b\""),
	CASE("\"\x7f\""),
	CASE("\"\\\"\""),
	CASE("\"\\\\\""),
	CASE("\"\\/\""),
	CASE("\"\\b\\f\\n\\r\\t\""),
	CASE("\"\\u0041\""),
	CASE("\"\\u00e9\""),
	CASE("\"\\u20AC\""),
	CASE("\"\\ud83d\\ude00\""),
	CASE("\"\\uD83D\\uDE00x\""),
	CASE("\"\\u0000\""),
	CASE("\"a\\u0000b\""),
	CASE("\"\\u005c\""),
	CASE("\"\\u0022\""),
	CASE("\"\xc3\xa9\""),
	CASE("\"\xe2\x82\xac\""),
	CASE("\"\xf0\x9f\x98\x80\""),
	CASE("\"\xf4\x8f\xbf\xbf\""),
	CASE("\"\xe2\x80\xa8\""),
	CASE("[]"),
	CASE("[ ]"),
	CASE("[1]"),
	CASE("[1,2]"),
	CASE("[ 1 , 2 ]"),
	CASE("[[],[[]],{}]"),
	CASE("[null,true,false]"),
	CASE("[\"a\",1,{\"b\":[]}]"),
	CASE("{}"),
	CASE("{ }"),
	CASE("{\"a\":1}"),
	CASE("{\"a\":1,\"b\":2}"),
	CASE("{ \"a\" : 1 , \"b\" : [ ] }"),
	CASE("{\"\":0}"),
	CASE("{\"a\":{\"a\":{\"a\":{}}}}"),
	CASE("{\"a\":1,\"a\":2}"),
	CASE("{\"a\":{\"x\":1},\"b\":0,\"a\":[2]}"),
	CASE("{\"\\u0061\":1,\"a\":2}"),
	CASE(" 1"),
	CASE("1 "),
	CASE("\t\r\n [1]\t\r\n "),
	CASE("{\"a\":\"b\",\"c\":[1,2,{\"d\":null}],\"e\":1.25,\"f\":\"\\ud83d\\ude00\"}"),
};

/* Both refuse these. */
static const struct text_case refused[] = {
	CASE(""),
	CASE(" "),
	CASE("\n\t"),
	CASE("\xef\xbb\xbf"),
	CASE("\xef\xbb\xbf{}"),
	CASE("01"),
	CASE("-01"),
	CASE("00"),
	CASE("-"),
	CASE("--1"),
	CASE("+1"),
	CASE("1."),
	CASE(".5"),
	CASE("-.5"),
	CASE("1.e5"),
	CASE("1e"),
	CASE("1e+"),
	CASE("1E-"),
	CASE("1e1.5"),
	CASE("1.2.3"),
	CASE("0x10"),
	CASE("1a"),
	CASE("1_000"),
	CASE("Infinity"),
	CASE("-Infinity"),
	CASE("NaN"),
	CASE("nan"),
	CASE("1 2"),
	CASE("\xd9\xa1"),
	CASE("t"),
	CASE("tru"),
	CASE("True"),
	CASE("TRUE"),
	CASE("truex"),
	CASE("nul"),
	CASE("nulll"),
	CASE("fals"),
	CASE("undefined"),
	CASE("\""),
	CASE("\"a"),
	CASE("a\""),
	CASE("'a'"),
	CASE("\"\\\""),
	CASE("\"\\a\""),
	CASE("\"\\x41\""),
	CASE("\"\\'\""),
	CASE("\"\\0\""),
	CASE("\"\\U0041\""),
	CASE("\"\\u\""),
	CASE("\"\\u1\""),
	CASE("\"\\u12\""),
	CASE("\"\\u123\""),
	CASE("\"\\u123g\""),
	CASE("\"\\u 123\""),
	CASE("\"\\\n\""),
	CASE("\"\\\0\""),
	CASE("\"\n\""),
	CASE("\"\t\""),
	CASE("\"\0\""),
	CASE("\"\x1f\""),
	CASE("\"a\" \"b\""),
	CASE("\"a\"b"),
	CASE("["),
	CASE("]"),
	CASE("[,]"),
	CASE("[1,]"),
	CASE("[,1]"),
	CASE("[1,,2]"),
	CASE("[1 2]"),
	CASE("[1}"),
	CASE("[1"),
	CASE("[1,"),
	CASE("[[]"),
	CASE("[]]"),
	CASE("[][]"),
	CASE("[]x"),
	CASE("[a]"),
	CASE("[-]"),
	CASE("[]\0"),
	CASE("\0[]"),
	CASE("[\v1]"),
	CASE("[\f1]"),
	CASE("[\xc2\xa0 1]"),
	CASE("[\xe2\x80\x83 1]"),
	CASE("[\"a\":1]"),
	CASE("[/* a */]"),
	CASE("// a\n[]"),
	CASE("#\n[]"),
	CASE("{"),
	CASE("}"),
	CASE("{]"),
	CASE("{,}"),
	CASE("{\"a\"}"),
	CASE("{\"a\":}"),
	CASE("{\"a\":1,}"),
	CASE("{,\"a\":1}"),
	CASE("{\"a\":1,,\"b\":2}"),
	CASE("{\"a\" 1}"),
	CASE("{\"a\",1}"),
	CASE("{\"a\"::1}"),
	CASE("{\"a\":1 \"b\":2}"),
	CASE("{\"a\":1]"),
	CASE("{a:1}"),
	CASE("{'a':1}"),
	CASE("{1:1}"),
	CASE("{null:1}"),
	CASE("{\"a\":1"),
	CASE("{\"a\":1}}"),
	CASE("{\"a\":1}{}"),
	CASE("{\"a\":1};"),
	CASE("{\"a\":tru}"),
	CASE("{\"a\":1}\xff"),
	CASE("\xff"),
	CASE("\xff[]"),
	CASE("[\xff]"),
	CASE("{\xff\"a\":1}"),
	CASE("\xff\xfe{\0}\0"),
	CASE("<html></html>"),
	CASE("a=b&c=d"),
};

/* jansson swallows a NUL behind a number. */
static const struct text_case refused_by_us[] = {
	CASE("[1\0]"),
	CASE("123\0"),
	CASE("1\0 0"),
};

/* Where jansson gives up and we must not. */
static const struct text_case ours_only[] = {
	CASE("12345678901234567890"),
	CASE("-12345678901234567890123456789012345678901234567890"),
	CASE("1e400"),
	CASE("-1e99999"),
	CASE("0.000000000000000000000000000000000000000000000001e-999"),
	CASE("\"\\ud800\""),
	CASE("\"\\udc00\""),
	CASE("\"\\ud800\\u0041\""),
	CASE("\"\\ude00\\ud83d\""),
	CASE("\"\xff\""),
	CASE("\"\xc3\""),
	CASE("\"\xc0\x80\""),
	CASE("\"\xed\xa0\x80\""),
	CASE("\"\xf4\x90\x80\x80\""),
	CASE("{\"\\u0000\":1}"),
	CASE("{\"\xff\":1}"),
};

static struct str text_of(const struct text_case *c)
{
	return (struct str){c->text, c->len};
}

/* What json_read() says about the whole text, and the tree. */
static enum err read_whole(struct str text, struct arena *a, struct value **ret_value)
{
	struct json_cursor c = json_cursor(text);
	enum err err = json_read(&c, a, ret_value, NULL);

	return err == ERR_OK && json_skip_blanks(&c) ? ERR_PARSE : err;
}

static void assert_verdict(struct str text, enum err expected)
{
	struct arena a;
	struct value *v = NULL;

	arena_init(&a, MEMORY);
	if (json_check(text, NULL) != expected || read_whole(text, &a, &v) != expected) {
		print_error("text: %.*s\n", STR_FMT(text));
		assert_int_equal(json_check(text, NULL), expected);
		assert_int_equal(read_whole(text, &a, &v), expected);
	}
	arena_fini(&a);
}

static void accepts_what_rfc_8259_allows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		assert_verdict(text_of(&accepted[i]), ERR_OK);
	for (size_t i = 0; i < sizeof(ours_only) / sizeof(ours_only[0]); i++)
		assert_verdict(text_of(&ours_only[i]), ERR_OK);
}

static void refuses_everything_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_verdict(text_of(&refused[i]), ERR_PARSE);
	for (size_t i = 0; i < sizeof(refused_by_us) / sizeof(refused_by_us[0]); i++)
		assert_verdict(text_of(&refused_by_us[i]), ERR_PARSE);
}

static json_t *load_with_jansson(struct str text)
{
	json_error_t error;

	return json_loadb(text.ptr, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
}

/* Our tree, written by us and read by jansson, is what jansson makes of the text itself. */
static void assert_same_tree(struct str text)
{
	struct arena a;
	struct buf json;
	struct value *v;
	json_t *theirs = load_with_jansson(text), *ours;

	arena_init(&a, MEMORY);
	buf_init(&json, MEMORY);
	assert_non_null(theirs);
	assert_int_equal(read_whole(text, &a, &v), ERR_OK);
	write_value(&json, v);
	ours = load_with_jansson(buf_str(&json));
	assert_non_null(ours);
	if (!json_equal(theirs, ours)) {
		print_error("%.*s became %s\n", STR_FMT(text), buf_cstr(&json));
		fail();
	}
	json_decref(ours);
	json_decref(theirs);
	buf_fini(&json);
	arena_fini(&a);
}

static void agrees_with_jansson_where_both_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		assert_same_tree(text_of(&accepted[i]));
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		json_t *theirs = load_with_jansson(text_of(&refused[i]));

		assert_null(theirs);
	}
}

static const char long_text[] = "{\"id\":12345678901234567890,\"a\":[1,-2.5e3,true,false,null,"
				"\"x\\n\\u00e9\\ud83d\\ude00\"],"
				"\"b\":{\"c\":{},\"d\":[],\"e\":[[{\"f\":\"\xc3\xa9\"}]]}}";

static void refuses_every_prefix_of_a_valid_document(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(long_text) - 1; len++) {
		/* A copy of exactly this length, so that reading on is seen by ASan. */
		char *copy = malloc(len > 0 ? len : 1);

		memcpy(copy, long_text, len);
		assert_verdict((struct str){copy, len}, ERR_PARSE);
		free(copy);
	}
	assert_verdict(str_from(long_text), ERR_OK);
}

static void check_and_read_agree_on_every_single_byte_change(void **state)
{
	char text[sizeof(long_text)];
	struct arena a;
	struct value *v;

	(void)state;
	arena_init(&a, MEMORY);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		for (int byte = 0; byte < 256; byte++) {
			memcpy(text, long_text, sizeof(text));
			text[i] = (char)byte;
			struct str s = {text, sizeof(text) - 1};

			arena_reset(&a);
			assert_int_equal(json_check(s, NULL), read_whole(s, &a, &v));
		}
	}
	arena_fini(&a);
}

static struct value *read_ok(struct arena *a, const char *text)
{
	struct value *v = NULL;

	assert_int_equal(read_whole(str_from(text), a, &v), ERR_OK);
	return v;
}

static void assert_text(struct value *v, struct str expected)
{
	assert_non_null(v);
	if (!str_eq(v->text, expected)) {
		print_error("got %.*s\n", STR_FMT(v->text));
		fail();
	}
}

static void numbers_keep_every_digit(void **state)
{
	static const char *const numbers[] = {"12345678901234567890", "-0", "1e400", "1.50",
	                                      "0.1234567890123456789"};
	struct arena a;

	(void)state;
	arena_init(&a, MEMORY);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct value *v = read_ok(&a, numbers[i]);

		assert_int_equal(v->kind, VALUE_NUMBER);
		assert_text(v, str_from(numbers[i]));
	}
	arena_fini(&a);
}

static void strings_are_decoded_and_repaired(void **state)
{
	static const struct {
		const char *json;
		struct text_case text;
	} cases[] = {
		{"\"plain\"", CASE("plain")},
		{"\"a\\u0000b\"", CASE("a\0b")},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", CASE("\"\\/\b\f\n\r\t")},
		{"\"\\ud83d\\ude00\"", CASE("\xf0\x9f\x98\x80")},
		{"\"\\udbff\\udfff\"", CASE("\xf4\x8f\xbf\xbf")},
		{"\"\\u00e9\\u20ac\"", CASE("\xc3\xa9\xe2\x82\xac")},
		{"\"\\ud800x\"", CASE("\xef\xbf\xbdx")},
		{"\"\\ud800\\ud83d\\ude00\"", CASE("\xef\xbf\xbd\xf0\x9f\x98\x80")},
		{"\"\\ud83d\\n\"", CASE("\xef\xbf\xbd\n")},
		{"\"\\udc00\\ud800\"", CASE("\xef\xbf\xbd\xef\xbf\xbd")},
		{"\"a\xff\xfe"
	         "b\"",
	         CASE("a\xef\xbf\xbd\xef\xbf\xbd"
	              "b")},
		{"\"\xe2\x82\"", CASE("\xef\xbf\xbd")},
		{"\"\xff\\u0041\"", CASE("\xef\xbf\xbd"
	                                 "A")},
	};
	struct arena a;

	(void)state;
	arena_init(&a, MEMORY);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_text(read_ok(&a, cases[i].json), text_of(&cases[i].text));
	arena_fini(&a);
}

static void clean_strings_are_slices_of_the_text(void **state)
{
	const char *text = "\"caf\xc3\xa9\"";
	struct arena a;
	struct value *v;

	(void)state;
	arena_init(&a, MEMORY);
	v = read_ok(&a, text);
	assert_ptr_equal(v->text.ptr, text + 1);
	arena_fini(&a);
}

static void the_last_of_equal_names_wins_in_place_of_the_first(void **state)
{
	struct arena a;
	struct value *v;

	(void)state;
	arena_init(&a, MEMORY);
	v = read_ok(&a, "{\"a\":1,\"b\":2,\"a\":{\"x\":3},\"\\u0062\":[4,5]}");
	assert_int_equal(v->count, 2);
	assert_true(str_eq(v->first->key, STR_LIT("a")));
	assert_text(value_get(value_get(v, STR_LIT("a")), STR_LIT("x")), STR_LIT("3"));
	assert_ptr_equal(v->last, value_get(v, STR_LIT("b")));
	assert_int_equal(v->last->count, 2);
	arena_fini(&a);
}

/* @p depth brackets, closed again when @p closed. */
static struct str nested(char *text, size_t depth, bool closed)
{
	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	return (struct str){text, closed ? 2 * depth : depth};
}

static void depth_is_limited(void **state)
{
	char text[4096];

	(void)state;
	assert_verdict(nested(text, 1, true), ERR_OK);
	assert_verdict(nested(text, JSON_DEPTH_MAX, true), ERR_OK);
	assert_verdict(nested(text, JSON_DEPTH_MAX + 1, true), ERR_LIMIT);
	assert_verdict(nested(text, 2000, true), ERR_LIMIT);
	assert_verdict(nested(text, 2000, false), ERR_PARSE);
}

static void after_a_value_that_is_too_deep_the_cursor_is_behind_it(void **state)
{
	char text[512];
	struct str deep = nested(text, 100, true);
	struct json_cursor c;
	struct arena a;
	struct value *v = NULL;

	(void)state;
	arena_init(&a, MEMORY);
	text[deep.len] = ',';
	text[deep.len + 1] = '1';
	c = json_cursor((struct str){text, deep.len + 2});
	assert_int_equal(json_skip(&c, NULL, NULL), ERR_LIMIT);
	assert_int_equal(json_offset(&c), deep.len);
	c = json_cursor((struct str){text, deep.len + 2});
	assert_int_equal(json_read(&c, &a, &v, NULL), ERR_LIMIT);
	assert_null(v);
	assert_int_equal(json_offset(&c), deep.len);
	arena_fini(&a);
}

static void a_million_open_brackets_are_refused_quickly(void **state)
{
	size_t len = 1000000;
	char *text = malloc(len);

	(void)state;
	memset(text, '[', len);
	assert_verdict((struct str){text, len}, ERR_PARSE);
	for (size_t i = 0; i + 5 < len; i += 5) {
		for (size_t k = 0; k < 5; k++)
			text[i + k] = "{\"a\":"[k];
	}
	assert_verdict((struct str){text, len}, ERR_PARSE);
	free(text);
}

static void a_huge_object_of_equal_and_different_names_is_read(void **state)
{
	struct buf text;
	struct arena a;
	struct value *v;

	(void)state;
	arena_init(&a, (size_t)64 << 20);
	buf_init(&text, (size_t)16 << 20);
	(void)buf_append_char(&text, '{');
	for (int i = 0; i < 200000; i++)
		(void)buf_printf(&text, "%s\"n%d\":%d", i > 0 ? "," : "", i % 100000, i);
	(void)buf_append_char(&text, '}');
	v = read_ok(&a, buf_cstr(&text));
	assert_int_equal(v->count, 100000);
	assert_text(v->first, STR_LIT("100000"));
	assert_text(v->last, STR_LIT("199999"));
	buf_fini(&text);
	arena_fini(&a);
}

static void a_full_arena_is_out_of_memory(void **state)
{
	struct json_cursor c = json_cursor(STR_LIT("[1,2,3,4,5,6,7,8]"));
	struct arena a;
	struct value *v = NULL;

	(void)state;
	arena_init(&a, 300);
	assert_int_equal(json_read(&c, &a, &v, NULL), ERR_NOMEM);
	assert_null(v);
	arena_fini(&a);
}

static void errors_name_line_and_column(void **state)
{
	struct err_detail detail = {.line = 0};

	(void)state;
	assert_int_equal(json_check(STR_LIT("{\n  \"a\": 1,\n  b\n}"), &detail), ERR_PARSE);
	assert_int_equal(detail.line, 3);
	assert_int_equal(detail.col, 3);
	assert_string_not_equal(detail.text, "");
}

static void a_value_is_stepped_over_and_its_bytes_are_given(void **state)
{
	struct json_cursor c = json_cursor(STR_LIT("  {\"a\":[1]} 2"));
	struct str raw;

	(void)state;
	assert_int_equal(json_skip(&c, &raw, NULL), ERR_OK);
	assert_true(str_eq(raw, STR_LIT("{\"a\":[1]}")));
	assert_int_equal(json_peek(&c), '2');
	assert_int_equal(json_skip(&c, &raw, NULL), ERR_OK);
	assert_int_equal(json_peek(&c), 0);
	assert_int_equal(json_skip(&c, &raw, NULL), ERR_PARSE);
}

static void containers_are_iterated_without_building_them(void **state)
{
	struct json_cursor c = json_cursor(STR_LIT(" {\"a\": 1, \"\\u0062\" : [ 2 ] } 3"));
	struct json_iter iter;
	struct arena a;
	struct str key, raw;

	(void)state;
	arena_init(&a, MEMORY);
	assert_int_equal(json_enter(&c, &iter, NULL), ERR_OK);
	assert_true(iter.is_object);
	assert_int_equal(json_next_item(&c, &iter, &a, &key, NULL), ERR_OK);
	assert_true(str_eq(key, STR_LIT("a")));
	assert_int_equal(json_skip(&c, &raw, NULL), ERR_OK);
	assert_int_equal(json_next_item(&c, &iter, &a, &key, NULL), ERR_OK);
	assert_true(str_eq(key, STR_LIT("b")));
	assert_int_equal(json_skip(&c, &raw, NULL), ERR_OK);
	assert_true(str_eq(raw, STR_LIT("[ 2 ]")));
	assert_int_equal(json_next_item(&c, &iter, &a, &key, NULL), ERR_NOENT);
	assert_int_equal(json_peek(&c), '3');
	arena_fini(&a);
}

static void iterating_finds_what_is_malformed(void **state)
{
	static const char *const texts[] = {"[1 2]",      "[1}", "{\"a\":1 \"b\":2}",
	                                    "{\"a\":1,}", "[1",  "{\"a\":1,2}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct json_cursor c = json_cursor(str_from(texts[i]));
		struct json_iter iter;
		struct str key;

		assert_int_equal(json_enter(&c, &iter, NULL), ERR_OK);
		assert_int_equal(json_next_item(&c, &iter, NULL, &key, NULL), ERR_OK);
		assert_int_equal(json_skip(&c, NULL, NULL), ERR_OK);
		assert_int_equal(json_next_item(&c, &iter, NULL, &key, NULL), ERR_PARSE);
	}
	struct json_cursor scalar = json_cursor(STR_LIT("1"));
	struct json_iter iter;

	assert_int_equal(json_enter(&scalar, &iter, NULL), ERR_PARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_rfc_8259_allows),
		cmocka_unit_test(refuses_everything_else),
		cmocka_unit_test(agrees_with_jansson_where_both_must),
		cmocka_unit_test(refuses_every_prefix_of_a_valid_document),
		cmocka_unit_test(check_and_read_agree_on_every_single_byte_change),
		cmocka_unit_test(numbers_keep_every_digit),
		cmocka_unit_test(strings_are_decoded_and_repaired),
		cmocka_unit_test(clean_strings_are_slices_of_the_text),
		cmocka_unit_test(the_last_of_equal_names_wins_in_place_of_the_first),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(after_a_value_that_is_too_deep_the_cursor_is_behind_it),
		cmocka_unit_test(a_million_open_brackets_are_refused_quickly),
		cmocka_unit_test(a_huge_object_of_equal_and_different_names_is_read),
		cmocka_unit_test(a_full_arena_is_out_of_memory),
		cmocka_unit_test(errors_name_line_and_column),
		cmocka_unit_test(a_value_is_stepped_over_and_its_bytes_are_given),
		cmocka_unit_test(containers_are_iterated_without_building_them),
		cmocka_unit_test(iterating_finds_what_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
