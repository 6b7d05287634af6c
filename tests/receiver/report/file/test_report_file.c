/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "file_case.h"
#include "normalise/decode/decoder.h"
#include "normalise/profile/profile.h"
#include "receiver/report/file/report_file_parts.h"

#define ROWS   12000 /* four slices */
#define MEMORY ((size_t)64 << 20)

static const struct decode_spec csv = {.as = DECODE_CSV};
static const struct decode_spec json = {.as = DECODE_JSON};
static const struct decode_spec stream = {.as = DECODE_JSON_STREAM};
static const struct decode_spec any = {.as = DECODE_AUTO};

typedef void (*put_fn)(struct file_case *c, struct str bytes);
static const put_fn puts_all[] = {file_case_put, file_case_put_gzip, file_case_put_zip};
#define PUTS (sizeof(puts_all) / sizeof(puts_all[0]))

static void assert_same(const struct file_read *a, const struct file_read *b, size_t skip)
{
	size_t at = 0, vars_at = 0;

	for (size_t i = 0; i < skip; i++) {
		at += strlen(a->bodies.ptr + at) + 1;
		vars_at += strlen(a->vars.ptr + vars_at) + 1;
	}
	assert_int_equal(a->slices, b->slices + skip);
	assert_int_equal(a->bodies.len - at, b->bodies.len);
	assert_memory_equal(a->bodies.ptr + at, b->bodies.ptr, b->bodies.len);
	assert_string_equal(a->vars.ptr + vars_at, b->vars.ptr);
	assert_memory_equal(a->places + skip, b->places, b->slices * sizeof(b->places[0]));
}

static void a_csv_gives_the_same_slices_however_it_is_packed(void **state)
{
	struct file_read first, read;
	struct file_case c;
	struct buf text;

	(void)state;
	file_case_open(&c);
	file_case_rows(&text, ROWS);
	file_case_put(&c, buf_str(&text));
	file_case_read(&c, &csv, &first);
	assert_int_equal(first.err, ERR_OK);
	assert_int_equal(first.rows, ROWS);
	assert_true(first.slices >= 3);
	assert_int_equal(first.last, 1);
	assert_string_equal(first.media_type, "text/csv");
	assert_int_equal(first.places[first.slices - 1].offset, text.len);
	assert_int_equal(first.places[first.slices - 1].rows, ROWS);
	for (size_t i = 1; i < PUTS; i++) {
		puts_all[i](&c, buf_str(&text));
		file_case_read(&c, &csv, &read);
		assert_int_equal(read.err, ERR_OK);
		assert_same(&first, &read, 0);
		file_read_fini(&read);
	}
	file_read_fini(&first);
	buf_fini(&text);
	file_case_close(&c);
}

static void assert_seeks(const struct file_case *c)
{
	const struct report_file_conf conf = {.path = NULL};
	struct file_read all, rest;

	file_case_read(c, &csv, &all);
	assert_int_equal(all.err, ERR_OK);
	for (size_t i = 0; i < all.slices; i++) {
		file_case_read_from(c, &conf, &csv, all.places[i], &rest);
		assert_int_equal(rest.err, ERR_OK);
		if (i + 1 < all.slices) {
			assert_same(&all, &rest, i + 1);
		} else {
			assert_int_equal(rest.slices, 0);
		}
		file_read_fini(&rest);
	}
	file_read_fini(&all);
}

static void it_goes_on_behind_any_slice(void **state)
{
	struct file_case c;
	struct buf text;

	(void)state;
	file_case_open(&c);
	file_case_rows(&text, ROWS);
	file_case_put(&c, buf_str(&text));
	assert_seeks(&c);
	buf_fini(&text);
	file_case_close(&c);
}

