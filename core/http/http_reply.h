/* SPDX-License-Identifier: MIT */
/**
 * http_reply - the bytes of an HTTP/1.1 answer.
 *
 * Written by hand and without printf: it is done for every request.
 */
#ifndef CORE_HTTP_HTTP_REPLY_H
#define CORE_HTTP_HTTP_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/http/http_server.h"

/** Length of "Sun, 06 Nov 1994 08:49:37 GMT". */
#define HTTP_DATE_LEN 29

/** The Date header of the present second. All zero is valid. */
struct http_date {
	int64_t second;
	char text[HTTP_DATE_LEN + 1];
};

/** Bring @p date up to @p now_ms (wall clock); cheap within one second. */
void http_date_update(struct http_date *date, int64_t now_ms);

/** How an answer stands to its request. */
struct http_reply_form {
	bool is_head;    /* answers HEAD: no body */
	bool close;      /* says Connection: close */
	bool keep_alive; /* says Connection: keep-alive, for HTTP/1.0 */
};

/** Append the answer to @p out; see buf_err(). */
void http_reply_write(struct buf *out, const struct http_reply *reply,
                      const struct http_reply_form *form, const struct http_date *date);

/** "Bad Request"; "Unknown" for a status without a text. */
const char *http_status_text(unsigned status);

#endif /* CORE_HTTP_HTTP_REPLY_H */
