/* SPDX-License-Identifier: MIT */
/** json_string - string literals of json_reader. Private to normalise/. */
#ifndef NORMALISE_VALUE_JSON_STRING_H
#define NORMALISE_VALUE_JSON_STRING_H

#include "normalise/value/json_reader.h"

/** A string literal whose syntax was checked. */
struct json_literal {
	struct str inner; /* between the quotes, as written */
	bool has_escape;
	size_t broken; /* broken UTF-8 sequences */
};

/** Fill line, column and text for the place the cursor stands at. @return ERR_PARSE */
enum err json_fail(const struct json_cursor *c, struct err_detail *reterr_detail, const char *text);

/**
 * Step over a literal; the cursor stands before its opening quote.
 *
 * @return ERR_OK, ERR_PARSE with the cursor at the wrong byte
 */
enum err json_literal_scan(struct json_cursor *c, struct json_literal *ret_literal,
                           struct err_detail *reterr_detail) MUST_CHECK;

/** Its text: a slice of the input where nothing has to be changed. @return ERR_OK, ERR_NOMEM */
enum err json_literal_decode(const struct json_literal *literal, struct arena *a,
                             struct str *ret_text) MUST_CHECK;

/** Whether the inner bytes of a checked literal stand for @p text. Allocates nothing. */
bool json_literal_is(struct str inner, struct str text);

#endif /* NORMALISE_VALUE_JSON_STRING_H */
