/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/text/topic_level.h"

/* The hashes are BLAKE2b-128 by another implementation (Python's hashlib). */
static const struct {
	struct str text;
	bool is_name;
	const char *level;
} cases[] = {

#define CASE(text, is_name, level)                       \
	{                                                \
		{text, sizeof(text) - 1}, is_name, level \
	}
	CASE("spring-sale", false, "spring-sale"),
	CASE("OTP / live", true, "OTP%20%2F%20live"),
	CASE("/+#$%", false, "%2F%2B%23%24%25"),
	CASE("a.b~c_d-9", false, "a.b~c_d-9"),
	CASE("", false, "_none"),
	CASE("", true, "_none"),
	CASE("_none", true, "%5Fnone"),
	CASE("_state", false, "%5Fstate"),
	CASE("_", false, "%5F"),
	CASE("a_", false, "a_"),
	CASE("..", false, ".."),
	CASE(" ", true, "%20"),
	CASE("a\0b", false, "a%00b"),
	CASE("\x7f\x01", false, "%7F%01"),
	CASE("\xf0\x9f\x98\x80", true, "%F0%9F%98%80"),
	CASE("\xff", false, "%FF"),
	/* names that look like a person's number or address; ids do not count */
	CASE("27820000001", true, "~c5c67c450984e621"),
	CASE("+27820000001", true, "~1d076be3c15d6353"),
	CASE("a@example.org", true, "~19bfc95272d894d5"),
	CASE("27820000001", false, "27820000001"),
	CASE("a@b", false, "a%40b"),
	CASE("1234567", true, "~10436a6c3bfc3f9f"),
	CASE("123456", true, "123456"),
	CASE("+123456", true, "%2B123456"),
	CASE("1234567a", true, "1234567a"),
	CASE("+", true, "%2B"),
#undef CASE
};

static void each_byte_is_written_as_the_contract_says(void **state)
{
	char level[TOPIC_LEVEL_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		topic_level_escape(cases[i].text, cases[i].is_name, level);
		assert_string_equal(level, cases[i].level);
	}
}

/* @p x times 'x', then @p rest. */
static void expect_level(size_t x, const char *rest, size_t kept, const char *tail)
{
	char text[256];
	char want[TOPIC_LEVEL_MAX + 1];
	char level[TOPIC_LEVEL_MAX + 1];

	memset(text, 'x', x);
	memcpy(text + x, rest, strlen(rest) + 1);
	memset(want, 'x', kept);
	memcpy(want + kept, tail, strlen(tail) + 1);
	topic_level_escape(str_from(text), false, level);
	assert_string_equal(level, want);
}

static void ninety_six_escaped_bytes_are_not_cut(void **state)
{
	(void)state;
	expect_level(96, "", 96, "");
	expect_level(93, "/", 93, "%2F");
	expect_level(97, "", 79, "~b2dbfbe63b2deadc");
}

static void the_cut_is_at_an_escape_boundary(void **state)
{
	static const char forty[] = "/yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy";

	(void)state;
	expect_level(78, forty, 78, "~d96106a8817ae028");
	expect_level(77, forty, 77, "~e730e9b68215f75e");
	expect_level(76, forty, 76, "%2F~c049f926ec20a054");
}

static void a_leading_underscore_counts_with_its_escape(void **state)
{
	char text[96];
	char level[TOPIC_LEVEL_MAX + 1];

	(void)state;
	memset(text, 'x', 95);
	text[0] = '_';
	topic_level_escape((struct str){text, 94}, false, level);
	assert_int_equal(strlen(level), 96);
	assert_null(strchr(level, '~'));
	topic_level_escape((struct str){text, 95}, false, level);
	assert_int_equal(strlen(level), 96);
	assert_string_equal(level + 79, "~43cdbfff812d9a31");
	assert_memory_equal(level, "%5Fxxx", 6);
}

static void ten_kilobytes_become_one_short_level(void **state)
{
	static char text[10240];
	char level[TOPIC_LEVEL_MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	topic_level_escape((struct str){text, sizeof(text)}, false, level);
	assert_int_equal(strlen(level), 96);
	assert_string_equal(level + 79, "~e0713d4e32247c92");
}

static void append_escapes_bytes_only_and_never_cuts(void **state)
{
	char text[300];
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	topic_level_append(&b, STR_EMPTY);
	assert_int_equal(b.len, 0);
	topic_level_append(&b, STR_LIT("_m/1"));
	assert_string_equal(buf_cstr(&b), "_m%2F1");
	buf_reset(&b);
	memset(text, '/', sizeof(text));
	topic_level_append(&b, (struct str){text, sizeof(text)});
	assert_int_equal(b.len, 3 * sizeof(text));
	for (size_t i = 0; i < b.len; i += 3)
		assert_memory_equal(b.ptr + i, "%2F", 3);
	buf_fini(&b);
}

static void append_leaves_its_error_in_the_buffer(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	topic_level_append(&b, STR_LIT("//"));
	assert_int_equal(buf_err(&b), ERR_LIMIT);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_is_written_as_the_contract_says),
		cmocka_unit_test(ninety_six_escaped_bytes_are_not_cut),
		cmocka_unit_test(the_cut_is_at_an_escape_boundary),
		cmocka_unit_test(a_leading_underscore_counts_with_its_escape),
		cmocka_unit_test(ten_kilobytes_become_one_short_level),
		cmocka_unit_test(append_escapes_bytes_only_and_never_cuts),
		cmocka_unit_test(append_leaves_its_error_in_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
