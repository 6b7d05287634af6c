/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/metrics.h"
#include "core/url.h"
#include "receiver/report/vendor/vendor_internal.h"

#define HOPS_MAX  3
#define HOPS_LINK 5     /* file stores send us on more often */
#define SINGLE_MS 60000 /* so long one at a time, after too many at the same time */

/* What a person has to do stands at the end, however long the vendor's words are. */
static void advise(const struct vendor_call *call, const char *text, char *ret_text)
{
	static const char advice[] = "; check the credentials in vars";
	const struct auth_spec *auth = call->client->auth;
	const bool is_static = auth != NULL && auth->kind != AUTH_OAUTH2;

	(void)snprintf(ret_text, VENDOR_TEXT_SIZE, "%.*s%s", VENDOR_TEXT_SIZE - (int)sizeof(advice),
	               text, is_static ? advice : "");
}

/* What is not the vendor's own host says nothing about the vendor, nor does a file. */
static bool is_counted(const struct vendor_call *call)
{
	return call->is_ours && (!call->is_link || call->is_trial);
}

static void show(struct vendor_call *call, const char *text)
{
	if (!call->is_link)
		vendor_trouble_show(call->client, text);
}

static void count_failure(struct vendor_call *call)
{
	if (!is_counted(call))
		return;
	circuit_failure(&call->client->circuit, clock_mono_ms());
	vendor_trouble_circuit(call->client);
}

static void count_success(struct vendor_call *call)
{
	if (!is_counted(call))
		return;
	circuit_success(&call->client->circuit);
	vendor_trouble_circuit(call->client);
}

void vendor_verdict_answers(struct vendor_call *call)
{
	if (!call->is_link || !call->is_trial)
		return;
	count_success(call);
	call->is_trial = false;
	vendor_turn_wake(call->client);
}

static void succeed(struct vendor_call *call, const struct http_answer *answer)
{
	count_success(call);
	if (!call->is_link) {
		backoff_reset(&call->client->throttle);
		vendor_trouble_over(call->client);
	}
	vendor_call_end(call, VENDOR_OK, "", 0, answer);
}

static void fail(struct vendor_call *call, const struct vendor_verdict *v,
                 const struct http_answer *answer)
{
	show(call, v->text);
	if (v->is_theirs)
		count_failure(call);
	vendor_call_end(call, VENDOR_FAILED, v->text, 0, answer);
}

static void refuse(struct vendor_call *call, const char *text, const struct http_answer *answer)
{
	if (call->is_trial)
		count_success(call); /* it answers: that was the question */
	vendor_call_end(call, VENDOR_REFUSED, text, 0, answer);
}

static void refuse_credentials(struct vendor_call *call, const char *state, const char *text,
                               const struct http_answer *answer)
{
	call->client->auth_state = state;
	vendor_trouble_show(call->client, text);
	circuit_refusal(&call->client->circuit, clock_mono_ms());
	vendor_trouble_circuit(call->client);
	vendor_call_end(call, VENDOR_UNAUTHORIZED, text, 0, answer);
}

static bool can_begin_again(const struct vendor_call *call)
{
	return !call->is_single && call->tries < call->client->limits->retry_max &&
	       (!call->has_given || call->ops.on_again != NULL);
}

static void begin_again(struct vendor_call *call, uint64_t wait_ms)
{
	bool has_given = call->has_given;

	call->tries++;
	call->has_given = false;
	if (has_given)
		call->ops.on_again(call->arg);
	vendor_turn_again(call, wait_ms);
}

static void try_again(struct vendor_call *call, const struct vendor_verdict *v,
                      const struct http_answer *answer)
{
	uint64_t wait_ms, asked_ms = 0;

	if (!can_begin_again(call)) {
		fail(call, v, answer);
		return;
	}
	show(call, v->text);
	wait_ms = backoff_next(&call->backoff);
	if (wait_ms > VENDOR_INSIDE_MS)
		wait_ms = VENDOR_INSIDE_MS;
	if (answer != NULL && answer->status >= 400 && answer->retry_after_s >= 0)
		asked_ms = vendor_answer_wait(v, answer->retry_after_s, clock_now_ms());
	if (asked_ms > wait_ms) {
		wait_ms = asked_ms;
		if (!call->is_free)
			vendor_turn_pause(call->client, asked_ms, v->text);
	}
	begin_again(call, wait_ms);
}

/* Too many at the same time is no matter of time: one by one for a while. */
static uint64_t crowd_wait(struct vendor_client *c)
{
	c->single_ms = clock_mono_ms() + SINGLE_MS;
	return backoff_next(&c->crowded);
}

static uint64_t throttle_wait(struct vendor_client *c, const struct vendor_verdict *v,
                              const struct http_answer *answer)
{
	uint64_t wait_ms = vendor_answer_wait(v, answer->retry_after_s, clock_now_ms());

	if (wait_ms != VENDOR_WAIT_UNKNOWN)
		return wait_ms;
	return answer->retry_after_s == HTTP_RETRY_AFTER_UNKNOWN ? crowd_wait(c)
	                                                         : backoff_next(&c->throttle);
}

