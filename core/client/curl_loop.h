/* SPDX-License-Identifier: MIT */
/**
 * curl_loop - a libcurl multi handle whose sockets and timer are the loop's.
 *
 * What http_client and imap_client share; nobody else includes it. It calls libcurl when a socket
 * is ready or its time has come; its user looks at curl_multi_info_read() in after().
 *
 * Threads: the loop's.
 */
#ifndef CORE_CLIENT_CURL_LOOP_H
#define CORE_CLIENT_CURL_LOOP_H

#include <curl/curl.h>

#include "core/err.h"
#include "core/loop.h"

struct curl_loop;

struct curl_loop_ops {
	/** The loop is about to call libcurl. */
	void (*before)(void *arg);
	/** It did: transfers may have ended. curl_loop_free() may be called from here. */
	void (*after)(void *arg);
	/** There was no memory to watch a socket of @p easy, which must be ended soon. From within
	 * libcurl. */
	void (*on_nomem)(void *arg, CURL *easy);
};

/**
 * @param connections  most open at once, > 0
 * @return ERR_OK, ERR_NOMEM
 */
enum err curl_loop_new(struct loop *loop, unsigned connections, const struct curl_loop_ops *ops,
                       void *arg, struct curl_loop **ret_cl) MUST_CHECK;

/** Its easy handles were removed before. Accepts NULL. Not from within libcurl. */
void curl_loop_free(struct curl_loop *cl);

/**
 * Take " after 30 ms" out of what libcurl says of an error, so that the same trouble is told in the
 * same words each time.
 */
void curl_text_steady(char *text);

/** Whether a transfer ended for its TLS: certificate, versions, files. */
bool curl_code_is_tls(CURLcode rc);

/** Borrowed. */
CURLM *curl_loop_multi(struct curl_loop *cl);

#endif /* CORE_CLIENT_CURL_LOOP_H */
