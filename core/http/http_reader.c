/* SPDX-License-Identifier: MIT */
#include "core/http/http_reader.h"

#include <assert.h>
#include <string.h>

#include "core/ascii.h"

#define HEAD_MAX_MAX ((size_t)16 * 1024 * 1024)
#define SIZE_DIGITS  16

enum step {
	STEP_LINE,    /* text of the request line or of a header */
	STEP_LINE_LF, /* its LF */
	STEP_BODY,    /* Content-Length bytes */
	STEP_SIZE,    /* chunk size */
	STEP_EXTENSION,
	STEP_SIZE_LF,
	STEP_CHUNK,
	STEP_CHUNK_CR,
	STEP_CHUNK_LF,
	STEP_TRAILER, /* start of a trailer line */
	STEP_TRAILER_NAME,
	STEP_TRAILER_VALUE,
	STEP_TRAILER_LF,
	STEP_LAST_LF,
	STEP_END,
	STEP_DONE,
	STEP_BAD
};

/* What may stand in a line: no control bytes but the tab. */
static inline bool is_text(unsigned char c)
{
	return (c >= ' ' && c != 0x7f) || c == '\t';
}

void http_reader_init(struct http_reader *r, size_t head_max)
{
	assert(head_max > 0);
	memset(r, 0, sizeof(*r));
	r->head_max = head_max < HEAD_MAX_MAX ? head_max : HEAD_MAX_MAX;
}

void http_reader_fini(struct http_reader *r)
{
	http_head_fini(&r->head);
	r->step = STEP_DONE;
}

static enum http_event fail(struct http_reader *r, unsigned status)
{
	r->step = STEP_BAD;
	r->status = status;
	return HTTP_BAD;
}

static enum http_event start_body(struct http_reader *r)
{
	r->left = r->head.length;
	r->step = r->left > 0 ? STEP_BODY : STEP_END;
	if (r->head.chunked)
		r->step = STEP_SIZE;
	return HTTP_HEAD;
}

/* A whole line stands in the head, CR LF included. */
static enum http_event end_line(struct http_reader *r)
{
	struct http_head *h = &r->head;
	struct http_span line = {(uint32_t)r->line_at, (uint32_t)(h->len - r->line_at - 2)};
	unsigned status;

	r->step = STEP_LINE;
	r->line_at = h->len;
	if (r->has_request_line) {
		bool is_last = line.len == 0;

		status = is_last ? http_head_finish(h) : http_head_field_line(h, line);
		if (status == 0 && is_last)
			return start_body(r);
	} else if (line.len == 0) {
		/* RFC 9112 2.2: some clients end a body with a CR LF too many. Only one. */
		status = r->has_skipped_line ? 400 : 0;
		r->has_skipped_line = true;
		h->len = 0;
		r->line_at = 0;
	} else {
		status = http_head_request_line(h, line);
		r->has_request_line = true;
	}
	return status == 0 ? HTTP_MORE : fail(r, status);
}

static enum http_event read_line(struct http_reader *r, struct str in, size_t *ret_used)
{
	size_t room = r->head_max - r->head.len;
	size_t end = in.len < room ? in.len : room;
	size_t i = 0;

	if (end == 0)
		return fail(r, 431);
	while (i < end && is_text((unsigned char)in.ptr[i]))
		i++;
	*ret_used = i;
	if (i < end) {
		if (in.ptr[i] != '\r')
			return fail(r, 400);
		*ret_used = ++i;
		r->step = STEP_LINE_LF;
	}
	if (http_head_append(&r->head, in.ptr, i) != ERR_OK)
		return fail(r, 503);
	return HTTP_MORE;
}

static enum http_event read_line_lf(struct http_reader *r, struct str in, size_t *ret_used)
{
	if (r->head.len == r->head_max)
		return fail(r, 431);
	if (in.ptr[0] != '\n')
		return fail(r, 400);
	*ret_used = 1;
	if (http_head_append(&r->head, in.ptr, 1) != ERR_OK)
		return fail(r, 503);
	return end_line(r);
}

static enum http_event read_piece(struct http_reader *r, struct str in, size_t *ret_used,
                                  struct str *ret_piece)
{
	size_t n = r->left < in.len ? (size_t)r->left : in.len;

	r->left -= n;
	*ret_used = n;
	*ret_piece = (struct str){in.ptr, n};
	if (r->left == 0)
		r->step = r->step == STEP_BODY ? STEP_END : STEP_CHUNK_CR;
	return HTTP_BODY;
}

/* Digits only, then ';' or CR: no "0x", sign or blank. */
static bool read_size(struct http_reader *r, unsigned char c)
{
	int value = ascii_hex_value((char)c);

	if (value >= 0) {
		if (r->digits == SIZE_DIGITS || r->left > (uint64_t)INT64_MAX >> 4)
			return false;
		r->digits++;
		r->left = r->left << 4 | (unsigned)value;
		return true;
	}
	if (r->digits == 0)
		return false;
	r->has_extension = false;
	r->step = c == ';' ? STEP_EXTENSION : STEP_SIZE_LF;
	return c == ';' || c == '\r';
}

