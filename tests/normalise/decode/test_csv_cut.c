/* SPDX-License-Identifier: MIT */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/decode/csv_row.h"
#include "tests/normalise/decode/csv_records.h"

static const struct decode_spec spec = {.as = DECODE_CSV};

/* Whatever the pieces (behind the first bytes) and slices, the records are those of the whole. */
static void expect_same(struct str text, size_t first)
{
	static const size_t pieces[] = {1, 2, 3, 0, 0, 1 << 20};
	struct buf whole, got;
	enum err err;
	size_t slices;

	buf_init(&whole, CSV_TEST_MEMORY);
	buf_init(&got, CSV_TEST_MEMORY);
	err = csv_records_of(&spec, text, STR_EMPTY, "", &whole);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t slice_bytes = i % 2 == 0 ? 1 + (size_t)random() % 200 : 256 * 1024;

		buf_reset(&got);
		assert_int_equal(csv_records_of_pieces(&spec, text, first, pieces[i], slice_bytes,
		                                       &got, &slices),
		                 err == ERR_NOENT ? ERR_OK : err);
		assert_string_equal(buf_cstr(&got), buf_cstr(&whole));
	}
	buf_fini(&whole);
	buf_fini(&got);
}

static void append_random_row(struct buf *text, const char *delimiter)
{
	static const char *const fields[] = {"",         "a",        "\"\"",     "\"x,;\t|y\"",
	                                     "\"l\nm\"", "\"\r\n\"", "5\" b",    " \"q\"\"q\" ",
	                                     "\xc3\xa4", "\xe4",     "\"z\"bad", "447700900001"};
	static const char *const ends[] = {"\n", "\r\n", "\r", "\n\n", "\n \n"};
	size_t count = random() % 10 == 0 ? (size_t)random() % 5 : 3;

	for (size_t i = 0; i < count; i++) {
		const char *field = fields[(size_t)random() % (sizeof(fields) / sizeof(fields[0]))];

		if (i > 0)
			(void)buf_append_str(text, str_from(delimiter));
		(void)buf_append_str(text, str_from(field));
	}
	(void)buf_append_str(text, str_from(ends[(size_t)random() % 5]));
	assert_int_equal(buf_err(text), ERR_OK);
}

/* Rows after which the header is known, so that what follows is cut while it comes. */
static void append_filler(struct buf *text, const char *delimiter, size_t bytes)
{
	char field[1000];

	memset(field, 'f', sizeof(field));
	for (size_t end = text->len + bytes; text->len < end;) {
		assert_int_equal(buf_printf(text, "%s%s", delimiter, delimiter), ERR_OK);
		assert_int_equal(buf_append(text, field, sizeof(field)), ERR_OK);
		assert_int_equal(buf_append_char(text, '\n'), ERR_OK);
	}
}

static void random_files_give_the_same_however_they_are_cut(void **state)
{
	static const char *const delimiters[] = {",", ";", "\t", "|"};
	struct buf text;

	(void)state;
	buf_init(&text, CSV_TEST_MEMORY);
	for (int round = 0; round < 300; round++) {
		const char *delimiter = delimiters[random() % 4];
		size_t first;

		buf_reset(&text);
		if (random() % 5 == 0)
			(void)buf_append_str(&text, STR_LIT("\xef\xbb\xbf"));
		assert_int_equal(buf_printf(&text, "h%si%sj\r\n", delimiter, delimiter), ERR_OK);
		if (round % 3 == 0)
			append_filler(&text, delimiter, 66000);
		first = round % 3 == 0 ? text.len : 0;
		for (int i = 1 + (int)(random() % 30); i > 0; i--)
			append_random_row(&text, delimiter);
		if (round % 4 == 0) /* cut off anywhere */
			text.len = first + (size_t)random() % (text.len - first);
		expect_same(buf_str(&text), first);
	}
	buf_fini(&text);
}

/* Each byte of @p text as a unit of UTF-16, and now and then a character of two units. */
static void append_wide(struct buf *wide, struct str text, bool is_big)
{
	for (size_t i = 0; i < text.len; i++) {
		char unit[2] = {text.ptr[i], 0};

		if (is_big) {
			unit[1] = unit[0];
			unit[0] = 0;
		}
		if (text.ptr[i] == 'a')
			(void)buf_append(wide, is_big ? "\xd8\x3d\xde\x00" : "\x3d\xd8\x00\xde", 4);
		(void)buf_append(wide, unit, 2);
	}
	assert_int_equal(buf_err(wide), ERR_OK);
}

