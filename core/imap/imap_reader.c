/* SPDX-License-Identifier: MIT */
#include "core/imap/imap_reader.h"

#include <string.h>

#include "core/ascii.h"

#define KEPT_BYTES ((size_t)64 * 1024) /* memory that is not given back after each response */

void imap_reader_init(struct imap_reader *r, size_t text_max, size_t literal_max)
{
	*r = (struct imap_reader){.text_max = text_max};
	imap_reader_allow(r, literal_max);
	buf_init(&r->bytes, text_max + literal_max);
}

void imap_reader_fini(struct imap_reader *r)
{
	buf_fini(&r->bytes);
}

void imap_reader_allow(struct imap_reader *r, size_t literal_max)
{
	r->literal_max = literal_max;
	r->bytes.max = r->text_max + literal_max;
}

static void begin(struct imap_reader *r)
{
	if (r->bytes.cap > KEPT_BYTES) {
		buf_fini(&r->bytes);
		buf_init(&r->bytes, r->text_max + (size_t)r->literal_max);
	}
	buf_reset(&r->bytes);
	r->line_at = 0;
	r->text_bytes = 0;
	r->literal_bytes = 0;
	r->is_whole = false;
}

static enum err take(struct imap_reader *r, struct str *bytes, size_t len)
{
	enum err err = buf_append(&r->bytes, bytes->ptr, len);

	bytes->ptr += len;
	bytes->len -= len;
	return err;
}

static enum err take_literal(struct imap_reader *r, struct str *bytes)
{
	size_t len = bytes->len < r->literal_left ? bytes->len : (size_t)r->literal_left;
	enum err err = take(r, bytes, len);

	r->literal_left -= len;
	if (r->literal_left == 0)
		r->line_at = r->bytes.len;
	return err;
}

/* Up to the LF, or all. */
static enum err take_line(struct imap_reader *r, struct str *bytes, bool *ret_has_end)
{
	const char *lf = memchr(bytes->ptr, '\n', bytes->len);
	size_t len = lf != NULL ? (size_t)(lf - bytes->ptr) + 1 : bytes->len;

	if (len > r->text_max - r->text_bytes)
		return ERR_LIMIT;
	if (memchr(bytes->ptr, '\0', len) != NULL)
		return ERR_PARSE;
	r->text_bytes += len;
	*ret_has_end = lf != NULL;
	return take(r, bytes, len);
}

/* "… {123}" announces a literal. */
static bool find_literal(struct str line, uint64_t *ret_len)
{
	size_t at = line.len;

	if (at < 3 || line.ptr[at - 1] != '}')
		return false;
	at--;
	while (at > 0 && ascii_is_digit(line.ptr[at - 1]))
		at--;
	if (at == 0 || line.ptr[at - 1] != '{')
		return false;

	enum err err = str_to_u64((struct str){line.ptr + at, line.len - 1 - at}, ret_len);

	if (err == ERR_LIMIT)
		*ret_len = UINT64_MAX;
	return err != ERR_PARSE;
}

static struct str without_crlf(struct str s)
{
	if (s.len > 0 && s.ptr[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.ptr[s.len - 1] == '\r')
		s.len--;
	return s;
}

/* @return ERR_OK: the response is whole */
static enum err end_line(struct imap_reader *r)
{
	struct str line = {r->bytes.ptr + r->line_at, r->bytes.len - r->line_at};
	uint64_t len;

	if (!find_literal(without_crlf(line), &len))
		return ERR_OK;
	if (len > r->literal_max - r->literal_bytes)
		return ERR_LIMIT;
	r->literal_bytes += len;
	r->literal_left = len;
	r->line_at = r->bytes.len;
	return ERR_AGAIN;
}

enum err imap_reader_next(struct imap_reader *r, struct str *bytes, struct str *ret_response)
{
	enum err err = ERR_AGAIN;

	if (r->is_whole)
		begin(r);
	while (err == ERR_AGAIN && bytes->len > 0) {
		bool has_end = false;

		if (r->literal_left > 0) {
			err = take_literal(r, bytes);
		} else {
			err = take_line(r, bytes, &has_end);
		}
		if (err == ERR_OK)
			err = has_end ? end_line(r) : ERR_AGAIN;
	}
	if (err != ERR_OK)
		return err;
	r->is_whole = true;
	*ret_response = without_crlf(buf_str(&r->bytes));
	return ERR_OK;
}
