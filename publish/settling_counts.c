/* SPDX-License-Identifier: MIT */
#include "publish/settling_counts.h"

#include <stdlib.h>

#define CAP_MIN ((size_t)64)

void settling_counts_fini(struct settling_counts *c)
{
	free(c->counts);
	free(c->next);
	free(c->campaigns);
	free(c->first);
	free(c->slots);
	*c = (struct settling_counts){.counts = NULL};
}

/* ---- room ---- */

static void *larger(void *array, size_t cap, size_t size)
{
	return realloc(array, cap * size);
}

static enum err reserve_count(struct settling_counts *c)
{
	size_t cap = c->count_cap > 0 ? c->count_cap * 2 : CAP_MIN;
	void *moved;

	if (c->count_count < c->count_cap)
		return ERR_OK;
	moved = larger(c->counts, cap, sizeof(*c->counts));
	if (moved == NULL)
		return ERR_NOMEM;
	c->counts = moved;
	moved = larger(c->next, cap, sizeof(*c->next));
	if (moved == NULL)
		return ERR_NOMEM;
	c->next = moved;
	c->count_cap = cap;
	return ERR_OK;
}

static size_t hash(struct str text)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (size_t i = 0; i < text.len; i++)
		h = (h ^ (uint8_t)text.ptr[i]) * 16777619U;
	return h;
}

/* Its slot, or the free one where it belongs. At most half of them are used. */
static size_t slot_of(const struct settling_counts *c, struct str level)
{
	size_t i = hash(level) & (c->slot_cap - 1);

	while (c->slots[i] != 0 && !str_eq(c->campaigns[c->slots[i] - 1].level, level))
		i = (i + 1) & (c->slot_cap - 1);
	return i;
}

static enum err reserve_campaign(struct settling_counts *c)
{
	size_t cap = c->campaign_cap > 0 ? c->campaign_cap * 2 : CAP_MIN;
	uint32_t *slots;
	void *moved;

	if (c->campaign_count < c->campaign_cap)
		return ERR_OK;
	moved = larger(c->campaigns, cap, sizeof(*c->campaigns));
	if (moved == NULL)
		return ERR_NOMEM;
	c->campaigns = moved;
	moved = larger(c->first, cap, sizeof(*c->first));
	if (moved == NULL)
		return ERR_NOMEM;
	c->first = moved;
	slots = calloc(cap * 2, sizeof(*slots));
	if (slots == NULL)
		return ERR_NOMEM;
	free(c->slots);
	c->slots = slots;
	c->slot_cap = cap * 2;
	c->campaign_cap = cap;
	for (size_t i = 0; i < c->campaign_count; i++)
		c->slots[slot_of(c, c->campaigns[i].level)] = (uint32_t)i + 1;
	return ERR_OK;
}

/* ---- adding ---- */

static enum err copy_campaign(struct arena *texts, const struct store_campaign *from,
                              struct store_campaign *ret_campaign)
{
	struct store_campaign copy = *from;
	struct str *const slices[] = {&copy.account, &copy.level, &copy.id, &copy.name};

	for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
		if (arena_str_dup(texts, *slices[i], slices[i]) != ERR_OK)
			return ERR_NOMEM;
	}
	*ret_campaign = copy;
	return ERR_OK;
}

static enum err need_campaign(struct settling_counts *c, struct arena *texts,
                              const struct store_campaign *campaign, size_t *ret_at)
{
	size_t slot;

	if (c->last < c->campaign_count && str_eq(c->campaigns[c->last].level, campaign->level)) {
		*ret_at = c->last;
		return ERR_OK;
	}
	if (reserve_campaign(c) != ERR_OK)
		return ERR_NOMEM;
	slot = slot_of(c, campaign->level);
	if (c->slots[slot] == 0) {
		size_t at = c->campaign_count;

		if (copy_campaign(texts, campaign, &c->campaigns[at]) != ERR_OK)
			return ERR_NOMEM;
		c->first[at] = 0;
		c->campaign_count++;
		c->slots[slot] = (uint32_t)at + 1;
	}
	c->last = c->slots[slot] - 1;
	*ret_at = c->last;
	return ERR_OK;
}

/* A vendor may say any number. */
static int64_t sum(int64_t a, int64_t b)
{
	int64_t result;

	if (!__builtin_add_overflow(a, b, &result))
		return result;
	return b > 0 ? INT64_MAX : INT64_MIN;
}

enum err settling_counts_add(struct settling_counts *c, struct arena *texts,
                             const struct store_campaign *campaign, const struct store_count *add)
{
	struct store_count *row;
	size_t at = 0;

	if (need_campaign(c, texts, campaign, &at) != ERR_OK || reserve_count(c) != ERR_OK)
		return ERR_NOMEM;
	for (uint32_t i = c->first[at]; i != 0; i = c->next[i - 1]) {
		row = &c->counts[i - 1];
		if (row->is_observed == add->is_observed && str_eq(row->status, add->status)) {
			row->add = sum(row->add, add->add);
			return ERR_OK;
		}
	}
	row = &c->counts[c->count_count];
	*row = *add;
	row->account = c->campaigns[at].account;
	row->campaign = c->campaigns[at].level;
	c->next[c->count_count] = c->first[at];
	c->first[at] = (uint32_t)++c->count_count;
	return ERR_OK;
}
