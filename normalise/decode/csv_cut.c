/* SPDX-License-Identifier: MIT */
#include "normalise/decode/csv_cut.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "normalise/decode/csv_columns.h"
#include "normalise/decode/csv_intake.h"

#define VARS_MAX (4 * CSV_HEAD_MAX) /* the header, each byte as %XX */
#define MEMORY   ((size_t)4 * 1024 * 1024)

struct csv_cut {
	const struct decode_spec *spec; /* borrowed */
	size_t slice_bytes;
	struct csv_intake intake;
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
	/* Bounded by its use: one slice, one row, and the piece that was fed last. */
	buf_init(&c->kept, SIZE_MAX / 4);
	buf_init(&c->line, CSV_HEAD_MAX);
	buf_init(&c->vars, VARS_MAX);
	if (csv_intake_init(&c->intake, &spec->csv, media_type) != ERR_OK) {
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
	csv_intake_fini(&c->intake);
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
	struct csv_place place = {.rows = 0};
	size_t len = 0;
	enum err err;

	if (c->has_head || (text.len <= CSV_HEAD_MAX && !c->is_end))
		return ERR_OK;
	c->head.encoding = c->intake.encoding;
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
	place.offset =
		c->intake.mark_len + csv_intake_bytes(&c->intake, (struct str){text.ptr, len});
	place.line = c->head.first_line;
	begin_slice(c, len, place);
	return ERR_OK;
}

static enum err feed(struct csv_cut *c, struct str bytes, struct err_detail *reterr_detail)
{
	enum err err;

	if (c->err != ERR_OK)
		return c->err;
	compact(c);
	err = csv_intake_take(&c->intake, bytes, c->is_end, &c->kept, reterr_detail);
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
	csv_intake_reset(&c->intake);
	buf_reset(&c->kept);
	begin_slice(c, 0, place);
}

/* Of a row that is too long only the beginning stays; what was scanned of the rest goes. */
static void shorten(struct csv_cut *c)
{
	size_t end = c->row_start + CSV_ROW_MAX + 1;
	struct str rest = {c->kept.ptr + end, c->scanned - end};

	c->is_long = true;
	c->dropped += csv_intake_bytes(&c->intake, rest);
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

	return (struct csv_place){.offset = c->at.offset + csv_intake_bytes(&c->intake, body) +
	                                    c->dropped,
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
