/* SPDX-License-Identifier: MIT */
#include "publish/mqtt/mid_map.h"

#include <assert.h>
#include <stdlib.h>

#define CAP_MIN ((size_t)256)

struct waiting {
	uint64_t token;
	uint16_t mid; /* 0, which is no identifier: free */
};

/* Open addressing. Identifiers follow each other, so that nearly each has a slot of its own. */
struct mid_map {
	struct waiting *slots; /* owned */
	size_t cap;            /* power of two; at most half of them are used */
	size_t count;
	uint16_t last;
};

/* The identifier's slot, or the free one where it belongs. */
static size_t find(const struct mid_map *m, uint16_t mid)
{
	size_t i = mid & (m->cap - 1);

	while (m->slots[i].mid != 0 && m->slots[i].mid != mid)
		i = (i + 1) & (m->cap - 1);
	return i;
}

static enum err grow(struct mid_map *m)
{
	struct mid_map larger = *m;

	larger.cap = m->cap > 0 ? m->cap * 2 : CAP_MIN;
	larger.slots = calloc(larger.cap, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->cap; i++) {
		if (m->slots[i].mid != 0)
			larger.slots[find(&larger, m->slots[i].mid)] = m->slots[i];
	}
	free(m->slots);
	*m = larger;
	return ERR_OK;
}

enum err mid_map_new(struct mid_map **ret_map)
{
	struct mid_map *m = calloc(1, sizeof(*m));

	if (m == NULL || grow(m) != ERR_OK) {
		free(m);
		return ERR_NOMEM;
	}
	*ret_map = m;
	return ERR_OK;
}

void mid_map_free(struct mid_map *m)
{
	if (m == NULL)
		return;
	free(m->slots);
	free(m);
}

enum err mid_map_reserve(struct mid_map *m)
{
	uint16_t next = (uint16_t)(m->last + 1);

	if (m->slots[find(m, next != 0 ? next : 1)].mid != 0)
		return ERR_LIMIT;
	return (m->count + 1) * 2 > m->cap ? grow(m) : ERR_OK;
}

void mid_map_put(struct mid_map *m, uint16_t mid, uint64_t token)
{
	size_t i = find(m, mid);

	assert(mid != 0 && m->slots[i].mid == 0 && (m->count + 1) * 2 <= m->cap);
	m->slots[i] = (struct waiting){token, mid};
	m->last = mid;
	m->count++;
}

bool mid_map_take(struct mid_map *m, uint16_t mid, uint64_t *ret_token)
{
	size_t mask = m->cap - 1;
	size_t hole = find(m, mid);

	if (mid == 0 || m->slots[hole].mid == 0)
		return false;
	*ret_token = m->slots[hole].token;
	/* Move up what was pushed past the hole, so that it is found without a mark here. */
	for (size_t i = (hole + 1) & mask; m->slots[i].mid != 0; i = (i + 1) & mask) {
		if (((i - m->slots[i].mid) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole].mid = 0;
	m->count--;
	return true;
}

size_t mid_map_count(const struct mid_map *m)
{
	return m->count;
}