static void packed_files_cannot_be_sought_in_and_are_read_on(void **state)
{
	struct report_file *f = NULL;
	struct err_detail detail = {.line = 0};
	struct report_file_slice slice;
	struct file_read all;
	struct file_case c;
	struct buf text;

	(void)state;
	file_case_open(&c);
	file_case_rows(&text, ROWS);
	for (size_t i = 1; i < PUTS; i++) {
		const struct report_file_conf conf = {.path = c.path};

		puts_all[i](&c, buf_str(&text));
		file_case_read(&c, &csv, &all);
		assert_int_equal(report_file_open(&conf, &f, &detail), ERR_OK);
		assert_int_equal(report_file_begin(f, &csv, &detail), ERR_OK);
		assert_int_equal(report_file_seek(f, all.places[1], &detail), ERR_INVAL);
		for (size_t n = 0; n < all.slices; n++) {
			assert_int_equal(report_file_next(f, &slice, &detail), ERR_OK);
			assert_int_equal(slice.next.rows, all.places[n].rows);
		}
		assert_true(slice.is_last);
		report_file_free(f);
		file_read_fini(&all);
	}
	buf_fini(&text);
	file_case_close(&c);
}

static void as_utf16(const struct buf *text, struct buf *wide)
{
	buf_init(wide, 4 * text->len);
	(void)buf_append(wide, "\xff\xfe", 2);
	for (size_t i = 0; i < text->len; i++) {
		(void)buf_append_char(wide, text->ptr[i]);
		(void)buf_append_char(wide, '\0');
	}
	assert_int_equal(buf_err(wide), ERR_OK);
}

static void utf16_and_a_mark_are_read_and_sought(void **state)
{
	struct file_read plain, read;
	struct buf text, wide, marked;
	struct file_case c;

	(void)state;
	file_case_open(&c);
	file_case_rows(&text, ROWS);
	as_utf16(&text, &wide);
	buf_init(&marked, text.len + 4);
	(void)buf_append_str(&marked, STR_LIT("\xef\xbb\xbf"));
	(void)buf_append_str(&marked, buf_str(&text));
	file_case_put(&c, buf_str(&text));
	file_case_read(&c, &csv, &plain);
	for (size_t i = 0; i < 2; i++) {
		file_case_put(&c, buf_str(i == 0 ? &wide : &marked));
		file_case_read(&c, &csv, &read);
		assert_int_equal(read.err, ERR_OK);
		assert_int_equal(read.bodies.len, plain.bodies.len);
		assert_memory_equal(read.bodies.ptr, plain.bodies.ptr, plain.bodies.len);
		assert_int_equal(read.places[read.slices - 1].offset,
		                 i == 0 ? wide.len : marked.len);
		file_read_fini(&read);
		assert_seeks(&c);
	}
	file_read_fini(&plain);
	buf_fini(&text);
	buf_fini(&wide);
	buf_fini(&marked);
	file_case_close(&c);
}

/* ---- characters of two units ---- */

#define PAIRS "\xf0\x9f\x98\x80\xf0\x9d\x84\x9e\xf4\x8f\xbf\xbd" /* two units each */

static void put_unit(struct buf *wide, uint32_t unit, bool is_big)
{
	const char bytes[2] = {(char)(is_big ? unit >> 8 : unit & 0xff),
	                       (char)(is_big ? unit & 0xff : unit >> 8)};

	(void)buf_append(wide, bytes, 2);
}

/* Of text that has ASCII and characters of four bytes. */
static void as_wide(struct str text, bool is_big, struct buf *wide)
{
	buf_init(wide, 4 * text.len + 4);
	put_unit(wide, 0xfeff, is_big);
	for (size_t i = 0; i < text.len; i++) {
		const unsigned char *at = (const unsigned char *)text.ptr + i;
		uint32_t code;

		if (at[0] < 0x80) {
			put_unit(wide, at[0], is_big);
			continue;
		}
		code = ((at[0] & 7U) << 18 | (at[1] & 0x3fU) << 12 | (at[2] & 0x3fU) << 6 |
		        (at[3] & 0x3fU)) -
		       0x10000;
		put_unit(wide, 0xd800 + (code >> 10), is_big);
		put_unit(wide, 0xdc00 + (code & 0x3ff), is_big);
		i += 3;
	}
	assert_int_equal(buf_err(wide), ERR_OK);
}

