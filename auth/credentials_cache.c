/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <sodium.h>

#include "auth/credentials.h"
#include "auth/credentials_list.h"
#include "core/obj.h"

#define CHECK_MAGIC  0x63686b21U
#define DIGEST_BYTES 32U

struct digest {
	unsigned char bytes[DIGEST_BYTES];
};

/* A pair that was right. */
struct known {
	struct digest digest; /* of user name, password and the hash that matched */
	TAILQ_ENTRY(known) link;
	struct known *next_in_bucket;
};

TAILQ_HEAD(known_list, known);

/* Somebody who wants to know how a check ends. */
struct waiter {
	STAILQ_ENTRY(waiter) link;
	credentials_done done;
	void *arg; /* borrowed */
};

STAILQ_HEAD(waiter_list, waiter);

/* A pair on its way through the worker. */
struct check {
	unsigned magic;
	TAILQ_ENTRY(check) link;
	struct credentials_cache *cache; /* borrowed: outlives us */
	struct credentials *list;        /* a reference */
	struct digest digest;            /* of user name and password */
	struct basic basic;              /* wiped at the end */
	int64_t now_ms;                  /* when it was asked: wall clock */
	const struct credentials_pair *matched;
	enum err err;
	struct waiter_list waiters; /* owned */
};

TAILQ_HEAD(check_list, check);

struct credentials_cache {
	struct worker *worker; /* borrowed */
	unsigned char key[crypto_generichash_KEYBYTES];
	struct known *entries; /* owned; max of them, used in order until full */
	size_t max, used;
	struct known **buckets; /* owned */
	size_t bucket_mask;
	struct known_list by_use; /* most recent first */
	struct check_list checks; /* owned */
	size_t check_count;
};

enum err credentials_cache_new(struct worker *worker, size_t max_entries,
                               struct credentials_cache **ret_cache)
{
	struct credentials_cache *cache = calloc(1, sizeof(*cache));
	size_t buckets = 16;

	assert(max_entries > 0);
	if (cache == NULL)
		return ERR_NOMEM;
	while (buckets < max_entries)
		buckets *= 2;
	cache->worker = worker;
	cache->max = max_entries;
	cache->bucket_mask = buckets - 1;
	TAILQ_INIT(&cache->by_use);
	TAILQ_INIT(&cache->checks);
	randombytes_buf(cache->key, sizeof(cache->key));
	cache->entries = calloc(max_entries, sizeof(*cache->entries));
	cache->buckets = calloc(buckets, sizeof(struct known *));
	if (cache->entries == NULL || cache->buckets == NULL) {
		credentials_cache_free(cache);
		return ERR_NOMEM;
	}
	*ret_cache = cache;
	return ERR_OK;
}

void credentials_cache_free(struct credentials_cache *cache)
{
	if (cache == NULL)
		return;
	assert(TAILQ_EMPTY(&cache->checks));
	if (cache->entries != NULL)
		sodium_memzero(cache->entries, cache->max * sizeof(*cache->entries));
	free(cache->entries);
	free(cache->buckets);
	sodium_memzero(cache, sizeof(*cache));
	free(cache);
}

/* The length goes first, so that no two lists of parts hash alike. */
static void digest_part(crypto_generichash_state *state, struct str part)
{
	uint64_t len = part.len;

	(void)crypto_generichash_update(state, (const unsigned char *)&len, sizeof(len));
	if (part.len > 0)
		(void)crypto_generichash_update(state, (const unsigned char *)part.ptr, part.len);
}

static struct digest digest_of(const struct credentials_cache *cache, const struct basic *basic,
                               const char *hash)
{
	crypto_generichash_state state;
	struct digest digest;

	(void)crypto_generichash_init(&state, cache->key, sizeof(cache->key), DIGEST_BYTES);
	digest_part(&state, basic->username);
	digest_part(&state, basic->password);
	digest_part(&state, str_from(hash));
	(void)crypto_generichash_final(&state, digest.bytes, sizeof(digest.bytes));
	sodium_memzero(&state, sizeof(state));
	return digest;
}

