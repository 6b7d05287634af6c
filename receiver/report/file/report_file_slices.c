/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "normalise/page.h"
#include "receiver/report/file/report_file_parts.h"

#define PAGE_ARENA ((size_t)64 * 1024)
#define WHY_SIZE   200

/* ---- reading ---- */

enum err report_file_read(struct report_file *f, struct str *ret_piece,
                          struct err_detail *reterr_detail)
{
	struct str piece = STR_EMPTY;
	enum err err = file_bytes_next(f->bytes, &piece, reterr_detail);
	size_t room = FILE_FIRST_BYTES - f->first.len;

	if (err != ERR_OK)
		return err;
	*ret_piece = piece;
	if (piece.len > room)
		piece.len = room;
	return buf_append_str(&f->first, piece) == ERR_OK ? ERR_OK : ERR_NOMEM;
}

void report_file_explain(const struct report_file *f, struct err_detail *detail)
{
	struct str text = str_trim(buf_str(&f->first));
	char said[sizeof(detail->text)], why[WHY_SIZE] = "";

	if (text.len == 0 || text.ptr[0] != '{')
		return;
	page_error_text(text, STR_LIT("application/json"), why, sizeof(why));
	(void)snprintf(said, sizeof(said), "%s", detail->text);
	if (why[0] != '\0')
		err_detail_set(detail, "%.100s: %s", said, why);
}

enum err report_file_piece(struct report_file *f, struct str *ret_piece,
                           struct err_detail *reterr_detail)
{
	if (f->head_at < f->head.len) {
		*ret_piece = (struct str){f->head.ptr + f->head_at, f->head.len - f->head_at};
		f->head_at = f->head.len;
		return ERR_OK;
	}
	return report_file_read(f, ret_piece, reterr_detail);
}

/* A header is what makes a CSV of nothing else. */
static enum err check_head(struct report_file *f, struct err_detail *reterr_detail)
{
	struct str header = STR_EMPTY;
	char delimiter;

	if (f->decode->csv.no_header ||
	    (csv_cut_head(f->csv, &header, &delimiter) && header.len > 0))
		return ERR_OK;
	err_detail_set(reterr_detail, "there is nothing in it, not even a header");
	return ERR_PARSE;
}

static enum err feed_csv(struct report_file *f, struct str piece, struct err_detail *reterr_detail)
{
	enum err err;

	if (piece.len > 0)
		return csv_cut_feed(f->csv, piece, reterr_detail);
	err = csv_cut_end(f->csv, reterr_detail);
	return err == ERR_OK ? check_head(f, reterr_detail) : err;
}

static enum err feed_stream(struct report_file *f, struct str piece,
                            struct err_detail *reterr_detail)
{
	enum err err = stream_cut_feed(f->stream, piece);

	if (err == ERR_PARSE)
		err_detail_set(reterr_detail, "not a stream of JSON values");
	if (err == ERR_LIMIT)
		err_detail_set(reterr_detail, "a value is longer than 1 MiB");
	return err;
}

void report_file_feed(struct report_file *f)
{
	struct str piece = STR_EMPTY;
	enum err err = report_file_piece(f, &piece, &f->detail);

	f->is_ended = err != ERR_OK || piece.len == 0;
	if (err == ERR_OK && f->csv != NULL) {
		err = feed_csv(f, piece, &f->detail);
		if (err == ERR_PARSE)
			report_file_explain(f, &f->detail);
	}
	if (err == ERR_OK && f->stream != NULL)
		err = feed_stream(f, piece, &f->detail);
	if (err != ERR_OK)
		f->is_ended = true;
	f->err = err;
}

/* ---- cutting ---- */

static enum err fill(struct file_slice *to, struct str body, struct str vars)
{
	(void)buf_append_str(&to->body, body);
	(void)buf_append_str(&to->vars, vars);
	return buf_err(&to->body) == ERR_OK && buf_err(&to->vars) == ERR_OK ? ERR_OK : ERR_NOMEM;
}

static enum err cut_rows(struct report_file *f, struct file_slice *to)
{
	struct csv_slice rows;
	enum err err = csv_cut_next(f->csv, &rows);

	if (err != ERR_OK) {
		f->is_over = err == ERR_NOENT && f->is_ended;
		return err;
	}
	to->rows = rows.rows;
	to->next = (struct report_file_place){rows.next.offset, rows.next.line, rows.next.rows};
	return fill(to, rows.body, rows.vars);
}

/* Complete values are given also when what follows them is none. */
static enum err cut_rest(struct report_file *f, struct str *ret_body, size_t *ret_rows)
{
	bool is_cut = false;
	enum err err = stream_cut_finish(f->stream, ret_body, ret_rows, &is_cut);

	f->is_over = true;
	if (is_cut && f->err == ERR_OK) {
		err_detail_set(&f->detail, "the file ends within a value: it was cut off");
		f->err = ERR_PARSE;
	}
	return err;
}

static enum err cut_values(struct report_file *f, struct file_slice *to)
{
	struct str body = STR_EMPTY;
	size_t rows = 0;
	enum err err = stream_cut_next(f->stream, &body, &rows);

	if (err == ERR_NOENT && f->is_ended)
		err = cut_rest(f, &body, &rows);
	if (err != ERR_OK)
		return err;
	f->rows += rows;
	to->rows = rows;
	to->next.rows = f->rows;
	return fill(to, body, STR_EMPTY);
}

enum err report_file_cut(struct report_file *f, struct file_slice *to,
                         struct err_detail *reterr_detail)
{
	enum err err = ERR_NOENT;

	while (err == ERR_NOENT && !f->is_over) {
		err = f->csv != NULL ? cut_rows(f, to) : cut_values(f, to);
		if (err == ERR_NOENT && !f->is_ended)
			report_file_feed(f);
	}
	if (err != ERR_NOENT)
		return err;
	if (f->err != ERR_OK)
		*reterr_detail = f->detail;
	return f->err;
}

/* ---- a page ---- */

static enum err read_whole(struct report_file *f, struct buf *body,
                           struct err_detail *reterr_detail)
{
	struct str piece = {.len = 1};
	enum err err = ERR_OK;

	while (err == ERR_OK && piece.len > 0) {
		err = report_file_piece(f, &piece, reterr_detail);
		if (err == ERR_OK && piece.len > 0)
			err = buf_append_str(body, piece);
		if (err == ERR_LIMIT && buf_err(body) == ERR_LIMIT) {
			err_detail_set(reterr_detail,
			               "larger than %zu MiB, and a page is read whole",
			               f->page_max / 1024 / 1024);
		}
	}
	return err;
}

enum err report_file_page(struct report_file *f, struct file_slice *to,
                          struct err_detail *reterr_detail)
{
	static const struct page_spec no_pages = {.kind = PAGE_NONE};
	static const struct ok_spec any = {.at = NULL};
	struct page page = {.records = 0};
	struct arena arena;
	enum err err = ERR_OK;

	if (f->is_over)
		return ERR_OK;
	f->is_over = true;
	buf_fini(&to->body);
	buf_init(&to->body, f->page_max);
	err = read_whole(f, &to->body, reterr_detail);
	if (err != ERR_OK)
		return err;
	arena_init(&arena, PAGE_ARENA);
	err = page_read(buf_str(&to->body), f->decode, &no_pages, &any, &arena, &page,
	                reterr_detail);
	arena_fini(&arena);
	to->rows = page.records;
	to->next = (struct report_file_place){.offset = to->body.len, .rows = page.records};
	return err;
}
