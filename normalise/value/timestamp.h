/* SPDX-License-Identifier: MIT */
/**
 * timestamp - the dialects of vendors' times, and the one that is published.
 *
 * Formats: `rfc3339` (blank for T, offset with or without colon, 'Z', any number of fraction
 * digits; without a zone it uses the given one), `epoch_s` (also with fraction), `epoch_ms`,
 * `rfc2822`, and strptime-like patterns of %Y %m %d %H %M %S %y %b %z %% and literal characters. A
 * local time in the hour that a zone skips is moved forward by the gap; in the hour that it repeats
 * the first (daylight saving) one is taken. Years 1970 to 2199. Blanks around a value do not count.
 *
 * Patterns: a date must be complete (%Y or %y, %m or %b, %d); a time of day that is not named is
 * midnight. Numbers take one or two digits, or exactly two where they touch another (%y%m%d). %y is
 * 1970 to 2069, %b an English month of three letters in any case.
 *
 * IANA zones are GLib's (GTimeZone), from the system's tzdata.
 */
#ifndef NORMALISE_VALUE_TIMESTAMP_H
#define NORMALISE_VALUE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

#define TIMESTAMP_TEXT_SIZE sizeof("2024-09-03T09:02:09.000Z")

struct timestamp_zone;
struct timestamp_format;

/** @param name  IANA name or "UTC". @return ERR_OK, ERR_NOENT no such zone, ERR_NOMEM */
enum err timestamp_zone_new(const char *name, struct timestamp_zone **ret_zone) MUST_CHECK;
/** Accepts NULL. */
void timestamp_zone_free(struct timestamp_zone *zone);

/**
 * Compile a format.
 *
 * @return ERR_OK, ERR_PARSE unknown name or conversion (detail has the text), ERR_NOMEM
 */
enum err timestamp_format_new(struct str text, struct timestamp_format **ret_format,
                              struct err_detail *reterr_detail) MUST_CHECK;
/** Accepts NULL. */
void timestamp_format_free(struct timestamp_format *format);

/**
 * Whether a value of this format says nothing of its zone, so that a profile must give one:
 * patterns without %z. False for `rfc3339`, whose values carry an offset by definition; one that
 * lacks it all the same is read where a zone is given and is ERR_PARSE where none is.
 */
bool timestamp_format_needs_zone(const struct timestamp_format *format);

/**
 * @param zone    for values without one; NULL: such a value is ERR_PARSE
 * @param ret_ms  ms since the epoch
 * @return ERR_OK, ERR_PARSE
 */
enum err timestamp_parse(const struct timestamp_format *format, const struct timestamp_zone *zone,
                         struct str text, int64_t *ret_ms) MUST_CHECK;

/** RFC 3339 UTC with milliseconds, NUL-terminated. */
void timestamp_print(int64_t ms, char ret_text[TIMESTAMP_TEXT_SIZE]);

#endif /* NORMALISE_VALUE_TIMESTAMP_H */
