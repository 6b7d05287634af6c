/* SPDX-License-Identifier: MIT */
/**
 * admin - the admin listener on evhttp: /healthz, /readyz, /metrics and the API below
 * /api/v1/ (docs/operations.md).
 *
 * It knows nobody: what it shows comes through the functions given by cmd/app.
 * Loopback only, until `admin.auth` exists (conf refuses other addresses).
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/loop.h"
#include "core/str.h"

struct admin;

/**
 * A request below /api/v1/. It is answered once by admin_call_answer(), or in pieces: begin, any
 * number of lines, end. Until then it is alive; when its client goes away on_gone() is called, and
 * the call may still be ended (which frees it) but nothing is sent any more.
 */
struct admin_call;

struct admin_request {
	const char *method; /* "GET", "POST", "other" */
	const char *path;   /* behind "/api/v1/": "status" */
	struct str query;   /* as it came, urlencoded; may be empty */
	struct str body;    /* at most 64 KiB; of "import" 2 MiB */
};

/** Most bytes that wait for a client: the lines of one large page are many at once. */
#define ADMIN_CALL_WAITING_MAX ((size_t)32 * 1024 * 1024)

/** One JSON document; the call ends with it. */
void admin_call_answer(struct admin_call *call, unsigned status, struct str json);
/** 200 with lines of JSON (application/x-ndjson), sent as they come. */
void admin_call_begin(struct admin_call *call);
/**
 * @param line  without newline
 * @return false when the client reads too slowly (ADMIN_CALL_WAITING_MAX): the line is not sent
 */
bool admin_call_line(struct admin_call *call, struct str line);
/** Bytes of lines that the client has not taken yet: who sends many waits while it is much. */
size_t admin_call_waiting(const struct admin_call *call);
/** After begin, or when the client is gone. */
void admin_call_end(struct admin_call *call);
/** What admin_ops.on_gone() is given. */
void admin_call_set(struct admin_call *call, void *state);

struct admin_ops {
	/**
	 * Append lines of reasons why it is not ready, and notes ("mqtt: not connected").
	 *
	 * @return whether payloads can be committed
	 */
	bool (*is_ready)(void *arg, struct buf *ret_text);
	/** Bring gauges up to date just before they are shown. */
	void (*refresh_metrics)(void *arg);
	/**
	 * A request of the API; 404 and 405 are its business too. Only with the header
	 * `X-Campaign2mqtt: 1` and without a foreign host name (others got 403 before), so that no
	 * web page can make a browser send one.
	 */
	void (*on_call)(void *arg, struct admin_call *call, const struct admin_request *request);
	/**
	 * The client of a call that was not ended is gone, or admin_free() was called. The call may
	 * be ended in it or later.
	 */
	void (*on_gone)(void *arg, struct admin_call *call, void *state);
};

/**
 * @param address   "127.0.0.1:9080"; port 0 takes a free one
 * @param ret_port  the port really used; may be NULL
 * @return ERR_OK, ERR_INVAL not an address, ERR_EXISTS port taken, ERR_AUTH, ERR_IO, ERR_NOMEM
 */
enum err admin_new(struct loop *loop, const char *address, const struct admin_ops *ops, void *arg,
                   struct admin **ret_admin, uint16_t *ret_port) MUST_CHECK;

/** Accepts NULL. */
void admin_free(struct admin *a);

#endif /* ADMIN_ADMIN_H */
