/* SPDX-License-Identifier: MIT */
#include "core/backoff.h"

#include <assert.h>

void backoff_init(struct backoff *b, uint64_t min_ms, uint64_t max_ms, uint64_t seed)
{
	assert(min_ms > 0 && min_ms <= max_ms);
	*b = (struct backoff){
		.min_ms = min_ms,
		.max_ms = max_ms,
		.step_ms = min_ms,
		.random = seed != 0 ? seed : 1, /* xorshift stays at 0 for ever */
	};
}

void backoff_reset(struct backoff *b)
{
	b->step_ms = b->min_ms;
}

/* xorshift64 (Marsaglia 2003); spreading waits needs no better one. */
static uint64_t next_random(struct backoff *b)
{
	b->random ^= b->random << 13;
	b->random ^= b->random >> 7;
	b->random ^= b->random << 17;
	return b->random;
}

uint64_t backoff_next(struct backoff *b)
{
	uint64_t step = b->step_ms;
	uint64_t half = step / 2;

	b->step_ms = step > b->max_ms / 2 ? b->max_ms : step * 2;
	return step - half + next_random(b) % (half + 1);
}
