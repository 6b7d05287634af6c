/* SPDX-License-Identifier: MIT */
/**
 * csv_charset - which charset a CSV is in: by its byte order mark, else what the profile says, else
 * what the media type says, else field by field (csv_fields.h). Private to normalise/.
 */
#ifndef NORMALISE_DECODE_CSV_CHARSET_H
#define NORMALISE_DECODE_CSV_CHARSET_H

#include "normalise/decode/decoder.h"
#include "normalise/text/charset.h"

/** Bytes of the longest byte order mark. */
#define CSV_MARK_MAX 3

/**
 * @param text          in: the file, or at least its first CSV_MARK_MAX bytes; out: without a mark
 * @param ret_charset   UTF-16, or UTF-8 when it has nothing to convert before fields are read
 * @param ret_encoding  of the fields: AUTO, UTF8 or WINDOWS_1252
 * @return ERR_OK, ERR_PARSE the media type has another charset
 */
enum err csv_charset_choose(const struct csv_spec *spec, struct str media_type, struct str *text,
                            enum charset *ret_charset, enum csv_encoding *ret_encoding,
                            struct err_detail *reterr_detail) MUST_CHECK;

#endif /* NORMALISE_DECODE_CSV_CHARSET_H */
