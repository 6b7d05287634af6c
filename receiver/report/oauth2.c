/* SPDX-License-Identifier: MIT */
#include "receiver/report/oauth2.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/oauth2_internal.h"

#define OAUTH2_MAGIC  0x6f617574U
#define CONF_TEXT_MAX (256U << 10)
#define KEY_MAX       512
#define POST_EVERY_MS 1000  /* Source: Constant Contact's token endpoint, one request a second */
#define POST_WAIT_MS  5000  /* longer pauses are not waited for */
#define SPARE_MS      60000 /* a refresh before its time has failed: not again so soon */

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

/* Those who wait now; who asks from within its callback waits for the next round. */
static void answer_all(struct oauth2 *o, enum err err, const char *text)
{
	struct oauth2_waiters waiters = STAILQ_HEAD_INITIALIZER(waiters);
	struct oauth2_waiter *w;

	STAILQ_CONCAT(&waiters, &o->waiters);
	while ((w = STAILQ_FIRST(&waiters)) != NULL) {
		STAILQ_REMOVE_HEAD(&waiters, link);
		w->done(w->arg, err, err == ERR_OK ? str_from(o->chain.access) : STR_EMPTY, text);
		free(w);
	}
}

static bool is_alive(const struct oauth2 *o)
{
	return o->chain.access != NULL && !o->is_refused &&
	       (o->is_fresh || clock_now_ms() < o->chain.expires_ms);
}

static bool is_due(const struct oauth2 *o)
{
	return !is_alive(o) || (!o->is_fresh && clock_now_ms() >= o->chain.due_ms);
}

static void give_token(struct oauth2 *o)
{
	o->is_fresh = false;
	answer_all(o, ERR_OK, "");
}

/* The old token still serves when it was only to be replaced in time. */
static void refresh_failed(struct oauth2 *o, enum err err, const char *text)
{
	if (is_alive(o) && err == ERR_AGAIN) {
		o->chain.due_ms = clock_now_ms() + SPARE_MS;
		give_token(o);
	} else {
		answer_all(o, err, text);
	}
}

static enum err refresh_send(struct oauth2 *o)
{
	if (o->conf.is_refresh) {
		oauth2_post_begin(&o->post, STR_LIT("grant_type"), STR_LIT("refresh_token"));
		oauth2_post_add(&o->post, STR_LIT("refresh_token"), str_from(o->chain.refresh));
	} else {
		oauth2_post_begin(&o->post, STR_LIT("grant_type"), STR_LIT("client_credentials"));
		if (o->conf.scope.len > 0)
			oauth2_post_add(&o->post, STR_LIT("scope"), o->conf.scope);
	}
	oauth2_post_spend(o, 0);
	return oauth2_post_send(&o->post, o->conf.token_url, &o->conf);
}

static void refresh(struct oauth2 *o)
{
	uint64_t wait_ms = oauth2_post_wait(o);
	enum err err;

	if (wait_ms > POST_WAIT_MS) {
		refresh_failed(o, ERR_AGAIN, "the token endpoint wants to be left alone");
	} else if (wait_ms > 0) {
		oauth2_wake(o, wait_ms);
	} else {
		err = refresh_send(o);
		if (err != ERR_OK)
			refresh_failed(o, err == ERR_NOMEM ? ERR_AGAIN : ERR_AUTH,
			               "the request to the token endpoint cannot be made");
	}
}

static void save(struct oauth2 *o)
{
	o->saving_no = o->chain_no;

	enum err err = oauth2_keep_save(o);

	if (err != ERR_OK)
		oauth2_on_saved(o, err);
}

static void load(struct oauth2 *o)
{
	enum err err = ERR_OK;

	if (o->conf.is_refresh) {
		err = oauth2_keep_load(o);
	} else {
		oauth2_on_loaded(o, ERR_OK, STR_EMPTY); /* a client's token is not worth keeping */
	}
	if (err != ERR_OK)
		oauth2_on_loaded(o, err, STR_EMPTY);
}

static bool is_busy(const struct oauth2 *o)
{
	return o->keep != NULL || o->post.call != NULL;
}