static void utf_16_is_cut_as_well(void **state)
{
	struct buf text, wide;

	(void)state;
	buf_init(&text, CSV_TEST_MEMORY);
	buf_init(&wide, CSV_TEST_MEMORY);
	for (int round = 0; round < 60; round++) {
		size_t first;

		buf_reset(&text);
		buf_reset(&wide);
		(void)buf_append_str(&text, STR_LIT("h,i,j\n"));
		append_filler(&text, ",", 66000);
		first = 2 + 2 * text.len; /* there is no 'a' yet */
		for (int i = 1 + (int)(random() % 30); i > 0; i--)
			append_random_row(&text, ",");
		(void)buf_append(&wide, round % 2 == 0 ? "\xff\xfe" : "\xfe\xff", 2);
		append_wide(&wide, buf_str(&text), round % 2 != 0);
		if (round % 3 == 0)
			wide.len = first + (size_t)random() % (wide.len - first);
		expect_same(buf_str(&wide), first);
	}
	buf_fini(&text);
	buf_fini(&wide);
}

#define FACE_UTF8 "\xf0\x9f\x98\x80"

/* The records of some rows of `id;text`, as they must be: each once, and exact. */
static void append_faces(struct buf *out, unsigned first, unsigned end)
{
	for (unsigned n = first; n < end; n++)
		(void)buf_printf(out, "{\"h\":\"%u\",\"i\":\"" FACE_UTF8 "a" FACE_UTF8 "a\"}\n", n);
	assert_int_equal(buf_err(out), ERR_OK);
}

/* From a place on, in pieces that may end anywhere; stopped after some slices, as by a kill. */
static struct csv_place read_faces(struct str text, struct csv_place at, size_t slice_bytes,
                                   size_t piece, size_t slices, struct buf *out)
{
	struct csv_slice slice;
	struct csv_cut *c = NULL;
	struct str header;
	char delimiter;

	assert_true(text.len > 120001); /* past the header */
	assert_int_equal(csv_cut_new(&spec, STR_EMPTY, slice_bytes, &c), ERR_OK);
	assert_int_equal(csv_cut_feed(c, (struct str){text.ptr, 120001}, NULL), ERR_OK);
	assert_true(csv_cut_head(c, &header, &delimiter));
	csv_cut_seek(c, at);
	for (size_t i = at.offset; i < text.len && slices > 0; i += piece) {
		const size_t len = piece < text.len - i ? piece : text.len - i;

		assert_int_equal(csv_cut_feed(c, (struct str){text.ptr + i, len}, NULL), ERR_OK);
		if (i + len == text.len)
			assert_int_equal(csv_cut_end(c, NULL), ERR_OK);
		while (slices > 0 && csv_cut_next(c, &slice) == ERR_OK) {
			assert_int_equal(
				csv_records_of(&spec, slice.body, slice.vars, CSV_SLICE_TYPE, out),
				ERR_NOENT);
			at = slice.next;
			slices--;
		}
	}
	csv_cut_free(c);
	return at;
}

static void faces_arrive_once_and_whole(void **state)
{
	static const size_t slice_bytes[] = {1, 21, 22, 23, 24, 1000, 5001, 65536};
	static const size_t pieces[] = {1, 3, 37, 4097};
	struct buf text, wide, wanted, got;

	(void)state;
	buf_init(&text, CSV_TEST_MEMORY);
	buf_init(&wide, CSV_TEST_MEMORY);
	buf_init(&wanted, CSV_TEST_MEMORY);
	buf_init(&got, CSV_TEST_MEMORY);
	(void)buf_append_str(&text, STR_LIT("h;i\r\n"));
	for (unsigned n = 1000; n < 6000; n++)
		(void)buf_printf(&text, "%u;aa\r\n", n); /* `a` has a face before it */
	append_faces(&wanted, 1000, 6000);
	for (size_t i = 0; i < sizeof(slice_bytes) / sizeof(slice_bytes[0]); i++) {
		for (size_t k = 0; k < 2 * sizeof(pieces) / sizeof(pieces[0]); k++) {
			struct csv_place at = {.offset = 12, .line = 2};

			buf_reset(&wide);
			buf_reset(&got);
			(void)buf_append(&wide, k % 2 == 0 ? "\xff\xfe" : "\xfe\xff", 2);
			append_wide(&wide, buf_str(&text), k % 2 != 0);
			at = read_faces(buf_str(&wide), at, slice_bytes[i], pieces[k / 2],
			                1 + (size_t)random() % 4000, &got);
			at = read_faces(buf_str(&wide), at, slice_bytes[i], pieces[k / 2], SIZE_MAX,
			                &got);
			assert_string_equal(buf_cstr(&got), buf_cstr(&wanted));
			assert_int_equal(at.offset, wide.len);
			assert_int_equal(at.rows, 5000);
		}
	}
	buf_fini(&text);
	buf_fini(&wide);
	buf_fini(&wanted);
	buf_fini(&got);
}

