/* SPDX-License-Identifier: MIT */
#include "normalise/decode/csv_intake.h"

#include <stdint.h>
#include <string.h>

#define MEMORY ((size_t)64 * 1024)

enum err csv_intake_init(struct csv_intake *in, const struct csv_spec *spec, struct str media_type)
{
	*in = (struct csv_intake){.spec = spec};
	buf_init(&in->media_type, media_type.len + 1);
	/* Bounded by its use: the piece that was fed last. */
	buf_init(&in->units, SIZE_MAX / 4);
	return buf_append_str(&in->media_type, media_type) == ERR_OK ? ERR_OK : ERR_NOMEM;
}

void csv_intake_fini(struct csv_intake *in)
{
	buf_fini(&in->media_type);
	buf_fini(&in->units);
}

void csv_intake_reset(struct csv_intake *in)
{
	buf_reset(&in->units);
}

static bool is_wide(const struct csv_intake *in)
{
	return in->charset == CHARSET_UTF16_LE || in->charset == CHARSET_UTF16_BE;
}

/* Bytes that are whole characters: an odd byte and a high surrogate wait for what follows. */
static size_t whole_units(const struct csv_intake *in, bool is_last)
{
	const char *bytes = in->units.ptr;
	size_t len = in->units.len - in->units.len % 2;
	size_t high = in->charset == CHARSET_UTF16_LE ? 1 : 2; /* its upper byte, from the end */

	if (is_last)
		return in->units.len;
	if (len > 0 && ((unsigned char)bytes[len - high] & 0xfc) == 0xd8)
		len -= 2;
	return len;
}

static enum err take_wide(struct csv_intake *in, bool is_last, struct buf *text)
{
	size_t len = whole_units(in, is_last);
	struct str converted;
	struct arena a;
	enum err err;

	if (len == 0)
		return ERR_OK;
	arena_init(&a, len * 2 + MEMORY);
	err = charset_to_utf8(&a, (struct str){in->units.ptr, len}, in->charset, &converted);
	if (err == ERR_OK)
		err = buf_append_str(text, converted);
	arena_fini(&a);
	in->units.len -= len;
	memmove(in->units.ptr, in->units.ptr + len, in->units.len);
	return err == ERR_OK ? ERR_OK : ERR_NOMEM;
}

/* The mark, if there is one, belongs to no row. */
static enum err find_charset(struct csv_intake *in, struct buf *text,
                             struct err_detail *reterr_detail)
{
	struct str rest = buf_str(&in->units);
	enum err err = csv_charset_choose(in->spec, buf_str(&in->media_type), &rest, &in->charset,
	                                  &in->encoding, reterr_detail);

	if (err != ERR_OK)
		return err;
	in->has_charset = true;
	in->mark_len = in->units.len - rest.len;
	if (in->mark_len > 0)
		memmove(in->units.ptr, in->units.ptr + in->mark_len, rest.len);
	in->units.len = rest.len;
	if (is_wide(in))
		return ERR_OK;
	err = buf_append_str(text, buf_str(&in->units));
	buf_reset(&in->units);
	return err == ERR_OK ? ERR_OK : ERR_NOMEM;
}

/* Enough to tell the mark, which may stand there twice. */
static bool is_enough(struct str begin)
{
	size_t wanted = CSV_MARK_MAX;

	if (str_has_prefix(begin, STR_LIT("\xef\xbb\xbf")))
		wanted *= 2;
	return begin.len >= wanted;
}

enum err csv_intake_take(struct csv_intake *in, struct str bytes, bool is_last, struct buf *text,
                         struct err_detail *reterr_detail)
{
	enum err err = ERR_OK;

	if (in->has_charset && !is_wide(in))
		return buf_append_str(text, bytes) == ERR_OK ? ERR_OK : ERR_NOMEM;
	if (buf_append_str(&in->units, bytes) != ERR_OK)
		return ERR_NOMEM;
	if (!in->has_charset && (is_enough(buf_str(&in->units)) || is_last))
		err = find_charset(in, text, reterr_detail);
	if (err != ERR_OK || !in->has_charset || !is_wide(in))
		return err;
	return take_wide(in, is_last, text);
}

/* One character of UTF-8 is two bytes of UTF-16, or four. */
uint64_t csv_intake_bytes(const struct csv_intake *in, struct str text)
{
	uint64_t bytes = 0;

	if (!is_wide(in))
		return text.len;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char b = (unsigned char)text.ptr[i];

		if ((b & 0xc0) != 0x80)
			bytes += b >= 0xf0 ? 4 : 2;
	}
	return bytes;
}
