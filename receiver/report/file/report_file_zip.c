/* SPDX-License-Identifier: MIT */
/*
 * Only what files of one report are packed with: stored and deflated. The other methods of zip take
 * as much memory as the archive says. The directory at the zip's end says what is in it, so a zip
 * that was cut off is none, and bytes behind it do not matter.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "receiver/report/file/report_file_parts.h"

#define ENTRIES_MAX 1000
/* Read to find the file in it: libarchive keeps the whole directory. */
#define HEAD_MAX    ((uint64_t)1024 * 1024)
/* What Finder adds to each file. */
#define MAC_FOLDER  "__MACOSX/"

struct file_zip {
	struct archive *in; /* owned */
	int fd;             /* borrowed */
	uint64_t read;      /* since it was opened */
	uint64_t read_max;
	bool is_ended; /* a small one is all in a block that was read before */
	char block[FILE_PIECE_BYTES];
};

static enum err fail(struct err_detail *reterr_detail, const char *text)
{
	err_detail_set(reterr_detail, "%s", text);
	return ERR_PARSE;
}

/* ---- as libarchive asks ---- */

static la_ssize_t on_read(struct archive *in, void *arg, const void **ret_bytes)
{
	struct file_zip *z = arg;
	ssize_t len = -1;

	if (z->read < z->read_max) {
		do {
			len = read(z->fd, z->block, sizeof(z->block));
		} while (len < 0 && errno == EINTR);
	}
	if (len < 0) {
		archive_set_error(in, EIO, "cannot be read");
		return ARCHIVE_FATAL;
	}
	z->read += (uint64_t)len;
	*ret_bytes = z->block;
	return (la_ssize_t)len;
}

static la_int64_t on_seek(struct archive *in, void *arg, la_int64_t offset, int whence)
{
	struct file_zip *z = arg;
	off_t at = lseek(z->fd, (off_t)offset, whence);

	(void)in;
	return at >= 0 ? (la_int64_t)at : ARCHIVE_FATAL;
}

/* libarchive takes one for no zip. */
static bool is_empty(int fd)
{
	char first[4];

	return pread(fd, first, sizeof(first), 0) == sizeof(first) &&
	       memcmp(first, "PK\x05\x06", sizeof(first)) == 0;
}

static enum err open_in(struct file_zip *z, struct err_detail *reterr_detail)
{
	int rc;

	if (z->in != NULL)
		(void)archive_read_free(z->in);
	z->in = archive_read_new();
	if (z->in == NULL)
		return ERR_NOMEM;
	z->read = 0;
	z->read_max = HEAD_MAX;
	rc = lseek(z->fd, 0, SEEK_SET) == 0 ? archive_read_support_format_zip_seekable(z->in)
	                                    : ARCHIVE_FATAL;
	if (rc == ARCHIVE_OK)
		rc = archive_read_set_seek_callback(z->in, on_seek);
	if (rc == ARCHIVE_OK)
		rc = archive_read_open(z->in, z, NULL, on_read, NULL);
	if (rc == ARCHIVE_OK)
		return ERR_OK;
	return fail(reterr_detail, is_empty(z->fd) ? "the zip has no file in it"
	                                           : "the zip is damaged or cut off: download "
	                                             "it again");
}

/* ---- what is in it ---- */

static bool is_counted(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	return archive_entry_filetype(entry) != AE_IFDIR &&
	       (name == NULL || !str_has_prefix(str_from(name), STR_LIT(MAC_FOLDER)));
}

/* A name that this locale cannot spell is only a warning. */
static bool is_read(int rc)
{
	return rc == ARCHIVE_OK || rc == ARCHIVE_WARN;
}

static enum err check_entry(struct archive *in, struct archive_entry *entry,
                            struct err_detail *reterr_detail)
{
	const char *format = archive_format_name(in); /* "ZIP 2.0 (deflation)" */

