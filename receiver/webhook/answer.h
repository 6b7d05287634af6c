/* SPDX-License-Identifier: MIT */
/**
 * answer - the answers to senders, each sent and counted; private to receiver/webhook/.
 *
 * Every function lets go of the request: no view of it is valid afterwards.
 */
#ifndef RECEIVER_WEBHOOK_ANSWER_H
#define RECEIVER_WEBHOOK_ANSWER_H

#include "receiver/webhook/route.h"

/** Retry-After when something passes by itself, and when a full journal must drain first. */
#define RETRY_SOON_S 5
#define RETRY_FULL_S 30

/** 200 with the profile's body: the payload is on disk. */
void answer_accepted(struct route *r, struct http_request *http);
/** 200 with Allow and no body. */
void answer_probe(struct route *r, struct http_request *http);
/** 400. @param reason  a literal without quotes */
void answer_bad(struct route *r, struct http_request *http, const char *reason);
/** 401 with the challenge. */
void answer_unauthorized(struct route *r, struct http_request *http);
/** 404; no route, so it is counted as refused. */
void answer_unknown_path(struct http_request *http);
/** 405 with Allow. */
void answer_wrong_method(struct route *r, struct http_request *http);
/** 429: too many wrong attempts. */
void answer_throttled(struct route *r, struct http_request *http, unsigned retry_after_s);
/** 431: more CloudEvents attributes than are kept. */
void answer_header_too_large(struct route *r, struct http_request *http);
/** The profile's status for "later", 503 by default. */
void answer_later(struct route *r, struct http_request *http, unsigned retry_after_s);

#endif /* RECEIVER_WEBHOOK_ANSWER_H */
