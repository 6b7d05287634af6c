/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/vendor_client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/obj.h"
#include "core/url.h"
#include "receiver/report/vendor/vendor_internal.h"

#define TEXTS_MAX       (512U << 10) /* variables and addresses of an account */
#define CALL_MAX        (4U << 20)   /* texts of one request */
#define ERROR_MAX       65536        /* of an error answer; the rest is not kept */
#define CROWDED_MS      2000         /* with the jitter 1 to 2 s */
#define THROTTLE_MIN_MS 120000       /* with the jitter from 1 min, where no rate says better */
#define THROTTLE_MAX_MS 3600000

static const struct limits_spec default_limits = {.parallel = 1,
                                                  .timeout_ms = 120000,
                                                  .body_max = 16U << 20,
                                                  .retry_max = 4,
                                                  .backoff_min_ms = 1000,
                                                  .backoff_max_ms = 120000};

static enum err copy_text(struct vendor_client *c, const char *text, const char **ret_text)
{
	struct str copy = STR_EMPTY;
	enum err err = arena_str_dup(&c->texts, str_from(text), &copy);

	if (err == ERR_OK)
		*ret_text = copy.ptr;
	return err;
}

static enum err copy_vars(struct vendor_client *c, const struct vendor_client_conf *conf)
{
	enum err err = ERR_OK;

	c->vars = arena_alloc(&c->texts, (conf->var_count + 1) * sizeof(*c->vars));
	if (c->vars == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < conf->var_count && err == ERR_OK; i++) {
		err = copy_text(c, conf->vars[i].name, &c->vars[i].name);
		if (err == ERR_OK)
			err = copy_text(c, conf->vars[i].value, &c->vars[i].value);
		if (strcmp(conf->vars[i].name, "base") == 0)
			c->has_own_base = true;
	}
	c->var_count = conf->var_count;
	return err;
}

static enum err copy_conf(struct vendor_client *c, const struct vendor_client_conf *conf)
{
	enum err err = copy_text(c, conf->account, &c->account);

	if (err == ERR_OK)
		err = copy_vars(c, conf);
	if (err == ERR_OK)
		err = arena_str_dup(&c->texts, conf->base, &c->base);
	if (err == ERR_OK && conf->ca != NULL && (c->ca = strdup(conf->ca)) == NULL)
		err = ERR_NOMEM;
	return err;
}

/* The shortest window turns first. */
static uint64_t throttle_min(const struct rate_spec *rates, size_t count)
{
	uint64_t shortest_ms = THROTTLE_MIN_MS / 2;

	for (size_t i = 0; i < count; i++) {
		if (rates[i].per_ms < shortest_ms)
			shortest_ms = rates[i].per_ms;
	}
	return 2 * (shortest_ms > 0 ? shortest_ms : 1);
}

static void init_pace(struct vendor_client *c, const struct vendor_client_conf *conf)
{
	const struct rate_spec *rates = conf->rates != NULL ? conf->rates : c->limits->rates;
	size_t count = conf->rates != NULL ? conf->rate_count : c->limits->rate_count;
	uint64_t seed = clock_mono_ms() ^ (uint64_t)(uintptr_t)c;

	limiter_init(&c->limiter, rates, count);
	c->has_rates = count > 0;
	c->is_loaded = !c->has_rates || c->store == NULL;
	circuit_init(&c->circuit, seed);
	backoff_init(&c->throttle, throttle_min(rates, count), THROTTLE_MAX_MS, seed);
	backoff_init(&c->crowded, CROWDED_MS, CROWDED_MS, seed);
}

static enum err client_init(struct vendor_client *c, const struct vendor_client_conf *conf)
{
	enum err err = copy_conf(c, conf);

	if (err != ERR_OK)
		return err;
	c->profile = profile_ref(conf->profile);
	c->auth = profile_auth(c->profile);
	c->limits = profile_limits(c->profile);
	if (c->limits == NULL)
		c->limits = &default_limits;
	c->auth_state = "ok";
	init_pace(c, conf);
	err = loop_timer_new(c->loop, vendor_turn_on_time, c, &c->timer);
	if (err == ERR_OK)
		err = vendor_auth_new(c);
	if (err == ERR_OK && !c->is_loaded)
		err = vendor_count_load(c);
	vendor_trouble_circuit(c);
	return err;
}

enum err vendor_client_new(struct loop *loop, struct http_client *http, struct store *store,
                           const struct vendor_client_conf *conf, struct vendor_client **ret_client)
{
	struct vendor_client *c = calloc(1, sizeof(*c));
	enum err err;

	if (c == NULL)
		return ERR_NOMEM;
	c->magic = VENDOR_MAGIC;
	c->loop = loop;
	c->http = http;
	c->store = store;
	TAILQ_INIT(&c->calls);
	arena_init(&c->texts, TEXTS_MAX);
	err = client_init(c, conf);
	if (err != ERR_OK) {
		vendor_client_free(c);
		return err;
	}
	*ret_client = c;
	return ERR_OK;
}