	if (archive_entry_is_encrypted(entry) != 0)
		return fail(reterr_detail, "the zip is encrypted: unpack it first");
	if (archive_entry_filetype(entry) != AE_IFREG)
		return fail(reterr_detail, "the zip has something else than a file in it");
	if (format == NULL ||
	    (strstr(format, "(deflation)") == NULL && strstr(format, "(uncompressed)") == NULL)) {
		return fail(reterr_detail,
		            "the zip is packed in a way that is not read: unpack it first");
	}
	return ERR_OK;
}

/* To the one file in it. */
static enum err find_file(struct file_zip *z, size_t *ret_at, struct err_detail *reterr_detail)
{
	struct archive_entry *entry = NULL;
	enum err err = ERR_OK;
	size_t count = 0, i = 0;
	int rc;

	for (; err == ERR_OK && is_read(rc = archive_read_next_header(z->in, &entry)); i++) {
		if (i == ENTRIES_MAX)
			return fail(reterr_detail, "the zip has too many files");
		if (!is_counted(entry))
			continue;
		*ret_at = i;
		if (count++ > 0) {
			return fail(reterr_detail, "the zip has several files: unpack it, and take "
			                           "the one of this report");
		}
		err = check_entry(z->in, entry, reterr_detail);
	}
	if (err != ERR_OK)
		return err;
	if (rc != ARCHIVE_EOF && z->read >= z->read_max)
		return fail(reterr_detail, "the directory of the zip is too large");
	if (rc != ARCHIVE_EOF)
		return fail(reterr_detail, "the zip is damaged: download it again");
	return count == 1 ? ERR_OK : fail(reterr_detail, "the zip has no file in it");
}

static enum err go_to(struct archive *in, size_t at, struct err_detail *reterr_detail)
{
	struct archive_entry *entry = NULL;

	for (size_t i = 0; i <= at; i++) {
		if (!is_read(archive_read_next_header(in, &entry)))
			return fail(reterr_detail, "the zip is damaged: download it again");
	}
	return ERR_OK;
}

enum err file_zip_open(int fd, struct file_zip **ret_zip, struct err_detail *reterr_detail)
{
	struct file_zip *z = calloc(1, sizeof(*z));
	size_t at = 0;
	enum err err;

	if (z == NULL)
		return ERR_NOMEM;
	z->fd = fd;
	err = open_in(z, reterr_detail);
	if (err == ERR_OK)
		err = find_file(z, &at, reterr_detail);
	if (err == ERR_OK)
		err = open_in(z, reterr_detail);
	if (err == ERR_OK)
		err = go_to(z->in, at, reterr_detail);
	if (err == ERR_OK) {
		z->read = 0;
		z->read_max = UINT64_MAX;
		*ret_zip = z;
	} else {
		file_zip_free(z);
	}
	return err;
}

void file_zip_free(struct file_zip *z)
{
	if (z == NULL)
		return;
	if (z->in != NULL)
		(void)archive_read_free(z->in);
	free(z);
}

/* Checks what it gives against the checksum when the file ends. */
enum err file_zip_next(struct file_zip *z, struct str *ret_piece, struct err_detail *reterr_detail)
{
	const void *bytes = NULL;
	size_t len = 0;
	la_int64_t offset = 0;
	int rc = ARCHIVE_OK;

	while (rc == ARCHIVE_OK && len == 0)
		rc = archive_read_data_block(z->in, &bytes, &len, &offset);
	if (rc != ARCHIVE_OK && rc != ARCHIVE_EOF)
		return fail(reterr_detail, "the zip is damaged: download it again");
	z->is_ended = rc == ARCHIVE_EOF;
	*ret_piece = z->is_ended ? STR_EMPTY : (struct str){bytes, len};
	return ERR_OK;
}

uint64_t file_zip_read(const struct file_zip *z)
{
	return z->is_ended ? z->read_max : z->read;
}
