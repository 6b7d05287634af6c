/* SPDX-License-Identifier: MIT */
/** oauth2_post - one request to a token or device endpoint. Private to oauth2. */
#ifndef RECEIVER_REPORT_VENDOR_OAUTH2_POST_H
#define RECEIVER_REPORT_VENDOR_OAUTH2_POST_H

#include "core/buf.h"
#include "core/client/http_client.h"
#include "receiver/report/vendor/oauth2.h"
#include "receiver/report/vendor/oauth2_answer.h"

/** @param answer  valid during the call */
typedef void (*oauth2_post_done)(void *arg, const struct oauth2_answer *answer);

/** At most one request at a time. */
struct oauth2_post {
	unsigned magic;
	struct http_client *http; /* borrowed */
	struct http_call *call;   /* NULL: none under way */
	struct buf form;          /* what is sent */
	struct buf body;          /* what came */
	oauth2_post_done done;
	void *arg;
};

void oauth2_post_init(struct oauth2_post *p, struct http_client *http, oauth2_post_done done,
                      void *arg);
/** Ends a request without a callback. */
void oauth2_post_fini(struct oauth2_post *p);
void oauth2_post_cancel(struct oauth2_post *p);

/** Begin a form with its first parameter, add others; errors are told by the send. */
void oauth2_post_begin(struct oauth2_post *p, struct str name, struct str value);
void oauth2_post_add(struct oauth2_post *p, struct str name, struct str value);

/**
 * Send it as the client of @p conf: with Basic when it has a secret, else with its id in the form.
 *
 * @return ERR_OK (done() comes from the loop), ERR_INVAL, ERR_LIMIT, ERR_NOMEM
 */
enum err oauth2_post_send(struct oauth2_post *p, struct str url,
                          const struct oauth2_conf *conf) MUST_CHECK;

#endif /* RECEIVER_REPORT_VENDOR_OAUTH2_POST_H */
