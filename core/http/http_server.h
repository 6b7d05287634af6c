/* SPDX-License-Identifier: MIT */
/**
 * http_server - public HTTP/1.1 listeners on libevent's bufferevents.
 *
 * Reads with core/http/http_reader, which is strict; nothing malformed reaches the
 * application. It decides at the end of the head, before any byte of body is
 * read; answers may come later, also after the client has gone away.
 *
 *     head read ──▶ on_head() ──▶ http_request_accept() ──▶ body read ──▶ on_request()
 *                       │                                       │              │
 *                       ▼                                       ▼              ▼
 *              http_request_reply()                        on_dropped()   http_request_reply()
 *          (the body, if any, is not read)
 *
 * on_head() and on_request() may call accept/reply at once or keep the pointer and call
 * later from the loop's thread. Every request given to on_head() ends in exactly one
 * http_request_reply(); until then the request object lives, whatever the client does. The one
 * exception: between accept and on_request() the request is the server's; when it ends there
 * (client gone, too slow, body bad or too large) it is told by on_dropped() instead.
 * No callback runs from inside http_request_accept() or http_request_reply(), and none of them
 * may free the server.
 * Requests of one connection are answered in order, one at a time.
 *
 * What it does by itself: 400 and close for bad syntax, 408,
 * 413, 415, 431, 501, 505, 417; 100-continue after accept; gzip bodies inflated within the limit;
 * a deadline for the whole request (an unfinished request line is closed silently, a later part
 * gets 408); caps on connections, connections per address and memory of all requests
 * (a connection that was not accepted yet may hold at most its head); Connection: close handling,
 * half-close, pipelining, HTTP/1.0.
 *
 * Threads: the loop's thread.
 */
#ifndef CORE_HTTP_HTTP_SERVER_H
#define CORE_HTTP_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/loop.h"
#include "core/str.h"

struct http_server;
struct http_request;

struct http_limits {
	size_t header_bytes;            /* request line and headers together */
	size_t connections;             /* of all listeners of this server */
	size_t connections_per_address; /* client address; IPv6: its /64 */
	size_t memory_bytes;            /* bytes of heads and bodies held by all connections */
	uint64_t request_timeout_ms;    /* from the first byte of a request to its last */
	uint64_t idle_timeout_ms;       /* between two requests of a connection */
};

struct http_server_ops {
	/** The head is complete and valid. See above. */
	void (*on_head)(void *arg, struct http_request *req);
	/** The body is complete (and inflated). Only after http_request_accept(). */
	void (*on_request)(void *arg, struct http_request *req);
	/**
	 * An accepted request ended before on_request(): the client went away, was too slow or
	 * sent a bad body (then the server has answered). Last chance to free
	 * http_request_arg(); no reply is due. May be NULL.
	 */
	void (*on_dropped)(void *arg, struct http_request *req);
};

/**
 * @param ops  borrowed, as is @p arg
 * @return ERR_OK, ERR_NOMEM
 */
enum err http_server_new(struct loop *loop, const struct http_limits *limits,
                         const struct http_server_ops *ops, void *arg,
                         struct http_server **ret_server) MUST_CHECK;

/**
 * Listen on one more address. Port 0 takes a free one.
 *
 * @param address   "127.0.0.1:8080", "[::]:8080", "0.0.0.0:0"
 * @param ret_port  the port really used; may be NULL
 * @return ERR_OK, ERR_NOMEM, ERR_INVAL not an address, ERR_EXISTS the port is taken,
 *         ERR_AUTH not allowed to use it, ERR_IO
 */
enum err http_server_listen(struct http_server *server, const char *address,
                            uint16_t *ret_port) MUST_CHECK;

/** New limits for requests that begin from now on (a reload). */
void http_server_set_limits(struct http_server *server, const struct http_limits *limits);

/**
 * Stop accepting connections; close those that are between two requests; the others are
 * closed after their answer. @p on_idle runs once no connection is left. Idempotent.
 */
void http_server_drain(struct http_server *server, loop_fn on_idle, void *arg);

/**
 * Close everything at once and free it. Requests not replied yet stay valid for their reply.
 * Accepts NULL.
 */
void http_server_free(struct http_server *server);

/** Open connections now. */
size_t http_server_connections(const struct http_server *server);

/* Views of a request: valid until http_request_reply(). */

/** Verb as sent: "POST". */
struct str http_request_method(const struct http_request *req);
/** Path of the target, percent-encoded as it came, without query: "/hooks/a/b". */
struct str http_request_path(const struct http_request *req);
/** Raw query without '?'; empty when there is none. */
struct str http_request_query(const struct http_request *req);
/** First header of that name (any case), blanks at both ends removed; empty when absent. */
struct str http_request_header(const struct http_request *req, const char *name);
/** How many headers have that name. */
size_t http_request_header_count(const struct http_request *req, const char *name);
/** Header @p i in order of arrival; false past the last. */
bool http_request_header_at(const struct http_request *req, size_t i, struct str *ret_name,
                            struct str *ret_value);
/** Complete, inflated body; only in and after on_request(). */
struct str http_request_body(const struct http_request *req);
/** Whether the head announced a body. */
bool http_request_has_body(const struct http_request *req);
/** Client's address without port, for throttling and logs. NUL-terminated. */
const char *http_request_address(const struct http_request *req);
/** Pointer of the application, NULL at first. */
void http_request_set_arg(struct http_request *req, void *arg);
void *http_request_arg(const struct http_request *req);

/**
 * Read the body, at most @p max_body bytes also after inflating: more is answered 413 here.
 * on_request() follows, at once when there is no body. From here on the request may use the
 * whole memory budget; when that is exhausted it is answered 503 with Retry-After here.
 */
void http_request_accept(struct http_request *req, size_t max_body);

/** One answer. Slices are copied during the call. */
struct http_reply {
	unsigned status;
	struct str media_type; /* Content-Type; empty for none */
	struct str body;
	const char *allow;            /* Allow; NULL for none */
	const char *www_authenticate; /* WWW-Authenticate; NULL for none */
	unsigned retry_after_s;       /* Retry-After; 0 for none */
	bool close;                   /* close the connection afterwards */
};

/**
 * Answer, and let go of the request. Never fails for the caller: a client that has gone is
 * nobody's error. A HEAD request gets the headers only. When a body that was announced was not
 * read, the connection is closed afterwards (with a lingering read of a bounded size and time, so
 * that the client sees the answer).
 */
void http_request_reply(struct http_request *req, const struct http_reply *reply);

#endif /* CORE_HTTP_HTTP_SERVER_H */
