/* SPDX-License-Identifier: MIT */
#include "normalise/decode/stream_cut.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "normalise/value/json_extent.h"

/* Stands before each text of application/json-seq. Source: RFC 7464, 2.2. */
#define RECORD_SEPARATOR '\x1e'
/* Bytes between two values that are kept; more are dropped, so that blanks fill no memory. */
#define GAP_KEPT         4

/** A slice that is full. */
struct mark {
	size_t end; /* offset in kept */
	size_t records;
};

struct stream_cut {
	size_t slice_bytes, value_max;
	struct json_extent value; /* the open one */
	bool is_begun;            /* anything but a byte order mark has come */
	size_t bom_len;           /* bytes of it that came */
	size_t value_len;         /* of the open value, up to `from` */
	size_t gap_len;           /* of the gap, as far as it is kept */
	const char *from;         /* of the piece being fed: not yet in kept */
	struct buf kept;          /* owned; taken slices, full slices, and what follows */
	size_t start;             /* offset of the next slice */
	size_t whole_end;         /* offset behind the last complete value */
	size_t records;           /* complete values behind the last mark */
	struct mark *marks;       /* owned */
	size_t mark_count, mark_cap, mark_next;
	enum err err; /* sticks */
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

	if (to > c->from)
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

	c->value = (struct json_extent){0};
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
	return p == end || json_extent_begin(&c->value, *p) ? ERR_OK : ERR_PARSE;
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
	c->is_begun = true;
	return ERR_OK;
}

static enum err take_value(struct stream_cut *c, const char **at, const char *end)
{
	const char *first = *at;
	size_t taken = c->value_len == 0 ? 1 : 0; /* the byte that began it */
	enum err err;

	*at = json_extent_scan(&c->value, first + taken, end);
	err = check_length(c, first, *at);
	return err == ERR_OK && c->value.place == JSON_OUTSIDE ? end_value(c, *at) : err;
}

/* Up to @p end no separator of records comes. */
static enum err scan(struct stream_cut *c, const char **at, const char *end)
{
	enum err err = ERR_OK;

	while (*at < end && err == ERR_OK) {
		if (!c->is_begun) {
			err = skip_mark(c, at, end);
		} else if (c->value.place == JSON_OUTSIDE) {
			err = scan_gap(c, at, end);
		} else {
			err = take_value(c, at, end);
		}
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
		c->is_begun = true;
		if (c->value.place != JSON_OUTSIDE)
			err = end_value(c, rs);
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
	*ret_is_cut = c->err != ERR_OK || c->value.place != JSON_OUTSIDE ||
	              (!c->is_begun && c->bom_len > 0);
	if (c->records == 0 || c->err == ERR_NOMEM)
		return ERR_NOENT;
	*ret_slice = (struct str){c->kept.ptr + c->start, c->whole_end - c->start};
	*ret_records = c->records;
	c->start = c->whole_end;
	c->records = 0;
	return ERR_OK;
}
