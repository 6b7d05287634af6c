/* SPDX-License-Identifier: MIT */
#include "normalise/stream_cut.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "core/buf.h"

/* Stands before each text of application/json-seq. Source: RFC 7464, 2.2. */
#define RECORD_SEPARATOR '\x1e'
/* Bytes between two values that are kept; more are dropped, so that blanks fill no memory. */
#define GAP_KEPT         4

enum place {
	AT_START,  /* nothing but a byte order mark may have come */
	IN_GAP,    /* between values */
	IN_SCALAR, /* number, true, false, null */
	IN_VALUE,  /* within brackets */
	IN_STRING, /* within quotes, inside brackets or not */
};

/** A slice that is full. */
struct mark {
	size_t end; /* offset in kept */
	size_t records;
};

struct stream_cut {
	size_t slice_bytes, value_max;
	enum place place;
	bool is_escaped;    /* the string's next byte follows an odd number of backslashes */
	size_t bom_len;     /* bytes of it that came */
	size_t depth;       /* brackets open */
	size_t value_len;   /* of the open value, up to `from` */
	size_t gap_len;     /* of the gap, as far as it is kept */
	const char *from;   /* of the piece being fed: not yet in kept; NULL: dropped */
	struct buf kept;    /* owned; taken slices, full slices, and what follows */
	size_t start;       /* offset of the next slice */
	size_t whole_end;   /* offset behind the last complete value */
	size_t records;     /* complete values behind the last mark */
	struct mark *marks; /* owned */
	size_t mark_count, mark_cap, mark_next;
	enum err err; /* sticks */
};

/* What a byte is to a value in brackets. */
enum kind { PLAIN, QUOTE, OPEN, CLOSE };

static const uint8_t kinds[256] = {
	['"'] = QUOTE, ['{'] = OPEN, ['['] = OPEN, ['}'] = CLOSE, [']'] = CLOSE,
};

enum err stream_cut_new(size_t slice_bytes, size_t value_max, struct stream_cut **ret_cut)
{
	struct stream_cut *c = calloc(1, sizeof(*c));

	assert(slice_bytes > 0 && value_max > 0);
	if (c == NULL)
		return ERR_NOMEM;
	c->slice_bytes = slice_bytes;
	c->value_max = value_max;
	/* Bounded by its use: one slice, one value, and the piece that was fed last. */
	buf_init(&c->kept, SIZE_MAX / 4);
	*ret_cut = c;
	return ERR_OK;
}

void stream_cut_free(struct stream_cut *c)
{
	if (c == NULL)
		return;
	buf_fini(&c->kept);
	free(c->marks);
	free(c);
}

/* Take the bytes up to @p to into kept. */
static enum err keep(struct stream_cut *c, const char *to)
{
	enum err err = ERR_OK;

	if (c->from != NULL && to > c->from)
		err = buf_append(&c->kept, c->from, (size_t)(to - c->from));
	c->from = to;
	return err == ERR_OK ? ERR_OK : ERR_NOMEM;
}

static enum err add_mark(struct stream_cut *c)
{
	if (c->mark_count == c->mark_cap) {
		size_t cap = c->mark_cap > 0 ? c->mark_cap * 2 : 8;
		struct mark *marks = realloc(c->marks, cap * sizeof(*marks));

		if (marks == NULL)
			return ERR_NOMEM;
		c->marks = marks;
		c->mark_cap = cap;
	}
	c->marks[c->mark_count++] = (struct mark){c->whole_end, c->records};
	c->records = 0;
	return ERR_OK;
}

/* Where the slice that is being filled begins. */
static size_t slice_start(const struct stream_cut *c)
{
	return c->mark_count > c->mark_next ? c->marks[c->mark_count - 1].end : c->start;
}

/* @p from: first byte of the value in this piece. */
static enum err check_length(struct stream_cut *c, const char *from, const char *to)
{
	size_t len = (size_t)(to - from);

	if (len > c->value_max - c->value_len)
		return ERR_LIMIT;
	c->value_len += len;
	return ERR_OK;
}

