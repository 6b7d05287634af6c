/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/vendor/oauth2_internal.h"

#define POST_WAIT_MS 5000 /* longer pauses are not waited for */
#define ADVICE_MAX   104
#define SPARE_MS     60000 /* a refresh before its time has failed: not again so soon */

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
		if (err != ERR_OK) {
			refresh_failed(o, err == ERR_NOMEM ? ERR_AGAIN : ERR_AUTH,
			               "the request to the token endpoint cannot be made");
		}
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

bool oauth2_is_busy(const struct oauth2 *o)
{
	return o->keep != NULL || o->post.call != NULL;
}

/* What there is to do stands at the end, however long the vendor's words are. */
static const char *with_advice(struct oauth2 *o, const char *text, bool is_token)
{
	char advice[ADVICE_MAX];

	if (is_token && o->conf.is_refresh) {
		(void)snprintf(advice, sizeof(advice), ": run \"campaign2mqtt authorize %.64s\"",
		               o->conf.account);
	} else {
		(void)snprintf(advice, sizeof(advice), "; check the credentials in vars");
	}
	(void)snprintf(o->trouble, sizeof(o->trouble), "%.*s%s",
	               (int)(sizeof(o->trouble) - sizeof(advice)), text, advice);
	return o->trouble;
}

static void serve(struct oauth2 *o)
{
	bool is_last = o->conf.is_refresh && o->chain.refresh == NULL; /* to its last minute */

	if (o->is_void) {
		answer_all(o, ERR_AUTH, o->trouble);
	} else if (!is_due(o) || (is_last && is_alive(o))) {
		give_token(o);
	} else if (is_last) {
		answer_all(o, ERR_AUTH, with_advice(o, "there is no refresh token", true));
	} else {
		refresh(o);
	}
}

void oauth2_on_step(void *arg)
{
	struct oauth2 *o;

	OBJ_FROM(o, arg, OAUTH2_MAGIC);
	if (oauth2_is_busy(o))
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

/* Whether the store has no other refresh token than the one that is void. */
static bool is_really_void(struct oauth2 *o)
{
	bool is_same = o->chain.refresh == NULL || strcmp(o->chain.refresh, o->void_refresh) == 0;

	free(o->void_refresh);
	o->void_refresh = NULL;
	return is_same;
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
	if (o->void_refresh != NULL) {
		o->is_void = is_really_void(o);
		o->is_refused = o->is_void;
	}
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
	free(o->void_refresh);
	o->void_refresh = NULL;
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

/*
 * After a reload the account's former self may just have replaced the token: what the store has
 * now tells.
 */
static void refresh_void(struct oauth2 *o)
{
	o->void_refresh = o->conf.is_refresh ? str_dup(str_from(o->chain.refresh)) : NULL;
	if (o->void_refresh == NULL) {
		o->is_void = true;
		answer_all(o, ERR_AUTH, o->trouble);
	} else {
		o->is_loaded = false;
		oauth2_on_step(o);
	}
}

void oauth2_on_refreshed(void *arg, const struct oauth2_answer *answer)
{
	struct oauth2 *o;

	OBJ_FROM(o, arg, OAUTH2_MAGIC);
	oauth2_post_spend(o, answer->retry_ms);
	if (answer->outcome == OAUTH2_GRANTED) {
		if (take(o, &answer->grant, true) != ERR_OK) {
			refresh_failed(o, ERR_AGAIN, err_str(ERR_NOMEM));
		} else {
			oauth2_on_step(o);
		}
	} else if (answer->outcome == OAUTH2_VOID) {
		(void)with_advice(o, answer->text, true);
		refresh_void(o);
	} else if (answer->outcome == OAUTH2_LATER) {
		refresh_failed(o, ERR_AGAIN, answer->text);
	} else {
		refresh_failed(o, ERR_AUTH, with_advice(o, answer->text, false));
	}
}
