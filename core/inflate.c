/* SPDX-License-Identifier: MIT */
#include "core/inflate.h"

#include <stdbool.h>
#include <stdlib.h>
#define ZLIB_CONST /* next_in is a pointer to const */
#include <zlib.h>

#define WINDOW_GZIP (15 + 16) /* largest window; the gzip wrapper only */
#define PIECE       4096
#define IN_MAX      (1U << 30)

struct inflate {
	z_stream stream;
	bool is_ready;    /* inflateInit2() was done */
	bool in_member;   /* a member has begun and is not complete */
	bool has_members; /* at least one is complete */
};

enum err inflate_new(struct inflate **ret_inflate)
{
	struct inflate *z = calloc(1, sizeof(*z));

	if (z == NULL)
		return ERR_NOMEM;
	if (inflateInit2(&z->stream, WINDOW_GZIP) != Z_OK) {
		free(z);
		return ERR_NOMEM;
	}
	z->is_ready = true;
	*ret_inflate = z;
	return ERR_OK;
}

void inflate_free(struct inflate *z)
{
	if (z == NULL)
		return;
	if (z->is_ready)
		(void)inflateEnd(&z->stream);
	free(z);
}

static enum err start_member(struct inflate *z)
{
	if (z->has_members && inflateReset(&z->stream) != Z_OK)
		return ERR_PARSE;
	z->in_member = true;
	return ERR_OK;
}

static enum err map_result(struct inflate *z, int rc)
{
	switch (rc) {
	case Z_OK:
	case Z_BUF_ERROR: /* wants more input; not an error */
		return ERR_OK;
	case Z_STREAM_END:
		z->in_member = false;
		z->has_members = true;
		return ERR_OK;
	case Z_MEM_ERROR:
		return ERR_NOMEM;
	default: /* Z_DATA_ERROR, Z_NEED_DICT */
		return ERR_PARSE;
	}
}

enum err inflate_feed(struct inflate *z, struct str in, struct buf *out)
{
	unsigned char piece[PIECE];
	size_t made;
	enum err err = ERR_OK;

	if (in.len == 0)
		return ERR_OK;
	if (in.len > IN_MAX)
		return ERR_LIMIT;
	z->stream.next_in = (const Bytef *)in.ptr;
	z->stream.avail_in = (uInt)in.len;
	do {
		if (!z->in_member && z->stream.avail_in > 0)
			err = start_member(z);
		if (err != ERR_OK)
			return err;
		z->stream.next_out = piece;
		z->stream.avail_out = PIECE;
		err = map_result(z, inflate(&z->stream, Z_NO_FLUSH));
		made = PIECE - z->stream.avail_out;
		if (err == ERR_OK)
			err = buf_append(out, piece, made);
	} while (err == ERR_OK && (z->stream.avail_in > 0 || made == PIECE) &&
	         (z->in_member || z->stream.avail_in > 0));
	return err;
}

enum err inflate_end(const struct inflate *z)
{
	return z->has_members && !z->in_member ? ERR_OK : ERR_PARSE;
}