/* The value ends before @p to. */
static enum err end_value(struct stream_cut *c, const char *to)
{
	size_t here = c->kept.len + (size_t)(to - c->from);

	c->place = IN_GAP;
	c->depth = 0;
	c->value_len = 0;
	c->gap_len = 0;
	c->records++;
	c->whole_end = here;
	if (here - slice_start(c) < c->slice_bytes)
		return ERR_OK;

	enum err err = keep(c, to);

	return err == ERR_OK ? add_mark(c) : err;
}

static bool is_blank(char b)
{
	return b == ' ' || b == '\n' || b == '\r' || b == '\t' || b == RECORD_SEPARATOR;
}

static bool is_scalar_byte(char b)
{
	return ascii_is_alnum(b) || b == '-' || b == '+' || b == '.';
}

static bool begin_value(struct stream_cut *c, char b)
{
	if (kinds[(uint8_t)b] == OPEN)
		c->place = IN_VALUE;
	else if (b == '"')
		c->place = IN_STRING;
	else if (b == '-' || ascii_is_digit(b) || b == 't' || b == 'f' || b == 'n')
		c->place = IN_SCALAR;
	else
		return false;
	return true;
}

/* To where the next value begins, or @p end. */
static enum err scan_gap(struct stream_cut *c, const char **at, const char *end)
{
	const char *p = *at;
	bool is_first = c->records == 0; /* nothing stands before a slice's first value */
	enum err err;

	while (p < end && is_blank(*p))
		p++;
	size_t kept = is_first ? 0 : GAP_KEPT - c->gap_len;

	if ((size_t)(p - *at) > kept) {
		err = keep(c, *at + kept);
		if (err != ERR_OK)
			return err;
		c->from = p;
		c->gap_len = is_first ? 0 : GAP_KEPT;
	} else {
		c->gap_len += (size_t)(p - *at);
	}
	*at = p;
	return p == end || begin_value(c, *p) ? ERR_OK : ERR_PARSE;
}

/*
 * To the quote that ends the string. Whether a quote ends it is told by the backslashes before it:
 * each is looked at once, so that this stays linear.
 */
static const char *scan_string(struct stream_cut *c, const char *p, const char *end)
{
	if (c->is_escaped && p < end) {
		c->is_escaped = false;
		p++;
	}
	const char *first = p;

	while (p < end) {
		const char *quote = memchr(p, '"', (size_t)(end - p));
		const char *stop = quote != NULL ? quote : end;
		const char *back = stop;

		while (back > first && back[-1] == '\\')
			back--;
		bool is_odd = ((stop - back) & 1) != 0;

		if (quote == NULL) {
			c->is_escaped = is_odd;
			return end;
		}
		p = quote + 1;
		first = p;
		if (!is_odd) {
			c->place = IN_VALUE;
			return p;
		}
	}
	return p;
}

/* To behind the byte that ends the value or opens a string. */
static const char *scan_brackets(struct stream_cut *c, const char *p, const char *end)
{
	size_t depth = c->depth;

	for (; p < end; p++) {
		uint8_t kind = kinds[(uint8_t)*p];

		if (kind == PLAIN)
			continue;
		if (kind == OPEN) {
			depth++;
		} else if (kind == QUOTE) {
			c->place = IN_STRING;
			break;
		} else if (--depth == 0) {
			break;
		}
	}
	c->depth = depth;
	return p < end ? p + 1 : end;
}

static enum err skip_mark(struct stream_cut *c, const char **at, const char *end)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *p = *at;

	while (p < end && c->bom_len < sizeof(mark) - 1 && *p == mark[c->bom_len]) {
		p++;
		c->bom_len++;
	}
	*at = c->from = p;
	if (p == end)
		return ERR_OK;
	if (c->bom_len > 0 && c->bom_len < sizeof(mark) - 1)
		return ERR_PARSE;
	c->place = IN_GAP;
	return ERR_OK;
}