static void a_slice_ends_with_the_row_that_fills_it(void **state)
{
	struct csv_slice slice;
	struct csv_cut *c = NULL;

	(void)state;
	assert_int_equal(csv_cut_new(&spec, STR_EMPTY, 6, &c), ERR_OK);
	assert_int_equal(csv_cut_feed(c, STR_LIT("a,b\n1,2\n\"3\n\",4\n5,6"), NULL), ERR_OK);
	assert_int_equal(csv_cut_next(c, &slice), ERR_NOENT); /* the delimiter is not sure yet */
	assert_int_equal(csv_cut_end(c, NULL), ERR_OK);
	assert_int_equal(csv_cut_next(c, &slice), ERR_OK);
	assert_true(str_eq(slice.body, STR_LIT("1,2\n\"3\n\",4\n")));
	assert_true(str_eq(slice.vars, STR_LIT("_csv=%2Ca2%3Aa%2Cb")));
	assert_int_equal(slice.rows, 2);
	assert_int_equal(slice.next.offset, 15);
	assert_int_equal(slice.next.line, 5);
	assert_int_equal(slice.next.rows, 2);
	assert_int_equal(csv_cut_next(c, &slice), ERR_OK);
	assert_true(str_eq(slice.body, STR_LIT("5,6")));
	assert_true(str_eq(slice.vars, STR_LIT("_csv=%2Ca5%3Aa%2Cb")));
	assert_int_equal(slice.next.offset, 18);
	assert_int_equal(csv_cut_next(c, &slice), ERR_NOENT);
	csv_cut_free(c);
	csv_cut_free(NULL);
}

/* All slices from @p at on; the first one begins there. */
static void read_from(struct str text, const struct csv_place *at, struct buf *out,
                      struct csv_place *places, size_t *ret_count)
{
	struct csv_slice slice;
	struct csv_cut *c = NULL;
	struct str header;
	char delimiter;

	*ret_count = 0;
	assert_int_equal(csv_cut_new(&spec, STR_EMPTY, 5000, &c), ERR_OK);
	assert_int_equal(csv_cut_feed(c, (struct str){text.ptr, 140001}, NULL), ERR_OK);
	assert_true(csv_cut_head(c, &header, &delimiter));
	csv_cut_seek(c, *at);
	text = (struct str){text.ptr + at->offset, text.len - at->offset};
	assert_int_equal(csv_cut_feed(c, text, NULL), ERR_OK);
	assert_int_equal(csv_cut_end(c, NULL), ERR_OK);
	while (csv_cut_next(c, &slice) == ERR_OK) {
		assert_int_equal(csv_records_of(&spec, slice.body, slice.vars, CSV_SLICE_TYPE, out),
		                 ERR_NOENT);
		places[(*ret_count)++] = slice.next;
	}
	csv_cut_free(c);
}

static void expect_resumable(struct str text, struct csv_place first)
{
	struct csv_place places[200], unused[200];
	struct buf whole, rest;
	size_t count, rest_count;

	buf_init(&whole, CSV_TEST_MEMORY);
	buf_init(&rest, CSV_TEST_MEMORY);
	read_from(text, &first, &whole, places, &count);
	assert_true(count > 5);
	assert_int_equal(places[count - 1].offset, text.len);
	for (size_t i = 0; i < count; i += 3) {
		buf_reset(&rest);
		read_from(text, &places[i], &rest, unused, &rest_count);
		assert_int_equal(rest_count, count - 1 - i);
		assert_true(rest.len < whole.len);
		assert_string_equal(buf_cstr(&whole) + whole.len - rest.len, buf_cstr(&rest));
	}
	buf_fini(&whole);
	buf_fini(&rest);
}

