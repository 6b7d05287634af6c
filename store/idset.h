/* SPDX-License-Identifier: MIT */
/**
 * idset - a set of 16-byte ids in memory, for deduplication. Private to the SQLite backend.
 *
 * The ids lie close together in one array and a hash index points into it, so that the set can be
 * sorted in place and read in order, and emptied without freeing.
 */
#ifndef STORE_IDSET_H
#define STORE_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "store/store.h"

struct idset {
	uint8_t (*ids)[STORE_ID_BYTES]; /* owned */
	uint32_t *slots;                /* owned; index + 1 into ids; 0 is free */
	size_t slot_count;              /* power of two */
	size_t count;
	size_t cap; /* of ids */
};

/** A zeroed struct is an empty set. */
void idset_fini(struct idset *set);

/** Forget all ids; keep the memory. */
void idset_clear(struct idset *set);

/**
 * Make room for @p more ids, so that as many idset_add() calls cannot fail.
 *
 * @return ERR_OK, ERR_NOMEM
 */
enum err idset_reserve(struct idset *set, size_t more) MUST_CHECK;

/** Needs room (idset_reserve()). Adding twice is adding once. */
void idset_add(struct idset *set, const uint8_t *id);

bool idset_has(const struct idset *set, const uint8_t *id);

/** Bring set->ids into rising order. */
void idset_sort(struct idset *set);

#endif /* STORE_IDSET_H */
