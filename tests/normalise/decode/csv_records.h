/* SPDX-License-Identifier: MIT */
/**
 * csv_records - what a CSV gives, as text: records as JSON lines, bad ones as `!KIND: detail`.
 */
#ifndef TESTS_NORMALISE_DECODE_CSV_RECORDS_H
#define TESTS_NORMALISE_DECODE_CSV_RECORDS_H

#include "core/buf.h"
#include "normalise/decode/csv_cut.h"

#define CSV_TEST_MEMORY ((size_t)64 << 20)

/** Append the records of one payload. @return what came after the last one */
enum err csv_records_of(const struct decode_spec *spec, struct str body, struct str vars,
                        const char *media_type, struct buf *out);

/**
 * Append the records of a file that comes in pieces.
 *
 * @param first        bytes that come at once, before the pieces
 * @param piece        bytes; 0: of random lengths up to 9
 * @param ret_slices   how many there were
 */
enum err csv_records_of_pieces(const struct decode_spec *spec, struct str text, size_t first,
                               size_t piece, size_t slice_bytes, struct buf *out,
                               size_t *ret_slices);

#endif /* TESTS_NORMALISE_DECODE_CSV_RECORDS_H */