static void a_file_goes_on_at_any_place(void **state)
{
	struct buf text, wide;

	(void)state;
	buf_init(&text, CSV_TEST_MEMORY);
	buf_init(&wide, CSV_TEST_MEMORY);
	(void)buf_append_str(&text, STR_LIT("h,i,j\r\n"));
	while (text.len < 200000)
		append_random_row(&text, ",");
	expect_resumable(buf_str(&text), (struct csv_place){.offset = 7, .line = 2});
	(void)buf_append(&wide, "\xff\xfe", 2);
	append_wide(&wide, buf_str(&text), false);
	expect_resumable(buf_str(&wide), (struct csv_place){.offset = 16, .line = 2});
	buf_fini(&text);
	buf_fini(&wide);
}

/* The line that names the delimiter belongs to no slice, but to the file's bytes and lines. */
static void a_file_that_names_its_delimiter_goes_on_at_any_place(void **state)
{
	struct buf text, wide;

	(void)state;
	buf_init(&text, CSV_TEST_MEMORY);
	buf_init(&wide, CSV_TEST_MEMORY);
	(void)buf_append_str(&text, STR_LIT("sep=;\r\n\r\nh;i;j\r\n"));
	while (text.len < 200000)
		append_random_row(&text, ";");
	expect_resumable(buf_str(&text), (struct csv_place){.offset = 16, .line = 4});
	for (int is_big = 0; is_big < 2; is_big++) {
		buf_reset(&wide);
		(void)buf_append(&wide, is_big ? "\xfe\xff" : "\xff\xfe", 2);
		append_wide(&wide, buf_str(&text), is_big);
		expect_resumable(buf_str(&wide), (struct csv_place){.offset = 34, .line = 4});
	}
	buf_fini(&text);
	buf_fini(&wide);
}

static void a_slice_has_the_delimiter_that_was_named(void **state)
{
	struct csv_slice slice;
	struct csv_cut *c = NULL;
	struct str header;
	char delimiter;

	(void)state;
	assert_int_equal(csv_cut_new(&spec, STR_EMPTY, 1, &c), ERR_OK);
	assert_int_equal(csv_cut_feed(c, STR_LIT("\"Sep=;\"\r\na,x;b\n1,2;3\n4;5\n"), NULL),
	                 ERR_OK);
	assert_int_equal(csv_cut_end(c, NULL), ERR_OK);
	assert_true(csv_cut_head(c, &header, &delimiter));
	assert_true(str_eq(header, STR_LIT("a,x;b")));
	assert_int_equal(delimiter, ';');
	assert_int_equal(csv_cut_next(c, &slice), ERR_OK);
	assert_true(str_eq(slice.body, STR_LIT("1,2;3\n")));
	assert_true(str_eq(slice.vars, STR_LIT("_csv=%3Ba3%3Aa%2Cx%3Bb")));
	assert_int_equal(slice.next.offset, 21);
	assert_int_equal(slice.next.line, 4);
	assert_int_equal(slice.next.rows, 1);
	csv_cut_free(c);
}

