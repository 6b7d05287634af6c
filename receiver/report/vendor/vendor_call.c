/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/vendor/vendor_internal.h"

void vendor_call_drop(struct vendor_call *call)
{
	struct vendor_client *c = call->client;

	http_call_cancel(call->http);
	vendor_count_drop(call->count);
	if (call->has_place)
		c->active--;
	if (call->is_listed)
		TAILQ_REMOVE(&c->calls, call, link);
	if (call->is_trial)
		circuit_give_up(&c->circuit, clock_mono_ms());
	vendor_call_forget_token(call);
	buf_fini(&call->error);
	arena_fini(&call->arena);
	OBJ_POISON(call);
	free(call);
}

void vendor_call_end(struct vendor_call *call, enum vendor_end end, const char *text,
                     uint64_t retry_ms, const struct http_answer *answer)
{
	struct vendor_client *c = call->client;
	struct vendor_result result;

	/* Who it was sent to sent us on, and may have taken it, whatever the other one says. */
	if (!call->is_safe && call->hops > 0 && end != VENDOR_OK) {
		end = VENDOR_FAILED;
		call->was_sent = true;
		call->status = 0;
	}
	result = (struct vendor_result){.end = end,
	                                .status = call->status,
	                                .was_sent = call->was_sent,
	                                .retry_ms = retry_ms,
	                                .retry_after_s = HTTP_RETRY_AFTER_NONE};

	if (answer != NULL) {
		result.location = answer->location;
		result.retry_after_s = answer->retry_after_s;
		result.media_type = answer->media_type;
		result.content_range = call->content_range;
	}
	(void)snprintf(result.text, sizeof(result.text), "%s", end != VENDOR_OK ? text : "");
	vendor_turn_wake(c); /* its place is free */
	/* While the caller is told the call still stands, but asks for nothing any more. */
	TAILQ_REMOVE(&c->calls, call, link);
	call->is_listed = false;
	call->ops.on_done(call->arg, &result);
	vendor_call_drop(call);
}

static bool is_expected(const struct vendor_call *call, unsigned status)
{
	for (size_t i = 0; i < call->expect_count; i++) {
		if (call->expect[i] == status)
			return true;
	}
	return false;
}

/* A strong ETag, else the time: what If-Range takes. */
static struct str validator_of(const struct http_call *http)
{
	struct str etag = http_call_header(http, "ETag");

	return etag.len > 0 && etag.ptr[0] == '"' ? etag : http_call_header(http, "Last-Modified");
}

static bool is_wanted(const struct vendor_call *call, const struct http_answer *answer)
{
	const struct vendor_head head = {
		.status = answer->status,
		.media_type = answer->media_type,
		.length = answer->length,
		.validator = validator_of(call->http),
		.content_range = http_call_header(call->http, "Content-Range"),
		.location = answer->location,
		.operation_location = http_call_header(call->http, "Operation-Location"),
		.content_location = http_call_header(call->http, "Content-Location"),
		.retry_after_s = answer->retry_after_s};

	return call->ops.on_head == NULL || call->ops.on_head(call->arg, &head);
}

static void call_on_head(void *arg, const struct http_answer *answer)
{
	struct vendor_call *call;

	OBJ_FROM(call, arg, CALL_MAGIC);
	call->is_success = is_expected(call, answer->status) && !vendor_answer_is_page(answer);
	if (!call->is_success)
		return;
	vendor_verdict_answers(call);
	if (is_wanted(call, answer))
		return;
	http_call_cancel(call->http);
	call->http = NULL;
	call->status = answer->status;
	call->was_sent = true;
	vendor_trouble_counted(call->client, answer->status);
	vendor_call_end(call, VENDOR_FAILED, "the answer was not wanted", 0, answer);
}

static void keep_error(struct vendor_call *call, struct str bytes)
{
	size_t left = call->error.max - call->error.len;

	(void)buf_append(&call->error, bytes.ptr, bytes.len < left ? bytes.len : left);
}

static bool call_on_body(void *arg, struct str bytes)
{
	struct vendor_call *call;

	OBJ_FROM(call, arg, CALL_MAGIC);
	if (call->is_success) {
		call->has_given = true;
		return call->ops.on_body == NULL || call->ops.on_body(call->arg, bytes);
	}
	keep_error(call, bytes);
	return true;
}

static void call_on_done(void *arg, enum http_end end, const struct http_answer *answer,
                         const char *text)
{
	struct vendor_verdict verdict;
	struct vendor_call *call;

	OBJ_FROM(call, arg, CALL_MAGIC);
	const struct vendor_seen seen = {
		.end = end,
		.answer = answer,
		.text = text,
		.body = call->is_free ? STR_EMPTY : buf_str(&call->error),
		.is_expected = is_expected(call, answer->status),
		.has_credentials = call->is_ours,
		.is_oauth2 = call->token != NULL,
		.has_refreshed = call->has_refreshed,
		.is_safe = call->is_safe,
	};

	call->content_range = http_call_header(call->http, "Content-Range");
	call->http = NULL;
	call->status = answer->status;
	vendor_trouble_counted(call->client, answer->status);
	vendor_answer_judge(&seen, call->client->limits, &verdict);
	vendor_auth_redact(call, verdict.text);
	vendor_verdict_act(call, &verdict, answer);
}

const struct http_call_ops vendor_call_ops = {call_on_head, call_on_body, call_on_done};
