/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/decode/csv_records.h"

static const struct str columns[] = {{"Name", 4}, {"Phone_Number", 12}, {"Sent_On", 7}};
static const struct decode_spec plain = {.as = DECODE_CSV};
static const struct decode_spec named = {.as = DECODE_CSV, .columns = columns, .column_count = 3};

static void expect_of(const struct decode_spec *spec, struct str text, const char *type,
                      const char *wanted)
{
	struct buf got;
	size_t slices;

	buf_init(&got, CSV_TEST_MEMORY);
	(void)csv_records_of(spec, text, STR_EMPTY, type, &got);
	assert_string_equal(buf_cstr(&got), wanted);
	buf_fini(&got);
	if (spec->as != DECODE_CSV || type[0] != '\0')
		return;
	/* And in slices of a row each. */
	buf_init(&got, CSV_TEST_MEMORY);
	(void)csv_records_of_pieces(spec, text, 0, 1, 1, &got, &slices);
	assert_string_equal(buf_cstr(&got), wanted);
	buf_fini(&got);
}

static void expect(const char *text, const char *wanted)
{
	expect_of(&plain, str_from(text), "", wanted);
}

static void rows_are_objects(void **state)
{
	(void)state;
	expect("a,b\n1,2\n3,4\n", "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"4\"}\n");
	expect("a,b\r\n1,2\r\n3,4", "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"4\"}\n");
	expect("a,b\r1,2\r3,4\r", "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"4\"}\n");
	expect("a\n1\n", "{\"a\":\"1\"}\n");
}

static void a_mark_and_a_header_that_come_twice_count_once(void **state)
{
	(void)state;
	expect("\xef\xbb\xbf\xef\xbb\xbf\"a\",b\n1,2\n", "{\"a\":\"1\",\"b\":\"2\"}\n");
	expect("a,b\n1,2\na,b\n3,4\n\xef\xbb\xbf"
	       "a,b\r\n5,6\n",
	       "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"4\"}\n{\"a\":\"5\",\"b\":\"6\"}\n");
	expect("a\na\n", "{\"a\":\"a\"}\n"); /* of one column it may be a value */
}

static void nothing_is_no_record(void **state)
{
	(void)state;
	expect("", "");
	expect("\n\r\n  \n", "");
	expect("a,b", "");
	expect("a,b\r\n", "");
	expect("\xef\xbb\xbf", "");
}

static void quotes_hold_delimiters_lines_and_quotes(void **state)
{
	(void)state;
	expect("a,b\n\"1,2\",\"x\ny\r\nz\"\n\"\"\"q\"\"\",5\" tall\n",
	       "{\"a\":\"1,2\",\"b\":\"x\\ny\\r\\nz\"}\n{\"a\":\"\\\"q\\\"\",\"b\":\"5\\\" "
	       "tall\"}\n");
	expect("a,b\n \"1\" , 2 \n", "{\"a\":\"1\",\"b\":\"2\"}\n");
	expect("\"a,1\",b\n1,2\n", "{\"a,1\":\"1\",\"b\":\"2\"}\n");
	expect("a,b\n,\"\"\n1,\n", "{\"a\":\"1\",\"b\":null}\n");
	expect("a,b\nx,\"\"\n", "{\"a\":\"x\",\"b\":\"\"}\n");
}

static void blank_and_empty_rows_are_none(void **state)
{
	(void)state;
	expect("\n\na,b\n\n1,2\n   \n\t\n,\n\"\",\n3,4\n\n",
	       "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"4\"}\n");
}

static void a_ragged_row_is_bad_with_its_line(void **state)
{
	(void)state;
	expect("a,b\n\"x\ny\",1\n1\n2,3\n1,2,3\n",
	       "{\"a\":\"x\\ny\",\"b\":\"1\"}\n"
	       "!bad: line 4: 1 field where the header has 2\n"
	       "{\"a\":\"2\",\"b\":\"3\"}\n"
	       "!bad: line 6: 3 fields where the header has 2\n");
}

