/* SPDX-License-Identifier: MIT */
/**
 * settling - what a lane's next store_settle() will say: ids, counters, dead letters, entries.
 *
 * Everything is copied, so that the items and entries it came from can go. Adding either works as a
 * whole or changes nothing.
 */
#ifndef PUBLISH_SETTLING_H
#define PUBLISH_SETTLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "publish/outgoing.h"
#include "store/store.h"

struct settling {
	struct arena texts; /* of counts and dead */
	uint8_t *ids;       /* owned; id_count * STORE_ID_BYTES */
	size_t id_count, id_cap;
	struct store_count *counts; /* owned */
	size_t count_count, count_cap;
	struct store_dead *dead; /* owned */
	size_t dead_count, dead_cap;
	int64_t upto;
	size_t entries;
	uint64_t bytes;
};

void settling_init(struct settling *s);
void settling_fini(struct settling *s);
/** Empty again; keeps its memory. */
void settling_reset(struct settling *s);
bool settling_is_empty(const struct settling *s);

/** Key and counter of a published event. @return ERR_OK, ERR_NOMEM */
enum err settling_add_published(struct settling *s, struct str account,
                                const struct outgoing *item) MUST_CHECK;
/** A dead letter with what is to be kept of it. @return ERR_OK, ERR_NOMEM */
enum err settling_add_dead(struct settling *s, const struct outgoing *item) MUST_CHECK;
/** All of this entry is settled. */
void settling_add_entry(struct settling *s, const struct entry *e);

/** As store_settle() wants it; borrowed from @p s. */
void settling_fill(const struct settling *s, struct str account, struct store_settle *ret_settle);

#endif /* PUBLISH_SETTLING_H */
