/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "file_case.h"

#define ROWS 500

static const struct decode_spec csv = {.as = DECODE_CSV};

static void assert_reads(const struct file_case *c, enum err err, const char *part)
{
	struct file_read read;

	file_case_read(c, &csv, &read);
	if (read.err != err || strstr(read.detail.text, part) == NULL)
		fail_msg("%s, \"%s\"", err_str(read.err), read.detail.text);
	file_read_fini(&read);
}

/* The bytes of a gzip of some rows; owned. */
static struct str packed_rows(struct file_case *c)
{
	struct buf text;

	file_case_rows(&text, ROWS);
	file_case_put_gzip(c, buf_str(&text));
	buf_fini(&text);
	return file_case_bytes(c);
}

static void free_bytes(struct str bytes)
{
	char *owned;

	memcpy(&owned, &bytes.ptr, sizeof(owned));
	free(owned);
}

static void one_that_is_cut_off_is_no_report(void **state)
{
	struct file_case c;
	struct str bytes;

	(void)state;
	file_case_open(&c);
	bytes = packed_rows(&c);
	assert_reads(&c, ERR_OK, "");
	for (size_t len = 2; len < bytes.len; len += 1 + len / 7) {
		file_case_put(&c, (struct str){bytes.ptr, len});
		assert_reads(&c, ERR_PARSE, "");
	}
	file_case_put(&c, (struct str){bytes.ptr, bytes.len - 1});
	assert_reads(&c, ERR_PARSE, "cut off");
	free_bytes(bytes);
	file_case_close(&c);
}

/* Its checksum and its length count. */
static void one_that_is_damaged_is_no_report(void **state)
{
	const struct str behind = STR_LIT("<html");
	struct file_case c;
	struct str bytes;
	char *copy;

	(void)state;
	file_case_open(&c);
	bytes = packed_rows(&c);
	copy = malloc(bytes.len + behind.len);
	assert_non_null(copy);
	for (size_t from_end = 1; from_end <= 8; from_end++) {
		memcpy(copy, bytes.ptr, bytes.len);
		copy[bytes.len - from_end] ^= 1;
		file_case_put(&c, (struct str){copy, bytes.len});
		assert_reads(&c, ERR_PARSE, "damaged");
	}
	memcpy(copy, bytes.ptr, bytes.len);
	memcpy(copy + bytes.len, behind.ptr, behind.len);
	file_case_put(&c, (struct str){copy, bytes.len + behind.len});
	assert_reads(&c, ERR_PARSE, "stands behind it");
	free(copy);
	free_bytes(bytes);
	file_case_close(&c);
}

static void several_members_are_one_file(void **state)
{
	struct str bytes, more;
	struct file_read read;
	struct file_case c;
	char *both;

	(void)state;
	file_case_open(&c);
	bytes = packed_rows(&c);
	file_case_put_gzip(&c, STR_LIT("m-x,EX,44,Hi,Success,2027-01-01T10:00:00+0000\n"));
	more = file_case_bytes(&c);
	both = malloc(bytes.len + more.len);
	assert_non_null(both);
	memcpy(both, bytes.ptr, bytes.len);
	memcpy(both + bytes.len, more.ptr, more.len);
	file_case_put(&c, (struct str){both, bytes.len + more.len});
	file_case_read(&c, &csv, &read);
	assert_int_equal(read.err, ERR_OK);
	assert_int_equal(read.rows, ROWS + 1);
	file_read_fini(&read);
	free(both);
	free_bytes(more);
	free_bytes(bytes);
	file_case_close(&c);
}

static void what_is_packed_twice_is_refused(void **state)
{
	void (*const puts_all[])(struct file_case *, struct str) = {file_case_put_gzip,
	                                                            file_case_put_zip};
	struct file_case c;
	struct buf text;

	(void)state;
	file_case_open(&c);
	file_case_rows(&text, ROWS);
	for (size_t i = 0; i < 4; i++) {
		struct str bytes;

		puts_all[i / 2](&c, buf_str(&text));
		bytes = file_case_bytes(&c);
		puts_all[i % 2](&c, bytes);
		assert_reads(&c, ERR_PARSE, "packed twice");
		free_bytes(bytes);
	}
	buf_fini(&text);
	file_case_close(&c);
}

/* A thousand bytes of one, up to the limit and no further. */
static void a_bomb_counts_as_what_it_becomes(void **state)
{
	const struct report_file_conf conf = {.max_bytes = (size_t)4 << 20};
	const struct str begin = STR_LIT("a,b\n1,2\n");
	struct str rows = {.len = (size_t)64 << 20};
	char *bytes = malloc(rows.len);
	struct file_read read;
	struct file_case c;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, '\n', rows.len);
	memcpy(bytes, begin.ptr, begin.len);
	rows.ptr = bytes;
	file_case_open(&c);
	for (size_t i = 0; i < 2; i++) {
		(i == 0 ? file_case_put_gzip : file_case_put_zip)(&c, rows);
		file_case_read_from(&c, &conf, &csv, (struct report_file_place){.line = 0}, &read);
		assert_int_equal(read.err, ERR_LIMIT);
		assert_non_null(
			strstr(read.detail.text, "unpacked it is larger than the limit of 4 MiB"));
		file_read_fini(&read);
	}
	free(bytes);
	file_case_close(&c);
}

static void nothing_packed_is_nothing(void **state)
{
	struct file_case c;

	(void)state;
	file_case_open(&c);
	file_case_put_gzip(&c, STR_EMPTY);
	assert_reads(&c, ERR_PARSE, "nothing in it");
	file_case_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_is_cut_off_is_no_report),
		cmocka_unit_test(one_that_is_damaged_is_no_report),
		cmocka_unit_test(several_members_are_one_file),
		cmocka_unit_test(what_is_packed_twice_is_refused),
		cmocka_unit_test(a_bomb_counts_as_what_it_becomes),
		cmocka_unit_test(nothing_packed_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
