/* SPDX-License-Identifier: MIT */
#include "publish/mqtt/mid_map.h"

#include <assert.h>
#include <stdlib.h>

#define MID_COUNT 65536

struct mid_map {
	uint64_t tokens[MID_COUNT];
	uint8_t used[MID_COUNT / 8]; /* one bit per identifier */
	uint16_t last;
	size_t count;
};

enum err mid_map_new(struct mid_map **ret_map)
{
	/* calloc() of this size is untouched pages: only those identifiers that are used cost. */
	struct mid_map *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return ERR_NOMEM;
	*ret_map = m;
	return ERR_OK;
}

void mid_map_free(struct mid_map *m)
{
	free(m);
}

static bool is_used(const struct mid_map *m, uint16_t mid)
{
	return (m->used[mid / 8] & 1U << mid % 8) != 0;
}

bool mid_map_has_next(const struct mid_map *m)
{
	uint16_t next = (uint16_t)(m->last + 1);

	return !is_used(m, next != 0 ? next : 1);
}

void mid_map_put(struct mid_map *m, uint16_t mid, uint64_t token)
{
	assert(mid != 0 && !is_used(m, mid));
	m->used[mid / 8] |= (uint8_t)(1U << mid % 8);
	m->tokens[mid] = token;
	m->last = mid;
	m->count++;
}

bool mid_map_take(struct mid_map *m, uint16_t mid, uint64_t *ret_token)
{
	if (!is_used(m, mid))
		return false;
	m->used[mid / 8] &= (uint8_t) ~(1U << mid % 8);
	m->count--;
	*ret_token = m->tokens[mid];
	return true;
}

size_t mid_map_count(const struct mid_map *m)
{
	return m->count;
}
