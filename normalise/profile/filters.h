/* SPDX-License-Identifier: MIT */
/**
 * filters - the words of `do:` in a profile, for one text each.
 *
 * A filter never fails on what a vendor sent: what it cannot read stays as it is (`status_word`
 * gives nothing then). `split`, `join`, `zip` and `time` need more than one text or the map around
 * them; value_expr.c has those.
 */
#ifndef NORMALISE_PROFILE_FILTERS_H
#define NORMALISE_PROFILE_FILTERS_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"

enum filter {
	FILTER_LOWER,       /* ASCII letters to lower case */
	FILTER_UPPER,       /* ASCII letters to upper case */
	FILTER_TRIM,        /* without blanks at both ends */
	FILTER_DIGITS,      /* only the digits */
	FILTER_E164,        /* phone number as + and digits */
	FILTER_SPLIT,       /* cut into a list */
	FILTER_JOIN,        /* list to text */
	FILTER_ZIP,         /* two lists to pairs */
	FILTER_BASE64,      /* decoded, either alphabet, padding or not */
	FILTER_HEX,         /* decoded */
	FILTER_SHA256,      /* lower-case hex digest */
	FILTER_URLDECODE,   /* %XX and + decoded */
	FILTER_TIME,        /* read with the map's formats, printed as RFC 3339 */
	FILTER_STATUS_WORD, /* the first of the 18 status words among the words of a text */
	FILTER_COUNT
};

/** "lower"; for messages. */
const char *filter_str(enum filter f);

/** @return whether @p name is one of them */
bool filter_from(struct str name, enum filter *ret_filter);

/**
 * Whether the original cannot be told from what it gives, so that the vendor's member still has to
 * go to data.extra.
 */
bool filter_is_lossy(enum filter f);

/**
 * Apply one of the filters that work on a single text (not SPLIT, JOIN, ZIP, TIME).
 *
 * @param ret_text  in @p a, or @p text itself
 * @return ERR_OK, ERR_NOMEM @p a is full
 */
enum err filter_apply(enum filter f, struct arena *a, struct str text,
                      struct str *ret_text) MUST_CHECK;

#endif /* NORMALISE_PROFILE_FILTERS_H */
