/* SPDX-License-Identifier: MIT */
#include "normalise/csv_cut.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "normalise/csv_charset.h"
#include "normalise/csv_columns.h"

#define VARS_MAX (4 * CSV_HEAD_MAX) /* the header, each byte as %XX */
#define MEMORY   ((size_t)4 * 1024 * 1024)

struct csv_cut {
	const struct decode_spec *spec; /* borrowed */
	size_t slice_bytes;
	struct buf media_type;
	enum charset charset;
	bool has_charset;
	bool has_head;
	bool is_end;
	struct buf units; /* before the charset is known; of UTF-16 an unfinished character */
	struct buf kept;  /* what is not taken yet, in UTF-8 or an 8-bit charset */
	struct buf line;  /* of the header */
	struct csv_head head;
	struct buf vars;     /* of the slice that was taken last */
	struct csv_place at; /* where the slice that is being filled begins */
	size_t start;        /* the same in kept */
	size_t row_start;    /* in kept */
	size_t scanned;      /* in kept */
	struct csv_row row;  /* the one that is being scanned */
	bool is_long;        /* it is longer than CSV_ROW_MAX: only its beginning is kept */
	uint64_t dropped;    /* bytes of the file that belong to the slice and are not kept */
	uint64_t lines;      /* of the slice, in whole rows */
	size_t rows;
	enum err err; /* sticks */
};

enum err csv_cut_new(const struct decode_spec *spec, struct str media_type, size_t slice_bytes,
                     struct csv_cut **ret_cut)
{
	struct csv_cut *c = calloc(1, sizeof(*c));

	assert(slice_bytes > 0);
	if (c == NULL)
		return ERR_NOMEM;
	c->spec = spec;
	c->slice_bytes = slice_bytes;
	buf_init(&c->media_type, media_type.len + 1);
	buf_init(&c->units, SIZE_MAX / 4);
	/* Bounded by its use: one slice, one row, and the piece that was fed last. */
	buf_init(&c->kept, SIZE_MAX / 4);
	buf_init(&c->line, CSV_HEAD_MAX);
	buf_init(&c->vars, VARS_MAX);
	if (buf_append_str(&c->media_type, media_type) != ERR_OK) {
		csv_cut_free(c);
		return ERR_NOMEM;
	}
	*ret_cut = c;
	return ERR_OK;
}

void csv_cut_free(struct csv_cut *c)
{
	if (c == NULL)
		return;
	buf_fini(&c->media_type);
	buf_fini(&c->units);
	buf_fini(&c->kept);
	buf_fini(&c->line);
	buf_fini(&c->vars);
	free(c);
}

/* Without bytes of slices that were taken. */
static void compact(struct csv_cut *c)
{
	if (c->start == 0)
		return;
	c->kept.len -= c->start;
	memmove(c->kept.ptr, c->kept.ptr + c->start, c->kept.len);
	c->row_start -= c->start;
	c->scanned -= c->start;
	c->start = 0;
}

static bool is_wide(const struct csv_cut *c)
{
	return c->charset == CHARSET_UTF16_LE || c->charset == CHARSET_UTF16_BE;
}

/* Bytes of UTF-16 that are whole characters: an odd byte and a high surrogate wait. */
static size_t whole_units(const struct csv_cut *c, struct str text)
{
	size_t len = text.len - text.len % 2;
	size_t high = c->charset == CHARSET_UTF16_LE ? 1 : 2; /* its upper byte, from the end */

	if (c->is_end)
		return text.len;
	if (len > 0 && ((unsigned char)text.ptr[len - high] & 0xfc) == 0xd8)
		len -= 2;
	return len;
}

static enum err keep_wide(struct csv_cut *c)
{
	struct str text = buf_str(&c->units);
	size_t len = whole_units(c, text);
	struct arena a;
	enum err err;

	if (len == 0)
		return ERR_OK;
	arena_init(&a, len * 2 + MEMORY);
	err = charset_to_utf8(&a, (struct str){text.ptr, len}, c->charset, &text);
	if (err == ERR_OK)
		err = buf_append_str(&c->kept, text);
	arena_fini(&a);
	c->units.len -= len;
	memmove(c->units.ptr, c->units.ptr + len, c->units.len);
	return err == ERR_OK ? ERR_OK : ERR_NOMEM;
}

