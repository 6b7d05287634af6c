/* SPDX-License-Identifier: MIT */
/**
 * local_time - instants as a zone's wall clock shows them: for the windows of reports.
 *
 * The inverse of timestamp.h. Zones are its; NULL is UTC. Pure but for tzdata. Instants outside of
 * the years 1970 to 2199 count as the nearest one within.
 */
#ifndef NORMALISE_VALUE_LOCAL_TIME_H
#define NORMALISE_VALUE_LOCAL_TIME_H

#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"
#include "normalise/value/timestamp.h"

/** Units of a wall clock. */
enum time_grain { GRAIN_MS, GRAIN_SECOND, GRAIN_MINUTE, GRAIN_HOUR, GRAIN_DAY };

/**
 * The begin of the grain that @p ms lies in, on the zone's wall clock: of the day for GRAIN_DAY,
 * and so on. Where a zone skips midnight, the day begins at its first instant; where it repeats it,
 * at the first one. A change of the clock within an hour begins a new hour.
 */
int64_t local_time_floor(int64_t ms, const struct timestamp_zone *zone, enum time_grain grain);

/**
 * The begin of the grain @p count grains further (or back): days have 23, 24 or 25 hours. @p ms
 * must be the begin of one.
 */
int64_t local_time_add(int64_t ms, const struct timestamp_zone *zone, enum time_grain grain,
                       int64_t count);

/** How far the zone's wall clock is ahead of UTC, in ms. */
int64_t local_time_offset(int64_t ms, const struct timestamp_zone *zone);

/**
 * Check a pattern of %Y %m %d %H %M %S %z %% and literals; find its smallest unit. The date must be
 * whole, and no unit may be left out above the smallest.
 *
 * @return ERR_OK, ERR_PARSE (detail has the text)
 */
enum err local_time_pattern_check(struct str pattern, enum time_grain *ret_grain,
                                  struct err_detail *reterr_detail) MUST_CHECK;

/** Append the instant in a pattern that was checked. @return ERR_OK, ERR_LIMIT, ERR_NOMEM */
enum err local_time_print(struct str pattern, const struct timestamp_zone *zone, int64_t ms,
                          struct buf *b) MUST_CHECK;

#endif /* NORMALISE_VALUE_LOCAL_TIME_H */