/* @return behind the value's bytes in this piece; place is IN_GAP when it is complete */
static const char *scan_value(struct stream_cut *c, const char *p, const char *end)
{
	if (c->place == IN_SCALAR) {
		while (p < end && is_scalar_byte(*p))
			p++;
		if (p < end)
			c->place = IN_GAP;
		return p;
	}
	while (p < end && c->place != IN_GAP) {
		p = c->place == IN_STRING ? scan_string(c, p, end) : scan_brackets(c, p, end);
		if (c->place == IN_VALUE && c->depth == 0)
			c->place = IN_GAP;
	}
	return p;
}

static enum err take_value(struct stream_cut *c, const char **at, const char *end)
{
	const char *first = *at;
	bool opens_string = c->place == IN_STRING && c->depth == 0 && c->value_len == 0;

	*at = scan_value(c, first + opens_string, end);

	enum err err = check_length(c, first, *at);

	return err == ERR_OK && c->place == IN_GAP ? end_value(c, *at) : err;
}

/* Up to @p end no separator of records comes. */
static enum err scan(struct stream_cut *c, const char **at, const char *end)
{
	enum err err = ERR_OK;

	while (*at < end && err == ERR_OK) {
		if (c->place == AT_START)
			err = skip_mark(c, at, end);
		else if (c->place == IN_GAP)
			err = scan_gap(c, at, end);
		else
			err = take_value(c, at, end);
	}
	return err;
}

/*
 * A separator stands between records whatever was open: a record that was cut there is one bad
 * record, and the next one begins behind it.
 */
static enum err scan_piece(struct stream_cut *c, const char **at, const char *end)
{
	enum err err = ERR_OK;

	while (*at < end && err == ERR_OK) {
		const char *rs = memchr(*at, RECORD_SEPARATOR, (size_t)(end - *at));

		err = scan(c, at, rs != NULL ? rs : end);
		if (err != ERR_OK || rs == NULL)
			break;
		if (c->place == AT_START)
			c->place = IN_GAP;
		else if (c->place != IN_GAP)
			err = end_value(c, rs);
		c->is_escaped = false;
		if (err == ERR_OK)
			err = scan_gap(c, at, rs + 1);
	}
	return err;
}

/* Slices that were taken make room. */
static void compact(struct stream_cut *c)
{
	if (c->mark_next < c->mark_count || c->start == 0)
		return;
	c->kept.len -= c->start;
	memmove(c->kept.ptr, c->kept.ptr + c->start, c->kept.len);
	c->whole_end -= c->start;
	c->start = 0;
	c->mark_count = c->mark_next = 0;
}

enum err stream_cut_feed(struct stream_cut *c, struct str bytes)
{
	const char *at = bytes.ptr;

	if (c->err != ERR_OK || bytes.len == 0)
		return c->err;
	compact(c);
	c->from = bytes.ptr;
	c->err = scan_piece(c, &at, bytes.ptr + bytes.len);

	enum err err = keep(c, at);

	if (err != ERR_OK)
		c->err = err;
	return c->err;
}

enum err stream_cut_next(struct stream_cut *c, struct str *ret_slice, size_t *ret_records)
{
	if (c->mark_next == c->mark_count || c->err == ERR_NOMEM)
		return ERR_NOENT;

	const struct mark *m = &c->marks[c->mark_next++];

	*ret_slice = (struct str){c->kept.ptr + c->start, m->end - c->start};
	*ret_records = m->records;
	c->start = m->end;
	return ERR_OK;
}

enum err stream_cut_finish(struct stream_cut *c, struct str *ret_slice, size_t *ret_records,
                           bool *ret_is_cut)
{
	assert(c->mark_next == c->mark_count || c->err == ERR_NOMEM);
	*ret_is_cut = c->err != ERR_OK || (c->place != IN_GAP && c->place != AT_START) ||
	              (c->place == AT_START && c->bom_len > 0);
	if (c->records == 0 || c->err == ERR_NOMEM)
		return ERR_NOENT;
	*ret_slice = (struct str){c->kept.ptr + c->start, c->whole_end - c->start};
	*ret_records = c->records;
	c->start = c->whole_end;
	c->records = 0;
	return ERR_OK;
}
