/* SPDX-License-Identifier: MIT */
#include "file_case.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define PAGE_MAX  ((size_t)1024 * 1024)
#define BYTES_MAX ((size_t)256 * 1024 * 1024)

void file_case_open(struct file_case *c)
{
	*c = (struct file_case){.folder = "/tmp/campaign2mqtt-XXXXXX"};
	assert_non_null(mkdtemp(c->folder));
	(void)snprintf(c->path, sizeof(c->path), "%s/report", c->folder);
}

void file_case_close(struct file_case *c)
{
	(void)unlink(c->path);
	assert_int_equal(rmdir(c->folder), 0);
}

void file_case_put(struct file_case *c, struct str bytes)
{
	FILE *file = fopen(c->path, "wb");

	assert_non_null(file);
	if (bytes.len > 0)
		assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	assert_int_equal(fclose(file), 0);
}

void file_case_put_gzip(struct file_case *c, struct str bytes)
{
	gzFile file = gzopen(c->path, "wb1");

	assert_non_null(file);
	if (bytes.len > 0)
		assert_int_equal(gzwrite(file, bytes.ptr, (unsigned)bytes.len), (int)bytes.len);
	assert_int_equal(gzclose(file), Z_OK);
}

void file_case_put_zip(struct file_case *c, struct str bytes)
{
	struct archive *out = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	assert_int_equal(archive_write_set_format_zip(out), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(out, c->path), ARCHIVE_OK);
	archive_entry_set_pathname(entry, "delivery.csv");
	archive_entry_set_size(entry, (la_int64_t)bytes.len);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	assert_int_equal(archive_write_header(out, entry), ARCHIVE_OK);
	if (bytes.len > 0)
		assert_int_equal(archive_write_data(out, bytes.ptr, bytes.len), bytes.len);
	assert_int_equal(archive_write_close(out), ARCHIVE_OK);
	archive_entry_free(entry);
	assert_int_equal(archive_write_free(out), ARCHIVE_OK);
}

struct str file_case_bytes(const struct file_case *c)
{
	FILE *file = fopen(c->path, "rb");
	char *bytes = malloc(BYTES_MAX / 64);
	size_t len;

	assert_non_null(file);
	assert_non_null(bytes);
	len = fread(bytes, 1, BYTES_MAX / 64, file);
	(void)fclose(file);
	return (struct str){bytes, len};
}

static void take(struct file_read *r, const struct report_file_slice *slice)
{
	assert_true(r->slices < CASE_SLICES_MAX);
	assert_int_equal(r->last, 0); /* nothing follows the last one */
	r->places[r->slices++] = slice->next;
	r->rows += slice->rows;
	r->last += slice->is_last ? 1 : 0;
	(void)buf_append_str(&r->bodies, slice->body);
	(void)buf_append_char(&r->bodies, '\0');
	(void)buf_append_str(&r->vars, slice->vars);
	(void)buf_append_char(&r->vars, '\0');
	assert_int_equal(buf_err(&r->bodies), ERR_OK);
	(void)snprintf(r->media_type, sizeof(r->media_type), "%.*s", STR_FMT(slice->media_type));
}

static void read_all(struct report_file *f, struct file_read *r)
{
	struct report_file_slice slice = {.rows = 1};

	while (r->err == ERR_OK && slice.rows > 0) {
		r->err = report_file_next(f, &slice, &r->detail);
		if (r->err == ERR_OK && slice.rows > 0)
			take(r, &slice);
	}
	if (r->err == ERR_OK) { /* the end stays the end */
		assert_true(slice.is_last);
		assert_int_equal(report_file_next(f, &slice, &r->detail), ERR_OK);
		assert_int_equal(slice.rows, 0);
	} else {
		assert_int_equal(report_file_next(f, &slice, &r->detail), r->err);
		assert_int_equal(r->last, 0);
	}
}

void file_case_read_from(const struct file_case *c, const struct report_file_conf *conf,
                         const struct decode_spec *decode, struct report_file_place from,
                         struct file_read *ret_read)
{
	struct report_file_conf all = *conf;
	struct report_file *f = NULL;
	struct file_read *r = ret_read;

	*r = (struct file_read){.err = ERR_OK};
	buf_init(&r->bodies, BYTES_MAX);
	buf_init(&r->vars, BYTES_MAX);
	if (all.path == NULL)
		all.path = c->path;
	if (all.page_max == 0)
		all.page_max = PAGE_MAX;
	r->err = report_file_open(&all, &f, &r->detail);
	if (r->err == ERR_OK)
		r->err = report_file_begin(f, decode, &r->detail);
	if (r->err == ERR_OK && from.line > 0)
		r->err = report_file_seek(f, from, &r->detail);
	if (r->err == ERR_OK)
		read_all(f, r);
	if (r->err == ERR_OK)
		report_file_progress(f, &r->bytes, &r->size);
	report_file_free(f);
}

void file_case_read(const struct file_case *c, const struct decode_spec *decode,
                    struct file_read *ret_read)
{
	const struct report_file_conf conf = {.path = c->path};

	file_case_read_from(c, &conf, decode, (struct report_file_place){.line = 0}, ret_read);
}

void file_read_fini(struct file_read *r)
{
	buf_fini(&r->bodies);
	buf_fini(&r->vars);
}

void file_case_rows(struct buf *text, size_t count)
{
	buf_init(text, BYTES_MAX);
	(void)buf_append_str(text, STR_LIT("SMS_ID,Sender,Recipient,Message_Copy,Status,"
	                                   "Expiry_Date\r\n"));
	for (size_t n = 0; n < count; n++) {
		(void)buf_printf(text,
		                 "m-%08zu,EX,4477%08zu,\"Hi, \"\"you\"\",\nline %zu\",Success,"
		                 "2027-01-01T10:00:00+0000\r\n",
		                 n, n, n);
	}
	assert_int_equal(buf_err(text), ERR_OK);
}
