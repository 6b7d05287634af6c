/* SPDX-License-Identifier: MIT */
#include "cmd/import_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cmd/import_rows.h"
#include "normalise/csv_cut.h"
#include "normalise/page.h"
#include "normalise/stream_cut.h"

#define PIECE_BYTES     ((size_t)64 * 1024)
#define SLICE_BYTES     ((size_t)256 * 1024)
#define VALUE_MAX_BYTES ((size_t)1024 * 1024)
#define BODY_MAX_BYTES  ((size_t)64 * 1024 * 1024)
#define PAGE_ARENA      ((size_t)64 * 1024)

struct import_file {
	FILE *in;         /* owned */
	const char *path; /* borrowed */
	struct import_count count;
	struct import_rows *rows; /* owned */
	import_bad_fn on_bad;
	void *arg;                          /* borrowed */
	const struct import_target *target; /* borrowed */
	struct csv_cut *csv;                /* owned; one of the two, or neither: a page */
	struct stream_cut *stream;          /* owned */
	struct buf body;                    /* of a page */
	char *piece;                        /* owned */
	bool is_ended;                      /* the cutter knows that nothing follows */
	bool is_over;                       /* the last slice was given */
};

/* ---- reading ---- */

static enum exit_code read_piece(struct import_file *f, size_t *ret_len,
                                 struct err_detail *reterr_detail)
{
	*ret_len = fread(f->piece, 1, PIECE_BYTES, f->in);
	f->count.bytes += *ret_len;
	if (*ret_len > 0 || ferror(f->in) == 0)
		return EXIT_OK;
	err_detail_set(reterr_detail, "%s: cannot be read", f->path);
	return EXIT_INPUT_OUTPUT;
}

static enum exit_code code_of(const struct import_file *f, enum err err,
                              struct err_detail *reterr_detail)
{
	char text[sizeof(reterr_detail->text)];

	if (err == ERR_OK)
		return EXIT_OK;
	if (err == ERR_NOMEM) {
		err_detail_set(reterr_detail, "out of memory");
		return EXIT_UNAVAILABLE;
	}
	(void)snprintf(text, sizeof(text), "%s", reterr_detail->text);
	err_detail_set(reterr_detail, "%s: %.400s", f->path, text[0] != '\0' ? text : err_str(err));
	return EXIT_BAD_INPUT;
}

/* ---- slices ---- */

static enum exit_code feed(struct import_file *f, struct err_detail *reterr_detail)
{
	struct str piece = {f->piece, 0};
	enum exit_code code = read_piece(f, &piece.len, reterr_detail);
	enum err err = ERR_OK;

	if (code != EXIT_OK)
		return code;
	f->is_ended = piece.len == 0;
	if (f->csv != NULL) {
		err = f->is_ended ? csv_cut_end(f->csv, reterr_detail)
		                  : csv_cut_feed(f->csv, piece, reterr_detail);
	} else if (!f->is_ended) {
		err = stream_cut_feed(f->stream, piece);
		if (err == ERR_PARSE)
			err_detail_set(reterr_detail, "not a stream of JSON values");
		if (err == ERR_LIMIT)
			err_detail_set(reterr_detail, "a value is longer than 1 MiB");
	}
	return code_of(f, err, reterr_detail);
}

static enum err cut_rows(struct import_file *f, struct import_slice *slice, struct str *ret_vars)
{
	struct csv_slice rows;
	enum err err = csv_cut_next(f->csv, &rows);

	if (err != ERR_OK)
		return err;
	*slice = (struct import_slice){.body = rows.body, .rows = rows.rows};
	*ret_vars = rows.vars;
	return ERR_OK;
}

static enum err cut_values(struct import_file *f, struct import_slice *slice)
{
	bool is_cut = false;
	size_t rows = 0;
	enum err err = f->is_ended ? stream_cut_finish(f->stream, &slice->body, &rows, &is_cut)
	                           : stream_cut_next(f->stream, &slice->body, &rows);

	f->is_over = f->is_ended;
	if (is_cut) {
		f->count.bad++;
		f->on_bad(f->arg, "the file ends within a value: it was cut off");
	}
	if (err == ERR_OK)
		slice->rows = rows;
	return err;
}

static enum exit_code next_cut(struct import_file *f, struct import_slice *slice,
                               struct str *ret_vars, struct err_detail *reterr_detail)
{
	enum exit_code code = EXIT_OK;
	enum err err = ERR_NOENT;

	while (code == EXIT_OK && !f->is_over) {
		err = f->csv != NULL ? cut_rows(f, slice, ret_vars) : cut_values(f, slice);
		if (err != ERR_NOENT)
			break;
		if (f->is_ended) {
			f->is_over = true;
		} else {
			code = feed(f, reterr_detail);
		}
	}
	return code == EXIT_OK && err != ERR_NOENT ? code_of(f, err, reterr_detail) : code;
}

/* ---- a page ---- */

static enum exit_code read_whole(struct import_file *f, struct err_detail *reterr_detail)
{
	size_t max = (size_t)profile_limits(source_profile(f->target->source))->body_max;
	size_t len = 1;
	enum exit_code code = EXIT_OK;

