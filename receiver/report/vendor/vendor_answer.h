/* SPDX-License-Identifier: MIT */
/** vendor_answer - what a vendor's answer means. No I/O, no clock. Private to vendor_client and
 * oauth2. */
#ifndef RECEIVER_REPORT_VENDOR_VENDOR_ANSWER_H
#define RECEIVER_REPORT_VENDOR_VENDOR_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/client/http_client.h"
#include "core/str.h"
#include "normalise/profile/report_spec.h"

#define VENDOR_ANSWER_TEXT 200

/** How a try ended. */
struct vendor_seen {
	enum http_end end;
	const struct http_answer *answer;
	const char *text;     /* of the HTTP client */
	struct str body;      /* of an error answer, as far as it was kept */
	bool is_expected;     /* the status is one that the request expects */
	bool has_credentials; /* it was sent with ours */
	bool is_oauth2;       /* they were an access token … */
	bool has_refreshed;   /* … and this is the second one */
	bool is_safe;         /* may be sent again whatever happened */
};

enum vendor_verdict_kind {
	VERDICT_OK,
	VERDICT_REDIRECT,
	VERDICT_REFRESH,   /* another access token, then again */
	VERDICT_THROTTLED, /* too many requests: wait, then again */
	VERDICT_AGAIN,     /* try again */
	VERDICT_REFUSED,
	VERDICT_UNAUTHORIZED,
	VERDICT_FAILED, /* no sense in another try */
};

struct vendor_verdict {
	enum vendor_verdict_kind kind;
	bool until_midnight; /* THROTTLED: by a quota of the day */
	bool is_theirs;      /* FAILED, AGAIN: counts against the circuit */
	char text[VENDOR_ANSWER_TEXT];
};

void vendor_answer_judge(const struct vendor_seen *seen, const struct limits_spec *limits,
                         struct vendor_verdict *ret_verdict);

/**
 * An end without an answer, in words: those of the HTTP client, and what a person can do.
 *
 * @param size  of @p ret_text
 */
void vendor_answer_failure(enum http_end end, const char *text, char *ret_text, size_t size);

#define VENDOR_WAIT_UNKNOWN UINT64_MAX

/**
 * What Retry-After or a quota say.
 *
 * @return ms from now, 1 s to 1 day; VENDOR_WAIT_UNKNOWN: they say nothing
 */
uint64_t vendor_answer_wait(const struct vendor_verdict *verdict, int64_t retry_after_s,
                            int64_t now_ms);

/** text/html, with or without parameters. */
bool vendor_answer_is_html(struct str media_type);
/**
 * A success that is a page for people. One that accepts an order, or shows the way, has nothing to
 * read: what such an answer without a body is called does not matter.
 */
bool vendor_answer_is_page(const struct http_answer *answer);

#endif /* RECEIVER_REPORT_VENDOR_VENDOR_ANSWER_H */