static void a_broken_row_takes_no_other_along(void **state)
{
	(void)state;
	expect("a,b\n\"x\"y,1\n\"v\" w,2\n3,4\n",
	       "!bad: line 2: text behind a closing quote\n"
	       "!bad: line 3: text behind a closing quote\n{\"a\":\"3\",\"b\":\"4\"}\n");
	expect("a,b\n1,2\n3,\"4\n5,6\n",
	       "{\"a\":\"1\",\"b\":\"2\"}\n!bad: line 3: the file ends within quotes\n");
	expect("a,b\n1,2\n3,\"4\"\"",
	       "{\"a\":\"1\",\"b\":\"2\"}\n!bad: line 3: the file ends within quotes\n");
	expect_of(&plain, STR_LIT("a,b\n1,2\n3\0,4\n5,6\n"), "",
	          "{\"a\":\"1\",\"b\":\"2\"}\n!bad: line 3: a NUL byte\n"
	          "{\"a\":\"5\",\"b\":\"6\"}\n");
}

static void the_delimiter_is_found(void **state)
{
	(void)state;
	expect("a;b\n1;2,5\n", "{\"a\":\"1\",\"b\":\"2,5\"}\n");
	expect("a\tb\n1\t2 3\n", "{\"a\":\"1\",\"b\":\"2 3\"}\n");
	expect("a\tb\n\t2\n", "{\"a\":null,\"b\":\"2\"}\n");
	expect("a|b\n1|2;3\n", "{\"a\":\"1\",\"b\":\"2;3\"}\n");
	expect("\"a;c;d\",b\n1,2\n", "{\"a;c;d\":\"1\",\"b\":\"2\"}\n");
	expect("Name, first;Phone\nAnn;1\nBob;2\n", "{\"Name, first\":\"Ann\",\"Phone\":\"1\"}\n"
	                                            "{\"Name, first\":\"Bob\",\"Phone\":\"2\"}\n");
}

static void a_given_delimiter_counts(void **state)
{
	const struct decode_spec spec = {.as = DECODE_CSV, .csv = {.delimiter = ';'}};
	const struct decode_spec none = {.as = DECODE_CSV, .csv = {.no_header = true}};

	(void)state;
	expect_of(&spec, STR_LIT("a,b;c\n1;2\n"), "", "{\"a,b\":\"1\",\"c\":\"2\"}\n");
	expect_of(&none, STR_LIT("x,y\n1,2,3\n"), "",
	          "{\"1\":\"x\",\"2\":\"y\"}\n{\"1\":\"1\",\"2\":\"2\",\"3\":\"3\"}\n");
}

/* Excel's own way to say it. What follows may say otherwise. */
static void a_first_line_may_name_the_delimiter(void **state)
{
	static const char *const firsts[] = {"sep=;\n",
	                                     "sep=;\r\n",
	                                     "SEP=;\r",
	                                     "\"sep=;\"\n",
	                                     " Sep=; \n",
	                                     "\n\nsep=;\n",
	                                     "\xef\xbb\xbfsep=;\n",
	                                     "\xef\xbb\xbf\"SEP=;\"\r\n",
	                                     "sep=;\n\n"};
	struct buf text;

	(void)state;
	buf_init(&text, CSV_TEST_MEMORY);
	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		buf_reset(&text);
		assert_int_equal(buf_printf(&text, "%sa,1;b\n1,2;3\n4;\n", firsts[i]), ERR_OK);
		expect_of(&plain, buf_str(&text), "",
		          "{\"a,1\":\"1,2\",\"b\":\"3\"}\n{\"a,1\":\"4\",\"b\":null}\n");
	}
	buf_fini(&text);
	expect("sep=,\na,b;c\n1,2;3\n", "{\"a\":\"1\",\"b;c\":\"2;3\"}\n");
	expect("sep=\t\na\tb\n1\t2\n", "{\"a\":\"1\",\"b\":\"2\"}\n");
	expect("sep=|\na|b\n1|2\n", "{\"a\":\"1\",\"b\":\"2\"}\n");
	expect("sep=;\n", "");
	expect("sep=;\n<html>", "!malformed: an HTML page or other markup, not CSV");
}

