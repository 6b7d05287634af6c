/* SPDX-License-Identifier: MIT */
#include "auth/throttle.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define SETS 1024U
#define WAYS 4U

struct slot {
	uint64_t address; /* keyed hash; 0: free */
	uint64_t opened_ms;
	unsigned failures;
};

struct throttle {
	unsigned char key[crypto_shorthash_KEYBYTES];
	unsigned max_failures;
	uint64_t window_ms;
	struct slot slots[SETS][WAYS];
};

enum err throttle_new(unsigned max_failures, uint64_t window_ms, struct throttle **ret_throttle)
{
	struct throttle *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return ERR_NOMEM;
	randombytes_buf(t->key, sizeof(t->key));
	throttle_set_limits(t, max_failures, window_ms);
	*ret_throttle = t;
	return ERR_OK;
}

void throttle_free(struct throttle *t)
{
	free(t);
}

void throttle_set_limits(struct throttle *t, unsigned max_failures, uint64_t window_ms)
{
	assert(max_failures > 0);
	t->max_failures = max_failures;
	t->window_ms = window_ms;
}

/* Whoever has one IPv6 address has its whole /64. */
static uint64_t hash_address(const struct throttle *t, const char *address)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	unsigned char digest[crypto_shorthash_BYTES];
	const unsigned char *in = (const unsigned char *)address;
	size_t len = strlen(address);
	uint64_t hash;

	if (inet_pton(AF_INET6, address, bytes) == 1) {
		static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

		in = bytes;
		len = memcmp(bytes, mapped, sizeof(mapped)) == 0 ? sizeof(bytes) : 8;
	}
	(void)crypto_shorthash(digest, in, len, t->key);
	memcpy(&hash, digest, sizeof(hash));
	return hash != 0 ? hash : 1;
}

static bool is_over(const struct throttle *t, const struct slot *slot, uint64_t now_ms)
{
	return now_ms - slot->opened_ms >= t->window_ms;
}

void throttle_fail(struct throttle *t, const char *address, uint64_t now_ms)
{
	uint64_t hash = hash_address(t, address);
	struct slot *set = t->slots[hash % SETS];
	struct slot *oldest = &set[0];
	struct slot *slot = NULL;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].address == hash)
			slot = &set[i];
		if (set[i].opened_ms < oldest->opened_ms)
			oldest = &set[i];
	}
	if (slot == NULL || is_over(t, slot, now_ms)) {
		slot = slot != NULL ? slot : oldest;
		*slot = (struct slot){.address = hash, .opened_ms = now_ms};
	}
	if (slot->failures < t->max_failures)
		slot->failures++;
}

unsigned throttle_wait_s(const struct throttle *t, const char *address, uint64_t now_ms)
{
	uint64_t hash = hash_address(t, address);
	const struct slot *set = t->slots[hash % SETS];

	for (size_t i = 0; i < WAYS; i++) {
		const struct slot *slot = &set[i];

		if (slot->address != hash || slot->failures < t->max_failures ||
		    is_over(t, slot, now_ms))
			continue;
		return (unsigned)((slot->opened_ms + t->window_ms - now_ms + 999) / 1000);
	}
	return 0;
}
