/* SPDX-License-Identifier: MIT */
/**
 * limiter - several rate windows of one account at once. No I/O, no clock.
 *
 * Sliding, so that a vendor's fixed windows are kept wherever they begin: each window is counted in
 * LIMITER_SLOTS slots, and a slot counts until all of it has left the window. What was counted is
 * kept over a restart (limiter_save, limiter_load), since the vendor remembers it too.
 */
#ifndef RECEIVER_REPORT_VENDOR_LIMITER_H
#define RECEIVER_REPORT_VENDOR_LIMITER_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"
#include "normalise/profile/report_spec.h"

#define LIMITER_SLOTS 16

struct limiter_slot {
	int64_t number; /* of the slot since the epoch */
	unsigned count;
};

struct limiter {
	struct rate_spec rates[RATES_MAX];
	size_t rate_count;
	struct limiter_slot slots[RATES_MAX][LIMITER_SLOTS + 1];
};

/** @param rates  copied; neither number of any is 0 */
void limiter_init(struct limiter *l, const struct rate_spec *rates, size_t rate_count);

/**
 * How long until a request may be sent, in ms; 0: now. A clock that went back does not make it
 * longer than the longest window: what was sent in its future does not count here, so that one
 * request too many may go, and counts as sent with that one.
 */
uint64_t limiter_wait(const struct limiter *l, int64_t now_ms);

/** One request is sent. */
void limiter_spend(struct limiter *l, int64_t now_ms);

/** The one that was counted at @p counted_ms is only sent now: it counts as of now. */
void limiter_move(struct limiter *l, int64_t counted_ms, int64_t now_ms);

/** Append the counts as text. @return ERR_OK, ERR_LIMIT, ERR_NOMEM */
enum err limiter_save(const struct limiter *l, struct buf *b) MUST_CHECK;

/** Take counts that were saved, of those rates that are still the same; anything else is ignored.
 */
void limiter_load(struct limiter *l, struct str text);

#endif /* RECEIVER_REPORT_VENDOR_LIMITER_H */