static void the_line_that_names_the_delimiter_is_counted(void **state)
{
	(void)state;
	expect("sep=;\na;b\n1;2\n3\n", "{\"a\":\"1\",\"b\":\"2\"}\n"
	                               "!bad: line 4: 1 field where the header has 2\n");
	expect("sep=;\r\n\r\na;b\r\n3\r\n", "!bad: line 4: 1 field where the header has 2\n");
}

/* As blank lines are, and rows whose fields are all empty. */
static void lines_of_delimiters_before_the_header_are_none(void **state)
{
	(void)state;
	expect(";;\na;b;c\n1;2;3\n4\n", "{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}\n"
	                                "!bad: line 4: 1 field where the header has 3\n");
	expect("sep=;\r\n;;\r\n ; ; \r\n\r\na;b;c\r\n4\r\n",
	       "!bad: line 6: 1 field where the header has 3\n");
	expect(",,\n", "");
	expect_of(&named, STR_LIT(",\nName,x\n1,2\n"), "", "{\"Name\":\"1\",\"x\":\"2\"}\n");
}

static void what_only_looks_like_it_is_a_header(void **state)
{
	(void)state;
	expect("sep=;x\n1;2\n", "{\"sep=\":\"1\",\"x\":\"2\"}\n");
	expect("sep=\n1\n", "{\"sep=\":\"1\"}\n");
	expect("sep=x\n1\n", "{\"sep=x\":\"1\"}\n");
	expect("sep,b\n1,2\n", "{\"sep\":\"1\",\"b\":\"2\"}\n");
	expect("a;b\nsep=;\n", "{\"a\":\"sep=\",\"b\":null}\n");
}

static void the_named_delimiter_outdoes_the_profile(void **state)
{
	const struct decode_spec tabs = {.as = DECODE_CSV, .csv = {.delimiter = '\t'}};
	const struct decode_spec rows = {.as = DECODE_CSV, .csv = {.no_header = true}};

	(void)state;
	expect_of(&tabs, STR_LIT("sep=;\na;b\n1;2\n"), "", "{\"a\":\"1\",\"b\":\"2\"}\n");
	expect_of(&rows, STR_LIT("sep=;\n1,5;2\n"), "", "{\"1\":\"1,5\",\"2\":\"2\"}\n");
}

static void columns_are_called_as_the_profile_spells_them(void **state)
{
	(void)state;
	expect_of(&named, STR_LIT("phone number, SENTON ,Other,name\n1,2,3,4\n"), "",
	          "{\"Phone_Number\":\"1\",\"Sent_On\":\"2\",\"Other\":\"3\",\"Name\":\"4\"}\n");
	expect_of(&named, STR_LIT("name,Name,NAME,Name\n1,2,3,4\n"), "",
	          "{\"name\":\"1\",\"Name\":\"2\",\"NAME\":\"3\",\"Name_2\":\"4\"}\n");
	expect_of(
		&named, STR_LIT("Name,,x,x,x_2\n1,2,3,4,5\n"), "",
		"{\"Name\":\"1\",\"column_2\":\"2\",\"x\":\"3\",\"x_2\":\"4\",\"x_2_2\":\"5\"}\n");
}

static void what_is_no_csv_is_a_bad_payload(void **state)
{
	(void)state;
	expect("<!DOCTYPE html><html><body>Sign in</body>",
	       "!malformed: an HTML page or other markup, not CSV");
	expect("\n {\"message\":\"Unauthenticated.\"}", "!malformed: JSON, not CSV");
	expect_of(&plain, STR_LIT("a\0,\0b\0\n\0"), "",
	          "!malformed: a NUL byte in the header: no text, or UTF-16 without a byte "
	          "order mark");
	expect_of(&named, STR_LIT("This link has expired.\n"), "",
	          "!malformed: the header has none of the columns that the maps look at");
	expect("a,\"b\nx\n", "!malformed: the file ends within quotes, in its header");
}

