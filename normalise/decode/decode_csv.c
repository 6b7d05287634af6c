/* SPDX-License-Identifier: MIT */
#include "normalise/decode/decode_csv.h"

#include <inttypes.h>
#include <string.h>

#include "normalise/decode/csv_charset.h"
#include "normalise/decode/decode.h"

static enum err full(const struct decoder *d, size_t len, enum err err,
                     struct err_detail *reterr_detail)
{
	return err == ERR_NOMEM ? decode_too_large(d, len, reterr_detail) : err;
}

/* The body in UTF-8 or an 8-bit charset, without its byte order mark. */
static enum err convert(struct decoder *d, struct str *text, struct err_detail *reterr_detail)
{
	enum charset charset;
	enum err err = csv_charset_choose(&d->spec->csv, d->payload->media_type, text, &charset,
	                                  &d->csv.head.encoding, reterr_detail);

	if (err != ERR_OK)
		return err;
	if (charset == CHARSET_UTF16_LE || charset == CHARSET_UTF16_BE)
		err = charset_to_utf8(&d->document, *text, charset, text);
	return full(d, d->payload->body.len, err, reterr_detail);
}

/* A whole file. @return ERR_NOENT: there is nothing in it */
static enum err begin_file(struct decoder *d, struct str *text, struct err_detail *reterr_detail)
{
	size_t len = 0;
	enum err err = convert(d, text, reterr_detail);

	if (err == ERR_OK)
		err = csv_head_read(&d->spec->csv, *text, &d->csv.head, &len, reterr_detail);
	if (err == ERR_OK)
		*text = (struct str){text->ptr + len, text->len - len};
	return err;
}

enum err decode_csv_begin(struct decoder *d, struct err_detail *reterr_detail)
{
	struct decode_csv *csv = &d->csv;
	struct str text = d->payload->body;
	enum err err = ERR_OK;

	csv->is_on = true;
	csv->at = csv->end = NULL;
	if (csv->fields == NULL)
		err = csv_fields_new(&csv->fields);
	if (err == ERR_OK)
		err = csv_head_find(d->payload->vars, &d->document, &csv->head);
	if (err == ERR_PARSE)
		err_detail_set(reterr_detail, "the variable _csv is none of ours");
	if (err == ERR_NOENT)
		err = begin_file(d, &text, reterr_detail);
	if (err == ERR_NOENT)
		return ERR_OK;
	if (err == ERR_OK) {
		err = csv_columns_read(d->spec, &csv->head, csv->fields, &d->document,
		                       &csv->columns, reterr_detail);
	}
	if (err != ERR_OK)
		return full(d, text.len, err, reterr_detail);
	csv->line = csv->head.first_line;
	if (text.len > 0) {
		csv->at = text.ptr;
		csv->end = text.ptr + text.len;
	}
	return ERR_OK;
}

/* What one row is, before its fields are looked at. */
struct row {
	struct csv_row shape;
	struct str text;
	uint64_t line;
	bool is_ended;
};

static enum err bad(const struct row *row, enum err err, const char *what,
                    struct err_detail *reterr_detail)
{
	err_detail_set(reterr_detail, "line %" PRIu64 ": %s", row->line, what);
	return err;
}

static enum err check(const struct row *row, struct err_detail *reterr_detail)
{
	if (row->text.len > CSV_ROW_MAX) {
		return bad(row, ERR_LIMIT, "the row is longer than 1 MiB; maybe a quote is missing",
		           reterr_detail);
	}
	if (!row->is_ended && row->shape.place == CSV_QUOTED)
		return bad(row, ERR_INVAL, "the file ends within quotes", reterr_detail);
	if (row->shape.is_broken)
		return bad(row, ERR_INVAL, "text behind a closing quote", reterr_detail);
	if (row->shape.fields > CSV_COLUMNS_MAX)
		return bad(row, ERR_LIMIT, "more than 4096 fields", reterr_detail);
	if (memchr(row->text.ptr, '\0', row->text.len) != NULL)
		return bad(row, ERR_INVAL, "a NUL byte", reterr_detail);
	return ERR_OK;
}

static enum err check_count(const struct decoder *d, const struct row *row, size_t count,
                            struct err_detail *reterr_detail)
{
	if (d->spec->csv.no_header || count == d->csv.columns.count)
		return ERR_OK;
	err_detail_set(reterr_detail, "line %" PRIu64 ": %zu field%s where the header has %zu",
	               row->line, count, count == 1 ? "" : "s", d->csv.columns.count);
	return ERR_INVAL;
}

static bool all_empty(const struct str *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].len > 0)
			return false;
	}
	return true;
}

static enum err make_object(struct decoder *d, const struct str *list, size_t count,
                            struct value **ret_root)
{
	struct value *object = value_new(&d->record, VALUE_OBJECT);

	for (size_t i = 0; i < count && object != NULL; i++) {
		bool is_null = list[i].ptr == NULL;
		struct value *v = value_new(&d->record, is_null ? VALUE_NULL : VALUE_STRING);

		if (v == NULL)
			return ERR_NOMEM;
		v->text = list[i];
		value_add(object, d->csv.columns.names[i], v);
	}
	if (object == NULL)
		return ERR_NOMEM;
	*ret_root = object;
	return ERR_OK;
}

/* @return ERR_AGAIN: there is nothing in this row */
static enum err read_row(struct decoder *d, const struct row *row, struct record *record,
                         struct err_detail *reterr_detail)
{
	const struct csv_head *head = &d->csv.head;
	const struct str *list = NULL;
	size_t count = 0;
	enum err err = check(row, reterr_detail);

	if (err != ERR_OK)
		return err;
	err = csv_fields_split(d->csv.fields, row->text, head->delimiter, head->encoding,
	                       &d->record, &list, &count);
	if (err == ERR_OK && all_empty(list, count))
		return ERR_AGAIN;
	if (err == ERR_OK)
		err = check_count(d, row, count, reterr_detail);
	if (err == ERR_OK)
		err = make_object(d, list, count, &record->root);
	return full(d, row->text.len, err, reterr_detail);
}

/* Of files that somebody put one behind the other. Of one column it may be a value. */
static bool is_header_again(const struct decode_csv *csv, struct str text)
{
	enum charset charset = CHARSET_UTF8;
	struct str line = csv->head.line;

	return line.len > 0 && memchr(line.ptr, csv->head.delimiter, line.len) != NULL &&
	       str_eq(charset_skip_bom(text, &charset), line);
}

enum err decode_csv_next(struct decoder *d, struct record *record, struct err_detail *reterr_detail)
{
	struct decode_csv *csv = &d->csv;
	enum err err = ERR_AGAIN;

	while (err == ERR_AGAIN && csv->at < csv->end) {
		const char *start = csv->at;
		struct row row = {.line = csv->line};

		csv_row_begin(&row.shape, csv->head.delimiter);
		row.is_ended = csv_row_scan(&row.shape, &csv->at, csv->end, true);
		row.text = csv_row_text(start, csv->at, row.is_ended);
		csv->line += row.shape.lines;
		if (row.shape.is_blank || is_header_again(csv, row.text))
			continue;
		arena_reset(&d->record);
		err = read_row(d, &row, record, reterr_detail);
		record->raw = row.text;
		record->line = row.line;
		if (record->raw.len > CSV_ROW_MAX)
			record->raw.len = CSV_ROW_MAX;
	}
	return err == ERR_AGAIN ? ERR_NOENT : err;
}
