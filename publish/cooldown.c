/* SPDX-License-Identifier: MIT */
#include "publish/cooldown.h"

#include <assert.h>

static uint64_t add_bytes(uint64_t h, struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		h = (h ^ (uint8_t)text.ptr[i]) * UINT64_C(1099511628211);
	return h;
}

/* FNV-1a; a topic level has no slash. */
static uint64_t hash(struct str account, struct str level)
{
	uint64_t h = add_bytes(UINT64_C(14695981039346656037), account);

	return add_bytes(add_bytes(h, STR_LIT("/")), level);
}

void cooldown_expire(struct cooldown *c, uint64_t now_ms)
{
	while (c->count > 0 && c->entries[c->first].until_ms <= now_ms) {
		c->first = (c->first + 1) % COOLDOWN_MAX;
		c->count--;
	}
}

bool cooldown_has_room(const struct cooldown *c, size_t more)
{
	return more <= COOLDOWN_MAX - c->count;
}

void cooldown_add(struct cooldown *c, struct str account, struct str level, uint64_t until_ms)
{
	assert(c->count < COOLDOWN_MAX);
	c->entries[(c->first + c->count++) % COOLDOWN_MAX] =
		(struct cooldown_entry){hash(account, level), until_ms};
}

uint64_t cooldown_until(const struct cooldown *c, struct str account, struct str level)
{
	uint64_t h = hash(account, level);

	for (size_t i = c->count; i-- > 0;) {
		const struct cooldown_entry *e = &c->entries[(c->first + i) % COOLDOWN_MAX];

		if (e->hash == h)
			return e->until_ms;
	}
	return 0;
}

uint64_t cooldown_next(const struct cooldown *c)
{
	return c->count > 0 ? c->entries[c->first].until_ms : 0;
}