static void charsets_are_read(void **state)
{
	(void)state;
	expect("\xef\xbb\xbf"
	       "a,b\n\xc3\xa4,\xff\n",
	       "{\"a\":\"\xc3\xa4\",\"b\":\"\xef\xbf\xbd\"}\n");
	expect("a,b\n\xc3\xa4,\xe4\x80\n", "{\"a\":\"\xc3\xa4\",\"b\":\"\xc3\xa4\xe2\x82\xac\"}\n");
	expect("gr\xf6\xdf"
	       "e\n1\n",
	       "{\"gr\xc3\xb6\xc3\x9f"
	       "e\":\"1\"}\n");
	expect_of(&plain,
	          STR_LIT("\xff\xfe"
	                  "a\0,\0b\0\r\0\n\0\x31\0,\0\x3d\xd8\x00\xde\n\0"),
	          "", "{\"a\":\"1\",\"b\":\"\xf0\x9f\x98\x80\"}\n");
	expect_of(&plain, STR_LIT("\xfe\xff\0a\0,\0b\0\n\0\x31\0,\0\xe4\0\n"), "",
	          "{\"a\":\"1\",\"b\":\"\xc3\xa4\"}\n");
	expect_of(&plain, STR_LIT("a\n\xe4\n"), "text/csv; charset=iso-8859-1",
	          "{\"a\":\"\xc3\xa4\"}\n");
	expect_of(&plain, STR_LIT("a\n\xc3\xa4\n"), "text/csv; charset=iso-8859-1",
	          "{\"a\":\"\xc3\x83\xc2\xa4\"}\n");
	expect_of(&plain, STR_LIT("a\n\xe4\n"), "text/csv; charset=utf-8",
	          "{\"a\":\"\xc3\xa4\"}\n");
	expect_of(&plain, STR_LIT("a\n1\n"), "text/csv; charset=klingon",
	          "!malformed: the charset of the body is not known");
}

static void auto_takes_csv_by_its_media_type(void **state)
{
	const struct decode_spec spec = {.as = DECODE_AUTO};

	(void)state;
	expect_of(&spec, STR_LIT("a,b\n1,2\n"), "text/csv; header=present",
	          "{\"a\":\"1\",\"b\":\"2\"}\n");
	expect_of(&spec, STR_LIT("[{\"a\":1}]"), "text/csv", "{\"a\":1}\n");
	expect_of(&spec, STR_LIT("a,b\n1,2\n"), "", "!malformed: neither JSON, CSV nor a form");
}

static void append_times(struct buf *b, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		assert_int_equal(buf_append_str(b, str_from(text)), ERR_OK);
}

static void a_row_past_its_limits_is_one_bad_record(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, CSV_TEST_MEMORY);
	append_times(&text, "a,b\n1,2\n\"", 1);
	append_times(&text, "0123456789\n", 200000);
	append_times(&text, "\",3\n4,5\n", 1);
	append_times(&text, ",", 4096);
	append_times(&text, "\n6,7\n", 1);
	expect_of(&plain, buf_str(&text), "",
	          "{\"a\":\"1\",\"b\":\"2\"}\n"
	          "!large: line 3: the row is longer than 1 MiB; maybe a quote is missing\n"
	          "{\"a\":\"4\",\"b\":\"5\"}\n"
	          "!large: line 200005: more than 4096 fields\n"
	          "{\"a\":\"6\",\"b\":\"7\"}\n");
	buf_reset(&text);
	append_times(&text, "a,", 4095);
	append_times(&text, "a,a\n1\n", 1);
	expect_of(&plain, buf_str(&text), "", "!malformed: the header has more than 4096 columns");
	append_times(&text, "a,", 1000000);
	memmove(text.ptr, text.ptr + 8196, text.len -= 8196);
	expect_of(&plain, buf_str(&text), "", "!malformed: the header is longer than 64 KiB");
	buf_fini(&text);
}