static void throttled(struct vendor_call *call, const struct vendor_verdict *v,
                      const struct http_answer *answer)
{
	struct vendor_client *c = call->client;
	uint64_t wait_ms = throttle_wait(c, v, answer);

	if (!call->is_free) {
		metric_add(METRIC_VENDOR_THROTTLED, c->account, NULL, NULL, 1);
		vendor_turn_pause(c, wait_ms, v->text);
	}
	show(call, v->text);
	if (can_begin_again(call) && wait_ms <= VENDOR_INSIDE_MS) {
		begin_again(call, wait_ms);
	} else {
		vendor_call_end(call, VENDOR_LATER, v->text, wait_ms, answer);
	}
}

static bool is_led_on(const struct vendor_call *call)
{
	return call->hops >= (call->is_link ? HOPS_LINK : HOPS_MAX);
}

/* Only what can be asked without a body; to a listed host, without credentials. */
static enum err leave(struct vendor_call *call, const struct http_answer *answer)
{
	bool keeps_method = answer->status == 307 || answer->status == 308;
	char *url = NULL;
	enum err err = ERR_INVAL;

	if (is_led_on(call) || answer->location.len == 0 ||
	    (keeps_method && strcmp(call->method, "GET") != 0))
		return ERR_INVAL;
	err = url_resolve(str_from(call->url), answer->location, &url);
	if (err == ERR_OK) {
		err = vendor_url_forbidden(call, str_from(url)) == NULL
		              ? vendor_request_leave(call, str_from(url))
		              : ERR_INVAL;
	}
	free(url);
	if (err == ERR_OK)
		call->is_free = call->is_link; /* another host has other limits */
	return err;
}

/* A link that is refused may have expired, or is for somebody else: no word about the account. */
static bool is_about_account(const struct vendor_call *call)
{
	return !call->is_link || (!call->is_free && call->status == 401);
}

static void follow(struct vendor_call *call, const struct http_answer *answer)
{
	char text[VENDOR_TEXT_SIZE];

	if (leave(call, answer) == ERR_OK) {
		call->hops++;
		vendor_turn_again(call, 0);
		return;
	}
	(void)snprintf(text, sizeof(text),
	               is_led_on(call)
	                       ? "answered %u: sends us on again and again"
	                       : "answered %u: sends us to a place that the profile does not list",
	               answer->status);
	if (call->is_safe) {
		refuse(call, text, answer);
	} else {
		vendor_call_end(call, VENDOR_FAILED, text, 0, answer); /* it may be done */
	}
}

static void refresh(struct vendor_call *call)
{
	call->has_refreshed = true;
	oauth2_refused(call->client->oauth2, str_from(call->token));
	vendor_turn_again(call, 0);
}

void vendor_verdict_act(struct vendor_call *call, const struct vendor_verdict *verdict,
                        const struct http_answer *answer)
{
	char text[VENDOR_TEXT_SIZE];

	/* Throttled or 503: the vendor did nothing. */
	call->was_sent =
		answer->was_sent && verdict->kind != VERDICT_THROTTLED && answer->status != 503;
	switch (verdict->kind) {
	case VERDICT_OK:
		succeed(call, answer);
		return;
	case VERDICT_REDIRECT:
		follow(call, answer);
		return;
	case VERDICT_REFRESH:
		refresh(call);
		return;
	case VERDICT_THROTTLED:
		throttled(call, verdict, answer);
		return;
	case VERDICT_AGAIN:
		try_again(call, verdict, answer);
		return;
	case VERDICT_REFUSED:
		refuse(call, verdict->text, answer);
		return;
	case VERDICT_UNAUTHORIZED:
		advise(call, verdict->text, text);
		if (is_about_account(call)) {
			refuse_credentials(call, "refused", text, answer);
		} else {
			vendor_call_end(call, VENDOR_UNAUTHORIZED, verdict->text, 0, answer);
		}
		return;
	case VERDICT_FAILED:
		fail(call, verdict, answer);
		return;
	}
}

void vendor_verdict_no_token(struct vendor_call *call, enum err err, const char *text)
{
	struct vendor_verdict verdict = {.kind = VERDICT_AGAIN, .is_theirs = true};

	call->status = 0;
	call->was_sent = false;
	(void)snprintf(verdict.text, sizeof(verdict.text), "%s", text);
	if (err == ERR_AUTH) {
		refuse_credentials(call, "needs authorisation", verdict.text, NULL);
	} else if (err == ERR_IO) {
		vendor_call_end(call, VENDOR_LATER, verdict.text, VENDOR_STORE_MS, NULL);
	} else {
		try_again(call, &verdict, NULL);
	}
}