static void append_rows_of_pairs(struct buf *text, unsigned first, unsigned count)
{
	buf_init(text, (size_t)16 << 20);
	(void)buf_append_str(text, STR_LIT("id;" PAIRS ";text\r\n"));
	for (unsigned n = first; n < first + count; n++)
		(void)buf_printf(text, "%u;" PAIRS ";\"%.*s" PAIRS PAIRS "\"\r\n", n, (int)(n % 7),
		                 "abcdefg");
	assert_int_equal(buf_err(text), ERR_OK);
}

/* A piece that was read ends between the two units of a character. */
static size_t split_pairs(const struct buf *wide, bool is_big)
{
	size_t count = 0;

	for (size_t at = FILE_PIECE_BYTES; at < wide->len; at += FILE_PIECE_BYTES) {
		const unsigned char upper = (unsigned char)wide->ptr[is_big ? at : at + 1];

		count += (upper & 0xfc) == 0xdc;
	}
	return count;
}

/* It is read from each place on, as after a kill: each row is in one slice, and whole. */
static void no_border_takes_a_pair_apart(void **state)
{
	struct file_read plain, read;
	struct buf text, wide;
	struct file_case c;
	size_t split = 0;

	(void)state;
	file_case_open(&c);
	for (unsigned i = 0; i < 6; i++) {
		append_rows_of_pairs(&text, i < 3 ? 1000 : 85000, 20000 + i);
		file_case_put(&c, buf_str(&text));
		file_case_read(&c, &csv, &plain);
		assert_int_equal(plain.rows, 20000 + i);
		as_wide(buf_str(&text), i % 2 == 1, &wide);
		split += split_pairs(&wide, i % 2 == 1);
		file_case_put(&c, buf_str(&wide));
		file_case_read(&c, &csv, &read);
		assert_int_equal(read.err, ERR_OK);
		assert_true(read.slices > 2);
		assert_int_equal(read.rows, plain.rows);
		assert_int_equal(read.bodies.len, plain.bodies.len);
		assert_memory_equal(read.bodies.ptr, plain.bodies.ptr, plain.bodies.len);
		assert_int_equal(read.places[read.slices - 1].offset, wide.len);
		assert_seeks(&c);
		file_read_fini(&read);
		file_read_fini(&plain);
		buf_fini(&text);
		buf_fini(&wide);
	}
	assert_true(split > 5);
	file_case_close(&c);
}

/* All of it was read to find the header. */
static void it_goes_on_in_a_small_file(void **state)
{
	const struct report_file_place place = {.offset = 8, .line = 3, .rows = 1};
	const struct report_file_conf conf = {.path = NULL};
	struct file_read read;
	struct file_case c;

	(void)state;
	file_case_open(&c);
	file_case_put(&c, STR_LIT("a,b\n1,2\n3,4\n"));
	file_case_read_from(&c, &conf, &csv, place, &read);
	assert_int_equal(read.err, ERR_OK);
	assert_string_equal(read.bodies.ptr, "3,4\n");
	assert_int_equal(read.places[0].rows, 2);
	assert_int_equal(read.places[0].offset, 12);
	file_read_fini(&read);
	file_case_close(&c);
}

static void a_place_behind_the_end_is_another_file(void **state)
{
	const struct report_file_place far = {.offset = 100000, .line = 500, .rows = 499};
	const struct report_file_conf conf = {.path = NULL};
	struct file_read read;
	struct file_case c;
	struct buf text;

	(void)state;
	file_case_open(&c);
	file_case_rows(&text, 10);
	file_case_put(&c, buf_str(&text));
	file_case_read_from(&c, &conf, &csv, far, &read);
	assert_int_equal(read.err, ERR_PARSE);
	assert_non_null(strstr(read.detail.text, "shorter"));
	file_read_fini(&read);
	file_case_put(&c, STR_LIT("\x1e{}\n"));
	file_case_read_from(&c, &conf, &stream, far, &read);
	assert_int_equal(read.err, ERR_INVAL);
	file_read_fini(&read);
	buf_fini(&text);
	file_case_close(&c);
}

