/* SPDX-License-Identifier: MIT */
#include "cmd/import_head.h"

#include "normalise/csv_columns.h"
#include "normalise/csv_cut.h"

#define PIECE_BYTES ((size_t)16 * 1024)
#define SLICE_BYTES ((size_t)64 * 1024)

static enum err feed(struct csv_cut *cut, FILE *in, bool *is_ended,
                     struct err_detail *reterr_detail)
{
	char piece[PIECE_BYTES];
	size_t len = fread(piece, 1, sizeof(piece), in);

	*is_ended = len == 0;
	if (ferror(in) != 0) {
		err_detail_set(reterr_detail, "cannot be read");
		return ERR_IO;
	}
	return *is_ended ? csv_cut_end(cut, reterr_detail)
	                 : csv_cut_feed(cut, (struct str){piece, len}, reterr_detail);
}

static enum err read_head(FILE *in, const struct profile *profile,
                          const struct profile_report **ret_report,
                          struct err_detail *reterr_detail)
{
	static const struct decode_spec any_csv = {.as = DECODE_CSV};
	struct csv_cut *cut = NULL;
	struct str header = STR_EMPTY;
	char delimiter = ',';
	bool is_known = false, is_ended = false;
	enum err err = csv_cut_new(&any_csv, STR_EMPTY, SLICE_BYTES, &cut);

	while (err == ERR_OK && !is_known && !is_ended) {
		err = feed(cut, in, &is_ended, reterr_detail);
		if (err == ERR_OK)
			is_known = csv_cut_head(cut, &header, &delimiter);
	}
	if (err == ERR_OK) {
		*ret_report = is_known && header.len > 0 ? csv_report_of(profile, header, delimiter)
		                                         : NULL;
	}
	csv_cut_free(cut);
	return err;
}

enum exit_code import_head(const char *path, const struct profile *profile,
                           const struct profile_report **ret_report)
{
	struct err_detail detail = {.line = 0};
	FILE *in = fopen(path, "rbe");
	enum err err;

	if (in == NULL)
		return complain(EXIT_INPUT_OUTPUT, "%s: cannot be opened", path);
	err = read_head(in, profile, ret_report, &detail);
	(void)fclose(in);
	if (err == ERR_OK)
		return EXIT_OK;
	if (err == ERR_NOMEM)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	return complain(err == ERR_IO ? EXIT_INPUT_OUTPUT : EXIT_BAD_INPUT, "%s: %s", path,
	                detail.text);
}
