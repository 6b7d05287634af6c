/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/oauth2_post.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/obj.h"
#include "receiver/report/vendor/wire.h"

#define POST_MAGIC   0x6f61706fU
#define TIMEOUT_MS   30000
#define HEADER_MAX   8192
#define ARENA_FACTOR 4

void oauth2_post_init(struct oauth2_post *p, struct http_client *http, oauth2_post_done done,
                      void *arg)
{
	*p = (struct oauth2_post){.magic = POST_MAGIC, .http = http, .done = done, .arg = arg};
	buf_init(&p->form, OAUTH2_TEXT_MAX);
	buf_init(&p->body, OAUTH2_TEXT_MAX);
}

static void wipe(struct buf *b)
{
	if (b->ptr != NULL)
		sodium_memzero(b->ptr, b->cap);
	buf_reset(b);
}

void oauth2_post_fini(struct oauth2_post *p)
{
	if (p->magic == 0)
		return; /* never began */
	oauth2_post_cancel(p);
	buf_fini(&p->form);
	buf_fini(&p->body);
}

void oauth2_post_cancel(struct oauth2_post *p)
{
	http_call_cancel(p->call);
	p->call = NULL;
	wipe(&p->form);
	wipe(&p->body);
}

void oauth2_post_begin(struct oauth2_post *p, struct str name, struct str value)
{
	wipe(&p->form);
	oauth2_post_add(p, name, value);
}

void oauth2_post_add(struct oauth2_post *p, struct str name, struct str value)
{
	(void)!wire_param(name, value, &p->form);
}

static bool post_on_body(void *arg, struct str bytes)
{
	struct oauth2_post *p;

	OBJ_FROM(p, arg, POST_MAGIC);
	(void)buf_append_str(&p->body, bytes); /* body_max is its size */
	return true;
}

static void post_on_done(void *arg, enum http_end end, const struct http_answer *http,
                         const char *text)
{
	struct oauth2_answer answer;
	struct oauth2_post *p;
	struct arena arena;

	OBJ_FROM(p, arg, POST_MAGIC);
	p->call = NULL;
	arena_init(&arena, (size_t)ARENA_FACTOR * OAUTH2_TEXT_MAX);
	oauth2_answer_read(end, http, buf_str(&p->body), text, &arena, &answer);
	p->done(p->arg, &answer);
	arena_fini(&arena);
}

static enum err send(struct oauth2_post *p, const char *url, struct str authorization,
                     struct str ca)
{
	static const struct http_call_ops ops = {.on_body = post_on_body, .on_done = post_on_done};
	const struct http_client_header headers[] = {
		{STR_LIT("Content-Type"), STR_LIT("application/x-www-form-urlencoded")},
		{STR_LIT("Accept"), STR_LIT("application/json")},
		{STR_LIT("Authorization"), authorization},
	};
	const struct http_request request = {.method = "POST",
	                                     .url = url,
	                                     .headers = headers,
	                                     .header_count = authorization.len > 0 ? 3 : 2,
	                                     .has_body = true,
	                                     .body = buf_str(&p->form),
	                                     .timeout_ms = TIMEOUT_MS,
	                                     .body_max = OAUTH2_TEXT_MAX,
	                                     .ca = ca};

	wipe(&p->body);
	return http_client_send(p->http, &request, &ops, p, &p->call);
}

enum err oauth2_post_send(struct oauth2_post *p, struct str url, const struct oauth2_conf *conf)
{
	char *address = str_dup(url);
	struct buf authorization;
	enum err err = ERR_OK;

	buf_init(&authorization, HEADER_MAX);
	/* As vendors describe it, without the coding of RFC 6749, 2.3.1: for the ids and secrets
	 * that they give out, which need none, both are the same. */
	if (conf->client_secret.len > 0) {
		err = wire_basic(conf->client_id, conf->client_secret, &authorization);
	} else {
		oauth2_post_add(p, STR_LIT("client_id"), conf->client_id);
	}
	if (err == ERR_OK)
		err = buf_err(&p->form);
	if (err == ERR_OK && address == NULL)
		err = ERR_NOMEM;
	if (err == ERR_OK)
		err = send(p, address, buf_str(&authorization), conf->ca);
	wipe(&authorization);
	buf_fini(&authorization);
	free(address);
	return err;
}
