/* SPDX-License-Identifier: MIT */
/**
 * http_client - HTTP requests to vendors on the event loop.
 *
 * Wraps libcurl's multi interface (who includes <curl/curl.h>: core/client/http_client*, curl_loop,
 * imap_client* and cmd/api/daemon). HTTP/2 over TLS, HTTP/1.1 else; connections are kept and
 * used again; certificates and host names are always verified; redirects are never followed (the
 * answer is given as it is); only http and https; no proxy (the environment's neither), no
 * cookies, no netrc.
 *
 *     http_client_send ─▶ on_head ─▶ on_body … ─▶ on_done      always exactly one on_done,
 *                                                              unless http_call_cancel()
 *
 * Traps of libcurl 7.88 that are taken care of here:
 * - MAXFILESIZE does not stop a body of unknown length: decoded bytes are counted.
 * - A compressed body that is cut short looks complete: gzip alone is asked for, and decoded by
 *   core/inflate, which wants its end; another coding is HTTP_END_PROTOCOL.
 * - An answer that ends within its head looks complete: it is HTTP_END_CUT.
 * - A request on a kept connection that the server closes is sent a second time by libcurl itself,
 *   whatever its method: here only GET and HEAD are, all others end as HTTP_END_CUT with was_sent.
 *   Whether they arrived nobody knows; a request with is_alone never is in that place.
 * - curl_easy_pause() in a callback makes it read on: what was read before a pause would pile up.
 * - A file of authorities, once read, is kept for a day by its name, whatever is in it by then:
 *   they are given as bytes.
 * - Absurd Retry-After values come through; the threaded resolver needs NOSIGNAL.
 *
 * One thing cannot be seen: a body that ends with the connection (neither Content-Length nor
 * chunks) and was cut is HTTP_END_OK. Who reads it must parse it to its end.
 *
 * Memory of a call: one read of 64 KiB and what 16 KiB of it decode to; over HTTP/2 a server may
 * send up to 32 MiB into a pause (libcurl's window).
 *
 * Threads: the loop's. Nothing of a request is ever logged here.
 */
#ifndef CORE_CLIENT_HTTP_CLIENT_H
#define CORE_CLIENT_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/loop.h"
#include "core/str.h"

struct http_client;
struct http_call;

struct http_client_conf {
	const char *user_agent;
	unsigned connections; /* most open at once, > 0 */
};

struct http_client_header {
	struct str name;
	struct str value;
};

struct http_request {
	const char *method; /* "GET", "POST", … */
	const char *url;    /* http:// or https://; no user part */
	const struct http_client_header *headers;
	size_t header_count;
	bool has_body;
	struct str body;             /* copied */
	uint64_t connect_timeout_ms; /* 0: 10 s */
	uint64_t timeout_ms;      /* of the whole call, paused and waiting time included; 0: none */
	uint64_t idle_timeout_ms; /* connected, not paused, and nothing came for so long; 0: 30 s */
	uint64_t body_max;        /* most decoded bytes, > 0 */
	bool is_identity; /* the bytes as they are stored: no coding is asked for, none is undone */
	struct str ca; /* certificates in PEM: the authorities instead of the system's; empty: the
	                  system's. Copied. Connections are shared only by requests with the same */
	bool is_alone; /* on a connection that is made for it: no kept one, which may be closed */
};

enum http_end {
	HTTP_END_OK,        /* the whole answer is there, whatever its status */
	HTTP_END_RESOLVE,   /* no such host */
	HTTP_END_CONNECT,   /* refused, unreachable, or no connection (TLS included) in time */
	HTTP_END_TLS,       /* certificate or handshake refused; nothing was sent */
	HTTP_END_TIMEOUT,   /* too slow */
	HTTP_END_TOO_LARGE, /* body_max */
	HTTP_END_CUT, /* connection lost, body shorter than announced, or its coding is broken */
	HTTP_END_PROTOCOL,       /* not HTTP */
	HTTP_END_HEAD_TOO_LARGE, /* an answer, but its headers are larger than 64 KiB */
	HTTP_END_NOMEM,
};

#define HTTP_RETRY_AFTER_NONE    (-1) /* no such header */
#define HTTP_RETRY_AFTER_UNKNOWN (-2) /* there, but negative or not readable (Ocamba's -1) */

/** Slices are valid during the callback. */
struct http_answer {
	unsigned status;       /* 0: there was no answer */
	bool was_sent;         /* bytes of the request may have reached the server */
	struct str media_type; /* Content-Type with parameters; may be empty */
	struct str location;   /* Location as it came; may be empty */
	int64_t length;        /* Content-Length: of the coded bytes; -1: not said, or no number */
	int64_t retry_after_s; /* Retry-After from seconds or a date (RFC 9110 10.2.3), 0 to 86,400
	                        */
	uint64_t body_bytes;   /* decoded, so far */
};

struct http_call_ops {
	/** The final answer's head (not a 1xx's). May be NULL. */
	void (*on_head)(void *arg, const struct http_answer *answer);
	/**
	 * Decoded bytes of the body, all to be taken. @return false: take a pause after these;
	 * http_call_resume() goes on. While paused nothing comes but the end by timeout_ms.
	 */
	bool (*on_body)(void *arg, struct str bytes);
	/** @p text: libcurl's words for people, no URL in them; "" for OK. The call is gone
	 * afterwards. */
	void (*on_done)(void *arg, enum http_end end, const struct http_answer *answer,
	                const char *text);
};

/** @return ERR_OK, ERR_NOMEM */
enum err http_client_new(struct loop *loop, const struct http_client_conf *conf,
                         struct http_client **ret_client) MUST_CHECK;

/** Calls under way are cancelled without a callback. Accepts NULL. May be called from callbacks. */
void http_client_free(struct http_client *client);

/**
 * Begin a request. Callbacks come from the loop, never from within this call.
 *
 * @param request  copied
 * @return ERR_OK, ERR_NOMEM
 *         ERR_INVAL  not an http(s) URL; a method or header name that is none; a value with control
 *                    characters; a header that is libcurl's: Content-Length, Transfer-Encoding,
 *                    Connection
 */
enum err http_client_send(struct http_client *client, const struct http_request *request,
                          const struct http_call_ops *ops, void *arg,
                          struct http_call **ret_call) MUST_CHECK;

/** Value of a header of the answer (the last of its name); empty when absent. Any case. */
struct str http_call_header(const struct http_call *call, const char *name);

/** Go on after a pause; callbacks come from the loop, not from within. Else does nothing. */
void http_call_resume(struct http_call *call);

/** End it without a callback. Accepts NULL. From its own on_done() it does nothing. */
void http_call_cancel(struct http_call *call);

#endif /* CORE_CLIENT_HTTP_CLIENT_H */
