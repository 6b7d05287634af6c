/* SPDX-License-Identifier: MIT */
/**
 * csv_cut - cut a CSV into payloads at the end of rows, while it arrives.
 *
 *     csv_cut_new, then feed … next, next, … feed … next … end … next, next, … free
 *
 * A slice is a body of whole rows in UTF-8 or an 8-bit charset (UTF-16 is converted), and vars that
 * say what the rows do not: header, delimiter, encoding, number of the first line (csv_head.h).
 * The decoder makes the same records of the slices as of the whole file. Slices are the same
 * however the bytes came. A row that is too long ends its slice, cut off behind CSV_ROW_MAX, so
 * that the decoder sees that it was; an unfinished last row is left to the decoder as it is.
 *
 * Nothing comes before the header and the rows behind it were seen (CSV_HEAD_MAX bytes, or the
 * end). Bounded: holds at most one slice, one row, CSV_HEAD_MAX and the bytes fed last, when all
 * slices are taken after each feed.
 *
 * To go on in a file that was read to some place before: feed its beginning until csv_cut_head()
 * says that the header is known, seek to that place, and feed what stands from its offset on.
 */
#ifndef NORMALISE_DECODE_CSV_CUT_H
#define NORMALISE_DECODE_CSV_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "normalise/decode/decoder.h"

/** Between two rows of a file: a checkpoint. */
struct csv_place {
	uint64_t offset; /* bytes of the file before it */
	uint64_t line;   /* number of the line that begins there, from 1 */
	uint64_t rows;   /* rows before it, without the header and blank lines */
};

struct csv_slice {
	struct str body;
	struct str vars; /* `_csv=…`; to be put among the payload's */
	size_t rows;     /* > 0; without blank lines */
	struct csv_place next;
};

/** Media type of the payloads that slices become. */
#define CSV_SLICE_TYPE "text/csv"

struct csv_cut;

/**
 * @param spec         of the source; borrowed
 * @param media_type   of the file, may be empty; only looked at during the call of the first feed
 * @param slice_bytes  a slice ends with the row that reaches so many bytes
 */
enum err csv_cut_new(const struct decode_spec *spec, struct str media_type, size_t slice_bytes,
                     struct csv_cut **ret_cut) MUST_CHECK;
/** Accepts NULL. */
void csv_cut_free(struct csv_cut *c);

/**
 * Take bytes as they come. An error sticks, and no slice follows.
 *
 * @return ERR_OK
 *         ERR_PARSE  no CSV (HTML, JSON, a header that none is): detail
 *         ERR_NOMEM
 */
enum err csv_cut_feed(struct csv_cut *c, struct str bytes,
                      struct err_detail *reterr_detail) MUST_CHECK;

/** Nothing follows. @return as csv_cut_feed() */
enum err csv_cut_end(struct csv_cut *c, struct err_detail *reterr_detail) MUST_CHECK;

/**
 * The header as it stands; empty without one.
 *
 * @return whether it is known yet
 */
bool csv_cut_head(const struct csv_cut *c, struct str *ret_header, char *ret_delimiter);

/** Go on at another place; what was fed and not taken is forgotten. The header must be known. */
void csv_cut_seek(struct csv_cut *c, struct csv_place place);

/**
 * The next full slice, and after csv_cut_end() the rest; valid until the next call.
 *
 * @return ERR_OK, ERR_NOENT none is full yet, or there are no more, ERR_NOMEM
 */
enum err csv_cut_next(struct csv_cut *c, struct csv_slice *ret_slice) MUST_CHECK;

#endif /* NORMALISE_DECODE_CSV_CUT_H */
