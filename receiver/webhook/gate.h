/* SPDX-License-Identifier: MIT */
/**
 * gate - what is decided at the end of a head: route, verb or probe, credentials; and what becomes
 * of the body afterwards; private to receiver/webhook/.
 */
#ifndef RECEIVER_WEBHOOK_GATE_H
#define RECEIVER_WEBHOOK_GATE_H

#include "auth/throttle.h"
#include "receiver/webhook/rejections.h"
#include "receiver/webhook/route.h"

#define WEBHOOK_MAGIC 0x77656221U

struct webhook {
	unsigned magic;
	struct ingest *ingest;           /* borrowed */
	struct credentials_cache *cache; /* borrowed */
	struct webhook_conf conf;
	struct route_table *routes;    /* a reference */
	struct throttle *throttle;     /* owned */
	struct rejections *rejections; /* owned */
	size_t open;
	bool is_draining;
};

/** A head: answer it, or let its body be read. */
void gate_on_head(struct webhook *w, struct http_request *http);

/* What passed the gate goes on in request.c. */

/** Let the body be read. @param routes  the table that @p r belongs to; kept until the answer */
void request_begin(struct webhook *w, struct route_table *routes, struct route *r,
                   struct http_request *http);
/** The body is complete: into the journal, then the answer. */
void request_complete(struct http_request *http);
/** The body will never be complete. */
void request_drop(struct http_request *http);

#endif /* RECEIVER_WEBHOOK_GATE_H */
