/* SPDX-License-Identifier: MIT */
/**
 * csv_fields - the fields of one row of CSV (libcsv), in UTF-8. Private to normalise/.
 *
 * libcsv has no limits, swallows blank lines and goes on as it can after text behind a closing
 * quote, so it is given one row at a time whose extent and shape are known (csv_row.h).
 */
#ifndef NORMALISE_DECODE_CSV_FIELDS_H
#define NORMALISE_DECODE_CSV_FIELDS_H

#include "core/arena.h"
#include "normalise/decode/csv_row.h"
#include "normalise/decode/decoder.h"

struct csv_fields;

/** @return ERR_OK, ERR_NOMEM */
enum err csv_fields_new(struct csv_fields **ret_fields) MUST_CHECK;
/** Accepts NULL. */
void csv_fields_free(struct csv_fields *f);

/**
 * Split a row.
 *
 * @param row       as csv_row_text() gives it, not broken, with at most CSV_COLUMNS_MAX fields
 * @param encoding  of its bytes; CSV_AUTO: a field that is not valid UTF-8 is Windows-1252. UTF-16
 *                  was converted before
 * @param a         for the texts
 * @param ret_list  valid until the next call; an empty field without quotes has a NULL pointer
 * @return ERR_OK, ERR_NOMEM the arena is full, ERR_LIMIT too many fields
 */
enum err csv_fields_split(struct csv_fields *f, struct str row, char delimiter,
                          enum csv_encoding encoding, struct arena *a, const struct str **ret_list,
                          size_t *ret_count) MUST_CHECK;

#endif /* NORMALISE_DECODE_CSV_FIELDS_H */
