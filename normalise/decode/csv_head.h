/* SPDX-License-Identifier: MIT */
/**
 * csv_head - the header of a CSV and what it is delimited by; and how both travel with a slice.
 *
 * A slice of a file is a payload of its own that has rows only. Its vars say the rest:
 * `_csv=DELIMITER ENCODING LINE:HEADER` without blanks, urlencoded. Private to normalise/.
 */
#ifndef NORMALISE_DECODE_CSV_HEAD_H
#define NORMALISE_DECODE_CSV_HEAD_H

#include "core/buf.h"
#include "normalise/decode/decoder.h"

/** The header, and the rows that say the delimiter, are looked for in so many bytes. */
#define CSV_HEAD_MAX ((size_t)64 * 1024)

struct csv_head {
	char delimiter;
	enum csv_encoding encoding; /* AUTO, UTF8 or WINDOWS_1252 */
	struct str line;            /* the header as it stands, without its line end; empty: none */
	uint64_t first_line;        /* number of the line behind it, from 1 */
};

/**
 * @param text      the file's first bytes in UTF-8 or an 8-bit charset, without byte order mark;
 *                  only the first CSV_HEAD_MAX count
 * @param ret_head  its encoding stays as it is
 * @param ret_len   bytes before the first row
 * @return ERR_OK, ERR_NOENT nothing but blank lines, ERR_PARSE no CSV: detail
 */
enum err csv_head_read(const struct csv_spec *spec, struct str text, struct csv_head *ret_head,
                       size_t *ret_len, struct err_detail *reterr_detail) MUST_CHECK;

/** Append `_csv=…`. @return ERR_OK, ERR_LIMIT, ERR_NOMEM */
enum err csv_head_write(const struct csv_head *head, struct buf *vars) MUST_CHECK;

/**
 * What csv_head_write() wrote, from a payload's vars.
 *
 * @return ERR_OK, ERR_NOENT there is none, ERR_PARSE, ERR_NOMEM the arena is full
 */
enum err csv_head_find(struct str vars, struct arena *a, struct csv_head *ret_head) MUST_CHECK;

#endif /* NORMALISE_DECODE_CSV_HEAD_H */
