/* SPDX-License-Identifier: MIT */
#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "file_case.h"

#define TEXT     "a,b\n1,2\n3,4\n"
#define ROWS     2
#define HUGE_DIR 40000

static const struct decode_spec csv = {.as = DECODE_CSV};

/* A zip that is being written. */
static struct archive *begin(const struct file_case *c, const char *option)
{
	struct archive *out = archive_write_new();

	assert_int_equal(archive_write_set_format_zip(out), ARCHIVE_OK);
	if (option != NULL)
		assert_int_equal(archive_write_set_options(out, option), ARCHIVE_OK);
	if (option != NULL && strstr(option, "encryption") != NULL)
		assert_int_equal(archive_write_set_passphrase(out, "secret"), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(out, c->path), ARCHIVE_OK);
	return out;
}

static void add(struct archive *out, const char *name, unsigned type, const char *text)
{
	struct archive_entry *entry = archive_entry_new();
	size_t len = type == AE_IFREG ? strlen(text) : 0;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, 0755);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(entry, text);
	archive_entry_set_size(entry, (la_int64_t)len);
	assert_int_equal(archive_write_header(out, entry), ARCHIVE_OK);
	if (len > 0)
		assert_int_equal(archive_write_data(out, text, len), len);
	archive_entry_free(entry);
}

static void end(struct archive *out)
{
	assert_int_equal(archive_write_close(out), ARCHIVE_OK);
	assert_int_equal(archive_write_free(out), ARCHIVE_OK);
}

static void assert_reads(const struct file_case *c, enum err err, const char *part)
{
	struct file_read read;

	file_case_read(c, &csv, &read);
	if (read.err != err || strstr(read.detail.text, part) == NULL)
		fail_msg("%s, \"%s\"", err_str(read.err), read.detail.text);
	assert_int_equal(read.rows, err == ERR_OK ? ROWS : 0);
	assert_int_equal(read.bytes, read.size);
	assert_int_equal(read.size > 0, err == ERR_OK);
	file_read_fini(&read);
}

static void one_file_is_read_whatever_lies_around_it(void **state)
{
	static const char *const options[] = {NULL, "zip:compression=store", "zip:zip64"};
	struct archive *out;
	struct file_case c;

	(void)state;
	file_case_open(&c);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		out = begin(&c, options[i]);
		add(out, "exports/", AE_IFDIR, "");
		add(out, "exports/d\xc3\xa9livr\xc3\xa9.csv", AE_IFREG, TEXT);
		add(out, "__MACOSX/exports/._x.csv", AE_IFREG, "finder");
		end(out);
		assert_reads(&c, ERR_OK, "");
	}
	file_case_close(&c);
}

static void several_files_or_none_are_refused(void **state)
{
	struct archive *out;
	struct file_case c;

	(void)state;
	file_case_open(&c);
	out = begin(&c, NULL);
	add(out, "a.csv", AE_IFREG, TEXT);
	add(out, "b.csv", AE_IFREG, TEXT);
	end(out);
	assert_reads(&c, ERR_PARSE, "several files");
	end(begin(&c, NULL));
	assert_reads(&c, ERR_PARSE, "no file in it");
	out = begin(&c, NULL);
	add(out, "exports/", AE_IFDIR, "");
	end(out);
	assert_reads(&c, ERR_PARSE, "no file in it");
	out = begin(&c, NULL);
	add(out, "a.csv", AE_IFLNK, "/etc/passwd");
	end(out);
	assert_reads(&c, ERR_PARSE, "something else than a file");
	file_case_close(&c);
}

static void an_encrypted_one_is_refused(void **state)
{
	static const char *const options[] = {"zip:encryption=zipcrypt", "zip:encryption=aes256"};
	struct archive *out;
	struct file_case c;

	(void)state;
	file_case_open(&c);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		out = begin(&c, options[i]);
		add(out, "a.csv", AE_IFREG, TEXT);
		end(out);
		assert_reads(&c, ERR_PARSE, "encrypted");
	}
	file_case_close(&c);
}