/* The mark, if there is one, belongs to no row. */
static enum err find_charset(struct csv_cut *c, struct err_detail *reterr_detail)
{
	struct str text = buf_str(&c->units);
	enum err err = csv_charset_choose(&c->spec->csv, buf_str(&c->media_type), &text,
	                                  &c->charset, &c->head.encoding, reterr_detail);
	size_t mark = c->units.len - text.len;

	if (err != ERR_OK)
		return err;
	c->has_charset = true;
	c->at.offset = mark;
	if (mark > 0)
		memmove(c->units.ptr, c->units.ptr + mark, text.len);
	c->units.len = text.len;
	if (is_wide(c))
		return ERR_OK;
	err = buf_append_str(&c->kept, buf_str(&c->units));
	buf_reset(&c->units);
	return err == ERR_OK ? ERR_OK : ERR_NOMEM;
}

static enum err keep(struct csv_cut *c, struct str bytes, struct err_detail *reterr_detail)
{
	enum err err;

	if (c->has_charset && !is_wide(c))
		return buf_append_str(&c->kept, bytes) == ERR_OK ? ERR_OK : ERR_NOMEM;
	err = buf_append_str(&c->units, bytes);
	if (err != ERR_OK)
		return ERR_NOMEM;
	if (!c->has_charset && (c->units.len >= CSV_MARK_MAX || c->is_end))
		err = find_charset(c, reterr_detail);
	return err == ERR_OK && c->has_charset && is_wide(c) ? keep_wide(c) : err;
}

/* Bytes of the file that @p text was: one character of UTF-8 is two or four of UTF-16. */
static uint64_t bytes_of_file(const struct csv_cut *c, struct str text)
{
	uint64_t bytes = 0;

	if (!is_wide(c))
		return text.len;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char b = (unsigned char)text.ptr[i];

		if ((b & 0xc0) != 0x80)
			bytes += b >= 0xf0 ? 4 : 2;
	}
	return bytes;
}

/* Are the columns those of the source? A page that says "expired" has a header too. */
static enum err check_columns(struct csv_cut *c, struct err_detail *reterr_detail)
{
	struct csv_fields *fields = NULL;
	struct csv_columns columns;
	struct arena a;
	enum err err = csv_fields_new(&fields);

	arena_init(&a, MEMORY);
	if (err == ERR_OK) {
		err = csv_columns_read(c->spec, &c->head, fields, &a, &columns, reterr_detail);
	}
	arena_fini(&a);
	csv_fields_free(fields);
	return err;
}

static void begin_row(struct csv_cut *c)
{
	c->row_start = c->scanned;
	c->is_long = false;
	csv_row_begin(&c->row, c->head.delimiter);
}

static void begin_slice(struct csv_cut *c, size_t start, struct csv_place at)
{
	c->start = c->scanned = start;
	c->at = at;
	c->dropped = c->lines = 0;
	c->rows = 0;
	begin_row(c);
}

static enum err read_head(struct csv_cut *c, struct err_detail *reterr_detail)
{
	struct str text = buf_str(&c->kept);
	size_t len = 0;
	enum err err;

	if (c->has_head || (text.len <= CSV_HEAD_MAX && !c->is_end))
		return ERR_OK;
	err = csv_head_read(&c->spec->csv, text, &c->head, &len, reterr_detail);
	if (err == ERR_NOENT) { /* nothing in it: no rows will come */
		c->head = (struct csv_head){.delimiter = ',', .first_line = 1};
		len = text.len;
		err = ERR_OK;
	} else if (err == ERR_OK) {
		err = buf_append_str(&c->line, c->head.line);
		c->head.line = buf_str(&c->line);
		if (err == ERR_OK)
			err = check_columns(c, reterr_detail);
	}
	if (err != ERR_OK)
		return err;
	c->has_head = true;
	c->at.offset += bytes_of_file(c, (struct str){text.ptr, len});
	begin_slice(c, len, (struct csv_place){.offset = c->at.offset, .line = c->head.first_line});
	return ERR_OK;
}

static enum err feed(struct csv_cut *c, struct str bytes, struct err_detail *reterr_detail)
{
	enum err err;

