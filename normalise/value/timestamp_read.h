/* SPDX-License-Identifier: MIT */
/**
 * timestamp_read - from a vendor's text to calendar fields; no zones yet.
 *
 * Private to timestamp.c and local_time.c. Every reader wants the whole text, checks that the date
 * exists in the calendar (years 0 to 9999) and gives ERR_PARSE otherwise. Second 60 is read as 59.
 * Digits of a fraction past the milliseconds are dropped, not rounded.
 */
#ifndef NORMALISE_VALUE_TIMESTAMP_READ_H
#define NORMALISE_VALUE_TIMESTAMP_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

struct civil_time {
	int year, month, day, hour, minute, second, ms;
	bool has_offset;
	int offset_s; /* east of UTC; 0 without has_offset */
};

/** One step of a compiled pattern. */
struct pattern_step {
	char conversion; /* one of "YmdHMSybz"; 0 for a literal character */
	char literal;
	bool fixed; /* two digits, not one or two: it touches another number */
};

/** Days since 1970-01-01 in the Gregorian calendar. */
int64_t civil_days(int year, int month, int day);

/** Its inverse, from the year 0 on: fills year, month and day only. */
void civil_date(int64_t days, struct civil_time *ret_time);

enum err civil_read_rfc3339(struct str text, struct civil_time *ret_time) MUST_CHECK;

/** Weekday, seconds and a comment at the end may be there or not; zones of RFC 822 by name too. */
enum err civil_read_rfc2822(struct str text, struct civil_time *ret_time) MUST_CHECK;

/** %y is 1970 to 2069. What the pattern does not name is 0. */
enum err civil_read_pattern(const struct pattern_step *steps, size_t count, struct str text,
                            struct civil_time *ret_time) MUST_CHECK;

/** Digits, perhaps with a fraction, in units of @p unit_ms (1 or 1000). */
enum err epoch_read(struct str text, int64_t unit_ms, int64_t *ret_ms) MUST_CHECK;

#endif /* NORMALISE_VALUE_TIMESTAMP_READ_H */
