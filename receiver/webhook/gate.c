/* SPDX-License-Identifier: MIT */
#include "receiver/webhook/gate.h"

#include <stdlib.h>

#include "auth/basic.h"
#include "core/clock.h"
#include "core/obj.h"
#include "receiver/webhook/answer.h"

#define VISIT_MAGIC 0x76697369U

/* A request whose credentials are with the worker. */
struct visit {
	unsigned magic;
	struct webhook *w;          /* borrowed: outlives us */
	struct http_request *http;  /* ours to reply to */
	struct route_table *routes; /* a reference, which keeps the route */
	struct route *route;
	bool is_payload;
};

static void pass(struct webhook *w, struct route_table *routes, struct route *r,
                 struct http_request *http, bool is_payload)
{
	if (is_payload) {
		request_begin(w, routes, r, http);
	} else {
		answer_probe(r, http);
	}
}

static void reject(struct webhook *w, struct route *r, struct http_request *http)
{
	rejections_add(w->rejections, source_account(r->source), source_name(r->source),
	               http_request_address(http));
	answer_unauthorized(r, http);
}

static void reject_wrong(struct webhook *w, struct route *r, struct http_request *http)
{
	throttle_fail(w->throttle, http_request_address(http), clock_mono_ms());
	reject(w, r, http);
}

static void decide(const struct visit *v, enum err err)
{
	if (err == ERR_OK) {
		pass(v->w, v->routes, v->route, v->http, v->is_payload);
	} else if (err == ERR_AUTH) {
		reject_wrong(v->w, v->route, v->http);
	} else {
		answer_later(v->route, v->http, RETRY_SOON_S);
	}
}

static void visit_end(struct visit *v)
{
	v->w->open--;
	route_table_unref(v->routes);
	OBJ_POISON(v);
	free(v);
}

static void visit_on_checked(void *arg, enum err err)
{
	struct visit *v;

	OBJ_FROM(v, arg, VISIT_MAGIC);
	decide(v, err);
	visit_end(v);
}

static void check(struct webhook *w, struct route *r, struct http_request *http, bool is_payload,
                  const struct basic *basic)
{
	struct visit *v = malloc(sizeof(*v));
	enum err err;

	if (v == NULL) {
		answer_later(r, http, RETRY_SOON_S);
		return;
	}
	*v = (struct visit){VISIT_MAGIC, w, http, route_table_ref(w->routes), r, is_payload};
	w->open++;
	err = credentials_check(w->cache, r->credentials, basic, clock_now_ms(), visit_on_checked,
	                        v);
	if (err != ERR_AGAIN) {
		decide(v, err);
		visit_end(v);
	}
}

static void check_basic(struct webhook *w, struct route *r, struct http_request *http,
                        bool is_payload)
{
	struct basic basic;
	enum err err = basic_parse(http_request_header(http, "Authorization"), &basic);
	unsigned wait_s = throttle_wait_s(w->throttle, http_request_address(http), clock_mono_ms());

	if (err == ERR_OK &&
	    credentials_is_known(w->cache, r->credentials, &basic, clock_now_ms())) {
		pass(w, w->routes, r, http, is_payload);
	} else if (wait_s > 0) {
		answer_throttled(r, http, wait_s);
	} else if (err == ERR_OK) {
		check(w, r, http, is_payload, &basic);
	} else {
		reject_wrong(w, r, http);
	}
	basic_wipe(&basic);
}

static void check_credentials(struct webhook *w, struct route *r, struct http_request *http,
                              bool is_payload)
{
	size_t count = http_request_header_count(http, "Authorization");

	if (count > 1) {
		answer_bad(r, http, "more than one Authorization header");
	} else if (count == 1) {
		check_basic(w, r, http, is_payload);
	} else if (is_payload) {
		reject(w, r, http);
	} else {
		answer_probe(r, http); /* vendors probe a hook before they know its credentials */
	}
}

void gate_on_head(struct webhook *w, struct http_request *http)
{
	struct route *r = route_table_find(w->routes, http_request_path(http));
	struct str method = http_request_method(http);

	if (r == NULL) {
		answer_unknown_path(http);
		return;
	}
	bool is_payload = route_takes(r, method, http_request_query(http).len > 0);

	if (w->is_draining) {
		answer_later(r, http, RETRY_SOON_S);
	} else if (!is_payload && !route_is_probe(method)) {
		answer_wrong_method(r, http);
	} else if (r->credentials == NULL) {
		pass(w, w->routes, r, http, is_payload);
	} else {
		check_credentials(w, r, http, is_payload);
	}
}