static void assert_report(struct report_file *f, const struct profile_set *set, const char *name)
{
	const struct profile_report *report = NULL;
	struct err_detail detail;

	assert_int_equal(
		report_file_report(f, profile_set_get(set, STR_LIT("passona")), &report, &detail),
		ERR_OK);
	if (name == NULL) {
		assert_null(report);
	} else {
		assert_non_null(report);
		assert_string_equal(report->source.name, name);
	}
}

static void its_header_says_whose_it_is_and_nothing_is_lost(void **state)
{
	struct profile_set *set = NULL;
	struct report_file *f = NULL;
	struct report_file_slice slice = {.rows = 1};
	struct err_detail detail;
	struct file_case c;
	struct buf text;
	size_t rows = 0;

	(void)state;
	assert_int_equal(profile_set_new(&set, NULL), ERR_OK);
	file_case_open(&c);
	file_case_rows(&text, ROWS);
	for (size_t i = 0; i < PUTS; i++) {
		const struct report_file_conf conf = {.path = c.path};

		puts_all[i](&c, buf_str(&text));
		assert_int_equal(report_file_open(&conf, &f, &detail), ERR_OK);
		assert_report(f, set, "delivery-csv");
		assert_report(f, set, "delivery-csv"); /* as often as one likes */
		assert_int_equal(report_file_begin(f, &csv, &detail), ERR_OK);
		for (rows = 0, slice.rows = 1; slice.rows > 0; rows += slice.rows)
			assert_int_equal(report_file_next(f, &slice, &detail), ERR_OK);
		assert_int_equal(rows, ROWS);
		report_file_free(f);
	}
	buf_fini(&text);
	file_case_close(&c);
	profile_set_free(set);
}

static void a_header_of_nobody_is_no_report_and_html_is_an_error(void **state)
{
	static const struct {
		const char *text;
		enum err err;
	} cases[] = {{"foo,bar\n1,2\n", ERR_OK},
	             {"", ERR_OK},
	             {"<html>expired</html>", ERR_PARSE},
	             {"{\"error\": \"expired\"}", ERR_PARSE}};
	struct profile_set *set = NULL;
	struct err_detail detail;
	struct file_case c;

	(void)state;
	assert_int_equal(profile_set_new(&set, NULL), ERR_OK);
	file_case_open(&c);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct report_file_conf conf = {.path = c.path};
		const struct profile_report *report = NULL;
		struct report_file *f = NULL;

		file_case_put(&c, str_from(cases[i].text));
		assert_int_equal(report_file_open(&conf, &f, &detail), ERR_OK);
		assert_int_equal(report_file_report(f, profile_set_get(set, STR_LIT("passona")),
		                                    &report, &detail),
		                 cases[i].err);
		assert_null(report);
		report_file_free(f);
	}
	file_case_close(&c);
	profile_set_free(set);
}