static bool read_extension(struct http_reader *r, unsigned char c)
{
	if (c == '\r') {
		r->step = STEP_SIZE_LF;
		return r->has_extension;
	}
	r->has_extension = r->has_extension || http_is_token_char(c);
	return is_text(c) && ++r->extension_bytes <= HTTP_EXTENSION_MAX;
}

static bool read_size_lf(struct http_reader *r, unsigned char c)
{
	r->step = r->left > 0 ? STEP_CHUNK : STEP_TRAILER;
	r->digits = 0;
	return c == '\n';
}

static bool read_trailer(struct http_reader *r, unsigned char c)
{
	r->step = c == '\r' ? STEP_LAST_LF : STEP_TRAILER_NAME;
	return c == '\r' || http_is_token_char(c);
}

static bool read_trailer_name(struct http_reader *r, unsigned char c)
{
	if (c == ':')
		r->step = STEP_TRAILER_VALUE;
	return c == ':' || http_is_token_char(c);
}

static bool read_trailer_value(struct http_reader *r, unsigned char c)
{
	if (c == '\r')
		r->step = STEP_TRAILER_LF;
	return c == '\r' || is_text(c);
}

/* One byte of a chunked body's framing. */
static bool read_framing(struct http_reader *r, unsigned char c)
{
	switch (r->step) {
	case STEP_SIZE:
		return read_size(r, c);
	case STEP_EXTENSION:
		return read_extension(r, c);
	case STEP_SIZE_LF:
		return read_size_lf(r, c);
	case STEP_CHUNK_CR:
		r->step = STEP_CHUNK_LF;
		return c == '\r';
	case STEP_CHUNK_LF:
		r->step = STEP_SIZE;
		return c == '\n';
	case STEP_TRAILER:
		return read_trailer(r, c);
	case STEP_TRAILER_NAME:
		return read_trailer_name(r, c);
	case STEP_TRAILER_VALUE:
		return read_trailer_value(r, c);
	case STEP_TRAILER_LF:
		r->step = STEP_TRAILER;
		return c == '\n';
	default: /* STEP_LAST_LF */
		r->step = STEP_END;
		return c == '\n';
	}
}

static enum http_event read_framing_byte(struct http_reader *r, struct str in, size_t *ret_used)
{
	bool in_trailer = r->step >= STEP_TRAILER;

	if (in_trailer && ++r->trailer_bytes > r->head_max)
		return fail(r, 431);
	if (!read_framing(r, (unsigned char)in.ptr[0]))
		return fail(r, 400);
	*ret_used = 1;
	return HTTP_MORE;
}

static enum http_event advance(struct http_reader *r, struct str in, size_t *ret_used,
                               struct str *ret_piece)
{
	switch (r->step) {
	case STEP_LINE:
		return read_line(r, in, ret_used);
	case STEP_LINE_LF:
		return read_line_lf(r, in, ret_used);
	case STEP_BODY:
	case STEP_CHUNK:
		return read_piece(r, in, ret_used, ret_piece);
	default:
		return read_framing_byte(r, in, ret_used);
	}
}

enum http_event http_reader_feed(struct http_reader *r, struct str in, size_t *ret_used,
                                 struct str *ret_piece)
{
	enum http_event event = HTTP_MORE;
	size_t used = 0;

	while (event == HTTP_MORE && used < in.len && r->step < STEP_END) {
		size_t n = 0;

		event = advance(r, (struct str){in.ptr + used, in.len - used}, &n, ret_piece);
		used += n;
	}
	*ret_used = used;
	if (event == HTTP_MORE && r->step == STEP_END) {
		r->step = STEP_DONE;
		return HTTP_END;
	}
	return event == HTTP_MORE && r->step == STEP_BAD ? HTTP_BAD : event;
}

unsigned http_reader_status(const struct http_reader *r)
{
	return r->status;
}

bool http_reader_is_started(const struct http_reader *r)
{
	return r->head.len > 0 || r->has_skipped_line;
}

size_t http_reader_bytes(const struct http_reader *r)
{
	return r->head.cap + r->head.field_cap * sizeof(*r->head.fields);
}

struct str http_reader_method(const struct http_reader *r)
{
	return http_head_text(&r->head, r->head.method);
}

struct str http_reader_path(const struct http_reader *r)
{
	return r->head.path_is_root ? STR_LIT("/") : http_head_text(&r->head, r->head.path);
}

struct str http_reader_query(const struct http_reader *r)
{
	return http_head_text(&r->head, r->head.query);
}

bool http_reader_field(const struct http_reader *r, size_t i, struct str *ret_name,
                       struct str *ret_value)
{
	if (i >= r->head.field_count)
		return false;
	*ret_name = http_head_text(&r->head, r->head.fields[i].name);
	*ret_value = http_head_text(&r->head, r->head.fields[i].value);
	return true;
}

bool http_reader_has_body(const struct http_reader *r)
{
	return r->head.chunked || r->head.length > 0;
}
