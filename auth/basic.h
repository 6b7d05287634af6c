/* SPDX-License-Identifier: MIT */
/** basic - the Authorization header of RFC 7617. */
#ifndef AUTH_BASIC_H
#define AUTH_BASIC_H

#include "core/err.h"
#include "core/str.h"

#define BASIC_BYTES_MAX 1024

/** Decoded credentials. Wipe with basic_wipe(). */
struct basic {
	char bytes[BASIC_BYTES_MAX];
	struct str username; /* in bytes */
	struct str password; /* in bytes */
};

/**
 * Scheme word in any case, one or more blanks, base64 (padding may be missing, nothing else is
 * forgiven); split at the first colon.
 *
 * @return ERR_OK
 *         ERR_NOENT  no header or another scheme
 *         ERR_PARSE  malformed, no colon, control characters, or too long
 */
enum err basic_parse(struct str header, struct basic *ret_basic) MUST_CHECK;

void basic_wipe(struct basic *b);

#endif /* AUTH_BASIC_H */