	buf_fini(&f->body);
	buf_init(&f->body, max);
	while (code == EXIT_OK && len > 0) {
		code = read_piece(f, &len, reterr_detail);
		if (code == EXIT_OK && buf_append(&f->body, f->piece, len) != ERR_OK) {
			err_detail_set(reterr_detail, "%s: larger than %zu MiB", f->path,
			               max / 1024 / 1024);
			code = EXIT_BAD_INPUT;
		}
	}
	return code;
}

static enum exit_code next_page(struct import_file *f, struct import_slice *slice,
                                struct err_detail *reterr_detail)
{
	const struct profile_report *report = f->target->report;
	struct page page = {.records = 0};
	struct arena arena;
	enum exit_code code;

	f->is_over = true;
	code = read_whole(f, reterr_detail);
	if (code != EXIT_OK)
		return code;
	arena_init(&arena, PAGE_ARENA);
	code = code_of(f,
	               page_read(buf_str(&f->body), &report->source.decode, &report->page,
	                         &report->ok, &arena, &page, reterr_detail),
	               reterr_detail);
	if (code == EXIT_OK && !page.is_ok) {
		err_detail_set(reterr_detail, "%s: an error of the vendor: %.*s", f->path,
		               STR_FMT(page.error));
		code = EXIT_BAD_INPUT;
	}
	if (code == EXIT_OK)
		*slice = (struct import_slice){.body = buf_str(&f->body), .rows = page.records};
	arena_fini(&arena);
	return code;
}

/* ---- all of it ---- */

enum exit_code import_file_next(struct import_file *f, struct import_slice *ret_slice,
                                struct err_detail *reterr_detail)
{
	struct import_slice slice = {.rows = 0};
	struct str vars = STR_EMPTY;
	enum exit_code code = EXIT_OK;
	uint64_t bad = 0;

	if (!f->is_over && (f->csv != NULL || f->stream != NULL)) {
		code = next_cut(f, &slice, &vars, reterr_detail);
	} else if (!f->is_over) {
		code = next_page(f, &slice, reterr_detail);
	}
	if (code != EXIT_OK)
		return code;
	if (slice.rows > 0) {
		code = code_of(f,
		               import_rows_take(f->rows, slice.body, vars, &slice.vars, &bad,
		                                reterr_detail),
		               reterr_detail);
	}
	f->count.bad += bad;
	if (code != EXIT_OK)
		return code;
	f->count.rows += slice.rows;
	*ret_slice = slice;
	return EXIT_OK;
}

const struct import_count *import_file_count(const struct import_file *f)
{
	return &f->count;
}

enum exit_code import_file_begin(struct import_file *f, const struct import_target *target,
                                 struct str sets)
{
	const struct decode_spec *decode = &source_spec(target->source)->decode;
	enum err err = import_rows_new(target, sets, f->on_bad, f->arg, &f->rows);

	f->target = target;
	if (err == ERR_OK && decode->as == DECODE_CSV)
		err = csv_cut_new(decode, STR_EMPTY, SLICE_BYTES, &f->csv);
	if (err == ERR_OK && decode->as == DECODE_JSON_STREAM)
		err = stream_cut_new(SLICE_BYTES, VALUE_MAX_BYTES, &f->stream);
	return err == ERR_OK ? EXIT_OK : complain(EXIT_UNAVAILABLE, "out of memory");
}

/* ---- life ---- */

static enum exit_code check_kind(struct import_file *f)
{
	struct stat st;

	if (fstat(fileno(f->in), &st) != 0 || !S_ISREG(st.st_mode)) {
		return complain(EXIT_INPUT_OUTPUT, "%s: no file; save what it gives in one first",
		                f->path);
	}
	if (st.st_size == 0) {
		return complain(EXIT_BAD_INPUT, "%s: the file is empty; download it again",
		                f->path);
	}
	f->count.size = (uint64_t)st.st_size;
	return EXIT_OK;
}

static enum exit_code open_it(struct import_file *f)
{
	f->in = fopen(f->path, "rbe");
	if (f->in != NULL)
		return check_kind(f);
	if (errno == ENOENT)
		return complain(EXIT_INPUT_OUTPUT, "%s: there is no such file", f->path);
	if (errno == EACCES)
		return complain(EXIT_NO_PERMISSION, "%s: may not be read", f->path);
	return complain(EXIT_INPUT_OUTPUT, "%s: cannot be opened", f->path);
}

enum exit_code import_file_open(const char *path, import_bad_fn on_bad, void *arg,
                                struct import_file **ret_file)
{
	struct import_file *f = calloc(1, sizeof(*f));
	enum exit_code code;

	if (f == NULL)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	f->path = path;
	f->on_bad = on_bad;
	f->arg = arg;
	buf_init(&f->body, BODY_MAX_BYTES);
	f->piece = malloc(PIECE_BYTES);
	code = f->piece != NULL ? open_it(f) : complain(EXIT_UNAVAILABLE, "out of memory");
	if (code == EXIT_OK) {
		*ret_file = f;
	} else {
		import_file_free(f);
	}
	return code;
}

void import_file_free(struct import_file *f)
{
	if (f == NULL)
		return;
	if (f->in != NULL)
		(void)fclose(f->in);
	import_rows_free(f->rows);
	csv_cut_free(f->csv);
	stream_cut_free(f->stream);
	buf_fini(&f->body);
	free(f->piece);
	free(f);
}
