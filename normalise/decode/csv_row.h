/* SPDX-License-Identifier: MIT */
/**
 * csv_row - where a row of CSV ends, in text that may come in pieces.
 *
 * Only structure is looked at: delimiters, quotes and line ends, by the rules that libcsv splits
 * rows by (csv_fields.h): blanks may stand before an opening and behind a closing quote, two quotes
 * in quotes are one, and a quote elsewhere is text. Text behind a closing quote ends the quoting
 * and makes the row a broken one, so that it does not take the rows behind it along. CR, LF and
 * CRLF end a row or are text in quotes. Private to normalise/. Source: RFC 4180, 2.
 */
#ifndef NORMALISE_DECODE_CSV_ROW_H
#define NORMALISE_DECODE_CSV_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

/** A longer row is a bad record. */
#define CSV_ROW_MAX     ((size_t)1024 * 1024)
/** Most columns. */
#define CSV_COLUMNS_MAX 4096

enum csv_row_place {
	CSV_BEFORE, /* nothing of the field has come, or blanks */
	CSV_PLAIN,
	CSV_QUOTED,
	CSV_QUOTE, /* a quote in quotes: their end, or the first of two */
	CSV_BEHIND /* blanks behind the closing quote */
};

struct csv_row {
	enum csv_row_place place;
	char delimiter;
	bool is_blank;  /* nothing but blanks so far */
	bool is_broken; /* text behind a closing quote */
	size_t fields;
	uint64_t lines; /* line ends so far, those in quotes too */
};

void csv_row_begin(struct csv_row *r, char delimiter);

/**
 * Go on to the end of the row.
 *
 * @param at       in: where to go on; out: behind the line end, or what was looked at. A CR at the
 *                 very end is left when @p is_last is false: it may be half of a line end
 * @param is_last  nothing follows @p end
 * @return whether the line end was there
 */
bool csv_row_scan(struct csv_row *r, const char **at, const char *end, bool is_last);

/** The row from @p start to @p at without its line end; @p is_ended as csv_row_scan() said. */
struct str csv_row_text(const char *start, const char *at, bool is_ended);

#endif /* NORMALISE_DECODE_CSV_ROW_H */
