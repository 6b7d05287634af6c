/* SPDX-License-Identifier: MIT */
/**
 * timestamp_zone - the inside of a zone. Private to timestamp and local_time.
 */
#ifndef NORMALISE_VALUE_TIMESTAMP_ZONE_H
#define NORMALISE_VALUE_TIMESTAMP_ZONE_H

#include <glib.h>

#include "normalise/value/timestamp.h"

#define MS_MAX ((int64_t)7258118399999) /* 2199-12-31T23:59:59.999Z: later is no time we know */
#define DAY_S  86400
#define DAY_MS ((int64_t)DAY_S * 1000)

struct timestamp_zone {
	GTimeZone *tz; /* owned; NULL for UTC, which needs no look-up */
};

/**
 * Seconds east of UTC that hold for a local time: of two, those of the earlier instant; of none,
 * those before the gap.
 *
 * @param local_s  seconds since 1970-01-01T00:00:00 of the zone's own clock
 * @return ERR_OK, ERR_PARSE
 */
enum err timestamp_zone_offset(const struct timestamp_zone *zone, int64_t local_s,
                               int *ret_offset_s) MUST_CHECK;

#endif /* NORMALISE_VALUE_TIMESTAMP_ZONE_H */
