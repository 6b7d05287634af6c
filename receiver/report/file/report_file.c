/* SPDX-License-Identifier: MIT */
#include "receiver/report/file/report_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "normalise/profile/csv_report.h"
#include "receiver/report/file/report_file_parts.h"

#define VALUE_BYTES_MAX   ((size_t)1024 * 1024)
#define MEDIA_TYPE_MAX    ((size_t)1024)
#define STREAM_SLICE_TYPE "application/json-seq"
#define JSON_SLICE_TYPE   "application/json"

/* ---- life ---- */

static enum err make(const struct report_file_conf *conf, struct report_file **ret_file)
{
	struct report_file *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return ERR_NOMEM;
	f->page_max = conf->page_max;
	/* Bounded by their use: a slice, a row, a header, and the piece that was read last. */
	buf_init(&f->head, SIZE_MAX / 4);
	for (size_t i = 0; i < 2; i++) {
		buf_init(&f->slices[i].body, SIZE_MAX / 4);
		buf_init(&f->slices[i].vars, SIZE_MAX / 4);
	}
	buf_init(&f->first, FILE_FIRST_BYTES);
	buf_init(&f->media_type, MEDIA_TYPE_MAX);
	if (conf->media_type.len < MEDIA_TYPE_MAX &&
	    buf_append_str(&f->media_type, conf->media_type) != ERR_OK) {
		report_file_free(f);
		return ERR_NOMEM;
	}
	*ret_file = f;
	return ERR_OK;
}

enum err report_file_open(const struct report_file_conf *conf, struct report_file **ret_file,
                          struct err_detail *reterr_detail)
{
	struct report_file *f = NULL;
	enum err err = make(conf, &f);

	if (err == ERR_OK)
		err = file_bytes_open(conf, &f->bytes, reterr_detail);
	if (err == ERR_OK) {
		*ret_file = f;
	} else {
		report_file_free(f);
	}
	return err;
}

void report_file_free(struct report_file *f)
{
	if (f == NULL)
		return;
	file_bytes_free(f->bytes);
	csv_cut_free(f->csv);
	stream_cut_free(f->stream);
	for (size_t i = 0; i < 2; i++) {
		buf_fini(&f->slices[i].body);
		buf_fini(&f->slices[i].vars);
	}
	buf_fini(&f->head);
	buf_fini(&f->first);
	buf_fini(&f->media_type);
	free(f);
}

void report_file_progress(const struct report_file *f, uint64_t *ret_read, uint64_t *ret_size)
{
	file_bytes_progress(f->bytes, ret_read, ret_size);
}

/* ---- whose it is ---- */

/* Reads one piece, which is kept for report_file_begin(). @return ERR_NOENT: there is none */
static enum err read_head(struct report_file *f, struct str *ret_piece,
                          struct err_detail *reterr_detail)
{
	struct str piece = STR_EMPTY;
	enum err err = report_file_read(f, &piece, reterr_detail);

	if (err == ERR_OK && buf_append_str(&f->head, piece) != ERR_OK)
		err = ERR_NOMEM;
	if (err == ERR_OK && piece.len == 0)
		err = ERR_NOENT;
	if (err == ERR_OK)
		*ret_piece = piece;
	return err;
}

/* Until the header is known: CSV_HEAD_MAX bytes, or all there are. */
static enum err find_header(struct report_file *f, struct csv_cut *cut, struct str *ret_header,
                            char *ret_delimiter, struct err_detail *reterr_detail)
{
	struct str piece = buf_str(&f->head);
	enum err err = csv_cut_feed(cut, piece, reterr_detail);

	while (err == ERR_OK && !csv_cut_head(cut, ret_header, ret_delimiter)) {
		err = read_head(f, &piece, reterr_detail);
		if (err == ERR_OK)
			err = csv_cut_feed(cut, piece, reterr_detail);
	}
	if (err != ERR_NOENT)
		return err;
	err = csv_cut_end(cut, reterr_detail);
	if (err == ERR_OK)
		(void)csv_cut_head(cut, ret_header, ret_delimiter);
	return err;
}

enum err report_file_report(struct report_file *f, const struct profile *profile,
                            const struct profile_report **ret_report,
                            struct err_detail *reterr_detail)
{
	static const struct decode_spec any_csv = {.as = DECODE_CSV};
	struct csv_cut *cut = NULL;
	struct str header = STR_EMPTY;
	char delimiter = ',';
	enum err err;