/* What a file that is no good says; `rows` come before. */
static const struct {
	const struct decode_spec *spec;
	const char *text;
	enum err err;
	uint64_t rows;
	const char *part;
} bad_files[] = {
	{&csv, "", ERR_PARSE, 0, "nothing in it"},
	{&csv, "\r\n \r\n", ERR_PARSE, 0, "nothing in it"},
	{&csv, "a,b\n", ERR_OK, 0, ""},
	{&csv, "a,b\n\n\n", ERR_OK, 0, ""},
	{&csv, "a,b", ERR_OK, 0, ""},
	{&csv, "\n <!doctype html><p>Log in", ERR_PARSE, 0, "HTML"},
	{&csv, "{\"message\": \"expired\"}", ERR_PARSE, 0, "JSON, not CSV: expired"},
	{&csv, "{\"data\": []}", ERR_PARSE, 0, "JSON, not CSV"},
	{&csv, "a,\"b", ERR_PARSE, 0, "within quotes"},
	{&csv, "a,b\n1,2\n3\n4,5,6\n", ERR_OK, 3, ""}, /* the decoder says which are ragged */
	{&csv, "a,b\n1,\"2", ERR_OK, 1, ""},
	{&stream, "", ERR_OK, 0, ""},
	{&stream, "{\"a\":1}\n{\"a\":2}\n", ERR_OK, 2, ""},
	{&stream, "{\"a\":1}\n{\"a\":2}\n{\"a\"", ERR_PARSE, 2, "ends within a value"},
	{&stream, "{\"a\":1}\n<html>", ERR_PARSE, 1, "not a stream"},
	{&stream, "<html>", ERR_PARSE, 0, "not a stream"},
	{&json, "{\"a\": 1}", ERR_OK, 1, ""},
	{&json, "[{\"a\":1},{\"a\":2}]", ERR_OK, 2, ""},
	{&json, "[]", ERR_OK, 0, ""},
	{&json, "[{\"a\":1},{\"a\"", ERR_PARSE, 0, ""},
	{&json, "<html>", ERR_PARSE, 0, "HTML"},
	{&json, "", ERR_PARSE, 0, ""},
	{&any, " \n[{\"a\":1},{\"a\":2}]", ERR_OK, 2, ""},
	{&any, "\xef\xbb\xbf{\"a\":1}", ERR_OK, 1, ""},
	{&any, "a,b\n1,2\n3,4\n", ERR_OK, 2, ""},
	{&any, "<html>", ERR_PARSE, 0, "HTML"},
	{&any, "", ERR_PARSE, 0, "nothing in it"},
};

static void files_that_are_no_good_say_so(void **state)
{
	struct file_read read;
	struct file_case c;

	(void)state;
	file_case_open(&c);
	for (size_t i = 0; i < sizeof(bad_files) / sizeof(bad_files[0]); i++) {
		for (size_t k = 0; k < PUTS; k++) {
			puts_all[k](&c, str_from(bad_files[i].text));
			file_case_read(&c, bad_files[i].spec, &read);
			if (read.err != bad_files[i].err || read.rows != bad_files[i].rows ||
			    strstr(read.detail.text, bad_files[i].part) == NULL) {
				fail_msg("%zu.%zu \"%s\": %s %zu rows, \"%s\"", i, k,
				         bad_files[i].text, err_str(read.err), (size_t)read.rows,
				         read.detail.text);
			}
			file_read_fini(&read);
		}
	}
	file_case_close(&c);
}

/* ---- rows that become dead letters ---- */

/* Bad rows of the one slice of the file: "line N" of each. */
static void bad_rows(struct file_case *c, struct str text, struct buf *out, uint64_t *ret_good)
{
	struct decoder *d = NULL;
	struct record record;
	struct file_read read;
	enum err err = ERR_OK;

	file_case_put(c, text);
	file_case_read(c, &csv, &read);
	assert_int_equal(read.err, ERR_OK);
	assert_int_equal(read.slices, 1);

	struct payload payload = {.media_type = str_from(read.media_type),
	                          .body = {read.bodies.ptr, read.bodies.len - 1},
	                          .vars = {read.vars.ptr, read.vars.len - 1}};

	*ret_good = 0;
	assert_int_equal(decoder_new(&csv, &payload, MEMORY, &d), ERR_OK);
	while (err != ERR_NOENT) {
		struct err_detail detail = {.line = 0};

		err = decoder_next(d, &record, &detail);
		*ret_good += err == ERR_OK ? 1 : 0;
		if (err != ERR_OK && err != ERR_NOENT)
			(void)buf_printf(out, "%zu ", (size_t)record.line);
	}
	decoder_free(d);
	file_read_fini(&read);
}