/* Change bytes of the zip of one file: behind `at` of its last `mark`. */
static void patch(struct file_case *c, const char *mark, size_t at, char byte)
{
	struct str bytes = file_case_bytes(c);
	char *copy = malloc(bytes.len), *owned;

	assert_non_null(copy);
	memcpy(copy, bytes.ptr, bytes.len);
	for (size_t i = 0; i + 4 <= bytes.len; i++) {
		if (memcmp(bytes.ptr + i, mark, 4) == 0)
			copy[i + at] = byte;
	}
	file_case_put(c, (struct str){copy, bytes.len});
	free(copy);
	memcpy(&owned, &bytes.ptr, sizeof(owned));
	free(owned);
}

static void another_method_than_deflate_is_refused(void **state)
{
	struct file_case c;

	(void)state;
	file_case_open(&c);
	file_case_put_zip(&c, STR_LIT(TEXT));
	patch(&c, "PK\x03\x04", 8, 14); /* LZMA, in the file's header and in the directory */
	patch(&c, "PK\x01\x02", 10, 14);
	assert_reads(&c, ERR_PARSE, "packed in a way");
	file_case_close(&c);
}

static void a_wrong_checksum_or_length_is_damage(void **state)
{
	struct archive *out;
	struct file_case c;

	(void)state;
	file_case_open(&c);
	out = begin(&c, "zip:compression=store");
	add(out, "a.csv", AE_IFREG, TEXT);
	end(out);
	patch(&c, "a,b\n", 4, '9'); /* one digit */
	assert_reads(&c, ERR_PARSE, "damaged");
	for (unsigned size = 0; size < 128; size++) { /* as the directory has it */
		if (size == sizeof(TEXT) - 1)
			continue;
		file_case_put_zip(&c, STR_LIT(TEXT));
		patch(&c, "PK\x01\x02", 24, (char)size);
		assert_reads(&c, ERR_PARSE, "damaged");
	}
	file_case_close(&c);
}

static void one_that_is_cut_off_is_none(void **state)
{
	struct file_case c;
	struct str bytes;
	char *owned;

	(void)state;
	file_case_open(&c);
	file_case_put_zip(&c, STR_LIT(TEXT));
	bytes = file_case_bytes(&c);
	for (size_t len = 4; len < bytes.len; len++) {
		file_case_put(&c, (struct str){bytes.ptr, len});
		assert_reads(&c, ERR_PARSE, "");
	}
	memcpy(&owned, &bytes.ptr, sizeof(owned));
	free(owned);
	file_case_close(&c);
}

static void a_flood_of_files_is_refused(void **state)
{
	struct archive *out;
	struct file_case c;
	char name[32];

	(void)state;
	file_case_open(&c);
	out = begin(&c, "zip:compression=store");
	for (size_t i = 0; i < HUGE_DIR; i++) {
		(void)snprintf(name, sizeof(name), "__MACOSX/%zu.csv", i);
		add(out, name, AE_IFREG, "");
	}
	end(out);
	assert_reads(&c, ERR_PARSE, "too many");
	out = begin(&c, NULL);
	for (size_t i = 0; i < 1100; i++) {
		(void)snprintf(name, sizeof(name), "__MACOSX/%zu.csv", i);
		add(out, name, AE_IFREG, "");
	}
	end(out);
	assert_reads(&c, ERR_PARSE, "too many");
	file_case_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_file_is_read_whatever_lies_around_it),
		cmocka_unit_test(several_files_or_none_are_refused),
		cmocka_unit_test(an_encrypted_one_is_refused),
		cmocka_unit_test(another_method_than_deflate_is_refused),
		cmocka_unit_test(a_wrong_checksum_or_length_is_damage),
		cmocka_unit_test(one_that_is_cut_off_is_none),
		cmocka_unit_test(a_flood_of_files_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