void vendor_client_free(struct vendor_client *c)
{
	struct vendor_call *call;

	if (c == NULL)
		return;
	while ((call = TAILQ_FIRST(&c->calls)) != NULL)
		vendor_call_drop(call);
	oauth2_free(c->oauth2);
	vendor_count_drop(c->counting);
	loop_timer_free(c->timer);
	profile_free(c->profile);
	arena_fini(&c->texts);
	free(c->ca);
	OBJ_POISON(c);
	free(c);
}

const char *vendor_client_account(const struct vendor_client *c)
{
	return c->account;
}

bool vendor_client_has_credentials(const struct vendor_client *c, struct str url)
{
	return c->auth != NULL && c->auth->kind != AUTH_NONE && url_same_origin(url, c->base);
}

struct oauth2 *vendor_client_oauth2(struct vendor_client *c)
{
	return c->oauth2;
}

static void init_kind(struct vendor_call *call, const struct vendor_request *request)
{
	static const unsigned of_link[] = {200, 206};

	call->is_safe = request->is_safe;
	call->is_link = request->is_link;
	call->is_free = request->is_link && request->url.len > 0;
	call->is_single = request->is_single;
	call->is_any_host = request->is_any_host;
	if (call->is_link) {
		memcpy(call->expect, of_link, sizeof(of_link));
		call->expect_count = sizeof(of_link) / sizeof(of_link[0]);
	} else {
		memcpy(call->expect, request->spec->expect, sizeof(call->expect));
		call->expect_count = request->spec->expect_count;
	}
}

static struct vendor_call *call_new(struct vendor_client *c, const struct vendor_request *request,
                                    const struct vendor_ops *ops, void *arg)
{
	const struct limits_spec *limits = c->limits;
	struct vendor_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->magic = CALL_MAGIC;
	call->client = c;
	call->ops = *ops;
	call->arg = arg;
	arena_init(&call->arena, CALL_MAX);
	buf_init(&call->error, ERROR_MAX);
	init_kind(call, request);
	call->body_max = request->body_max > 0 ? request->body_max : limits->body_max;
	call->timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : limits->timeout_ms;
	backoff_init(&call->backoff, limits->backoff_min_ms, limits->backoff_max_ms,
	             clock_mono_ms() ^ (uint64_t)(uintptr_t)call);
	return call;
}

enum err vendor_client_send(struct vendor_client *c, const struct vendor_request *request,
                            const struct vendor_ops *ops, void *arg, struct vendor_call **ret_call)
{
	struct vendor_call *call = call_new(c, request, ops, arg);
	enum err err;

	if (call == NULL)
		return ERR_NOMEM;
	err = vendor_request_build(call, request);
	if (err != ERR_OK) {
		vendor_call_drop(call);
		return err;
	}
	if (!call->is_home)
		call->forbidden = vendor_url_forbidden(call, str_from(call->url));
	call->number = ++c->last_number;
	TAILQ_INSERT_TAIL(&c->calls, call, link);
	call->is_listed = true;
	vendor_turn_wake(c);
	*ret_call = call;
	return ERR_OK;
}

void vendor_call_resume(struct vendor_call *call)
{
	OBJ_CHECK(call, CALL_MAGIC);
	if (call->http != NULL)
		http_call_resume(call->http);
}

void vendor_call_go(struct vendor_call *call)
{
	OBJ_CHECK(call, CALL_MAGIC);
	assert(call->state == CALL_TURN);
	call->may_go = true;
	call->state = CALL_GO;
	vendor_turn_wake(call->client);
}

void vendor_call_cancel(struct vendor_call *call)
{
	if (call == NULL)
		return;
	OBJ_CHECK(call, CALL_MAGIC);
	vendor_turn_wake(call->client);
	vendor_call_drop(call);
}

struct str vendor_call_url(const struct vendor_call *call)
{
	return str_from(call->url);
}

static uint64_t wait_of(const struct vendor_client *c, uint64_t now_ms)
{
	uint64_t pause_ms = c->pause_ms > now_ms ? c->pause_ms - now_ms : 0;
	uint64_t rate_ms = c->has_rates ? limiter_wait(&c->limiter, clock_now_ms()) : 0;

	return pause_ms > rate_ms ? pause_ms : rate_ms;
}

void vendor_client_state(const struct vendor_client *c, struct vendor_state *ret_state)
{
	const struct vendor_call *call;
	uint64_t now_ms = clock_mono_ms();

	*ret_state = (struct vendor_state){.circuit = circuit_state_str(&c->circuit),
	                                   .wait_ms = wait_of(c, now_ms),
	                                   .auth = c->auth_state,
	                                   .active = c->active,
	                                   .trouble = c->trouble};
	if (c->circuit.state == CIRCUIT_OPEN && c->circuit.until_ms > now_ms)
		ret_state->open_ms = c->circuit.until_ms - now_ms;
	TAILQ_FOREACH(call, &c->calls, link) {
		ret_state->waiting += call->state == CALL_WAITING ? 1 : 0;
	}
}

void vendor_client_reset(struct vendor_client *c)
{
	circuit_reset(&c->circuit);
	c->auth_state = "ok";
	vendor_trouble_circuit(c);
	vendor_turn_wake(c);
}

struct str vendor_client_base(const struct vendor_client *c)
{
	return c->base;
}
