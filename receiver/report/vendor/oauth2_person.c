/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/vendor/oauth2_internal.h"
#include "receiver/report/vendor/wire.h"

#define PERSON_MAGIC    0x6f617072U
#define DEVICE_TEXT_MAX 8192
#define URL_MAX         16384
#define INTERVAL_MIN_MS 1000 /* one request a second at the token endpoint */
#define INTERVAL_MAX_MS 60000
#define SLOWER_MS       5000 /* Source: RFC 8628, 3.5 */
#define DEVICE_MAX_S    86400
#define DEVICE_GRANT    "urn:ietf:params:oauth:grant-type:device_code"

/* One authorisation by a person. */
struct oauth2_person {
	unsigned magic;
	struct oauth2 *oauth2; /* borrowed: owns us */
	struct oauth2_person_ops ops;
	void *arg;
	struct oauth2_post post;
	struct loop_timer *timer; /* polls */
	struct buf device_code;
	uint64_t interval_ms;
	uint64_t until_ms; /* the code is void from then on: monotonic */
	bool is_saving;
	bool has_refresh;
};

void oauth2_person_free(struct oauth2_person *p)
{
	if (p == NULL)
		return;
	oauth2_post_fini(&p->post);
	loop_timer_free(p->timer);
	if (p->device_code.ptr != NULL)
		sodium_memzero(p->device_code.ptr, p->device_code.cap);
	buf_fini(&p->device_code);
	OBJ_POISON(p);
	free(p);
}

static void person_end(struct oauth2_person *p, enum err err, const char *text)
{
	struct oauth2_person_ops ops = p->ops;
	bool has_refresh = p->has_refresh;
	void *arg = p->arg;

	p->oauth2->person = NULL;
	ops.on_done(arg, err, has_refresh, text);
	oauth2_person_free(p);
}

void oauth2_person_saved(struct oauth2 *o, enum err err)
{
	struct oauth2_person *p = o->person;

	if (!p->is_saving)
		return;
	person_end(p, err == ERR_OK ? ERR_OK : ERR_IO,
	           err == ERR_OK ? "" : "the tokens cannot be stored");
}

static void granted(struct oauth2_person *p, const struct oauth2_grant *grant)
{
	p->has_refresh = grant->refresh.len > 0;
	p->is_saving = true;
	if (oauth2_adopt(p->oauth2, grant) != ERR_OK)
		person_end(p, ERR_NOMEM, err_str(ERR_NOMEM));
}

static void poll_later(struct oauth2_person *p)
{
	uint64_t now_ms = clock_mono_ms();

	if (now_ms >= p->until_ms) {
		person_end(p, ERR_AUTH, "nobody confirmed in time");
	} else {
		loop_timer_start(p->timer, p->interval_ms);
	}
}

static void on_answer(struct oauth2_person *p, const struct oauth2_answer *answer)
{
	switch (answer->outcome) {
	case OAUTH2_GRANTED:
		granted(p, &answer->grant);
		return;
	case OAUTH2_SLOW:
		p->interval_ms += SLOWER_MS;
		poll_later(p);
		return;
	case OAUTH2_PENDING:
		poll_later(p);
		return;
	case OAUTH2_LATER: /* Source: RFC 8628, 3.5: on a time-out twice as slowly */
		p->interval_ms = answer->retry_ms > 0 ? answer->retry_ms : p->interval_ms * 2;
		if (p->interval_ms > INTERVAL_MAX_MS)
			p->interval_ms = INTERVAL_MAX_MS;
		poll_later(p);
		return;
	case OAUTH2_DEVICE:
	case OAUTH2_VOID:
	case OAUTH2_REFUSED:
		person_end(p, ERR_AUTH, answer->text);
		return;
	}
}

static void person_on_polled(void *arg, const struct oauth2_answer *answer)
{
	struct oauth2_person *p;

	OBJ_FROM(p, arg, PERSON_MAGIC);
	on_answer(p, answer);
}

static void person_on_time(void *arg)
{
	struct oauth2_person *p;

	OBJ_FROM(p, arg, PERSON_MAGIC);
	oauth2_post_begin(&p->post, STR_LIT("grant_type"), STR_LIT(DEVICE_GRANT));
	oauth2_post_add(&p->post, STR_LIT("device_code"), buf_str(&p->device_code));
	oauth2_post_spend(p->oauth2, 0);
	p->post.done = person_on_polled;
	if (oauth2_post_send(&p->post, p->oauth2->conf.token_url, &p->oauth2->conf) != ERR_OK)
		person_end(p, ERR_INVAL, "the request to the token endpoint cannot be made");
}

static bool take_device(struct oauth2_person *p, const struct oauth2_answer *answer)
{
	uint64_t life_s = answer->expires_s < DEVICE_MAX_S ? answer->expires_s : DEVICE_MAX_S;

	if (answer->user_code.len == 0 || answer->verification_uri.len == 0 ||
	    buf_append_str(&p->device_code, answer->device_code) != ERR_OK)
		return false;
	p->until_ms = clock_mono_ms() + life_s * 1000;
	p->interval_ms = answer->interval_s * 1000;
	if (p->interval_ms < INTERVAL_MIN_MS)
		p->interval_ms = INTERVAL_MIN_MS;
	return true;
}

