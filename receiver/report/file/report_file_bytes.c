/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "receiver/report/file/report_file_parts.h"

#define MAGIC_BYTES 4

enum packed_as { PACKED_NOT, PACKED_GZIP, PACKED_ZIP };

struct file_bytes {
	int fd; /* owned, but for standard input */
	bool is_regular;
	enum packed_as packed;
	uint64_t size;      /* of the file; 0: not known */
	uint64_t read;      /* of the file */
	uint64_t given;     /* unpacked */
	uint64_t max_bytes; /* 0: no limit */
	char piece[FILE_PIECE_BYTES];
	struct str rest;        /* of piece: not looked at yet */
	bool is_ended;          /* of the file */
	struct file_gzip *gzip; /* owned; GZIP */
	struct file_zip *zip;   /* owned; ZIP */
};

static enum err fail(struct err_detail *reterr_detail, const char *text)
{
	err_detail_set(reterr_detail, "%s", text);
	return ERR_PARSE;
}

/* ---- the file ---- */

static enum err unreadable(struct err_detail *reterr_detail)
{
	err_detail_set(reterr_detail, "cannot be read");
	return ERR_IO;
}

/* Behind the @p have bytes of the piece that are there. */
static enum err read_more(struct file_bytes *b, size_t have, struct err_detail *reterr_detail)
{
	ssize_t len;

	do {
		len = read(b->fd, b->piece + have, sizeof(b->piece) - have);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return unreadable(reterr_detail);
	b->rest = (struct str){b->piece, have + (size_t)len};
	b->read += (uint64_t)len;
	b->is_ended = len == 0;
	return ERR_OK;
}

static enum packed_as packed_as(struct str bytes)
{
	if (str_has_prefix(bytes, STR_LIT("\x1f\x8b")))
		return PACKED_GZIP;
	if (str_has_prefix(bytes, STR_LIT("PK\x03\x04")) ||
	    str_has_prefix(bytes, STR_LIT("PK\x05\x06")) ||
	    str_has_prefix(bytes, STR_LIT("PK\x07\x08")))
		return PACKED_ZIP;
	return PACKED_NOT;
}

/* A pipe may give less than the first bytes at once. */
static enum err read_first(struct file_bytes *b, struct err_detail *reterr_detail)
{
	enum err err = ERR_OK;

	while (err == ERR_OK && b->rest.len < MAGIC_BYTES && !b->is_ended)
		err = read_more(b, b->rest.len, reterr_detail);
	return err;
}

static enum err begin_packed(struct file_bytes *b, struct err_detail *reterr_detail)
{
	if (b->packed == PACKED_GZIP) {
		file_gzip_free(b->gzip);
		b->gzip = NULL;
		return file_gzip_new(&b->gzip);
	}
	if (b->packed != PACKED_ZIP)
		return ERR_OK;
	if (!b->is_regular)
		return fail(reterr_detail, "a zip is not read from a pipe: save it first");
	file_zip_free(b->zip);
	b->zip = NULL;
	return file_zip_open(b->fd, &b->zip, reterr_detail);
}

/* ---- opening ---- */

static enum err open_fd(const char *path, int *ret_fd, struct err_detail *reterr_detail)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO
	                                : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd >= 0) {
		*ret_fd = fd;
		return ERR_OK;
	}
	if (errno == ENOENT) {
		err_detail_set(reterr_detail, "there is no such file");
		return ERR_NOENT;
	}
	err_detail_set(reterr_detail, errno == EACCES ? "may not be read" : "cannot be opened");
	return errno == EACCES ? ERR_AUTH : ERR_IO;
}

static enum err check_kind(struct file_bytes *b, struct err_detail *reterr_detail)
{
	struct stat st;

	if (fstat(b->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		b->is_regular = true;
		b->size = (uint64_t)st.st_size;
		return ERR_OK;
	}
	if (b->fd == STDIN_FILENO)
		return ERR_OK;
	err_detail_set(reterr_detail, "no file; save what it gives in one first");
	return ERR_IO;
}

enum err file_bytes_open(const struct report_file_conf *conf, struct file_bytes **ret_bytes,
                         struct err_detail *reterr_detail)
{
	struct file_bytes *b = calloc(1, sizeof(*b));
	enum err err;

