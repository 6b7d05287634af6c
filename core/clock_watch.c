/* SPDX-License-Identifier: MIT */
#include "core/clock_watch.h"

void clock_watch_begin(struct clock_watch *w, int64_t wall_ms, uint64_t passed_ms)
{
	w->apart_ms = wall_ms - (int64_t)passed_ms;
}

int64_t clock_watch_set_by(struct clock_watch *w, int64_t wall_ms, uint64_t passed_ms)
{
	const int64_t apart_ms = wall_ms - (int64_t)passed_ms;
	const int64_t by_ms = apart_ms - w->apart_ms;

	if (by_ms > -CLOCK_WATCH_LEAST_MS && by_ms < CLOCK_WATCH_LEAST_MS)
		return 0;
	w->apart_ms = apart_ms;
	return by_ms;
}
