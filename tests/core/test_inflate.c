/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "core/inflate.h"

#define OUT_MAX 100000

static const char *const text = "some text, some text, some text";

/* Append @p s as a gzip member. */
static void pack(struct buf *b, struct str s)
{
	static unsigned char packed[200000];
	static unsigned char in[200000];
	z_stream z = {0};

	assert_true(s.len <= sizeof(in));
	memcpy(in, s.ptr, s.len);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = in;
	z.avail_in = (uInt)s.len;
	z.next_out = packed;
	z.avail_out = sizeof(packed);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(buf_append(b, packed, sizeof(packed) - z.avail_out), ERR_OK);
	assert_int_equal(deflateEnd(&z), Z_OK);
}

static enum err unpack(struct str in, size_t step, struct buf *out)
{
	struct inflate *z = NULL;
	enum err err = ERR_OK;

	assert_int_equal(inflate_new(&z), ERR_OK);
	for (size_t at = 0; err == ERR_OK && at < in.len; at += step) {
		size_t n = in.len - at < step ? in.len - at : step;

		err = inflate_feed(z, (struct str){in.ptr + at, n}, out);
	}
	if (err == ERR_OK)
		err = inflate_end(z);
	inflate_free(z);
	return err;
}

/* The same outcome for the whole input and byte by byte. */
static void check(struct str in, size_t max, enum err expected, const char *content)
{
	const size_t steps[] = {in.len + 1, 1, 3};

	for (size_t i = 0; i < 3; i++) {
		struct buf out;

		buf_init(&out, max);
		assert_int_equal(unpack(in, steps[i], &out), expected);
		assert_true(out.len <= max);
		if (content != NULL)
			assert_string_equal(buf_cstr(&out), content);
		buf_fini(&out);
	}
}

static void it_unpacks_in_any_split(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, OUT_MAX);
	pack(&b, str_from(text));
	check(buf_str(&b), OUT_MAX, ERR_OK, text);
	check(buf_str(&b), strlen(text), ERR_OK, text);
	buf_fini(&b);
}

static void members_in_a_row_are_one_text(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, OUT_MAX);
	pack(&b, STR_LIT("ab"));
	pack(&b, STR_LIT(""));
	pack(&b, STR_LIT("cd"));
	check(buf_str(&b), OUT_MAX, ERR_OK, "abcd");
	buf_fini(&b);
}

static void every_cut_is_an_error(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, OUT_MAX);
	pack(&b, str_from(text));
	for (size_t len = 0; len < b.len; len++)
		check((struct str){b.ptr, len}, OUT_MAX, ERR_PARSE, NULL);
	buf_fini(&b);
}

static void what_follows_a_member_must_be_one(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, OUT_MAX);
	pack(&b, str_from(text));
	assert_int_equal(buf_append_char(&b, 'x'), ERR_OK);
	check(buf_str(&b), OUT_MAX, ERR_PARSE, NULL);
	b.ptr[b.len - 1] = '\0';
	check(buf_str(&b), OUT_MAX, ERR_PARSE, NULL);
	buf_fini(&b);
}

static void damage_is_found(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, OUT_MAX);
	pack(&b, str_from(text));
	b.ptr[b.len - 6] ^= 1; /* in the checksum */
	check(buf_str(&b), OUT_MAX, ERR_PARSE, NULL);
	check(STR_LIT("not gzip at all"), OUT_MAX, ERR_PARSE, NULL);
	buf_fini(&b);
}

static void the_maximum_holds(void **state)
{
	static char zeros[100001];
	struct buf b;

	(void)state;
	buf_init(&b, OUT_MAX);
	pack(&b, (struct str){zeros, sizeof(zeros)});
	check(buf_str(&b), OUT_MAX, ERR_LIMIT, NULL);
	check(buf_str(&b), OUT_MAX + 1, ERR_OK, NULL);
	check(buf_str(&b), 1, ERR_LIMIT, NULL);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_unpacks_in_any_split),
		cmocka_unit_test(members_in_a_row_are_one_text),
		cmocka_unit_test(every_cut_is_an_error),
		cmocka_unit_test(what_follows_a_member_must_be_one),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(the_maximum_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