static void person_on_device(void *arg, const struct oauth2_answer *answer)
{
	struct oauth2_person *p;

	OBJ_FROM(p, arg, PERSON_MAGIC);
	if (answer->outcome != OAUTH2_DEVICE) {
		person_end(p, answer->outcome == OAUTH2_LATER ? ERR_AGAIN : ERR_AUTH, answer->text);
		return;
	}
	if (!take_device(p, answer)) {
		person_end(p, ERR_AGAIN, "the device endpoint's answer has no code or address");
		return;
	}
	const struct oauth2_device device = {answer->verification_uri,
	                                     answer->verification_uri_complete, answer->user_code,
	                                     answer->expires_s * 1000};

	loop_timer_start(p->timer, p->interval_ms);
	p->ops.on_device(p->arg, &device);
}

/* A code works once: whatever comes is the end. */
static void person_on_exchanged(void *arg, const struct oauth2_answer *answer)
{
	struct oauth2_person *p;

	OBJ_FROM(p, arg, PERSON_MAGIC);
	if (answer->outcome == OAUTH2_GRANTED) {
		granted(p, &answer->grant);
	} else {
		person_end(p, answer->outcome == OAUTH2_LATER ? ERR_AGAIN : ERR_AUTH, answer->text);
	}
}

static enum err person_new(struct oauth2 *o, const struct oauth2_person_ops *ops, void *arg,
                           struct oauth2_person **ret_person)
{
	struct oauth2_person *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	p->magic = PERSON_MAGIC;
	p->oauth2 = o;
	p->ops = *ops;
	p->arg = arg;
	oauth2_post_init(&p->post, o->http, NULL, p);
	buf_init(&p->device_code, DEVICE_TEXT_MAX);
	if (loop_timer_new(o->loop, person_on_time, p, &p->timer) != ERR_OK) {
		oauth2_person_free(p);
		return ERR_NOMEM;
	}
	*ret_person = p;
	return ERR_OK;
}

static enum err person_send(struct oauth2 *o, struct oauth2_person *p, struct str url,
                            oauth2_post_done done)
{
	enum err err;

	p->post.done = done;
	err = oauth2_post_send(&p->post, url, &o->conf);
	if (err != ERR_OK) {
		oauth2_person_free(p);
		return err;
	}
	oauth2_person_free(o->person); /* who begins again does not wait for the first try */
	o->person = p;
	return ERR_OK;
}

enum err oauth2_device(struct oauth2 *o, const struct oauth2_person_ops *ops, void *arg)
{
	struct oauth2_person *p = NULL;
	enum err err;

	if (o->conf.device_url.len == 0)
		return ERR_NOENT;
	err = person_new(o, ops, arg, &p);
	if (err != ERR_OK)
		return err;
	if (o->conf.scope.len > 0)
		oauth2_post_add(&p->post, STR_LIT("scope"), o->conf.scope);
	if (o->conf.client_secret.len > 0)
		oauth2_post_add(&p->post, STR_LIT("client_id"), o->conf.client_id);
	return person_send(o, p, o->conf.device_url, person_on_device);
}

enum err oauth2_code(struct oauth2 *o, struct str code, struct str redirect_uri,
                     const struct oauth2_person_ops *ops, void *arg)
{
	struct oauth2_person *p = NULL;
	enum err err = person_new(o, ops, arg, &p);

	if (err != ERR_OK)
		return err;
	oauth2_post_begin(&p->post, STR_LIT("grant_type"), STR_LIT("authorization_code"));
	oauth2_post_add(&p->post, STR_LIT("code"), code);
	if (redirect_uri.len > 0)
		oauth2_post_add(&p->post, STR_LIT("redirect_uri"), redirect_uri);
	oauth2_post_spend(o, 0);
	return person_send(o, p, o->conf.token_url, person_on_exchanged);
}

static void append_query(const struct oauth2 *o, struct str redirect_uri, struct str state,
                         struct buf *query)
{
	(void)!wire_param(STR_LIT("response_type"), STR_LIT("code"), query);
	(void)!wire_param(STR_LIT("client_id"), o->conf.client_id, query);
	if (redirect_uri.len > 0)
		(void)!wire_param(STR_LIT("redirect_uri"), redirect_uri, query);
	if (o->conf.scope.len > 0)
		(void)!wire_param(STR_LIT("scope"), o->conf.scope, query);
	if (state.len > 0)
		(void)!wire_param(STR_LIT("state"), state, query);
}

enum err oauth2_authorize_url(const struct oauth2 *o, struct str redirect_uri, struct str state,
                              char **ret_url)
{
	struct buf query, url;
	enum err err;

	if (o->conf.authorize_url.len == 0)
		return ERR_NOENT;
	buf_init(&query, URL_MAX);
	buf_init(&url, URL_MAX);
	append_query(o, redirect_uri, state, &query);
	(void)buf_append_str(&url, o->conf.authorize_url);
	(void)buf_append_char(&url, '?');
	(void)buf_append_str(&url, buf_str(&query));
	err = buf_err(&query) != ERR_OK ? buf_err(&query) : buf_err(&url);
	if (err == ERR_OK) {
		*ret_url = str_dup(buf_str(&url));
		err = *ret_url != NULL ? ERR_OK : ERR_NOMEM;
	}
	buf_fini(&query);
	buf_fini(&url);
	return err;
}

bool oauth2_has_person(const struct oauth2 *o)
{
	return o->person != NULL;
}

void oauth2_person_drop(struct oauth2 *o, const void *arg)
{
	if (o->person == NULL || o->person->arg != arg)
		return;
	oauth2_person_free(o->person);
	o->person = NULL;
}
