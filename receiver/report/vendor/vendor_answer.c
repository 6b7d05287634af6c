/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/vendor_answer.h"

#include <stdio.h>
#include <string.h>

#include "normalise/page.h"

#define DAY_MS            86400000
#define WAIT_MIN_MS       1000
/* The vendor's clock and ours: a quota is asked again a little after midnight. */
#define MIDNIGHT_SPARE_MS 2000

bool vendor_answer_is_html(struct str media_type)
{
	struct str essence, rest;

	(void)str_cut(media_type, ';', &essence, &rest);
	return str_ieq(str_trim(essence), STR_LIT("text/html"));
}

bool vendor_answer_is_page(const struct http_answer *answer)
{
	if (!vendor_answer_is_html(answer->media_type) || answer->status >= 300)
		return false;
	return answer->status == 200 || answer->length != 0;
}

/* One line: the status, then what the vendor says. */
static void describe(const struct vendor_seen *seen, struct vendor_verdict *v)
{
	char said[VENDOR_ANSWER_TEXT - 32];

	said[0] = '\0';
	page_error_text(seen->body, seen->answer->media_type, said, sizeof(said));
	(void)snprintf(v->text, sizeof(v->text),
	               said[0] != '\0' ? "answered %u: %s" : "answered %u", seen->answer->status,
	               said);
}

static const struct throttle_spec *throttle_of(const struct vendor_seen *seen,
                                               const struct limits_spec *limits)
{
	for (size_t i = 0; i < limits->throttle_count; i++) {
		const struct throttle_spec *t = &limits->throttles[i];

		if ((t->status == 0 || t->status == seen->answer->status) &&
		    (t->when == NULL || page_matches(seen->body, t->when)))
			return t;
	}
	return NULL;
}

static enum vendor_verdict_kind judge_credentials(const struct vendor_seen *seen)
{
	if (!seen->has_credentials)
		return VERDICT_REFUSED; /* an expired link says nothing about the account */
	if (seen->answer->status == 401 && seen->is_oauth2 && !seen->has_refreshed)
		return VERDICT_REFRESH;
	return VERDICT_UNAUTHORIZED;
}

/* Before the vendor acted on it, or 503: nothing was done. */
static bool may_repeat(const struct vendor_seen *seen)
{
	return seen->is_safe || !seen->answer->was_sent ||
	       (seen->end == HTTP_END_OK && seen->answer->status == 503);
}

static void judge_failure(const struct vendor_seen *seen, struct vendor_verdict *v)
{
	v->is_theirs = true;
	v->kind = may_repeat(seen) ? VERDICT_AGAIN : VERDICT_FAILED;
}

void vendor_answer_failure(enum http_end end, const char *text, char *ret_text, size_t size)
{
	static const char tls[] = "; check the address, and ca of the account";
	const char *advice = end == HTTP_END_TLS ? tls : "";

	(void)snprintf(ret_text, size, "%.*s%s", (int)(size - sizeof(tls)), text, advice);
}

static void judge_no_answer(const struct vendor_seen *seen, struct vendor_verdict *v)
{
	vendor_answer_failure(seen->end, seen->text, v->text, sizeof(v->text));
	if (seen->end == HTTP_END_TOO_LARGE || seen->end == HTTP_END_NOMEM) {
		v->kind = VERDICT_FAILED; /* the next try gives the same */
	} else if (seen->end == HTTP_END_HEAD_TOO_LARGE) {
		v->kind = VERDICT_REFUSED; /* it answered, of no use: no order is unsure by it */
	} else {
		judge_failure(seen, v);
	}
}

static void judge_expected(const struct vendor_seen *seen, struct vendor_verdict *v)
{
	if (!vendor_answer_is_page(seen->answer)) {
		v->kind = VERDICT_OK;
		return;
	}
	v->kind = VERDICT_FAILED;
	v->is_theirs = true;
	(void)snprintf(v->text, sizeof(v->text),
	               "answered HTML, with status %u: a page for people instead of a report",
	               seen->answer->status);
}

/* A success that nobody expects: it is not ordered again. */
static void judge_unexpected(const struct vendor_seen *seen, struct vendor_verdict *v)
{
	v->kind = VERDICT_FAILED;
	(void)snprintf(v->text, sizeof(v->text), "answered %u, which the request does not expect",
	               seen->answer->status);
}

static void judge_error(const struct vendor_seen *seen, const struct limits_spec *limits,
                        struct vendor_verdict *v)
{
	const struct throttle_spec *throttle = throttle_of(seen, limits);
	unsigned status = seen->answer->status;

	describe(seen, v);
	if (throttle != NULL || status == 429) {
		v->kind = VERDICT_THROTTLED;
		v->until_midnight = throttle != NULL && throttle->until_midnight;
	} else if (status == 401 || status == 403) {
		v->kind = judge_credentials(seen);
	} else if (status == 408 || status >= 500) {
		judge_failure(seen, v);
	} else if (status >= 400) {
		v->kind = VERDICT_REFUSED;
	} else if (status >= 300) {
		v->kind = VERDICT_REDIRECT;
	} else {
		judge_unexpected(seen, v);
	}
}

void vendor_answer_judge(const struct vendor_seen *seen, const struct limits_spec *limits,
                         struct vendor_verdict *ret_verdict)
{
	struct vendor_verdict v = {.kind = VERDICT_FAILED};

	if (seen->end != HTTP_END_OK) {
		judge_no_answer(seen, &v);
	} else if (seen->is_expected) {
		judge_expected(seen, &v);
	} else {
		judge_error(seen, limits, &v);
	}
	*ret_verdict = v;
}

static uint64_t until_midnight(int64_t now_ms)
{
	return (uint64_t)(DAY_MS - now_ms % DAY_MS);
}

uint64_t vendor_answer_wait(const struct vendor_verdict *verdict, int64_t retry_after_s,
                            int64_t now_ms)
{
	uint64_t wait_ms;

	if (verdict->until_midnight)
		return until_midnight(now_ms) + MIDNIGHT_SPARE_MS;
	if (retry_after_s < 0)
		return VENDOR_WAIT_UNKNOWN;
	wait_ms = (uint64_t)retry_after_s * 1000;
	if (wait_ms < WAIT_MIN_MS)
		return WAIT_MIN_MS;
	return wait_ms < DAY_MS ? wait_ms : DAY_MS;
}
