/* SPDX-License-Identifier: MIT */
/**
 * password - Argon2id hashes, as libsodium's crypto_pwhash_str() writes them.
 *
 * Slow by design (tens of milliseconds): never on the loop; see auth/credentials.
 */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"

#define PASSWORD_HASH_SIZE 128
#define PASSWORD_MADE_SIZE 33 /* of a random one, with the NUL */

/** Call once before anything of auth/. @return ERR_OK, ERR_IO libsodium has no randomness */
enum err auth_init(void) MUST_CHECK;

/**
 * @param ret_hash  NUL-terminated "$argon2id$v=19$…" (7 MiB, 5 passes: one of OWASP's
 *                 equal minimum settings)
 * @return ERR_OK, ERR_NOMEM
 */
enum err password_hash(struct str password, char ret_hash[PASSWORD_HASH_SIZE]) MUST_CHECK;

/**
 * Whether @p hash is an Argon2id string whose parameters are bounded (memory up to 256 MiB, passes
 * up to 16).
 */
bool password_hash_is_valid(const char *hash);

/** @return ERR_OK the password is right, ERR_AUTH it is not, ERR_NOMEM could not be computed */
enum err password_verify(struct str password, const char *hash) MUST_CHECK;

/** A random one: 24 bytes as 32 characters of base64url. Wipe it when it is done with. */
void password_make(char ret_password[PASSWORD_MADE_SIZE]);

#endif /* AUTH_PASSWORD_H */
