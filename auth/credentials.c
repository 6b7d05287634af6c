/* SPDX-License-Identifier: MIT */
#include "auth/credentials.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "auth/credentials_list.h"
#include "auth/password.h"

static void pair_free(struct credentials_pair *pair)
{
	if (pair == NULL)
		return;
	free(pair->username);
	free(pair->hash);
	free(pair);
}

enum err credentials_new(struct credentials **ret_credentials)
{
	struct credentials *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR_NOMEM;
	c->refs = 1;
	*ret_credentials = c;
	return ERR_OK;
}

static size_t count_of(const struct credentials *c, struct str username)
{
	size_t count = 0;

	for (const struct credentials_pair *p = c->first; p != NULL; p = p->next) {
		if (str_eq(str_from(p->username), username))
			count++;
	}
	return count;
}

enum err credentials_add(struct credentials *c, const char *username, const char *password_hash,
                         int64_t until_ms)
{
	struct credentials_pair *pair;

	if (!password_hash_is_valid(password_hash))
		return ERR_INVAL;
	pair = calloc(1, sizeof(*pair));
	if (pair == NULL)
		return ERR_NOMEM;
	pair->username = strdup(username);
	pair->hash = strdup(password_hash);
	pair->until_ms = until_ms;
	if (pair->username == NULL || pair->hash == NULL) {
		pair_free(pair);
		return ERR_NOMEM;
	}
	if (c->last != NULL) {
		c->last->next = pair;
	} else {
		c->first = pair;
	}
	c->last = pair;

	size_t count = count_of(c, str_from(username));

	if (count > c->rounds)
		c->rounds = count;
	return ERR_OK;
}

struct credentials *credentials_ref(struct credentials *c)
{
	assert(c->refs > 0);
	c->refs++;
	return c;
}

void credentials_unref(struct credentials *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	while (c->first != NULL) {
		struct credentials_pair *next = c->first->next;

		pair_free(c->first);
		c->first = next;
	}
	free(c);
}

bool credentials_pair_is_of(const struct credentials_pair *pair, struct str username)
{
	size_t len = strlen(pair->username);

	return len == username.len &&
	       (len == 0 || sodium_memcmp(pair->username, username.ptr, len) == 0);
}

bool credentials_pair_is_past(const struct credentials_pair *pair, int64_t now_ms)
{
	return pair->until_ms != 0 && now_ms >= pair->until_ms;
}

enum err credentials_verify(const struct credentials *c, struct str username, struct str password,
                            int64_t now_ms, const struct credentials_pair **ret_pair)
{
	size_t rounds = 0;
	enum err failed = ERR_AUTH;

	for (const struct credentials_pair *p = c->first; p != NULL; p = p->next) {
		if (!credentials_pair_is_of(p, username))
			continue;
		rounds++;
		enum err err = password_verify(password, p->hash);

		if (err == ERR_OK && !credentials_pair_is_past(p, now_ms)) {
			*ret_pair = p;
			return ERR_OK;
		}
		if (err != ERR_OK && err != ERR_AUTH)
			failed = err; /* another hash of this name may still say yes */
	}
	/* Whoever guesses names learns nothing from the time: the rest is spent on other pairs,
	 * whose hashes have this list's parameters, and what they say does not count. */
	for (const struct credentials_pair *p = c->first; p != NULL && rounds < c->rounds;
	     p = p->next) {
		if (credentials_pair_is_of(p, username))
			continue;
		rounds++;
		(void)!password_verify(password, p->hash);
	}
	return failed;
}
