/* SPDX-License-Identifier: MIT */
#include "publish/id_set.h"

#include <stdlib.h>
#include <string.h>

#define CAP_MIN ((size_t)256)

struct id_slot {
	uint8_t id[EVENT_ID_BYTES];
	bool used;
};

void id_set_fini(struct id_set *set)
{
	free(set->slots);
	*set = (struct id_set){.slots = NULL};
}

/* An id is a hash already. */
static size_t home_of(const struct id_set *set, const uint8_t *id)
{
	uint64_t h;

	memcpy(&h, id, sizeof(h));
	return (size_t)h & (set->cap - 1);
}

/* Its slot, or the free one where it belongs. Never full: at most three quarters are used. */
static size_t find(const struct id_set *set, const uint8_t *id)
{
	size_t i = home_of(set, id);

	while (set->slots[i].used && memcmp(set->slots[i].id, id, EVENT_ID_BYTES) != 0)
		i = (i + 1) & (set->cap - 1);
	return i;
}

static enum err grow(struct id_set *set)
{
	struct id_set larger = {.cap = set->cap > 0 ? set->cap * 2 : CAP_MIN, .count = set->count};

	larger.slots = calloc(larger.cap, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < set->cap; i++) {
		if (set->slots[i].used)
			larger.slots[find(&larger, set->slots[i].id)] = set->slots[i];
	}
	free(set->slots);
	*set = larger;
	return ERR_OK;
}

enum err id_set_add(struct id_set *set, const uint8_t id[EVENT_ID_BYTES])
{
	struct id_slot *slot;

	if ((set->count + 1) * 4 > set->cap * 3 && grow(set) != ERR_OK)
		return ERR_NOMEM;
	slot = &set->slots[find(set, id)];
	if (slot->used)
		return ERR_EXISTS;
	memcpy(slot->id, id, EVENT_ID_BYTES);
	slot->used = true;
	set->count++;
	return ERR_OK;
}

bool id_set_has(const struct id_set *set, const uint8_t id[EVENT_ID_BYTES])
{
	return set->cap > 0 && set->slots[find(set, id)].used;
}

void id_set_remove(struct id_set *set, const uint8_t id[EVENT_ID_BYTES])
{
	size_t mask = set->cap - 1;
	size_t hole;

	if (!id_set_has(set, id))
		return;
	hole = find(set, id);
	/* Move up what was pushed past the hole, so that probing finds it without tombstones. */
	for (size_t i = (hole + 1) & mask; set->slots[i].used; i = (i + 1) & mask) {
		size_t home = home_of(set, set->slots[i].id);

		if (((i - home) & mask) >= ((i - hole) & mask)) {
			set->slots[hole] = set->slots[i];
			hole = i;
		}
	}
	set->slots[hole].used = false;
	set->count--;
}