	if (c->err != ERR_OK)
		return c->err;
	compact(c);
	err = keep(c, bytes, reterr_detail);
	if (err == ERR_OK)
		err = read_head(c, reterr_detail);
	return c->err = err;
}

enum err csv_cut_feed(struct csv_cut *c, struct str bytes, struct err_detail *reterr_detail)
{
	assert(!c->is_end);
	return bytes.len > 0 ? feed(c, bytes, reterr_detail) : c->err;
}

enum err csv_cut_end(struct csv_cut *c, struct err_detail *reterr_detail)
{
	c->is_end = true;
	return feed(c, STR_EMPTY, reterr_detail);
}

bool csv_cut_head(const struct csv_cut *c, struct str *ret_header, char *ret_delimiter)
{
	if (!c->has_head)
		return false;
	*ret_header = c->head.line;
	*ret_delimiter = c->head.delimiter;
	return true;
}

void csv_cut_seek(struct csv_cut *c, struct csv_place place)
{
	assert(c->has_head);
	c->is_end = false;
	buf_reset(&c->units);
	buf_reset(&c->kept);
	begin_slice(c, 0, place);
}

/* Of a row that is too long only the beginning stays; what was scanned of the rest goes. */
static void shorten(struct csv_cut *c)
{
	size_t end = c->row_start + CSV_ROW_MAX + 1;
	struct str rest = {c->kept.ptr + end, c->scanned - end};

	c->is_long = true;
	c->dropped += bytes_of_file(c, rest);
	c->kept.len -= rest.len;
	memmove(c->kept.ptr + end, c->kept.ptr + c->scanned, c->kept.len - end);
	c->scanned = end;
}

/* To the end of the row. @return whether it is there */
static bool scan_row(struct csv_cut *c)
{
	const char *at = c->kept.ptr + c->scanned, *end = c->kept.ptr + c->kept.len;
	bool is_ended = csv_row_scan(&c->row, &at, end, c->is_end);

	c->scanned = (size_t)(at - c->kept.ptr);
	if (csv_row_text(c->kept.ptr + c->row_start, at, is_ended).len > CSV_ROW_MAX)
		shorten(c);
	return is_ended || (c->is_end && c->scanned == c->kept.len);
}

/* @return whether it is full */
static bool add_row(struct csv_cut *c)
{
	bool is_long = c->is_long;

	c->lines += c->row.lines;
	c->rows += c->row.is_blank ? 0 : 1;
	begin_row(c);
	return is_long || c->scanned - c->start >= c->slice_bytes;
}

static struct csv_place behind(const struct csv_cut *c)
{
	struct str body = {c->kept.ptr + c->start, c->scanned - c->start};

	return (struct csv_place){.offset = c->at.offset + bytes_of_file(c, body) + c->dropped,
	                          .line = c->at.line + c->lines,
	                          .rows = c->at.rows + c->rows};
}

/* @return ERR_NOENT: blank lines, which nobody needs */
static enum err take_slice(struct csv_cut *c, struct csv_slice *ret_slice)
{
	struct csv_slice slice = {.body = {c->kept.ptr + c->start, c->scanned - c->start},
	                          .rows = c->rows,
	                          .next = behind(c)};
	struct csv_head head = c->head;
	enum err err = ERR_OK;

	head.first_line = c->at.line;
	if (slice.rows > 0) {
		buf_reset(&c->vars);
		err = csv_head_write(&head, &c->vars);
		slice.vars = buf_str(&c->vars);
	}
	begin_slice(c, c->scanned, slice.next);
	if (err != ERR_OK)
		return c->err = ERR_NOMEM;
	if (slice.rows == 0)
		return ERR_NOENT;
	*ret_slice = slice;
	return ERR_OK;
}

enum err csv_cut_next(struct csv_cut *c, struct csv_slice *ret_slice)
{
	enum err err = ERR_NOENT;

	if (c->err != ERR_OK || !c->has_head)
		return c->err == ERR_NOMEM ? ERR_NOMEM : ERR_NOENT;
	while (err == ERR_NOENT &&
	       (c->scanned < c->kept.len || (c->is_end && c->scanned > c->start))) {
		if (!scan_row(c))
			return ERR_NOENT;
		if (add_row(c) || (c->is_end && c->scanned == c->kept.len))
			err = take_slice(c, ret_slice);
	}
	return err;
}