static void serve(struct oauth2 *o)
{
	if (o->is_void) {
		answer_all(o, ERR_AUTH, o->trouble);
	} else if (!is_due(o)) {
		give_token(o);
	} else if (o->conf.is_refresh && o->chain.refresh == NULL && is_alive(o)) {
		give_token(o); /* there will be no other one: to its last minute */
	} else if (o->conf.is_refresh && o->chain.refresh == NULL) {
		answer_all(o, ERR_AUTH, "there is no refresh token: somebody must authorise");
	} else {
		refresh(o);
	}
}

static void on_step(void *arg)
{
	struct oauth2 *o;

	OBJ_FROM(o, arg, OAUTH2_MAGIC);
	if (is_busy(o))
		return; /* its end takes the next step */
	if (o->chain_no != o->saved_no) {
		save(o);
	} else if (STAILQ_EMPTY(&o->waiters)) {
		return;
	} else if (!o->is_loaded) {
		load(o);
	} else {
		serve(o);
	}
}

void oauth2_on_loaded(struct oauth2 *o, enum err err, struct str value)
{
	if (o->is_loaded) {
		oauth2_wake(o, 0); /* a person was faster */
		return;
	}
	if (err == ERR_OK)
		err = oauth2_chain_load(&o->chain, value, o->conf.refresh_token);
	if (err == ERR_PARSE) {
		log_warn("oauth2.chain_unreadable", log_str("account", o->conf.account));
		err = ERR_OK;
	}
	if (err != ERR_OK) {
		answer_all(o, ERR_IO, "the stored tokens cannot be read");
		return;
	}
	o->is_loaded = true;
	oauth2_wake(o, 0);
}

void oauth2_on_saved(struct oauth2 *o, enum err err)
{
	if (err == ERR_OK)
		o->saved_no = o->saving_no;
	if (o->person != NULL && o->saving_no == o->chain_no)
		oauth2_person_saved(o, err);
	if (err != ERR_OK) {
		answer_all(o, ERR_IO, "the new tokens cannot be stored");
	} else {
		oauth2_wake(o, 0);
	}
}

static enum err take(struct oauth2 *o, const struct oauth2_grant *grant, bool keeps_refresh)
{
	enum err err = oauth2_chain_take(&o->chain, grant, keeps_refresh, clock_now_ms());

	if (err != ERR_OK)
		return err;
	o->is_loaded = true;
	o->is_fresh = true;
	o->is_refused = false;
	o->is_void = false;
	o->chain_no++;
	if (!o->conf.is_refresh)
		o->saved_no = o->chain_no;
	return ERR_OK;
}

enum err oauth2_adopt(struct oauth2 *o, const struct oauth2_grant *grant)
{
	enum err err = take(o, grant, false);

	if (err != ERR_OK)
		return err;
	if (o->conf.refresh_token.len > 0)
		oauth2_chain_began(o->conf.refresh_token, o->chain.began);
	oauth2_post_cancel(&o->post); /* what it refreshes is of the past */
	oauth2_wake(o, 0);
	return ERR_OK;
}

static void on_refreshed(void *arg, const struct oauth2_answer *answer)
{
	struct oauth2 *o;

	OBJ_FROM(o, arg, OAUTH2_MAGIC);
	oauth2_post_spend(o, answer->retry_ms);
	if (answer->outcome == OAUTH2_GRANTED) {
		if (take(o, &answer->grant, true) != ERR_OK) {
			refresh_failed(o, ERR_AGAIN, err_str(ERR_NOMEM));
		} else {
			on_step(o);
		}
	} else if (answer->outcome == OAUTH2_VOID) {
		o->is_void = true;
		(void)snprintf(o->trouble, sizeof(o->trouble), "%s", answer->text);
		answer_all(o, ERR_AUTH, o->trouble);
	} else if (answer->outcome == OAUTH2_LATER) {
		refresh_failed(o, ERR_AGAIN, answer->text);
	} else {
		refresh_failed(o, ERR_AUTH, answer->text);
	}
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
	oauth2_post_init(&o->post, http, on_refreshed, o);
	if (copy_texts(o, conf) != ERR_OK ||
	    loop_timer_new(loop, on_step, o, &o->timer) != ERR_OK) {
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
	if (!is_busy(o))
		oauth2_wake(o, 0);
	return ERR_OK;
}

void oauth2_refused(struct oauth2 *o, struct str token)
{
	if (o->chain.access != NULL && str_eq(token, str_from(o->chain.access)))
		o->is_refused = true;
}
