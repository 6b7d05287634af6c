/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/oauth2_chain.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/arena.h"
#include "normalise/value/json_reader.h"
#include "normalise/value/json_writer.h"

#define LIFE_MAX_S ((uint64_t)366 * 86400)

static void token_free(char *token)
{
	if (token != NULL)
		sodium_memzero(token, strlen(token));
	free(token);
}

void oauth2_chain_fini(struct oauth2_chain *chain)
{
	token_free(chain->access);
	token_free(chain->refresh);
	*chain = (struct oauth2_chain){.access = NULL};
}

void oauth2_chain_began(struct str refresh, char ret_began[OAUTH2_BEGAN_SIZE])
{
	unsigned char digest[(OAUTH2_BEGAN_SIZE - 1) / 2];

	ret_began[0] = '\0';
	if (refresh.len == 0)
		return;
	(void)crypto_generichash(digest, sizeof(digest), (const unsigned char *)refresh.ptr,
	                         refresh.len, NULL, 0);
	(void)sodium_bin2hex(ret_began, OAUTH2_BEGAN_SIZE, digest, sizeof(digest));
}

static enum err token_dup(struct str text, char **ret_token)
{
	if (text.len == 0) {
		*ret_token = NULL;
		return ERR_OK;
	}
	*ret_token = str_dup(text);
	return *ret_token != NULL ? ERR_OK : ERR_NOMEM;
}

static struct str member(const struct value *v, const char *name)
{
	struct str text = STR_EMPTY;

	(void)value_text(value_get(v, str_from(name)), &text);
	return text;
}

static int64_t member_ms(const struct value *v, const char *name)
{
	uint64_t number = 0;

	if (str_to_u64(member(v, name), &number) != ERR_OK || number > INT64_MAX)
		return 0;
	return (int64_t)number;
}

static enum err from_value(const struct value *v, struct oauth2_chain *ret_chain)
{
	struct oauth2_chain chain = {.expires_ms = member_ms(v, "expires_ms"),
	                             .due_ms = member_ms(v, "due_ms")};
	struct str began = member(v, "began");
	enum err err;

	if (v->kind != VALUE_OBJECT || began.len >= sizeof(chain.began))
		return ERR_PARSE;
	if (began.len > 0)
		memcpy(chain.began, began.ptr, began.len);
	err = token_dup(member(v, "access"), &chain.access);
	if (err == ERR_OK)
		err = token_dup(member(v, "refresh"), &chain.refresh);
	if (err != ERR_OK) {
		oauth2_chain_fini(&chain);
		return err;
	}
	*ret_chain = chain;
	return ERR_OK;
}

static enum err read_kept(struct str kept, struct oauth2_chain *ret_chain)
{
	struct json_cursor c = json_cursor(kept);
	struct value *v = NULL;
	struct arena arena;
	enum err err;

	arena_init(&arena, (size_t)4 * OAUTH2_TEXT_MAX);
	err = json_read(&c, &arena, &v, NULL);
	if (err == ERR_OK)
		err = from_value(v, ret_chain);
	arena_fini(&arena);
	return err == ERR_LIMIT ? ERR_PARSE : err;
}

static enum err begin(struct str refresh, struct oauth2_chain *ret_chain)
{
	struct oauth2_chain chain = {.access = NULL};
	enum err err = token_dup(refresh, &chain.refresh);

	if (err != ERR_OK)
		return err;
	oauth2_chain_began(refresh, chain.began);
	*ret_chain = chain;
	return ERR_OK;
}

/* A person who took the token out of the configuration did not put in a new one. */
static bool is_another(const struct oauth2_chain *chain, struct str refresh)
{
	char began[OAUTH2_BEGAN_SIZE];

	oauth2_chain_began(refresh, began);
	return refresh.len > 0 && strcmp(began, chain->began) != 0;
}

enum err oauth2_chain_load(struct oauth2_chain *chain, struct str kept, struct str refresh)
{
	struct oauth2_chain loaded = {.access = NULL};
	enum err err = kept.len > 0 ? read_kept(kept, &loaded) : ERR_NOENT;
	enum err begin_err;

	if (err == ERR_NOMEM)
		return err;
	if (err == ERR_OK && !is_another(&loaded, refresh)) {
		oauth2_chain_fini(chain);
		*chain = loaded;
		return ERR_OK;
	}
	oauth2_chain_fini(&loaded);
	begin_err = begin(refresh, &loaded);
	if (begin_err != ERR_OK)
		return begin_err;
	oauth2_chain_fini(chain);
	*chain = loaded;
	return err == ERR_PARSE ? ERR_PARSE : ERR_OK;
}

enum err oauth2_chain_take(struct oauth2_chain *chain, const struct oauth2_grant *grant,
                           bool keeps_refresh, int64_t now_ms)
{
	uint64_t life_s = grant->expires_s < LIFE_MAX_S ? grant->expires_s : LIFE_MAX_S;
	char *access = NULL, *refresh = NULL;

	if (token_dup(grant->access, &access) != ERR_OK ||
	    token_dup(grant->refresh, &refresh) != ERR_OK) {
		token_free(access);
		return ERR_NOMEM;
	}
	token_free(chain->access);
	chain->access = access;
	if (refresh != NULL || !keeps_refresh) {
		token_free(chain->refresh);
		chain->refresh = refresh;
	}
	chain->expires_ms = now_ms + (int64_t)life_s * 1000;
	chain->due_ms = now_ms + (int64_t)life_s * 900; /* nine tenths */
	return ERR_OK;
}

enum err oauth2_chain_write(const struct oauth2_chain *chain, struct buf *b)
{
	struct json_writer w = json_writer(b);

	json_open_object(&w);
	json_member(&w, STR_LIT("began"), str_from(chain->began));
	json_member(&w, STR_LIT("refresh"), str_from(chain->refresh));
	json_member(&w, STR_LIT("access"), str_from(chain->access));
	json_key(&w, STR_LIT("expires_ms"));
	json_int(&w, chain->expires_ms);
	json_key(&w, STR_LIT("due_ms"));
	json_int(&w, chain->due_ms);
	json_close_object(&w);
	return buf_err(b);
}
