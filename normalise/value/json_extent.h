/* SPDX-License-Identifier: MIT */
/**
 * json_extent - where a JSON value ends, by brackets and strings alone, while it arrives in pieces.
 *
 * Nothing else of it is looked at: kinds of brackets, commas, escapes, numbers are the decoder's.
 */
#ifndef NORMALISE_VALUE_JSON_EXTENT_H
#define NORMALISE_VALUE_JSON_EXTENT_H

#include <stdbool.h>
#include <stddef.h>

enum json_place {
	JSON_OUTSIDE,     /* between values */
	JSON_IN_SCALAR,   /* number, true, false, null: its end shows by what follows */
	JSON_IN_BRACKETS, /* but in no string */
	JSON_IN_STRING,   /* within brackets or not */
};

/** All zero: before a value. */
struct json_extent {
	enum json_place place;
	bool is_escaped; /* the string's next byte follows an odd number of backslashes */
	size_t depth;    /* brackets open */
};

/** Take a value's first byte. @return false: no value begins so */
bool json_extent_begin(struct json_extent *e, char first);

/**
 * Go on in a value that has begun.
 *
 * @return behind its last byte with place JSON_OUTSIDE, or @p end: it goes on
 */
const char *json_extent_scan(struct json_extent *e, const char *at, const char *end);

#endif /* NORMALISE_VALUE_JSON_EXTENT_H */