#define TEXT(literal)                          \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

static void bad_rows_are_known_by_their_line(void **state)
{
	static const struct {
		struct str text;
		const char *lines;
		uint64_t good;
	} cases[] = {
		{TEXT("a,b\n1,2\n3,\"4\n5,6\n"), "3 ", 1},        /* cut off in quotes */
		{TEXT("a,b\n1,2\n\"x\"y,3\n4,5\n"), "3 ", 2},     /* text behind a quote */
		{TEXT("a,b\n1,2\n1,2,3,4\n5\n6,7\n"), "3 4 ", 2}, /* ragged */
		{TEXT("a,b\n1,\0\0\n2,3\n"), "2 ", 1},            /* NUL bytes */
	};
	struct file_case c;

	(void)state;
	file_case_open(&c);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		uint64_t good = 0;

		buf_init(&out, 1024);
		bad_rows(&c, cases[i].text, &out, &good);
		if (strcmp(buf_cstr(&out), cases[i].lines) != 0 || good != cases[i].good)
			fail_msg("%zu: bad \"%s\", good %zu", i, buf_cstr(&out), (size_t)good);
		buf_fini(&out);
	}
	file_case_close(&c);
}

/* ---- much ---- */

static size_t peak_bytes(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return (size_t)usage.ru_maxrss * 1024;
}

/* Slices of a file that is larger than the memory it may take. */
static void read_large(const struct file_case *c, uint64_t *ret_rows, size_t *ret_most)
{
	const struct report_file_conf conf = {.path = c->path};
	struct report_file_slice slice = {.rows = 1};
	struct report_file *f = NULL;
	struct err_detail detail;
	uint64_t rows = 0, read = 0, size = 0;
	size_t most = 0;

	assert_int_equal(report_file_open(&conf, &f, &detail), ERR_OK);
	assert_int_equal(report_file_begin(f, &csv, &detail), ERR_OK);
	while (slice.rows > 0) {
		assert_int_equal(report_file_next(f, &slice, &detail), ERR_OK);
		rows += slice.rows;
		most = slice.body.len > most ? slice.body.len : most;
	}
	report_file_progress(f, &read, &size);
	assert_true(size > 0);
	assert_int_equal(read, size);
	report_file_free(f);
	*ret_rows = rows;
	*ret_most = most;
}

static void assert_bounded(const struct file_case *c, uint64_t want_rows, size_t max_slice)
{
	size_t before = peak_bytes(), most = 0;
	uint64_t rows = 0;

	read_large(c, &rows, &most);
	assert_int_equal(rows, want_rows);
	assert_true(most <= max_slice);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_true(peak_bytes() - before < ((size_t)16 << 20));
#else
	(void)before;
#endif
}

static void a_field_of_100_mb_takes_no_memory(void **state)
{
	const struct str begin = STR_LIT("a,b\n1,\""), end = STR_LIT("\"\n2,3\n");
	struct str text = {.len = (size_t)100 << 20};
	char *bytes = malloc(text.len);
	struct file_case c;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', text.len);
	memcpy(bytes, begin.ptr, begin.len);
	memcpy(bytes + text.len - end.len, end.ptr, end.len);
	text.ptr = bytes;
	file_case_open(&c);
	file_case_put_gzip(&c, text);
	free(bytes);
	assert_bounded(&c, 2, (size_t)1300 * 1024);
	file_case_close(&c);
}

static void a_large_file_takes_no_memory(void **state)
{
	struct file_case c;
	struct buf text;
	size_t rows = 400000;

	(void)state;
	file_case_open(&c);
	file_case_rows(&text, rows);
	file_case_put(&c, buf_str(&text));
	buf_fini(&text);
	assert_bounded(&c, rows, (size_t)300 * 1024);
	file_case_close(&c);
}

