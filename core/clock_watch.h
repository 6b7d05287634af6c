/* SPDX-License-Identifier: MIT */
/**
 * clock_watch - notices that the wall clock was set, by the time that passed
 * (clock_passed_ms()). Reads no clock.
 *
 *     clock_watch_begin() ─▶ clock_watch_set_by() ─▶ 0, or by how much it was set since
 *
 * A clock that is slewed instead of set has moved as far in the end, and is told then.
 */
#ifndef CORE_CLOCK_WATCH_H
#define CORE_CLOCK_WATCH_H

#include <stdint.h>

/** Less is no setting. */
#define CLOCK_WATCH_LEAST_MS 1000

struct clock_watch {
	int64_t apart_ms; /* of the two clocks, when last told */
};

void clock_watch_begin(struct clock_watch *w, int64_t wall_ms, uint64_t passed_ms);
/** @return milliseconds that it was set forward since the last time, negative: back; 0: it was not
 */
int64_t clock_watch_set_by(struct clock_watch *w, int64_t wall_ms, uint64_t passed_ms);

#endif /* CORE_CLOCK_WATCH_H */
