/* SPDX-License-Identifier: MIT */
/**
 * cooldown - which campaigns had a summary within the last second.
 *
 * A ring of hashes, so that it costs little and is bounded: it is also how many summaries there are
 * at most in that time. Two campaigns of one hash wait for each other, and nothing worse.
 */
#ifndef PUBLISH_COOLDOWN_H
#define PUBLISH_COOLDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

#define COOLDOWN_MAX 1024

struct cooldown_entry {
	uint64_t hash;
	uint64_t until_ms;
};

struct cooldown {
	struct cooldown_entry entries[COOLDOWN_MAX];
	size_t first, count;
};

/** Forget what is over at @p now_ms. */
void cooldown_expire(struct cooldown *c, uint64_t now_ms);
bool cooldown_has_room(const struct cooldown *c, size_t more);
/** It rests until @p until_ms, which does not fall. There must be room. */
void cooldown_add(struct cooldown *c, struct str account, struct str level, uint64_t until_ms);
/** @return until when it rests; 0: it does not */
uint64_t cooldown_until(const struct cooldown *c, struct str account, struct str level);
/** When the first one is over; 0 when there is none. */
uint64_t cooldown_next(const struct cooldown *c);

#endif /* PUBLISH_COOLDOWN_H */
