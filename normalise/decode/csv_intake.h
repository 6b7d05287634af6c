/* SPDX-License-Identifier: MIT */
/**
 * csv_intake - the bytes of a CSV file, as they come, as text that rows can be found in: its
 * charset is found, UTF-16 becomes UTF-8. Private to normalise/.
 */
#ifndef NORMALISE_DECODE_CSV_INTAKE_H
#define NORMALISE_DECODE_CSV_INTAKE_H

#include "core/buf.h"
#include "normalise/decode/csv_charset.h"

struct csv_intake {
	const struct csv_spec *spec; /* borrowed */
	struct buf media_type;
	struct buf units; /* before the charset is known; of UTF-16 an unfinished character */
	enum charset charset;
	bool has_charset;
	enum csv_encoding encoding; /* of the text; when the charset is known */
	size_t mark_len;            /* bytes of the byte order mark */
};

/** @return ERR_OK, ERR_NOMEM; csv_intake_fini() in both cases */
enum err csv_intake_init(struct csv_intake *in, const struct csv_spec *spec,
                         struct str media_type) MUST_CHECK;
void csv_intake_fini(struct csv_intake *in);

/** Forget an unfinished character: what follows comes from elsewhere in the file. */
void csv_intake_reset(struct csv_intake *in);

/**
 * Append to @p text what @p bytes are, as far as it can be known.
 *
 * @param is_last  nothing follows
 * @return ERR_OK, ERR_PARSE a charset that is not known: detail, ERR_NOMEM
 */
enum err csv_intake_take(struct csv_intake *in, struct str bytes, bool is_last, struct buf *text,
                         struct err_detail *reterr_detail) MUST_CHECK;

/** How many bytes of the file @p text was. */
uint64_t csv_intake_bytes(const struct csv_intake *in, struct str text);

#endif /* NORMALISE_DECODE_CSV_INTAKE_H */
