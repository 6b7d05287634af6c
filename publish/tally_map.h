/* SPDX-License-Identifier: MIT */
/**
 * tally_map - the newest values of vendors' counters that are on their way: decoded and not yet
 * settled.
 *
 * What makes the next value of a counter news or none before the store knows about the last one.
 * Each item of a counter holds it, and after it each batch that settles it; with the last one it is
 * forgotten.
 */
#ifndef PUBLISH_TALLY_MAP_H
#define PUBLISH_TALLY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "store/store.h"

struct tally_held {
	struct store_tally tally; /* newest value */
	size_t holders;           /* 0: free */
	bool is_answered;         /* false: the store was not yet asked for the value */
};

struct tally_map {
	struct tally_held *slots; /* owned; cap of them */
	size_t cap;               /* power of two; 0 while nothing was added */
	size_t count;
};

/** Free the memory and be empty again. */
void tally_map_fini(struct tally_map *map);

/** One holder more. @return ERR_OK, ERR_NOMEM */
enum err tally_map_hold(struct tally_map *map, const uint8_t id[STORE_ID_BYTES]) MUST_CHECK;

/** One holder less. Nothing happens when it is not there. */
void tally_map_drop(struct tally_map *map, const uint8_t id[STORE_ID_BYTES]);

/** Borrowed until the next hold or drop; NULL when nobody holds it. */
struct tally_held *tally_map_find(const struct tally_map *map, const uint8_t id[STORE_ID_BYTES]);

#endif /* PUBLISH_TALLY_MAP_H */