static void a_million_columns_are_a_bad_header_or_a_bad_row(void **state)
{
	struct file_read read;
	struct file_case c;
	struct buf text, out;
	uint64_t good = 0;

	(void)state;
	file_case_open(&c);
	buf_init(&text, 4000000);
	for (size_t i = 0; i < 1000000; i++)
		(void)buf_append_str(&text, STR_LIT("c,"));
	(void)buf_append_str(&text, STR_LIT("c\n1,2\n"));
	file_case_put(&c, buf_str(&text));
	file_case_read(&c, &csv, &read);
	assert_int_equal(read.err, ERR_PARSE);
	assert_non_null(strstr(read.detail.text, "header is longer"));
	file_read_fini(&read);

	buf_reset(&text);
	(void)buf_append_str(&text, STR_LIT("a,b\n1,2\n"));
	for (size_t i = 0; i < 100000; i++)
		(void)buf_append_str(&text, STR_LIT("c,"));
	(void)buf_append_str(&text, STR_LIT("c\n3,4\n"));
	buf_init(&out, 64);
	bad_rows(&c, buf_str(&text), &out, &good);
	assert_string_equal(buf_cstr(&out), "3 ");
	assert_int_equal(good, 2);
	buf_fini(&out);
	buf_fini(&text);
	file_case_close(&c);
}

/* ---- limits and places ---- */

static void more_than_the_limit_is_refused(void **state)
{
	const struct report_file_conf conf = {.max_bytes = (size_t)512 * 1024};
	const struct report_file_conf page = {.page_max = 16};
	struct report_file_place begin = {.line = 0};
	struct file_read read;
	struct file_case c;
	struct buf text;

	(void)state;
	file_case_open(&c);
	file_case_rows(&text, ROWS);
	for (size_t i = 0; i < PUTS; i++) {
		puts_all[i](&c, buf_str(&text));
		file_case_read_from(&c, &conf, &csv, begin, &read);
		assert_int_equal(read.err, ERR_LIMIT);
		assert_non_null(strstr(read.detail.text, "limit"));
		assert_true(read.bodies.len <= (size_t)512 * 1024);
		file_read_fini(&read);
	}
	file_case_put(&c, STR_LIT("[{\"a\":1},{\"a\":2}]"));
	file_case_read_from(&c, &page, &json, begin, &read);
	assert_int_equal(read.err, ERR_LIMIT);
	file_read_fini(&read);
	buf_fini(&text);
	file_case_close(&c);
}

static enum err open_path(const char *path, struct err_detail *detail)
{
	const struct report_file_conf conf = {.path = path};
	struct report_file *f = NULL;
	enum err err = report_file_open(&conf, &f, detail);

	report_file_free(f);
	return err;
}

static void what_is_no_file_says_so(void **state)
{
	struct err_detail detail = {.line = 0};
	struct file_case c;

	(void)state;
	file_case_open(&c);
	assert_int_equal(open_path(c.path, &detail), ERR_NOENT);
	assert_int_equal(open_path(c.folder, &detail), ERR_IO);
	assert_non_null(strstr(detail.text, "no file"));
	assert_int_equal(mkfifo(c.path, 0600), 0);
	assert_int_equal(open_path(c.path, &detail), ERR_IO); /* and it does not wait */
	assert_int_equal(unlink(c.path), 0);
	file_case_put(&c, STR_LIT("a,b\n"));
	assert_int_equal(chmod(c.path, 0), 0);
	if (geteuid() != 0)
		assert_int_equal(open_path(c.path, &detail), ERR_AUTH);
	file_case_close(&c);
}

