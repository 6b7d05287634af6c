/* SPDX-License-Identifier: MIT */
/* A try goes out: count, token, send. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/vendor/vendor_internal.h"

#define URL_MAX 24576

void vendor_call_forget_token(struct vendor_call *call)
{
	if (call->token != NULL)
		sodium_memzero(call->token, strlen(call->token));
	free(call->token);
	call->token = NULL;
}

static enum err build_url(const struct vendor_call *call, struct buf *url)
{
	char separator = strchr(call->url, '?') != NULL ? '&' : '?';

	(void)buf_append_str(url, str_from(call->url));
	if (call->auth_query.len > 0) {
		(void)buf_append_char(url, separator);
		(void)buf_append_str(url, call->auth_query);
	}
	return buf_err(url);
}

static enum err send_built(struct vendor_call *call, const char *url,
                           const struct http_client_header *credentials)
{
	struct http_client_header headers[VENDOR_HEADERS_MAX + VENDOR_EXTRA_MAX + 1];
	struct http_request request = {.method = call->method,
	                               .url = url,
	                               .headers = headers,
	                               .header_count = call->header_count,
	                               .has_body = call->has_body,
	                               .body = call->body,
	                               .timeout_ms = call->timeout_ms,
	                               .idle_timeout_ms = call->client->limits->timeout_ms,
	                               .body_max = call->body_max,
	                               .is_identity = call->is_link,
	                               .ca = str_from(call->client->ca),
	                               .is_alone = !call->is_safe};

	memcpy(headers, call->headers, call->header_count * sizeof(headers[0]));
	for (size_t i = 0; i < call->extra_count; i++)
		headers[request.header_count++] = call->extra[i];
	if (credentials->value.len > 0)
		headers[request.header_count++] = *credentials;
	return http_client_send(call->client->http, &request, &vendor_call_ops, call, &call->http);
}

static enum err send(struct vendor_call *call, const struct http_client_header *credentials)
{
	enum err err;
	struct buf url;

	buf_init(&url, URL_MAX);
	err = build_url(call, &url);
	if (err == ERR_OK)
		err = send_built(call, buf_cstr(&url), credentials);
	if (call->auth_query.len > 0 && url.ptr != NULL)
		sodium_memzero(url.ptr, url.cap);
	buf_fini(&url);
	return err;
}

/* A slow disk, or the wait for a token, lay between; the vendor counts when it comes. */
static void count_now(struct vendor_call *call)
{
	if (call->counted_ms != 0)
		limiter_move(&call->client->limiter, call->counted_ms, clock_now_ms());
	call->counted_ms = 0;
}

static void begin_try(struct vendor_call *call, const struct http_client_header *credentials)
{
	enum err err;

	count_now(call);
	call->state = CALL_SENT;
	call->is_success = call->has_given = false;
	call->was_sent = false;
	call->content_range = STR_EMPTY;
	call->status = 0;
	buf_reset(&call->error);
	if (call->is_link)
		vendor_turn_leave(call); /* a large file takes its time */
	err = send(call, credentials);
	if (err == ERR_NOMEM) {
		vendor_call_end(call, VENDOR_FAILED, err_str(err), 0, NULL);
	} else if (err != ERR_OK) {
		vendor_call_end(call, VENDOR_REFUSED, "the request cannot be made", 0, NULL);
	}
}

static void begin_with_token(struct vendor_call *call, struct str token)
{
	struct buf value;

	buf_init(&value, token.len + sizeof("Bearer "));
	(void)buf_append_str(&value, STR_LIT("Bearer "));
	(void)buf_append_str(&value, token);
	vendor_call_forget_token(call);
	call->token = str_dup(token);
	if (call->token == NULL || buf_err(&value) != ERR_OK) {
		vendor_call_end(call, VENDOR_FAILED, err_str(ERR_NOMEM), 0, NULL);
	} else {
		begin_try(call,
		          &(struct http_client_header){STR_LIT("Authorization"), buf_str(&value)});
	}
	if (value.ptr != NULL)
		sodium_memzero(value.ptr, value.cap);
	buf_fini(&value);
}

static struct vendor_call *first_without_token(const struct vendor_client *c, uint64_t upto)
{
	struct vendor_call *call;

	TAILQ_FOREACH(call, &c->calls, link) {
		if (call->state == CALL_TOKEN && call->number <= upto)
			return call;
	}
	return NULL;
}

static void client_on_token(void *arg, enum err err, struct str token, const char *text)
{
	struct vendor_client *c;
	struct vendor_call *call;

	OBJ_FROM(c, arg, VENDOR_MAGIC);
	uint64_t upto = c->last_number;

	c->is_token_asked = false;
	while ((call = first_without_token(c, upto)) != NULL) {
		if (err == ERR_OK) {
			begin_with_token(call, token);
		} else {
			vendor_verdict_no_token(call, err, text);
		}
	}
}

static void ask_token(struct vendor_call *call)
{
	struct vendor_client *c = call->client;

	call->state = CALL_TOKEN;
	if (c->is_token_asked)
		return;
	if (oauth2_token(c->oauth2, client_on_token, c) != ERR_OK) {
		vendor_verdict_no_token(call, ERR_AGAIN, err_str(ERR_NOMEM));
	} else {
		c->is_token_asked = true;
	}
}

static void authorise(struct vendor_call *call)
{
	if (call->client->oauth2 != NULL && call->is_ours) {
		ask_token(call);
	} else {
		begin_try(call, &call->credentials);
	}
}

void vendor_call_counted(struct vendor_call *call, enum err err)
{
	vendor_trouble_store(call->client, err);
	if (err != ERR_OK) {
		vendor_call_end(call, VENDOR_LATER,
		                "what was sent cannot be counted: the store fails", VENDOR_STORE_MS,
		                NULL);
	} else {
		authorise(call);
	}
}

void vendor_call_begin(struct vendor_call *call)
{
	bool is_kept = !call->is_free && call->client->has_rates && call->client->store != NULL;
	enum err err;

	call->state = CALL_COUNTING;
	if (!is_kept) {
		authorise(call);
		return;
	}
	err = vendor_count_save(call);
	if (err != ERR_OK)
		vendor_call_counted(call, err);
}