static bool digest_eq(const struct digest *a, const struct digest *b)
{
	return sodium_memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

static struct known **bucket_of(struct credentials_cache *cache, const struct digest *digest)
{
	uint64_t first;

	memcpy(&first, digest->bytes, sizeof(first)); /* keyed: nobody outside can choose it */
	return &cache->buckets[first & cache->bucket_mask];
}

static struct known *find_known(struct credentials_cache *cache, const struct digest *digest)
{
	struct known *known = *bucket_of(cache, digest);

	while (known != NULL && !digest_eq(&known->digest, digest))
		known = known->next_in_bucket;
	return known;
}

static void forget(struct credentials_cache *cache, struct known *known)
{
	struct known **at = bucket_of(cache, &known->digest);

	while (*at != known)
		at = &(*at)->next_in_bucket;
	*at = known->next_in_bucket;
	TAILQ_REMOVE(&cache->by_use, known, link);
}

static void remember(struct credentials_cache *cache, const struct digest *digest)
{
	struct known *known;

	if (find_known(cache, digest) != NULL)
		return;
	if (cache->used < cache->max) {
		known = &cache->entries[cache->used++];
	} else {
		known = TAILQ_LAST(&cache->by_use, known_list);
		forget(cache, known);
	}
	struct known **bucket = bucket_of(cache, digest);

	known->digest = *digest;
	known->next_in_bucket = *bucket;
	*bucket = known;
	TAILQ_INSERT_HEAD(&cache->by_use, known, link);
}

bool credentials_is_known(struct credentials_cache *cache, const struct credentials *c,
                          const struct basic *basic, int64_t now_ms)
{
	for (const struct credentials_pair *p = c->first; p != NULL; p = p->next) {
		if (!credentials_pair_is_of(p, basic->username) ||
		    credentials_pair_is_past(p, now_ms))
			continue;
		struct digest digest = digest_of(cache, basic, p->hash);
		struct known *known = find_known(cache, &digest);

		if (known != NULL) {
			TAILQ_REMOVE(&cache->by_use, known, link);
			TAILQ_INSERT_HEAD(&cache->by_use, known, link);
			return true;
		}
	}
	return false;
}

static void check_free(struct check *check)
{
	if (check == NULL)
		return;
	while (!STAILQ_EMPTY(&check->waiters)) {
		struct waiter *waiter = STAILQ_FIRST(&check->waiters);

		STAILQ_REMOVE_HEAD(&check->waiters, link);
		free(waiter);
	}
	credentials_unref(check->list);
	sodium_memzero(check, sizeof(*check));
	free(check);
}

static void check_on_work(void *arg)
{
	struct check *check;

	OBJ_FROM(check, arg, CHECK_MAGIC);
	check->err = credentials_verify(check->list, check->basic.username, check->basic.password,
	                                check->now_ms, &check->matched);
}

static void check_on_done(void *arg, bool canceled)
{
	struct check *check;
	struct waiter *waiter;
	enum err err;

	OBJ_FROM(check, arg, CHECK_MAGIC);
	struct credentials_cache *cache = check->cache;

	err = canceled ? ERR_AGAIN : check->err;
	if (err == ERR_NOMEM)
		err = ERR_AGAIN;
	if (err == ERR_OK) {
		struct digest digest = digest_of(cache, &check->basic, check->matched->hash);

		remember(cache, &digest);
	}
	TAILQ_REMOVE(&cache->checks, check, link);
	cache->check_count--;
	STAILQ_FOREACH(waiter, &check->waiters, link)
	waiter->done(waiter->arg, err);
	check_free(check);
}

static struct check *find_check(const struct credentials_cache *cache, const struct credentials *c,
                                const struct digest *digest)
{
	struct check *check;

	TAILQ_FOREACH(check, &cache->checks, link) {
		if (check->list == c && digest_eq(&check->digest, digest))
			return check;
	}
	return NULL;
}

static struct str moved(struct str part, const struct basic *from, const struct basic *to)
{
	return (struct str){to->bytes + (part.ptr - from->bytes), part.len};
}

static enum err check_start(struct credentials_cache *cache, struct credentials *c,
                            const struct basic *basic, const struct digest *digest, int64_t now_ms,
                            struct check **ret_check)
{
	struct check *check = calloc(1, sizeof(*check));
	enum err err;

	if (check == NULL)
		return ERR_NOMEM;
	check->magic = CHECK_MAGIC;
	check->cache = cache;
	check->list = credentials_ref(c);
	check->digest = *digest;
	check->now_ms = now_ms;
	memcpy(check->basic.bytes, basic->bytes, sizeof(check->basic.bytes));
	check->basic.username = moved(basic->username, basic, &check->basic);
	check->basic.password = moved(basic->password, basic, &check->basic);
	STAILQ_INIT(&check->waiters);
	err = worker_submit(cache->worker, check_on_work, check_on_done, check);
	if (err != ERR_OK) {
		check_free(check);
		return err;
	}
	TAILQ_INSERT_TAIL(&cache->checks, check, link);
	cache->check_count++;
	*ret_check = check;
	return ERR_OK;
}

enum err credentials_check(struct credentials_cache *cache, struct credentials *c,
                           const struct basic *basic, int64_t now_ms, credentials_done done,
                           void *arg)
{
	struct digest digest;
	struct check *check;
	struct waiter *waiter;
	enum err err;

	if (credentials_is_known(cache, c, basic, now_ms))
		return ERR_OK;
	digest = digest_of(cache, basic, "");
	check = find_check(cache, c, &digest);
	if (check == NULL && cache->check_count >= CREDENTIALS_WAITING_MAX)
		return ERR_LIMIT;
	waiter = malloc(sizeof(*waiter));
	if (waiter == NULL)
		return ERR_NOMEM;
	*waiter = (struct waiter){.done = done, .arg = arg};
	if (check == NULL) {
		err = check_start(cache, c, basic, &digest, now_ms, &check);
		if (err != ERR_OK) {
			free(waiter);
			return err;
		}
	}
	STAILQ_INSERT_TAIL(&check->waiters, waiter, link);
	return ERR_AGAIN;
}
