/* SPDX-License-Identifier: MIT */
#include "cmd/import/import_rows.h"

#include <stdlib.h>

#include "normalise/decode/decoder.h"
#include "normalise/normalise.h"
#include "normalise/ordinals.h"
#include "receiver/report/file/row_file.h"

#define VARS_MAX_BYTES ((size_t)1024 * 1024)

struct import_rows {
	const struct import_target *target; /* borrowed */
	struct str sets;                    /* borrowed */
	import_bad_fn on_bad;
	void *arg;                 /* borrowed */
	struct decoder *decoder;   /* owned; NULL before the first slice */
	struct ordinals *ordinals; /* owned; NULL: identical rows are one fact */
	struct row_file *row_file; /* owned: those that are not in memory; NULL */
	struct buf vars, numbers;
};

static void tell_bad(struct import_rows *r, const struct record *record,
                     const struct err_detail *detail)
{
	char text[sizeof(detail->text) + 64];

	if (detail->text[0] != '\0') {
		(void)snprintf(text, sizeof(text), "%s", detail->text);
	} else {
		(void)snprintf(text, sizeof(text),
		               "record %zu is too large, too deep or has too many fields",
		               record->index + 1);
	}
	r->on_bad(r->arg, text);
}

/* A bad value of a stream costs what follows it in the slice; the others are taken. */
static enum err end_of(struct import_rows *r, enum err err, const struct record *record,
                       uint64_t *bad, const struct err_detail *detail)
{
	if (err == ERR_NOENT)
		return ERR_OK;
	if (err != ERR_PARSE || r->target->report->source.decode.as != DECODE_JSON_STREAM)
		return err;
	(*bad)++;
	tell_bad(r, record, detail);
	return ERR_OK;
}

static enum err decode_all(struct import_rows *r, const struct payload *payload, uint64_t *bad,
                           struct err_detail *reterr_detail)
{
	const struct decode_spec *spec = &source_spec(r->target->source)->decode;
	struct record record = {.index = 0};
	enum err err = ERR_OK;

	if (r->decoder == NULL) {
		err = decoder_new(spec, payload, NORMALISE_MEMORY_DEFAULT, &r->decoder);
	} else {
		decoder_restart(r->decoder, spec, payload);
	}
	while (err == ERR_OK) {
		struct err_detail detail = {.line = 0};

		err = decoder_next(r->decoder, &record, &detail);
		if (err == ERR_INVAL || err == ERR_LIMIT) {
			(*bad)++;
			tell_bad(r, &record, &detail);
			err = ERR_OK;
		} else if (err != ERR_OK) {
			*reterr_detail = detail;
		}
	}
	return end_of(r, err, &record, bad, reterr_detail);
}

static enum err add_ordinals(struct import_rows *r, struct payload *payload,
                             struct err_detail *reterr_detail)
{
	enum err err;

	if (r->ordinals == NULL)
		return ERR_OK;
	buf_reset(&r->numbers);
	err = ordinals_count(r->ordinals, r->target->source, payload, &r->numbers);
	if (err == ERR_IO) {
		err_detail_set(reterr_detail, "%s; set TMPDIR to a folder with more room",
		               row_file_error(r->row_file));
	}
	if (err != ERR_OK || r->numbers.len == 0)
		return err;
	if (r->vars.len > 0)
		(void)buf_append_char(&r->vars, '&');
	(void)buf_append_str(&r->vars, STR_LIT(ORDINALS_VAR "="));
	return buf_append_str(&r->vars, buf_str(&r->numbers));
}

enum err import_rows_take(struct import_rows *r, struct str body, struct str slice_vars,
                          struct str *ret_vars, uint64_t *ret_bad, struct err_detail *reterr_detail)
{
	struct payload payload;
	uint64_t bad = 0;
	enum err err;

	buf_reset(&r->vars);
	(void)buf_append_str(&r->vars, r->sets);
	if (r->vars.len > 0 && slice_vars.len > 0)
		(void)buf_append_char(&r->vars, '&');
	err = buf_append_str(&r->vars, slice_vars);
	payload = import_target_payload(r->target, buf_str(&r->vars), body);
	if (err == ERR_OK)
		err = decode_all(r, &payload, &bad, reterr_detail);
	if (err == ERR_OK)
		err = add_ordinals(r, &payload, reterr_detail);
	if (err == ERR_OK) {
		*ret_vars = buf_str(&r->vars);
		*ret_bad = bad;
	}
	return err;
}

/* The data folder may be another user's while a daemon runs. */
static enum err make_ordinals(struct import_rows *r)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets the environment */
	const char *folder = getenv("TMPDIR");
	struct ordinals_disk disk;
	enum err err;

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
	err = row_file_new(folder, NULL, &r->row_file);
	if (err != ERR_OK)
		return err;
	disk = row_file_disk(r->row_file);
	return ordinals_new(ORDINALS_ROWS_DEFAULT, &disk, &r->ordinals);
}

enum err import_rows_new(const struct import_target *target, struct str sets, import_bad_fn on_bad,
                         void *arg, struct import_rows **ret_rows)
{
	struct import_rows *r = calloc(1, sizeof(*r));
	enum err err = ERR_OK;

	if (r == NULL)
		return ERR_NOMEM;
	r->target = target;
	r->sets = sets;
	r->on_bad = on_bad;
	r->arg = arg;
	buf_init(&r->vars, VARS_MAX_BYTES);
	buf_init(&r->numbers, VARS_MAX_BYTES);
	if (target->report->has_ordinal)
		err = make_ordinals(r);
	if (err == ERR_OK) {
		*ret_rows = r;
	} else {
		import_rows_free(r);
	}
	return err;
}

void import_rows_free(struct import_rows *r)
{
	if (r == NULL)
		return;
	decoder_free(r->decoder);
	ordinals_free(r->ordinals);
	row_file_free(r->row_file);
	buf_fini(&r->vars);
	buf_fini(&r->numbers);
	free(r);
}
