/* SPDX-License-Identifier: MIT */
#include "cmd/import/import_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/import/import_rows.h"
#include "normalise/page.h"
#include "receiver/report/file/report_file.h"

#define PAGE_ARENA   ((size_t)64 * 1024)
/* Of what is packed: more than any report is, and less than a disk. */
#define UNPACKED_MAX ((uint64_t)16 << 30)

struct import_file {
	struct report_file *in; /* owned */
	const char *name;       /* borrowed */
	struct import_count count;
	struct import_rows *rows; /* owned */
	import_bad_fn on_bad;
	void *arg;                          /* borrowed */
	const struct import_target *target; /* borrowed */
	bool is_over;                       /* the last slice was given */
};

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
	err_detail_set(reterr_detail, "%s: %.400s", f->name, text[0] != '\0' ? text : err_str(err));
	if (err == ERR_AUTH)
		return EXIT_NO_PERMISSION;
	return err == ERR_IO || err == ERR_NOENT ? EXIT_INPUT_OUTPUT : EXIT_BAD_INPUT;
}

/* ---- slices ---- */

/* A page may be the vendor's error under the status of a success. */
static enum err check_ok(const struct import_file *f, struct str body,
                         struct err_detail *reterr_detail)
{
	const struct profile_report *report = f->target->report;
	struct page page = {.is_ok = true};
	struct arena arena;
	enum err err;

	if (report->ok.at == NULL)
		return ERR_OK;
	arena_init(&arena, PAGE_ARENA);
	err = page_read(body, &report->source.decode, &report->page, &report->ok, &arena, &page,
	                reterr_detail);
	if (err == ERR_OK && !page.is_ok) {
		err_detail_set(reterr_detail, "an error of the vendor: %.*s", STR_FMT(page.error));
		err = ERR_PARSE;
	}
	arena_fini(&arena);
	return err;
}

/* A stream that is broken somewhere is good before it: that is told like a row. */
static bool is_rest_bad(const struct import_file *f, enum err err)
{
	return err == ERR_PARSE && f->count.rows > 0 &&
	       f->target->report->source.decode.as == DECODE_JSON_STREAM;
}

static enum err next_slice(struct import_file *f, struct report_file_slice *ret_slice,
                           struct err_detail *reterr_detail)
{
	const enum decode_as as = f->target->report->source.decode.as;
	enum err err = report_file_next(f->in, ret_slice, reterr_detail);

	report_file_progress(f->in, &f->count.bytes, &f->count.size);
	if (is_rest_bad(f, err)) {
		f->count.bad++;
		f->on_bad(f->arg, reterr_detail->text);
		*ret_slice = (struct report_file_slice){.rows = 0};
		err = ERR_OK;
	}
	if (err == ERR_OK && as != DECODE_CSV && as != DECODE_JSON_STREAM &&
	    ret_slice->vars.len == 0 && ret_slice->body.len > 0)
		err = check_ok(f, ret_slice->body, reterr_detail);
	return err;
}

static enum err take_rows(struct import_file *f, const struct report_file_slice *in,
                          struct import_slice *slice, struct err_detail *reterr_detail)
{
	uint64_t bad = 0;
	enum err err =
		import_rows_take(f->rows, in->body, in->vars, &slice->vars, &bad, reterr_detail);

	slice->body = in->body;
	slice->rows = in->rows;
	f->count.bad += bad;
	return err;
}

enum exit_code import_file_next(struct import_file *f, struct import_slice *ret_slice,
                                struct err_detail *reterr_detail)
{
	struct report_file_slice in = {.rows = 0};
	struct import_slice slice = {.rows = 0};
	enum err err = ERR_OK;

	if (!f->is_over)
		err = next_slice(f, &in, reterr_detail);
	if (err == ERR_OK && in.rows > 0)
		err = take_rows(f, &in, &slice, reterr_detail);
	if (err != ERR_OK)
		return code_of(f, err, reterr_detail);
	f->is_over = slice.rows == 0;
	f->count.rows += slice.rows;
	*ret_slice = slice;
	return EXIT_OK;
}

const struct import_count *import_file_count(const struct import_file *f)
{
	return &f->count;
}

/* ---- life ---- */

enum exit_code import_file_report(struct import_file *f, const struct profile *profile,
                                  const struct profile_report **ret_report)
{
	struct err_detail detail = {.line = 0};
	enum err err = report_file_report(f->in, profile, ret_report, &detail);
	enum exit_code code = code_of(f, err, &detail);

	return code == EXIT_OK ? EXIT_OK : complain_detail(code, &detail);
}

enum exit_code import_file_begin(struct import_file *f, const struct import_target *target,
                                 struct str sets)
{
	struct err_detail detail = {.line = 0};
	enum err err = import_rows_new(target, sets, f->on_bad, f->arg, &f->rows);
	enum exit_code code;

	f->target = target;
	if (err == ERR_OK)
		err = report_file_begin(f->in, &source_spec(target->source)->decode, &detail);
	code = code_of(f, err, &detail);
	return code == EXIT_OK ? EXIT_OK : complain_detail(code, &detail);
}

static enum err open_it(struct import_file *f, const struct import_file_conf *conf,
                        struct err_detail *reterr_detail)
{
	struct report_file_conf in = {
		.path = conf->path,
		.media_type = conf->media_type,
		.max_bytes = UNPACKED_MAX,
		.page_max = (size_t)profile_limits(conf->profile)->body_max,
	};
	struct stat st;
	uint64_t read = 0;
	enum err err;

	if (stat(conf->path, &st) == 0 && (uint64_t)st.st_size > UNPACKED_MAX)
		in.max_bytes = (uint64_t)st.st_size;
	err = report_file_open(&in, &f->in, reterr_detail);
	if (err != ERR_OK)
		return err;
	report_file_progress(f->in, &read, &f->count.size);
	if (f->count.size > 0 || strcmp(conf->path, "-") == 0)
		return ERR_OK;
	err_detail_set(reterr_detail, "the file is empty; download it again");
	return ERR_PARSE;
}

enum exit_code import_file_open(const struct import_file_conf *conf, import_bad_fn on_bad,
                                void *arg, struct import_file **ret_file)
{
	struct import_file *f = calloc(1, sizeof(*f));
	struct err_detail detail = {.line = 0};
	enum exit_code code;

	if (f == NULL)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	f->name = conf->name;
	f->on_bad = on_bad;
	f->arg = arg;
	code = code_of(f, open_it(f, conf, &detail), &detail);
	if (code == EXIT_OK) {
		*ret_file = f;
		return EXIT_OK;
	}
	import_file_free(f);
	return complain_detail(code, &detail);
}

void import_file_free(struct import_file *f)
{
	if (f == NULL)
		return;
	report_file_free(f->in);
	import_rows_free(f->rows);
	free(f);
}
