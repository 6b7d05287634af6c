/* SPDX-License-Identifier: MIT */
/**
 * call - requests below /api/v1/ on evhttp; private to admin/.
 *
 * A call owns its request until it is ended. evhttp tells of a client that goes away by a callback
 * of the connection; the request stays ours then, and only its end frees it.
 */
#ifndef ADMIN_CALL_H
#define ADMIN_CALL_H

#include <stdbool.h>

#include "admin/admin.h"

#define CALL_PATH "/api/v1/"

struct evhttp_request;

/** Calls that are not ended. */
struct calls {
	struct admin_call *first;    /* owned by themselves */
	const struct admin_ops *ops; /* borrowed */
	void *arg;                   /* borrowed */
	struct loop *loop;           /* borrowed */
};

/** Whether a web page could not have made a browser send it. */
bool call_is_trusted(struct evhttp_request *req);

/** Hand a request of the API to on_call(). */
void call_take(struct calls *calls, struct evhttp_request *req);

/** The listener ends: every client counts as gone. Before listener_free(). */
void calls_abandon(struct calls *calls);

#endif /* ADMIN_CALL_H */