/* Standard input from here on; each of the pieces is what one read gives. */
static int begin_input(const struct str *pieces, size_t count)
{
	int kept = dup(STDIN_FILENO), ends[2];

	assert_true(kept >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(write(ends[1], pieces[i].ptr, pieces[i].len), pieces[i].len);
	(void)close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	(void)close(ends[0]);
	return kept;
}

static void end_input(int kept)
{
	assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
	(void)close(kept);
}

static void assert_input(const struct str *pieces, size_t count)
{
	const struct report_file_conf conf = {.path = "-", .page_max = 100};
	const struct report_file_place place = {.offset = 8, .line = 3, .rows = 1};
	struct report_file_slice slice = {.rows = 0};
	struct report_file *f = NULL;
	struct err_detail detail;
	int kept = begin_input(pieces, count);
	uint64_t read = 0, size = 1;

	assert_int_equal(report_file_open(&conf, &f, &detail), ERR_OK);
	assert_int_equal(report_file_begin(f, &csv, &detail), ERR_OK);
	assert_int_equal(report_file_next(f, &slice, &detail), ERR_OK);
	assert_int_equal(slice.rows, 2);
	assert_true(slice.is_last);
	report_file_progress(f, &read, &size);
	assert_true(read > 0);
	assert_int_equal(size, 0);
	report_file_free(f);
	end_input(kept);

	kept = begin_input(pieces, count);
	assert_int_equal(report_file_open(&conf, &f, &detail), ERR_OK);
	assert_int_equal(report_file_begin(f, &csv, &detail), ERR_OK);
	assert_int_equal(report_file_seek(f, place, &detail), ERR_INVAL);
	report_file_free(f);
	end_input(kept);
}

static void standard_input_is_read_once(void **state)
{
	const struct str text = STR_LIT("a,b\n1,2\n3,4\n");
	const struct report_file_conf conf = {.path = "-"};
	const struct str plain[] = {{text.ptr, 1}, {text.ptr + 1, text.len - 1}};
	struct report_file *f = NULL;
	struct err_detail detail;
	struct file_case c;
	struct str packed;
	char *owned;

	(void)state;
	assert_input(plain, 2);
	file_case_open(&c);
	file_case_put_gzip(&c, text);
	packed = file_case_bytes(&c);

	const struct str pieces[] = {{packed.ptr, 1}, {packed.ptr + 1, packed.len - 1}};

	assert_input(pieces, 2);
	memcpy(&owned, &packed.ptr, sizeof(owned));
	free(owned);
	file_case_put_zip(&c, text);
	packed = file_case_bytes(&c);
	int kept = begin_input(&packed, 1);

	assert_int_equal(report_file_open(&conf, &f, &detail), ERR_PARSE);
	assert_non_null(strstr(detail.text, "pipe"));
	end_input(kept);
	memcpy(&owned, &packed.ptr, sizeof(owned));
	free(owned);
	file_case_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: later ones raise the high-water mark. */
		cmocka_unit_test(a_field_of_100_mb_takes_no_memory),
		cmocka_unit_test(a_large_file_takes_no_memory),
		cmocka_unit_test(a_csv_gives_the_same_slices_however_it_is_packed),
		cmocka_unit_test(it_goes_on_behind_any_slice),
		cmocka_unit_test(packed_files_cannot_be_sought_in_and_are_read_on),
		cmocka_unit_test(utf16_and_a_mark_are_read_and_sought),
		cmocka_unit_test(no_border_takes_a_pair_apart),
		cmocka_unit_test(it_goes_on_in_a_small_file),
		cmocka_unit_test(a_place_behind_the_end_is_another_file),
		cmocka_unit_test(its_header_says_whose_it_is_and_nothing_is_lost),
		cmocka_unit_test(a_header_of_nobody_is_no_report_and_html_is_an_error),
		cmocka_unit_test(files_that_are_no_good_say_so),
		cmocka_unit_test(bad_rows_are_known_by_their_line),
		cmocka_unit_test(a_million_columns_are_a_bad_header_or_a_bad_row),
		cmocka_unit_test(more_than_the_limit_is_refused),
		cmocka_unit_test(what_is_no_file_says_so),
		cmocka_unit_test(standard_input_is_read_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