static void a_quote_that_never_closes_is_one_bad_record(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, CSV_TEST_MEMORY);
	append_times(&text, "a,b\n1,2\n3,\"", 1);
	append_times(&text, "4\n5,6\n", 300000);
	expect_of(&plain, buf_str(&text), "",
	          "{\"a\":\"1\",\"b\":\"2\"}\n"
	          "!large: line 3: the row is longer than 1 MiB; maybe a quote is missing\n");
	buf_fini(&text);
}

static void a_decoder_takes_another_payload(void **state)
{
	const struct payload csv = {.body = STR_LIT("a\n1\n2\n")};
	struct decoder *d = NULL;
	struct record r;

	(void)state;
	assert_int_equal(decoder_new(&plain, &csv, CSV_TEST_MEMORY, &d), ERR_OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(decoder_next(d, &r, NULL), ERR_OK);
		assert_int_equal(r.index, 0);
		assert_int_equal(decoder_next(d, &r, NULL), ERR_OK);
		assert_int_equal(r.index, 1);
		assert_memory_equal(r.raw.ptr, "2", 1);
		assert_int_equal(r.raw.len, 1);
		decoder_restart(d, &plain, &csv);
	}
	decoder_free(d);
}

static void a_variable_that_is_none_of_ours_is_refused(void **state)
{
	static const char *const vars[] = {"_csv=", "_csv=x", "_csv=%2Ca", "_csv=%2Cz1%3Aa",
	                                   "_csv=%2Cax%3Aa"};
	struct buf got;

	(void)state;
	for (size_t i = 0; i < sizeof(vars) / sizeof(vars[0]); i++) {
		buf_init(&got, CSV_TEST_MEMORY);
		assert_int_equal(
			csv_records_of(&plain, STR_LIT("1\n"), str_from(vars[i]), "", &got),
			ERR_PARSE);
		buf_fini(&got);
	}
	buf_init(&got, CSV_TEST_MEMORY);
	assert_int_equal(csv_records_of(&plain, STR_LIT("1;\"\n"),
	                                STR_LIT("campaign=x&_csv=%3Ba70%3Aa%3Bb"), "", &got),
	                 ERR_NOENT);
	assert_string_equal(buf_cstr(&got), "!bad: line 70: the file ends within quotes\n");
	buf_fini(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_objects),
		cmocka_unit_test(a_mark_and_a_header_that_come_twice_count_once),
		cmocka_unit_test(nothing_is_no_record),
		cmocka_unit_test(quotes_hold_delimiters_lines_and_quotes),
		cmocka_unit_test(blank_and_empty_rows_are_none),
		cmocka_unit_test(a_ragged_row_is_bad_with_its_line),
		cmocka_unit_test(a_broken_row_takes_no_other_along),
		cmocka_unit_test(the_delimiter_is_found),
		cmocka_unit_test(a_given_delimiter_counts),
		cmocka_unit_test(a_first_line_may_name_the_delimiter),
		cmocka_unit_test(the_line_that_names_the_delimiter_is_counted),
		cmocka_unit_test(lines_of_delimiters_before_the_header_are_none),
		cmocka_unit_test(what_only_looks_like_it_is_a_header),
		cmocka_unit_test(the_named_delimiter_outdoes_the_profile),
		cmocka_unit_test(columns_are_called_as_the_profile_spells_them),
		cmocka_unit_test(what_is_no_csv_is_a_bad_payload),
		cmocka_unit_test(charsets_are_read),
		cmocka_unit_test(auto_takes_csv_by_its_media_type),
		cmocka_unit_test(a_row_past_its_limits_is_one_bad_record),
		cmocka_unit_test(a_quote_that_never_closes_is_one_bad_record),
		cmocka_unit_test(a_decoder_takes_another_payload),
		cmocka_unit_test(a_variable_that_is_none_of_ours_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
