/* SPDX-License-Identifier: MIT */
/**
 * throttle - wrong attempts per client address (`limits.auth_failures`).
 *
 * A window per address: the first wrong attempt opens it, and once it has counted the limit the
 * address is blocked until the window ends. IPv6 counts by /64. The table has a fixed size: a flood
 * of addresses pushes out those that were seen longest ago.
 *
 * Threads: the loop's. Time is passed in (monotonic ms).
 */
#ifndef AUTH_THROTTLE_H
#define AUTH_THROTTLE_H

#include <stdint.h>

#include "core/err.h"

struct throttle;

/**
 * @param max_failures  wrong attempts within @p window_ms before an address is blocked; > 0
 * @return ERR_OK, ERR_NOMEM
 */
enum err throttle_new(unsigned max_failures, uint64_t window_ms,
                      struct throttle **ret_throttle) MUST_CHECK;
/** Accepts NULL. */
void throttle_free(struct throttle *t);

/** Other limits from now on; what was counted stays. */
void throttle_set_limits(struct throttle *t, unsigned max_failures, uint64_t window_ms);

/** Count a wrong attempt. */
void throttle_fail(struct throttle *t, const char *address, uint64_t now_ms);

/** Seconds until @p address may try again, at least 1; 0 when it is not blocked. */
unsigned throttle_wait_s(const struct throttle *t, const char *address, uint64_t now_ms);

#endif /* AUTH_THROTTLE_H */