	assert(f->decode == NULL);
	err = csv_cut_new(&any_csv, buf_str(&f->media_type), REPORT_FILE_SLICE_BYTES, &cut);
	if (err == ERR_OK)
		err = find_header(f, cut, &header, &delimiter, reterr_detail);
	if (err == ERR_PARSE)
		report_file_explain(f, reterr_detail);
	if (err == ERR_OK)
		*ret_report = header.len > 0 ? csv_report_of(profile, header, delimiter) : NULL;
	csv_cut_free(cut);
	return err;
}

/* ---- beginning ---- */

/* What the decoder takes DECODE_AUTO for: by the first byte that is no blank. */
static enum err look(struct report_file *f, struct err_detail *reterr_detail)
{
	struct str piece = buf_str(&f->head), text = str_trim(piece);
	enum err err = ERR_OK;

	while (err == ERR_OK && text.len == 0 && f->head.len < FILE_PIECE_BYTES) {
		err = read_head(f, &piece, reterr_detail);
		text = str_trim(buf_str(&f->head));
	}
	if (str_has_prefix(text, STR_LIT("\xef\xbb\xbf")))
		text = str_trim((struct str){text.ptr + 3, text.len - 3});
	f->as = text.len > 0 && (text.ptr[0] == '{' || text.ptr[0] == '[') ? DECODE_JSON
	                                                                   : DECODE_CSV;
	return err == ERR_NOENT ? ERR_OK : err;
}

enum err report_file_begin(struct report_file *f, const struct decode_spec *decode,
                           struct err_detail *reterr_detail)
{
	enum err err = ERR_OK;

	assert(f->decode == NULL);
	f->decode = decode;
	f->as = decode->as;
	if (f->as == DECODE_AUTO)
		err = look(f, reterr_detail);
	if (err == ERR_OK && f->as == DECODE_CSV) {
		err = csv_cut_new(decode, buf_str(&f->media_type), REPORT_FILE_SLICE_BYTES,
		                  &f->csv);
	}
	if (err == ERR_OK && f->as == DECODE_JSON_STREAM)
		err = stream_cut_new(REPORT_FILE_SLICE_BYTES, VALUE_BYTES_MAX, &f->stream);
	return err;
}

enum err report_file_seek(struct report_file *f, struct report_file_place place,
                          struct err_detail *reterr_detail)
{
	const struct csv_place to = {place.offset, place.line, (size_t)place.rows};
	struct str header = STR_EMPTY;
	char delimiter;
	enum err err;

	assert(f->decode != NULL && !f->has_next);
	if (f->csv == NULL)
		return ERR_INVAL;
	if (place.line == 0)
		return ERR_OK; /* nothing was read of it yet */
	while (f->err == ERR_OK && !csv_cut_head(f->csv, &header, &delimiter))
		report_file_feed(f);
	if (f->err != ERR_OK) {
		*reterr_detail = f->detail;
		return f->err;
	}
	err = file_bytes_seek(f->bytes, place.offset, reterr_detail);
	if (err != ERR_OK)
		return err;
	csv_cut_seek(f->csv, to);
	f->is_ended = f->is_over = false;
	return ERR_OK;
}

/* ---- slices ---- */

static struct str slice_type(const struct report_file *f)
{
	if (f->csv != NULL)
		return STR_LIT(CSV_SLICE_TYPE);
	return f->stream != NULL ? STR_LIT(STREAM_SLICE_TYPE) : STR_LIT(JSON_SLICE_TYPE);
}

/* The one that is not the caller's. */
static void cut_next(struct report_file *f)
{
	struct file_slice *to = &f->slices[1 - f->now];

	buf_reset(&to->body);
	buf_reset(&to->vars);
	to->rows = 0;
	f->next_err = f->csv != NULL || f->stream != NULL
	                      ? report_file_cut(f, to, &f->next_detail)
	                      : report_file_page(f, to, &f->next_detail);
	f->has_next = true;
}

enum err report_file_next(struct report_file *f, struct report_file_slice *ret_slice,
                          struct err_detail *reterr_detail)
{
	const struct file_slice *now;

	assert(f->decode != NULL);
	if (!f->has_next)
		cut_next(f);
	if (f->next_err != ERR_OK) {
		*reterr_detail = f->next_detail;
		return f->next_err;
	}
	f->now = 1 - f->now;
	now = &f->slices[f->now];
	cut_next(f);
	*ret_slice = (struct report_file_slice){
		.body = buf_str(&now->body),
		.vars = buf_str(&now->vars),
		.media_type = slice_type(f),
		.rows = now->rows,
		.next = now->next,
		.is_last = f->next_err == ERR_OK && f->slices[1 - f->now].rows == 0,
	};
	return ERR_OK;
}
