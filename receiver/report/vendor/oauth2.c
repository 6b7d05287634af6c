/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/oauth2.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/vendor/oauth2_internal.h"

#define CONF_TEXT_MAX (256U << 10)
#define KEY_MAX       512
#define POST_EVERY_MS 1000 /* Source: Constant Contact's token endpoint, one request a second */

void oauth2_wake(struct oauth2 *o, uint64_t delay_ms)
{
	loop_timer_start(o->timer, delay_ms);
}

uint64_t oauth2_post_wait(const struct oauth2 *o)
{
	uint64_t now_ms = clock_mono_ms();

	return o->post_ms > now_ms ? o->post_ms - now_ms : 0;
}

void oauth2_post_spend(struct oauth2 *o, uint64_t pause_ms)
{
	o->post_ms = clock_mono_ms() + (pause_ms > POST_EVERY_MS ? pause_ms : POST_EVERY_MS);
}

static enum err copy_texts(struct oauth2 *o, const struct oauth2_conf *conf)
{
	struct str account = str_from(conf->account);
	struct str *const texts[] = {&account,
	                             &o->conf.token_url,
	                             &o->conf.device_url,
	                             &o->conf.authorize_url,
	                             &o->conf.client_id,
	                             &o->conf.client_secret,
	                             &o->conf.scope,
	                             &o->conf.refresh_token};
	enum err err = ERR_OK;

	o->conf = *conf;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && err == ERR_OK; i++)
		err = arena_str_dup(&o->texts, *texts[i], texts[i]);
	o->conf.account = account.ptr;
	if (err == ERR_OK)
		err = buf_printf(&o->key, "oauth2/%s", conf->account);
	return err;
}

enum err oauth2_new(struct loop *loop, struct http_client *http, struct store *store,
                    const struct oauth2_conf *conf, struct oauth2 **ret_oauth2)
{
	struct oauth2 *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return ERR_NOMEM;
	o->magic = OAUTH2_MAGIC;
	o->loop = loop;
	o->http = http;
	o->store = store;
	STAILQ_INIT(&o->waiters);
	arena_init(&o->texts, CONF_TEXT_MAX);
	buf_init(&o->key, KEY_MAX);
	oauth2_post_init(&o->post, http, oauth2_on_refreshed, o);
	if (copy_texts(o, conf) != ERR_OK ||
	    loop_timer_new(loop, oauth2_on_step, o, &o->timer) != ERR_OK) {
		oauth2_free(o);
		return ERR_NOMEM;
	}
	*ret_oauth2 = o;
	return ERR_OK;
}

void oauth2_free(struct oauth2 *o)
{
	struct oauth2_waiter *w;

	if (o == NULL)
		return;
	while ((w = STAILQ_FIRST(&o->waiters)) != NULL) {
		STAILQ_REMOVE_HEAD(&o->waiters, link);
		free(w);
	}
	oauth2_person_free(o->person);
	oauth2_keep_drop(o->keep);
	oauth2_post_fini(&o->post);
	loop_timer_free(o->timer);
	oauth2_chain_fini(&o->chain);
	free(o->void_refresh);
	buf_fini(&o->key);
	arena_fini(&o->texts);
	OBJ_POISON(o);
	free(o);
}

enum err oauth2_token(struct oauth2 *o, oauth2_done done, void *arg)
{
	struct oauth2_waiter *w = malloc(sizeof(*w));

	if (w == NULL)
		return ERR_NOMEM;
	*w = (struct oauth2_waiter){.done = done, .arg = arg};
	STAILQ_INSERT_TAIL(&o->waiters, w, link);
	if (!oauth2_is_busy(o))
		oauth2_wake(o, 0);
	return ERR_OK;
}

void oauth2_refused(struct oauth2 *o, struct str token)
{
	if (o->chain.access != NULL && str_eq(token, str_from(o->chain.access)))
		o->is_refused = true;
}
