/* SPDX-License-Identifier: MIT */
#include "cmd/map_input.h"

#include "normalise/decode/csv_cut.h"
#include "normalise/decode/stream_cut.h"

#define PIECE_BYTES     ((size_t)64 * 1024)
#define SLICE_BYTES     ((size_t)256 * 1024)
#define VALUE_MAX_BYTES ((size_t)16 * 1024 * 1024)

static bool goes_on(enum exit_code code)
{
	return code == EXIT_OK || code == EXIT_BAD_INPUT;
}

/* What went wrong first stays, unless something ends it all. */
static enum exit_code worse(enum exit_code before, enum exit_code now)
{
	return now == EXIT_OK ? before : now;
}

static enum exit_code refuse(enum err err, const struct err_detail *detail)
{
	if (err == ERR_NOMEM)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	return complain(EXIT_BAD_INPUT, "unparsable: %s", detail->text);
}

static enum exit_code read_error(FILE *in, const char *name)
{
	return ferror(in) != 0 ? complain_file(EXIT_INPUT_OUTPUT, name) : EXIT_OK;
}

static enum exit_code take_rows(struct csv_cut *cut, const struct map_slices *slices)
{
	enum exit_code code = EXIT_OK;
	struct csv_slice slice;
	enum err err;

	while (goes_on(code) && (err = csv_cut_next(cut, &slice)) != ERR_NOENT) {
		if (err != ERR_OK)
			return complain(EXIT_UNAVAILABLE, "out of memory");
		code = worse(code,
		             slices->slice(slices->arg, slice.body, slice.vars, CSV_SLICE_TYPE));
	}
	return code;
}

/* After a piece, or the end. */
static enum exit_code take_head_and_rows(struct csv_cut *cut, const struct map_slices *slices,
                                         bool *has_head)
{
	struct str header;
	char delimiter;

	if (!*has_head && csv_cut_head(cut, &header, &delimiter)) {
		enum exit_code code = slices->head != NULL
		                              ? slices->head(slices->arg, header, delimiter)
		                              : EXIT_OK;

		if (code != EXIT_OK)
			return code;
		*has_head = true;
	}
	return take_rows(cut, slices);
}

enum exit_code map_read_csv(FILE *in, const char *name, const struct decode_spec *spec,
                            const char *media_type, const struct map_slices *slices)
{
	static char piece[PIECE_BYTES];
	struct err_detail detail = {.text = ""};
	struct csv_cut *cut = NULL;
	bool has_head = false;
	enum exit_code code = EXIT_OK;
	enum err err = csv_cut_new(spec, str_from(media_type), SLICE_BYTES, &cut);
	size_t len;

	while (err == ERR_OK && (code == EXIT_OK || (has_head && goes_on(code))) &&
	       (len = fread(piece, 1, sizeof(piece), in)) > 0) {
		err = csv_cut_feed(cut, (struct str){piece, len}, &detail);
		if (err == ERR_OK)
			code = worse(code, take_head_and_rows(cut, slices, &has_head));
	}
	if (err == ERR_OK && goes_on(code) && (has_head || code == EXIT_OK)) {
		code = worse(code, read_error(in, name));
		err = csv_cut_end(cut, &detail);
		if (err == ERR_OK && goes_on(code))
			code = worse(code, take_head_and_rows(cut, slices, &has_head));
	}
	if (err != ERR_OK)
		code = refuse(err, &detail);
	csv_cut_free(cut);
	return code;
}

static enum exit_code take_values(struct stream_cut *cut, const struct map_slices *slices)
{
	enum exit_code code = EXIT_OK;
	struct str slice;
	size_t records;

	while (goes_on(code) && stream_cut_next(cut, &slice, &records) == ERR_OK)
		code = worse(code, slices->slice(slices->arg, slice, STR_EMPTY, NULL));
	return code;
}

static enum exit_code end_stream(struct stream_cut *cut, enum err err,
                                 const struct map_slices *slices)
{
	enum exit_code code = EXIT_OK;
	struct str slice;
	size_t records;
	bool is_cut = false;

	if (stream_cut_finish(cut, &slice, &records, &is_cut) == ERR_OK)
		code = slices->slice(slices->arg, slice, STR_EMPTY, NULL);
	if (err == ERR_NOMEM)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	if (err == ERR_LIMIT)
		return complain(EXIT_BAD_INPUT, "too_large: a value is longer than 16 MiB");
	if (err != ERR_OK)
		return complain(EXIT_BAD_INPUT, "unparsable: not a stream of JSON values");
	if (is_cut)
		return complain(EXIT_BAD_INPUT, "unparsable: the input ends within a value");
	return code;
}

enum exit_code map_read_stream(FILE *in, const char *name, const struct map_slices *slices)
{
	static char piece[PIECE_BYTES];
	struct stream_cut *cut = NULL;
	enum exit_code code = EXIT_OK;
	enum err err = stream_cut_new(SLICE_BYTES, VALUE_MAX_BYTES, &cut);
	size_t len;

	if (err != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	while (err == ERR_OK && goes_on(code) && (len = fread(piece, 1, sizeof(piece), in)) > 0) {
		err = stream_cut_feed(cut, (struct str){piece, len});
		code = worse(code, take_values(cut, slices));
	}
	if (goes_on(code))
		code = worse(code, read_error(in, name));
	if (goes_on(code))
		code = worse(code, end_stream(cut, err, slices));
	stream_cut_free(cut);
	return code;
}
