/* SPDX-License-Identifier: MIT */
/**
 * decode_csv - CSV as records: an object for each row, with the header's names. Private to
 * normalise/.
 *
 * RFC 4180, and what occurs besides: other delimiters, CR and LF alone, blanks around fields,
 * Windows-1252, UTF-16. A payload is a whole file, or a slice of one that csv_cut.h made: its vars
 * then have the header. What is wrong with one row is that row's matter (ERR_INVAL, ERR_LIMIT), and
 * its number in the file stands in the detail; rows that are blank, or whose fields are all empty,
 * are none. An empty field is null, "" is an empty text.
 */
#ifndef NORMALISE_DECODE_DECODE_CSV_H
#define NORMALISE_DECODE_DECODE_CSV_H

#include "normalise/decode/csv_columns.h"

struct decoder;
struct record;

/** The rows of one payload. */
struct decode_csv {
	struct csv_fields *fields; /* owned; kept for the next payload */
	bool is_on;                /* the payload is CSV */
	const char *at, *end;
	uint64_t line; /* number of the line at `at`, from 1 */
	struct csv_head head;
	struct csv_columns columns;
};

/**
 * Convert the body, read its header.
 *
 * @return ERR_OK (also for an empty file), ERR_PARSE no CSV: detail, ERR_LIMIT larger than the
 * memory, ERR_NOMEM
 */
enum err decode_csv_begin(struct decoder *d, struct err_detail *reterr_detail) MUST_CHECK;

/** As decoder_next(). */
enum err decode_csv_next(struct decoder *d, struct record *record,
                         struct err_detail *reterr_detail) MUST_CHECK;

#endif /* NORMALISE_DECODE_DECODE_CSV_H */
