/* SPDX-License-Identifier: MIT */
/**
 * settling - what one store_settle() of a lane will say: ids, tallies, counters, dead letters,
 * entries.
 *
 * Everything is copied, so that the items and entries it came from can go. Adding either works as a
 * whole or changes nothing. Metrics count when it is settled, so that what is published again after
 * a lost connection counts once.
 */
#ifndef PUBLISH_SETTLING_H
#define PUBLISH_SETTLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/arena.h"
#include "publish/outgoing.h"
#include "publish/settling_counts.h"
#include "store/store.h"

/** How much of an entry that is not complete: so much is not made again. */
struct settling_part {
	int64_t entry; /* 0: none */
	size_t taken;  /* answers of the normaliser */
	unsigned sources;
};

struct settling {
	TAILQ_ENTRY(settling) link;
	struct arena texts; /* of counts and dead */
	uint8_t *ids;       /* owned; id_count * STORE_ID_BYTES */
	size_t id_count, id_cap;
	struct settling_counts counts;
	struct store_tally
		*tallies; /* owned; in order: of one that is twice there the last counts */
	size_t tally_count, tally_cap;
	struct store_dead *dead; /* owned */
	size_t dead_count, dead_cap;
	int64_t upto;
	size_t entries;
	uint64_t bytes;
	int64_t oldest_ms; /* received time of the first entry it has something of */
	uint64_t first_ms; /* monotonic times of the first and the last addition */
	uint64_t last_ms;
	bool is_sent;              /* the broker has something of it */
	struct settling_part part; /* where it ends */
	/* for the metrics */
	size_t published[STATUS_COUNT];
	size_t unread, duplicates, unknown_words;
};

TAILQ_HEAD(settling_list, settling);

/** @return ERR_OK, ERR_NOMEM */
enum err settling_new(struct settling **ret_settling) MUST_CHECK;
/** Accepts NULL. */
void settling_free(struct settling *s);
/** How many keys, tallies and dead letters it has. */
size_t settling_size(const struct settling *s);
/** Nothing for the store. */
bool settling_is_empty(const struct settling *s);

/**
 * An item that is done: key and counter of a published event that was not known, or tally and
 * counter of a vendor's; a dead letter with what is to be kept of it; numbers for the metrics. A
 * vendor's counter counts although its event is dead: what follows is told relative to it. @return
 * ERR_OK, ERR_NOMEM
 */
enum err settling_add_item(struct settling *s, struct str account,
                           const struct outgoing *item) MUST_CHECK;
/** All of this entry is settled. */
void settling_add_entry(struct settling *s, const struct entry *e);

/** As store_settle() wants it; borrowed from @p s. */
void settling_fill(const struct settling *s, struct str account, struct store_settle *ret_settle);

#endif /* PUBLISH_SETTLING_H */
