/* SPDX-License-Identifier: MIT */
#include "store/idset.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* At most five eighths of the slots are used: a set of 65,536 and what one transaction adds to it
 * need no second power of two. */
#define FIRST_SLOTS   ((size_t)1024)
#define CAP_OF(slots) ((slots) / 8 * 5)

void idset_fini(struct idset *set)
{
	free(set->ids);
	free(set->slots);
	*set = (struct idset){0};
}

void idset_clear(struct idset *set)
{
	if (set->count > 0)
		memset(set->slots, 0, set->slot_count * sizeof(*set->slots));
	set->count = 0;
}

/* The slot that has the id, or the free one where it belongs. */
static size_t find_slot(const struct idset *set, const uint8_t *id)
{
	size_t mask = set->slot_count - 1;
	uint64_t a;
	uint64_t b;

	memcpy(&a, id, sizeof(a));
	memcpy(&b, id + sizeof(a), sizeof(b));

	/* The ids are hashes; the multiplication only guards against ids made up by a test. */
	size_t at = (size_t)(((a ^ (b << 1)) * UINT64_C(0x9e3779b97f4a7c15)) >> 24) & mask;

	while (set->slots[at] != 0 && memcmp(set->ids[set->slots[at] - 1], id, STORE_ID_BYTES) != 0)
		at = (at + 1) & mask;
	return at;
}

static void index_all(struct idset *set)
{
	memset(set->slots, 0, set->slot_count * sizeof(*set->slots));
	for (size_t i = 0; i < set->count; i++)
		set->slots[find_slot(set, set->ids[i])] = (uint32_t)(i + 1);
}

enum err idset_reserve(struct idset *set, size_t more)
{
	size_t slot_count = set->slot_count > 0 ? set->slot_count : FIRST_SLOTS;

	if (more > UINT32_MAX / 4 - set->count)
		return ERR_NOMEM;
	while (CAP_OF(slot_count) < set->count + more)
		slot_count *= 2;
	if (slot_count == set->slot_count)
		return ERR_OK;

	uint32_t *slots = calloc(slot_count, sizeof(*slots));
	void *ids =
		slots != NULL ? realloc(set->ids, CAP_OF(slot_count) * sizeof(*set->ids)) : NULL;

	if (ids == NULL) {
		free(slots);
		return ERR_NOMEM;
	}
	free(set->slots);
	set->ids = ids;
	set->slots = slots;
	set->slot_count = slot_count;
	set->cap = CAP_OF(slot_count);
	index_all(set);
	return ERR_OK;
}

void idset_add(struct idset *set, const uint8_t *id)
{
	assert(set->count < set->cap);

	size_t at = find_slot(set, id);

	if (set->slots[at] != 0)
		return;
	memcpy(set->ids[set->count], id, STORE_ID_BYTES);
	set->slots[at] = (uint32_t)++set->count;
}

bool idset_has(const struct idset *set, const uint8_t *id)
{
	return set->count > 0 && set->slots[find_slot(set, id)] != 0;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, STORE_ID_BYTES);
}

void idset_sort(struct idset *set)
{
	if (set->count == 0)
		return;
	qsort(set->ids, set->count, sizeof(*set->ids), compare);
	index_all(set);
}
