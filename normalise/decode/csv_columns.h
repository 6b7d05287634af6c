/* SPDX-License-Identifier: MIT */
/**
 * csv_columns - what the columns of a CSV are called, and whose they are. Private to normalise/.
 *
 * A column is called as the profile's maps spell it when its header differs from that in nothing
 * but case, blanks, `_` and `-`; otherwise as it stands, without blanks at its ends. Two columns
 * never have one name: the later one becomes NAME_2, NAME_3, …; one without a name is column_N.
 */
#ifndef NORMALISE_DECODE_CSV_COLUMNS_H
#define NORMALISE_DECODE_CSV_COLUMNS_H

#include "normalise/decode/csv_fields.h"
#include "normalise/decode/csv_head.h"
#include "normalise/decode/decoder.h"

/** Names for the columns of a header. */
struct csv_columns {
	const struct str *names; /* in the arena */
	size_t count;
	size_t known; /* of them the profile's */
};

/**
 * @param spec  of the source
 * @return ERR_OK, ERR_PARSE no column is one of the profile's: detail, ERR_NOMEM the arena is full
 */
enum err csv_columns_read(const struct decode_spec *spec, const struct csv_head *head,
                          struct csv_fields *fields, struct arena *a,
                          struct csv_columns *ret_columns,
                          struct err_detail *reterr_detail) MUST_CHECK;

#endif /* NORMALISE_DECODE_CSV_COLUMNS_H */
