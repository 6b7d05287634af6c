/* SPDX-License-Identifier: MIT */
/**
 * timestamp_zone - the inside of a zone. Private to timestamp.c and local_time.c.
 */
#ifndef NORMALISE_VALUE_TIMESTAMP_ZONE_H
#define NORMALISE_VALUE_TIMESTAMP_ZONE_H

#include <glib.h>

#define MS_MAX ((int64_t)7258118399999) /* 2199-12-31T23:59:59.999Z: later is no time we know */
#define DAY_S  86400
#define DAY_MS ((int64_t)DAY_S * 1000)

struct timestamp_zone {
	GTimeZone *tz; /* owned; NULL for UTC, which needs no look-up */
};

#endif /* NORMALISE_VALUE_TIMESTAMP_ZONE_H */
