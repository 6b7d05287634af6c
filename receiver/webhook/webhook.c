/* SPDX-License-Identifier: MIT */
#include "receiver/webhook/webhook.h"

#include <assert.h>
#include <stdlib.h>

#include "core/obj.h"
#include "receiver/webhook/gate.h"

#define REJECTIONS_INTERVAL_MS 10000

static void webhook_on_head(void *arg, struct http_request *req)
{
	struct webhook *w;

	OBJ_FROM(w, arg, WEBHOOK_MAGIC);
	gate_on_head(w, req);
}

static void webhook_on_request(void *arg, struct http_request *req)
{
	struct webhook *w;

	OBJ_FROM(w, arg, WEBHOOK_MAGIC);
	request_complete(req);
}

static void webhook_on_dropped(void *arg, struct http_request *req)
{
	struct webhook *w;

	OBJ_FROM(w, arg, WEBHOOK_MAGIC);
	request_drop(req);
}

const struct http_server_ops webhook_http_ops = {
	.on_head = webhook_on_head,
	.on_request = webhook_on_request,
	.on_dropped = webhook_on_dropped,
};

static struct webhook_conf with_defaults(const struct webhook_conf *conf)
{
	struct webhook_conf full = *conf;

	if (full.auth_failures == 0)
		full.auth_failures = WEBHOOK_AUTH_FAILURES_DEFAULT;
	if (full.auth_window_ms == 0)
		full.auth_window_ms = WEBHOOK_AUTH_WINDOW_MS_DEFAULT;
	return full;
}

enum err webhook_new(struct loop *loop, struct ingest *ingest, struct credentials_cache *cache,
                     const struct webhook_conf *conf, struct route_table *routes,
                     struct webhook **ret_webhook)
{
	enum err err = ERR_NOMEM;
	struct webhook *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return ERR_NOMEM;
	w->magic = WEBHOOK_MAGIC;
	w->ingest = ingest;
	w->cache = cache;
	w->conf = with_defaults(conf);
	err = throttle_new(w->conf.auth_failures, w->conf.auth_window_ms, &w->throttle);
	if (err != ERR_OK)
		goto out;
	err = rejections_new(loop, REJECTIONS_INTERVAL_MS, &w->rejections);
	if (err != ERR_OK)
		goto out;
	w->routes = routes;
	*ret_webhook = w;
	w = NULL;
out:
	webhook_free(w);
	return err;
}

void webhook_set_routes(struct webhook *w, struct route_table *routes,
                        const struct webhook_conf *conf)
{
	route_table_unref(w->routes);
	w->routes = routes;
	w->conf = with_defaults(conf);
	throttle_set_limits(w->throttle, w->conf.auth_failures, w->conf.auth_window_ms);
}

void webhook_drain(struct webhook *w)
{
	w->is_draining = true;
}

size_t webhook_open_requests(const struct webhook *w)
{
	return w->open;
}

void webhook_free(struct webhook *w)
{
	if (w == NULL)
		return;
	assert(w->open == 0);
	route_table_unref(w->routes);
	rejections_free(w->rejections);
	throttle_free(w->throttle);
	OBJ_POISON(w);
	free(w);
}
