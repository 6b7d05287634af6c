/* SPDX-License-Identifier: MIT */
#include "publish/tally_map.h"

#include <stdlib.h>
#include <string.h>

#define CAP_MIN ((size_t)64)

void tally_map_fini(struct tally_map *map)
{
	free(map->slots);
	*map = (struct tally_map){.slots = NULL};
}

/* An id is a hash already. */
static size_t home_of(const struct tally_map *map, const uint8_t *id)
{
	uint64_t h;

	memcpy(&h, id, sizeof(h));
	return (size_t)h & (map->cap - 1);
}

/* Its slot, or the free one where it belongs. Never full: at most three quarters are used. */
static size_t place_of(const struct tally_map *map, const uint8_t *id)
{
	size_t i = home_of(map, id);

	while (map->slots[i].holders > 0 && memcmp(map->slots[i].tally.id, id, STORE_ID_BYTES) != 0)
		i = (i + 1) & (map->cap - 1);
	return i;
}

static enum err grow(struct tally_map *map)
{
	struct tally_map larger = {.cap = map->cap > 0 ? map->cap * 2 : CAP_MIN,
	                           .count = map->count};

	larger.slots = calloc(larger.cap, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < map->cap; i++) {
		const struct tally_held *from = &map->slots[i];

		if (from->holders > 0)
			larger.slots[place_of(&larger, from->tally.id)] = *from;
	}
	free(map->slots);
	*map = larger;
	return ERR_OK;
}

enum err tally_map_hold(struct tally_map *map, const uint8_t id[STORE_ID_BYTES])
{
	struct tally_held *held;

	if ((map->count + 1) * 4 > map->cap * 3 && grow(map) != ERR_OK)
		return ERR_NOMEM;
	held = &map->slots[place_of(map, id)];
	if (held->holders++ > 0)
		return ERR_OK;
	*held = (struct tally_held){.holders = 1};
	memcpy(held->tally.id, id, STORE_ID_BYTES);
	map->count++;
	return ERR_OK;
}

/* Move up what was pushed past the hole, so that probing finds it without tombstones. */
static void close_hole(struct tally_map *map, size_t hole)
{
	size_t mask = map->cap - 1;

	for (size_t i = (hole + 1) & mask; map->slots[i].holders > 0; i = (i + 1) & mask) {
		size_t home = home_of(map, map->slots[i].tally.id);

		if (((i - home) & mask) >= ((i - hole) & mask)) {
			map->slots[hole] = map->slots[i];
			hole = i;
		}
	}
	map->slots[hole].holders = 0;
	map->count--;
}

void tally_map_drop(struct tally_map *map, const uint8_t id[STORE_ID_BYTES])
{
	struct tally_held *held = tally_map_find(map, id);

	if (held == NULL)
		return;
	if (held->holders > 1) {
		held->holders--;
	} else {
		close_hole(map, (size_t)(held - map->slots));
	}
}

struct tally_held *tally_map_find(const struct tally_map *map, const uint8_t id[STORE_ID_BYTES])
{
	struct tally_held *held;

	if (map->cap == 0)
		return NULL;
	held = &map->slots[place_of(map, id)];
	return held->holders > 0 ? held : NULL;
}
