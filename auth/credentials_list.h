/* SPDX-License-Identifier: MIT */
/** credentials_list - what a list of pairs is made of; private to auth/. */
#ifndef AUTH_CREDENTIALS_LIST_H
#define AUTH_CREDENTIALS_LIST_H

#include "auth/credentials.h"

struct credentials_pair {
	char *username;   /* owned */
	char *hash;       /* owned */
	int64_t until_ms; /* 0: for ever */
	struct credentials_pair *next;
};

struct credentials {
	unsigned refs;                  /* counted on the loop only */
	struct credentials_pair *first; /* owned; in order of credentials_add() */
	struct credentials_pair *last;
	size_t rounds; /* most pairs of one user name: verifications that each check costs */
};

/** Whether the pair's user name is @p username; takes the same time wherever they differ. */
bool credentials_pair_is_of(const struct credentials_pair *pair, struct str username);

/** Whether its time has ended. */
bool credentials_pair_is_past(const struct credentials_pair *pair, int64_t now_ms);

/**
 * Run Argon2id against the pairs of @p username. Pure; runs on the worker.
 *
 * A wrong pair costs `rounds` verifications, whether its user name is known or not, and one whose
 * time has ended costs what a wrong one does.
 *
 * @param ret_pair  the pair that matched, borrowed from the list
 * @return ERR_OK, ERR_AUTH, ERR_NOMEM could not be computed
 */
enum err credentials_verify(const struct credentials *c, struct str username, struct str password,
                            int64_t now_ms, const struct credentials_pair **ret_pair) MUST_CHECK;

#endif /* AUTH_CREDENTIALS_LIST_H */
