/* SPDX-License-Identifier: MIT */
/*
 * Only what files of one report are packed with: stored and deflated. The directory at the zip's
 * end says what is in it, so a zip that was cut off is none, and bytes behind it do not matter.
 */
#include <errno.h>
#include <minizip/unzip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "receiver/report/file/report_file_parts.h"

#define ENTRIES_MAX    1000
#define NAME_MAX_LEN   1024
/* What Finder adds to each file. */
#define MAC_FOLDER     "__MACOSX/"
/* APPNOTE.TXT of PKWARE: 4.4.2.2 (made by Unix), 4.4.4 (general purpose flags), 4.4.5 (methods). */
#define MADE_BY_UNIX   3
#define FLAG_ENCRYPTED 0x2041U /* also strongly, also the directory */
#define METHOD_STORED  0
#define METHOD_DEFLATE 8

struct file_zip {
	unzFile in; /* owned */
	int fd;     /* borrowed */
	off_t at;   /* in it */
	uint64_t size;
	uint64_t read;  /* of the zip: furthest place */
	uint64_t given; /* unpacked */
	uint64_t whole; /* what the directory says that is to be */
	bool is_ended;
	bool is_short; /* less was there than was asked for: minizip takes that for an end */
	char piece[FILE_PIECE_BYTES];
};

static enum err fail(struct err_detail *reterr_detail, const char *text)
{
	err_detail_set(reterr_detail, "%s", text);
	return ERR_PARSE;
}

/* ---- as minizip asks ---- */

static voidpf on_open(voidpf arg, const void *name, int mode)
{
	(void)name;
	(void)mode;
	return arg;
}

static uLong on_read(voidpf arg, voidpf stream, void *bytes, uLong size)
{
	struct file_zip *z = stream;
	uLong got = 0;

	(void)arg;
	while (got < size) {
		const ssize_t len = pread(z->fd, (char *)bytes + got, size - got, z->at);

		if (len < 0 && errno == EINTR)
			continue;
		z->is_short = z->is_short || len <= 0;
		if (len <= 0)
			break;
		got += (uLong)len;
		z->at += len;
	}
	if ((uint64_t)z->at > z->read)
		z->read = (uint64_t)z->at;
	return got;
}

static uLong on_write(voidpf arg, voidpf stream, const void *bytes, uLong size)
{
	(void)arg;
	(void)stream;
	(void)bytes;
	(void)size;
	return 0;
}

static ZPOS64_T on_tell(voidpf arg, voidpf stream)
{
	const struct file_zip *z = stream;

	(void)arg;
	return (ZPOS64_T)z->at;
}

static long on_seek(voidpf arg, voidpf stream, ZPOS64_T offset, int origin)
{
	struct file_zip *z = stream;
	uint64_t from = 0;

	(void)arg;
	if (origin == ZLIB_FILEFUNC_SEEK_CUR)
		from = (uint64_t)z->at;
	if (origin == ZLIB_FILEFUNC_SEEK_END)
		from = z->size;
	if (offset > z->size || from + offset > z->size)
		return -1;
	z->at = (off_t)(from + offset);
	return 0;
}

static int on_close(voidpf arg, voidpf stream)
{
	(void)arg;
	(void)stream;
	return 0;
}

static int on_error(voidpf arg, voidpf stream)
{
	const struct file_zip *z = stream;

	(void)arg;
	return z->is_short;
}

/* minizip takes one for no zip. */
static bool is_empty(int fd)
{
	char first[4];

	return pread(fd, first, sizeof(first), 0) == sizeof(first) &&
	       memcmp(first, "PK\x05\x06", sizeof(first)) == 0;
}

static enum err open_in(struct file_zip *z, struct err_detail *reterr_detail)
{
	zlib_filefunc64_def calls = {.zopen64_file = on_open,
	                             .zread_file = on_read,
	                             .zwrite_file = on_write,
	                             .ztell64_file = on_tell,
	                             .zseek64_file = on_seek,
	                             .zclose_file = on_close,
	                             .zerror_file = on_error,
	                             .opaque = z};
	struct stat st;

	if (fstat(z->fd, &st) != 0)
		return fail(reterr_detail, "the zip cannot be read");
	z->size = (uint64_t)st.st_size;
	z->in = unzOpen2_64("", &calls);
	if (z->in != NULL)
		return ERR_OK;
	return fail(reterr_detail, is_empty(z->fd) ? "the zip has no file in it"
	                                           : "the zip is damaged or cut off: download "
	                                             "it again");
}

/* ---- what is in it ---- */

static bool is_counted(struct str name)
{
	return name.len == 0 ||
	       (name.ptr[name.len - 1] != '/' && !str_has_prefix(name, STR_LIT(MAC_FOLDER)));
}

