/* SPDX-License-Identifier: MIT */
/**
 * window - which stretch of time a report asks for next. Arithmetic only: no I/O, no clock.
 *
 *     watermark W: everything before it was asked for and committed
 *
 *        ├──────── lookback ────────┤W                            now - lag
 *        from                         ├── step ──┤── step ──┤── … ──┤
 *
 * Windows follow each other without gap or overlap; those of whole hours or days are cut at the
 * zone's own hours and midnights, so that a window which is read again has the same borders.
 */
#ifndef RECEIVER_REPORT_RUN_WINDOW_H
#define RECEIVER_REPORT_RUN_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "normalise/profile/report_spec.h"
#include "normalise/value/timestamp.h"

struct window {
	int64_t from_ms; /* included */
	int64_t to_ms;   /* excluded: the watermark once its last page is committed */
	bool is_open;    /* records of it may still come into being: its end, as the vendor is given
	                    it, lies past now - lag */
};

/**
 * Where a run begins.
 *
 * @param watermark_ms  0: none yet, it begins `start` before now. One past now (the clock jumped
 *                      back) counts as now
 * @param is_deep       the deep lookback is due
 * @param ordinal       a window must be read whole: begin at the border of its step
 */
int64_t window_begin(const struct window_spec *spec, const struct timestamp_zone *zone,
                     int64_t watermark_ms, int64_t now_ms, bool is_deep, bool ordinal);

/**
 * The window that begins at @p from_ms.
 *
 * @param until_ms  the run's end: now - lag, or what a person asked for
 * @return whether there is one: false when @p from_ms has reached the end
 */
bool window_next(const struct window_spec *spec, const struct timestamp_zone *zone, int64_t from_ms,
                 int64_t until_ms, int64_t now_ms, struct window *ret_window);

/** The vendor keeps too little: @p from_ms moved to what it has, and whether it had to be. */
bool window_clamp(const struct window_spec *spec, int64_t now_ms, int64_t *from_ms);

/** Append `${from}`. */
enum err window_print_from(const struct window_spec *spec, const struct timestamp_zone *zone,
                           const struct window *w, struct buf *b) MUST_CHECK;
/** Append `${to}`: rounded up to the format's grain, and for closed bounds one grain less. */
enum err window_print_to(const struct window_spec *spec, const struct timestamp_zone *zone,
                         const struct window *w, struct buf *b) MUST_CHECK;

#endif /* RECEIVER_REPORT_RUN_WINDOW_H */
