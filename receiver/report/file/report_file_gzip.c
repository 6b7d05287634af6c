/* SPDX-License-Identifier: MIT */
/* By core/inflate: libarchive 3.6 checks no checksum of gzip, and takes bytes behind it for
 * nothing. */
#include <stdlib.h>

#include "core/inflate.h"
#include "receiver/report/file/report_file_parts.h"

/* Deflate makes at most 1032 bytes of one. */
#define STEP_BYTES   ((size_t)4 * 1024)
#define UNPACKED_MAX (STEP_BYTES * 1040 + FILE_PIECE_BYTES)

struct file_gzip {
	struct inflate *inflate; /* owned */
	struct buf unpacked;
};

enum err file_gzip_new(struct file_gzip **ret_gzip)
{
	struct file_gzip *z = calloc(1, sizeof(*z));

	if (z == NULL)
		return ERR_NOMEM;
	buf_init(&z->unpacked, UNPACKED_MAX);
	if (inflate_new(&z->inflate) != ERR_OK) {
		file_gzip_free(z);
		return ERR_NOMEM;
	}
	*ret_gzip = z;
	return ERR_OK;
}

void file_gzip_free(struct file_gzip *z)
{
	if (z == NULL)
		return;
	inflate_free(z->inflate);
	buf_fini(&z->unpacked);
	free(z);
}

enum err file_gzip_take(struct file_gzip *z, struct str *bytes, struct str *ret_piece,
                        struct err_detail *reterr_detail)
{
	struct str step = *bytes;
	enum err err;

	if (step.len > STEP_BYTES)
		step.len = STEP_BYTES;
	buf_reset(&z->unpacked);
	err = inflate_feed(z->inflate, step, &z->unpacked);
	if (err == ERR_PARSE) {
		err_detail_set(reterr_detail, "the gzip file is damaged, or something stands "
		                              "behind it: download it again");
	}
	if (err != ERR_OK)
		return err == ERR_PARSE ? ERR_PARSE : ERR_NOMEM;
	*bytes = (struct str){bytes->ptr + step.len, bytes->len - step.len};
	*ret_piece = buf_str(&z->unpacked);
	return ERR_OK;
}

enum err file_gzip_end(const struct file_gzip *z, struct err_detail *reterr_detail)
{
	if (inflate_end(z->inflate) == ERR_OK)
		return ERR_OK;
	err_detail_set(reterr_detail, "the gzip file is cut off: download it again");
	return ERR_PARSE;
}
