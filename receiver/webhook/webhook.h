/* SPDX-License-Identifier: MIT */
/**
 * webhook - the public side: routes a request, proves its sender, puts it through the door,
 * answers.
 *
 * Paths are `/hooks/{account}/{webhook}`; answer.h lists the answers.
 *
 *     head ─▶ route ─▶ method or probe ─▶ Basic auth ─▶ body ─▶ ingest ─▶ 200
 *                                         (cached, else on the worker)
 *
 * One route is a source and the credentials that open it. A reload swaps the whole set; requests
 * that have their route keep it until they are answered.
 */
#ifndef RECEIVER_WEBHOOK_WEBHOOK_H
#define RECEIVER_WEBHOOK_WEBHOOK_H

#include "auth/credentials.h"
#include "core/http/http_server.h"
#include "normalise/source.h"
#include "receiver/ingest.h"

struct webhook;

/** Hooks of a configuration, by path. */
struct route_table;

enum err route_table_new(struct route_table **ret_table) MUST_CHECK;
/**
 * @param credentials  NULL for `auth: none`; a reference is taken, as of @p source
 * @return ERR_OK, ERR_EXISTS, ERR_NOMEM
 */
enum err route_table_add(struct route_table *t, struct source *source,
                         struct credentials *credentials) MUST_CHECK;
void route_table_unref(struct route_table *t);
size_t route_table_count(const struct route_table *t);

#define WEBHOOK_AUTH_FAILURES_DEFAULT  20
#define WEBHOOK_AUTH_WINDOW_MS_DEFAULT 60000

struct webhook_conf {
	size_t max_body;
	/** Wrong attempts of one address within the window, then 429; 0: the defaults above. */
	unsigned auth_failures;
	uint64_t auth_window_ms;
};

/** @param routes  taken over. @return ERR_OK, ERR_NOMEM */
enum err webhook_new(struct loop *loop, struct ingest *ingest, struct credentials_cache *cache,
                     const struct webhook_conf *conf, struct route_table *routes,
                     struct webhook **ret_webhook) MUST_CHECK;

/** For http_server_new(), with the webhook as @c arg. */
extern const struct http_server_ops webhook_http_ops;

/** Other routes and limits from now on (a reload). @p routes is taken over. */
void webhook_set_routes(struct webhook *w, struct route_table *routes,
                        const struct webhook_conf *conf);

/** From now on new requests get 503 with Retry-After (shutting down). */
void webhook_drain(struct webhook *w);

/** Requests not answered yet: at their credentials, their body or the journal. */
size_t webhook_open_requests(const struct webhook *w);

/** Accepts NULL. No request may be open. */
void webhook_free(struct webhook *w);

#endif /* RECEIVER_WEBHOOK_WEBHOOK_H */