	if (b == NULL)
		return ERR_NOMEM;
	b->fd = -1;
	b->max_bytes = conf->max_bytes;
	err = open_fd(conf->path, &b->fd, reterr_detail);
	if (err == ERR_OK)
		err = check_kind(b, reterr_detail);
	if (err == ERR_OK)
		err = read_first(b, reterr_detail);
	if (err == ERR_OK) {
		b->packed = packed_as(b->rest);
		err = begin_packed(b, reterr_detail);
	}
	if (err == ERR_OK) {
		*ret_bytes = b;
	} else {
		file_bytes_free(b);
	}
	return err;
}

void file_bytes_free(struct file_bytes *b)
{
	if (b == NULL)
		return;
	file_gzip_free(b->gzip);
	file_zip_free(b->zip);
	if (b->fd >= 0 && b->fd != STDIN_FILENO)
		(void)close(b->fd);
	free(b);
}

/* ---- pieces ---- */

static enum err next_plain(struct file_bytes *b, struct str *ret_piece,
                           struct err_detail *reterr_detail)
{
	enum err err = ERR_OK;

	if (b->rest.len == 0 && !b->is_ended)
		err = read_more(b, 0, reterr_detail);
	if (err != ERR_OK)
		return err;
	*ret_piece = b->rest;
	b->rest = STR_EMPTY;
	return ERR_OK;
}

static enum err next_unpacked(struct file_bytes *b, struct str *ret_piece,
                              struct err_detail *reterr_detail)
{
	struct str piece = STR_EMPTY;
	enum err err = ERR_OK;

	while (err == ERR_OK && piece.len == 0 && !b->is_ended) {
		if (b->rest.len == 0)
			err = read_more(b, 0, reterr_detail);
		if (err == ERR_OK && b->rest.len > 0)
			err = file_gzip_take(b->gzip, &b->rest, &piece, reterr_detail);
	}
	if (err == ERR_OK && piece.len == 0)
		err = file_gzip_end(b->gzip, reterr_detail);
	if (err == ERR_OK)
		*ret_piece = piece;
	return err;
}

/* Past the limit, or packed once more: so little may stand for so much that nobody reads it. */
static enum err check_piece(struct file_bytes *b, struct str piece,
                            struct err_detail *reterr_detail)
{
	if (b->packed != PACKED_NOT && b->given == 0 && packed_as(piece) != PACKED_NOT)
		return fail(reterr_detail, "it is packed twice: unpack it first");
	b->given += piece.len;
	if (b->max_bytes == 0 || b->given <= b->max_bytes)
		return ERR_OK;
	err_detail_set(reterr_detail, "%s larger than the limit of %llu MiB",
	               b->packed != PACKED_NOT ? "unpacked it is" : "it is",
	               (unsigned long long)(b->max_bytes / 1024 / 1024));
	return ERR_LIMIT;
}

enum err file_bytes_next(struct file_bytes *b, struct str *ret_piece,
                         struct err_detail *reterr_detail)
{
	struct str piece = STR_EMPTY;
	enum err err = ERR_OK;

	if (b->packed == PACKED_NOT)
		err = next_plain(b, &piece, reterr_detail);
	if (b->packed == PACKED_GZIP)
		err = next_unpacked(b, &piece, reterr_detail);
	if (b->packed == PACKED_ZIP)
		err = file_zip_next(b->zip, &piece, reterr_detail);
	if (err == ERR_OK)
		err = check_piece(b, piece, reterr_detail);
	if (err == ERR_OK)
		*ret_piece = piece;
	return err;
}

/* ---- seeking ---- */

enum err file_bytes_seek(struct file_bytes *b, uint64_t offset, struct err_detail *reterr_detail)
{
	if (!b->is_regular || b->packed != PACKED_NOT)
		return ERR_INVAL;
	if (offset > b->size)
		return fail(reterr_detail, "the file is shorter than what was read of it before");
	if (lseek(b->fd, (off_t)offset, SEEK_SET) < 0)
		return unreadable(reterr_detail);
	b->rest = STR_EMPTY;
	b->is_ended = false;
	b->read = b->given = offset;
	return ERR_OK;
}

void file_bytes_progress(const struct file_bytes *b, uint64_t *ret_read, uint64_t *ret_size)
{
	uint64_t all = b->zip != NULL ? file_zip_read(b->zip) : b->read;

	*ret_read = b->size > 0 && all > b->size ? b->size : all;
	*ret_size = b->size;
}
