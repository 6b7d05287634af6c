/* SPDX-License-Identifier: MIT */
#include "normalise/decode/decode.h"

/* Stands before each text of application/json-seq. Source: RFC 7464, 2.2. */
#define RECORD_SEPARATOR 0x1e

enum err json_seq_next(struct json_cursor *c, struct json_cursor *ret_document,
                       struct err_detail *reterr_detail)
{
	struct json_cursor document;
	enum err err;

	while (json_skip_blanks(c) && *c->at == RECORD_SEPARATOR)
		c->at++;
	if (c->at == c->end)
		return ERR_NOENT;
	document = *c;
	err = json_skip(c, NULL, reterr_detail);
	if (err != ERR_OK && err != ERR_LIMIT) /* too deep shows when it is read */
		return err;
	document.end = c->at;
	*ret_document = document;
	return ERR_OK;
}
