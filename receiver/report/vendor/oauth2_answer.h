/* SPDX-License-Identifier: MIT */
/** oauth2_answer - what a token endpoint's answer means (RFC 6749 5; RFC 8628 3). No I/O. */
#ifndef RECEIVER_REPORT_VENDOR_OAUTH2_ANSWER_H
#define RECEIVER_REPORT_VENDOR_OAUTH2_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/client/http_client.h"
#include "core/err.h"
#include "core/str.h"
#include "receiver/report/vendor/oauth2_chain.h"

enum oauth2_outcome {
	OAUTH2_GRANTED,
	OAUTH2_DEVICE,  /* the device endpoint's success */
	OAUTH2_PENDING, /* the person has not decided yet */
	OAUTH2_SLOW,    /* the same, and ask less often */
	OAUTH2_VOID,    /* invalid_grant: this token or code never works again */
	OAUTH2_REFUSED, /* the client or the request is refused: a person must look */
	OAUTH2_LATER,   /* no answer, throttled, failing */
};

/** Slices are in the arena or the body. */
struct oauth2_answer {
	enum oauth2_outcome outcome;
	struct oauth2_grant grant; /* GRANTED */
	struct str device_code, user_code, verification_uri, verification_uri_complete; /* DEVICE */
	uint64_t expires_s, interval_s;                                                 /* DEVICE */
	uint64_t retry_ms; /* LATER: the endpoint said so long; 0: nothing */
	char text[160];    /* for people; no token in it */
};

/**
 * Read an answer.
 *
 * @param text  libcurl's words when @p end is not HTTP_END_OK
 */
void oauth2_answer_read(enum http_end end, const struct http_answer *http, struct str body,
                        const char *text, struct arena *arena, struct oauth2_answer *ret_answer);

#endif /* RECEIVER_REPORT_VENDOR_OAUTH2_ANSWER_H */