static bool is_file(const unz_file_info64 *info)
{
	const mode_t mode = (mode_t)(info->external_fa >> 16);

	return info->version >> 8 != MADE_BY_UNIX || (mode & S_IFMT) == 0 || S_ISREG(mode);
}

static enum err check_entry(const unz_file_info64 *info, struct err_detail *reterr_detail)
{
	if ((info->flag & FLAG_ENCRYPTED) != 0)
		return fail(reterr_detail, "the zip is encrypted: unpack it first");
	if (!is_file(info))
		return fail(reterr_detail, "the zip has something else than a file in it");
	if (info->compression_method != METHOD_STORED &&
	    info->compression_method != METHOD_DEFLATE) {
		return fail(reterr_detail,
		            "the zip is packed in a way that is not read: unpack it first");
	}
	return ERR_OK;
}

/* One entry of the directory. @param found  place of the file, once it was seen */
static enum err look_at(struct file_zip *z, size_t *found, unz64_file_pos *ret_at,
                        struct err_detail *reterr_detail)
{
	unz_file_info64 info;
	char name[NAME_MAX_LEN] = "";

	if (unzGetCurrentFileInfo64(z->in, &info, name, sizeof(name) - 1, NULL, 0, NULL, 0) !=
	    UNZ_OK)
		return fail(reterr_detail, "the zip is damaged: download it again");
	if (!is_counted(str_from(name)))
		return ERR_OK;
	if ((*found)++ > 0) {
		return fail(reterr_detail, "the zip has several files: unpack it, and take the one "
		                           "of this report");
	}
	if (unzGetFilePos64(z->in, ret_at) != UNZ_OK)
		return fail(reterr_detail, "the zip is damaged: download it again");
	z->whole = info.uncompressed_size;
	return check_entry(&info, reterr_detail);
}

/* To the one file in it. */
static enum err find_file(struct file_zip *z, struct err_detail *reterr_detail)
{
	unz64_file_pos at = {0, 0};
	size_t found = 0;
	enum err err = ERR_OK;
	int rc = unzGoToFirstFile(z->in);

	for (size_t i = 0; rc == UNZ_OK && err == ERR_OK; i++) {
		if (i == ENTRIES_MAX)
			return fail(reterr_detail, "the zip has too many files");
		err = look_at(z, &found, &at, reterr_detail);
		if (err == ERR_OK)
			rc = unzGoToNextFile(z->in);
	}
	if (err != ERR_OK)
		return err;
	if (found == 0 && (rc == UNZ_END_OF_LIST_OF_FILE || rc == UNZ_OK))
		return fail(reterr_detail, "the zip has no file in it");
	if (rc != UNZ_END_OF_LIST_OF_FILE || unzGoToFilePos64(z->in, &at) != UNZ_OK ||
	    unzOpenCurrentFile(z->in) != UNZ_OK)
		return fail(reterr_detail, "the zip is damaged: download it again");
	return ERR_OK;
}

enum err file_zip_open(int fd, struct file_zip **ret_zip, struct err_detail *reterr_detail)
{
	struct file_zip *z = calloc(1, sizeof(*z));
	enum err err;

	if (z == NULL)
		return ERR_NOMEM;
	z->fd = fd;
	err = open_in(z, reterr_detail);
	if (err == ERR_OK)
		err = find_file(z, reterr_detail);
	if (err != ERR_OK) {
		file_zip_free(z);
		return err;
	}
	z->read = 0;
	*ret_zip = z;
	return ERR_OK;
}

void file_zip_free(struct file_zip *z)
{
	if (z == NULL)
		return;
	if (z->in != NULL)
		(void)unzClose(z->in);
	free(z);
}

/* The end is one when all of it was there and has the checksum that it should. */
enum err file_zip_next(struct file_zip *z, struct str *ret_piece, struct err_detail *reterr_detail)
{
	int len = z->is_ended ? 0 : unzReadCurrentFile(z->in, z->piece, sizeof(z->piece));

	if (len > 0) {
		z->given += (uint64_t)len;
		*ret_piece = (struct str){z->piece, (size_t)len};
		return ERR_OK;
	}
	if (len < 0 || z->given != z->whole ||
	    (!z->is_ended && unzCloseCurrentFile(z->in) != UNZ_OK))
		return fail(reterr_detail, "the zip is damaged: download it again");
	z->is_ended = true;
	*ret_piece = STR_EMPTY;
	return ERR_OK;
}

uint64_t file_zip_read(const struct file_zip *z)
{
	return z->is_ended ? UINT64_MAX : z->read;
}
