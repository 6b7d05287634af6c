/* SPDX-License-Identifier: MIT */
/**
 * backoff - how long to wait before the next attempt: doubling, bounded, with jitter.
 *
 * No I/O and no clock. Each wait lies between half of the present step and the whole of it, so that
 * many clients that lost the same server do not come back at the same moment.
 */
#ifndef CORE_BACKOFF_H
#define CORE_BACKOFF_H

#include <stdint.h>

struct backoff {
	uint64_t min_ms;
	uint64_t max_ms;
	uint64_t step_ms; /* of the next wait */
	uint64_t random;  /* state of the jitter */
};

/**
 * @param min_ms  first step, > 0
 * @param max_ms  no wait is longer; >= min_ms
 * @param seed    any number; the same one gives the same waits
 */
void backoff_init(struct backoff *b, uint64_t min_ms, uint64_t max_ms, uint64_t seed);

/** It worked: begin with the first step again. */
void backoff_reset(struct backoff *b);

/** The wait before the next attempt, in milliseconds; the step after it is twice as long. */
uint64_t backoff_next(struct backoff *b);

#endif /* CORE_BACKOFF_H */
