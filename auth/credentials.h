/* SPDX-License-Identifier: MIT */
/**
 * credentials - the pairs that open a hook, and the cache that makes checking them cheap.
 *
 * A pair that was verified by Argon2id once is remembered as a keyed hash (BLAKE2b with a random
 * key of this process) of user name, password and the hash it matched; later requests cost one
 * keyed hash and one constant-time comparison. An unknown pair goes to the worker; equal pairs that
 * wait are verified once. Whether a user name exists does not show in the time taken.
 */
#ifndef AUTH_CREDENTIALS_H
#define AUTH_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/basic.h"
#include "core/err.h"
#include "core/worker.h"

/** Different pairs that may wait for the worker; a failed one is not remembered, only bounded. */
#define CREDENTIALS_WAITING_MAX 64

struct credentials;
struct credentials_cache;

/** An empty list; counted. */
enum err credentials_new(struct credentials **ret_credentials) MUST_CHECK;
/**
 * Add one pair; copies.
 *
 * @param until_ms  it opens nothing from then on (wall clock); 0: for ever
 * @return ERR_OK, ERR_INVAL not an Argon2id hash, ERR_NOMEM
 */
enum err credentials_add(struct credentials *c, const char *username, const char *password_hash,
                         int64_t until_ms) MUST_CHECK;
struct credentials *credentials_ref(struct credentials *c);
void credentials_unref(struct credentials *c);

/** @param max_entries  verified pairs remembered; the least recently used goes first */
enum err credentials_cache_new(struct worker *worker, size_t max_entries,
                               struct credentials_cache **ret_cache) MUST_CHECK;
/** Accepts NULL. The worker must have finished or been freed. */
void credentials_cache_free(struct credentials_cache *cache);

/**
 * @p err: ERR_OK right, ERR_AUTH wrong, ERR_AGAIN could not be checked now (worker full or shutting
 * down)
 */
typedef void (*credentials_done)(void *arg, enum err err);

/**
 * @param basic   copied
 * @param now_ms  wall clock, for pairs with an end; the pair is judged by it however long it waits
 * @return ERR_OK     right, by the cache: done() will not be called
 *         ERR_AGAIN  done() follows on the loop
 *         ERR_LIMIT  too many checks wait (CREDENTIALS_WAITING_MAX); answer 503
 *         ERR_NOMEM
 */
enum err credentials_check(struct credentials_cache *cache, struct credentials *c,
                           const struct basic *basic, int64_t now_ms, credentials_done done,
                           void *arg) MUST_CHECK;

/**
 * Whether this pair was verified before and is remembered: what credentials_check() would answer
 * ERR_OK. Starts nothing.
 */
bool credentials_is_known(struct credentials_cache *cache, const struct credentials *c,
                          const struct basic *basic, int64_t now_ms);

#endif /* AUTH_CREDENTIALS_H */
