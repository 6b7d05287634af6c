/* SPDX-License-Identifier: MIT */
/**
 * oauth2_chain - the tokens of one account as the store keeps them. Private to oauth2. No I/O.
 *
 * A chain begins with a refresh token that a person gave and goes on with those that the vendor put
 * in its place. Which one it began with is remembered as a digest.
 */
#ifndef RECEIVER_REPORT_VENDOR_OAUTH2_CHAIN_H
#define RECEIVER_REPORT_VENDOR_OAUTH2_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

#define OAUTH2_TEXT_MAX   65536 /* of an answer, and of what is kept */
#define OAUTH2_BEGAN_SIZE 33

struct oauth2_chain {
	char *access;       /* owned; NULL: none */
	char *refresh;      /* owned; NULL: none */
	int64_t expires_ms; /* of the access token: wall clock */
	int64_t due_ms;     /* get another one from then on */
	char began[OAUTH2_BEGAN_SIZE];
};

/** A token endpoint's success. */
struct oauth2_grant {
	struct str access, refresh; /* refresh may be empty */
	uint64_t expires_s;
};

void oauth2_chain_fini(struct oauth2_chain *chain);

/** Digest of the refresh token that a chain begins with; "" of the empty one. */
void oauth2_chain_began(struct str refresh, char ret_began[OAUTH2_BEGAN_SIZE]);

/**
 * Take what the store keeps, or begin with the configuration's refresh token: when nothing is kept,
 * when it cannot be read, or when the kept chain began with another one that a person gave.
 *
 * @param kept  may be empty
 * @return ERR_OK, ERR_PARSE it could not be read, and it begins anew, ERR_NOMEM
 */
enum err oauth2_chain_load(struct oauth2_chain *chain, struct str kept,
                           struct str refresh) MUST_CHECK;

/**
 * New tokens came. Without a new refresh token the old one stays when @p keeps_refresh.
 *
 * @return ERR_OK, ERR_NOMEM (nothing changed)
 */
enum err oauth2_chain_take(struct oauth2_chain *chain, const struct oauth2_grant *grant,
                           bool keeps_refresh, int64_t now_ms) MUST_CHECK;

/** Append the text for the store. @return ERR_OK, ERR_LIMIT, ERR_NOMEM */
enum err oauth2_chain_write(const struct oauth2_chain *chain, struct buf *b) MUST_CHECK;

#endif /* RECEIVER_REPORT_VENDOR_OAUTH2_CHAIN_H */