/* What is allocated; nothing can be said of it under a sanitizer. */
static size_t allocated(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void a_long_file_takes_no_memory(void **state)
{
	size_t before = allocated(), rows = 0;
	struct csv_slice slice;
	struct csv_cut *c = NULL;
	struct buf piece;

	(void)state;
	buf_init(&piece, CSV_TEST_MEMORY);
	append_filler(&piece, ",", 65000);
	assert_int_equal(csv_cut_new(&spec, STR_EMPTY, 256 * 1024, &c), ERR_OK);
	assert_int_equal(csv_cut_feed(c, STR_LIT("a,b,c\n"), NULL), ERR_OK);
	for (int i = 0; i < 500; i++) {
		assert_int_equal(csv_cut_feed(c, buf_str(&piece), NULL), ERR_OK);
		while (csv_cut_next(c, &slice) == ERR_OK)
			rows += slice.rows;
		assert_true(allocated() < before + 3 * 1024 * 1024);
	}
	assert_true(rows > 32000);
	csv_cut_free(c);
	buf_fini(&piece);
}

static void a_row_that_is_too_long_ends_its_slice(void **state)
{
	struct buf text, whole, got;
	size_t slices;

	(void)state;
	buf_init(&text, CSV_TEST_MEMORY);
	buf_init(&whole, CSV_TEST_MEMORY);
	buf_init(&got, CSV_TEST_MEMORY);
	(void)buf_append_str(&text, STR_LIT("a,b,c\n1,2,3\n\""));
	append_filler(&text, ",", 2000000);
	(void)buf_append_str(&text, STR_LIT("\",5,6\n7,8,9\n"));
	assert_int_equal(csv_records_of(&spec, buf_str(&text), STR_EMPTY, "", &whole), ERR_NOENT);
	assert_int_equal(
		csv_records_of_pieces(&spec, buf_str(&text), 0, 70000, 8 << 20, &got, &slices),
		ERR_OK);
	assert_int_equal(slices, 2);
	assert_string_equal(buf_cstr(&got), buf_cstr(&whole));
	buf_fini(&text);
	buf_fini(&whole);
	buf_fini(&got);
}

static void a_huge_field_takes_no_memory(void **state)
{
	size_t before = allocated();
	static char piece[100000];
	struct csv_slice slice;
	struct csv_cut *c = NULL;
	size_t bad = 0, rows = 0;

	(void)state;
	memset(piece, 'x', sizeof(piece));
	assert_int_equal(csv_cut_new(&spec, STR_EMPTY, 1000, &c), ERR_OK);
	assert_int_equal(csv_cut_feed(c, STR_LIT("a,b\n1,2\n3,\""), NULL), ERR_OK);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(csv_cut_feed(c, (struct str){piece, sizeof(piece)}, NULL), ERR_OK);
		assert_int_equal(csv_cut_next(c, &slice), ERR_NOENT);
		assert_true(allocated() < before + 4 * 1024 * 1024);
	}
	assert_int_equal(csv_cut_feed(c, STR_LIT("\"\n4,5\n"), NULL), ERR_OK);
	assert_int_equal(csv_cut_end(c, NULL), ERR_OK);
	while (csv_cut_next(c, &slice) == ERR_OK) {
		assert_true(slice.body.len <= CSV_ROW_MAX + 100);
		bad += slice.body.len > CSV_ROW_MAX ? 1 : 0;
		rows += slice.rows;
	}
	assert_int_equal(bad, 1);
	assert_int_equal(rows, 3);
	assert_int_equal(slice.next.offset, 11 + 100000000 + 2 + 4);
	csv_cut_free(c);
}

static void an_error_sticks_and_says_why(void **state)
{
	struct err_detail detail = {.text = ""};
	struct csv_slice slice;
	struct csv_cut *c = NULL;

	(void)state;
	assert_int_equal(csv_cut_new(&spec, STR_EMPTY, 1000, &c), ERR_OK);
	assert_int_equal(csv_cut_feed(c, STR_LIT(" <html>"), &detail), ERR_OK);
	assert_int_equal(csv_cut_end(c, &detail), ERR_PARSE);
	assert_string_equal(detail.text, "an HTML page or other markup, not CSV");
	assert_int_equal(csv_cut_next(c, &slice), ERR_NOENT);
	csv_cut_free(c);
	assert_int_equal(csv_cut_new(&spec, STR_LIT("text/csv; charset=x"), 1000, &c), ERR_OK);
	assert_int_equal(csv_cut_feed(c, STR_LIT("a,b\n"), &detail), ERR_PARSE);
	assert_int_equal(csv_cut_feed(c, STR_LIT("a,b\n"), &detail), ERR_PARSE);
	csv_cut_free(c);
}

static int set_up(void **state)
{
	(void)state;
	srandom(11);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_files_give_the_same_however_they_are_cut),
		cmocka_unit_test(utf_16_is_cut_as_well),
		cmocka_unit_test(faces_arrive_once_and_whole),
		cmocka_unit_test(a_slice_ends_with_the_row_that_fills_it),
		cmocka_unit_test(a_file_goes_on_at_any_place),
		cmocka_unit_test(a_file_that_names_its_delimiter_goes_on_at_any_place),
		cmocka_unit_test(a_slice_has_the_delimiter_that_was_named),
		cmocka_unit_test(a_long_file_takes_no_memory),
		cmocka_unit_test(a_row_that_is_too_long_ends_its_slice),
		cmocka_unit_test(a_huge_field_takes_no_memory),
		cmocka_unit_test(an_error_sticks_and_says_why),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
