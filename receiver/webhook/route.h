/* SPDX-License-Identifier: MIT */
/**
 * route - which source a path belongs to, what opens it, and what it answers; private to
 * receiver/webhook/.
 */
#ifndef RECEIVER_WEBHOOK_ROUTE_H
#define RECEIVER_WEBHOOK_ROUTE_H

#include <stdbool.h>

#include "core/metrics.h"
#include "receiver/webhook/webhook.h"

#define ROUTE_CODES_MAX 8
#define ROUTE_ALLOW_MAX sizeof("POST, GET, PUT, PATCH, DELETE")

struct route_code {
	unsigned code;
	struct metric *metric; /* borrowed from core/metrics */
};

struct route {
	char *path;                        /* owned: "/hooks/{account}/{webhook}" */
	struct source *source;             /* a reference */
	struct credentials *credentials;   /* a reference; NULL for `auth: none` */
	const struct profile_source *spec; /* borrowed from the source */
	char allow[ROUTE_ALLOW_MAX];       /* the verbs whose requests are payloads */
	struct route_code codes[ROUTE_CODES_MAX];
	struct route *next_in_bucket;
	struct route *next;
};

/** NULL when there is none. Borrowed: lives as long as the table. */
struct route *route_table_find(const struct route_table *t, struct str path);

struct route_table *route_table_ref(struct route_table *t);

/** Whether a request of this verb, with or without a query, is a payload. */
bool route_takes(const struct route *r, struct str method, bool has_query);

/** Whether a request that is no payload is a probe: HEAD, OPTIONS, GET. */
bool route_is_probe(struct str method);

/** Count one answer. */
void route_count(struct route *r, unsigned code);

#endif /* RECEIVER_WEBHOOK_ROUTE_H */
