/* SPDX-License-Identifier: MIT */
/* A request that was let in: body → payload → ingest → answer. */
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "normalise/normalise.h"
#include "receiver/webhook/answer.h"
#include "receiver/webhook/gate.h"

#define REQUEST_MAGIC 0x72657121U

/* CloudEvents attributes in binary mode; the rest of the head is not kept. */
#define KEPT_PREFIX    STR_LIT("ce-")
#define KEPT_BYTES_MAX ((size_t)8 * 1024)

struct request {
	unsigned magic;
	struct webhook *w;          /* borrowed: outlives us */
	struct http_request *http;  /* ours to reply to; has the bytes of the payload */
	struct route_table *routes; /* a reference, which keeps the route */
	struct route *route;
	bool is_readable; /* its records can be decoded, or nobody asked */
	size_t header_bytes;
	struct payload payload;
	char headers[]; /* kept headers */
};

static bool is_kept(struct str name)
{
	return name.len > KEPT_PREFIX.len &&
	       str_ieq((struct str){name.ptr, KEPT_PREFIX.len}, KEPT_PREFIX);
}

/* Bytes of "name: value\n" lines. */
static size_t kept_bytes(const struct http_request *http)
{
	size_t bytes = 0;
	struct str name;
	struct str value;

	for (size_t i = 0; http_request_header_at(http, i, &name, &value); i++) {
		if (is_kept(name))
			bytes += name.len + 2 + value.len + 1;
	}
	return bytes;
}

static char *put_text(char *to, struct str text)
{
	if (text.len > 0)
		memcpy(to, text.ptr, text.len);
	return to + text.len;
}

static char *put_lower(char *to, struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		to[i] = ascii_lower(text.ptr[i]);
	return to + text.len;
}

static void put_kept(const struct http_request *http, char *to)
{
	struct str name;
	struct str value;

	for (size_t i = 0; http_request_header_at(http, i, &name, &value); i++) {
		if (!is_kept(name))
			continue;
		to = put_lower(to, name);
		to = put_text(to, STR_LIT(": "));
		to = put_text(to, value);
		to = put_text(to, STR_LIT("\n"));
	}
}

static struct payload make_payload(const struct request *q)
{
	const struct http_request *http = q->http;

	return (struct payload){
		.received_ms = clock_now_ms(),
		.via = PAYLOAD_WEBHOOK,
		.account = str_from(source_account(q->route->source)),
		.source = str_from(source_name(q->route->source)),
		.verified = q->route->credentials != NULL ? STR_LIT("basic") : STR_LIT("none"),
		.method = http_request_method(http),
		.media_type = http_request_header(http, "Content-Type"),
		.query = http_request_query(http),
		.headers = {q->headers, q->header_bytes},
		.body = http_request_body(http),
	};
}

static struct request *request_new(struct webhook *w, struct route_table *routes, struct route *r,
                                   struct http_request *http, size_t header_bytes)
{
	struct request *q = malloc(sizeof(*q) + header_bytes);

	if (q == NULL)
		return NULL;
	*q = (struct request){.magic = REQUEST_MAGIC,
	                      .w = w,
	                      .http = http,
	                      .routes = route_table_ref(routes),
	                      .route = r,
	                      .is_readable = true,
	                      .header_bytes = header_bytes};
	put_kept(http, q->headers);
	w->open++;
	return q;
}

static void request_free(struct request *q)
{
	q->w->open--;
	route_table_unref(q->routes);
	OBJ_POISON(q);
	free(q);
}

static void answer(struct request *q, enum err err)
{
	if (err == ERR_LIMIT) {
		answer_later(q->route, q->http, RETRY_FULL_S);
	} else if (err != ERR_OK) {
		answer_later(q->route, q->http, RETRY_SOON_S);
	} else if (!q->is_readable) {
		answer_bad(q->route, q->http, "body cannot be decoded; it was kept");
	} else {
		answer_accepted(q->route, q->http);
	}
}

static void request_on_put(void *arg, enum err err, int64_t entry)
{
	struct request *q;

	OBJ_FROM(q, arg, REQUEST_MAGIC);
	if (err == ERR_OK) {
		log_debug("webhook.stored", log_text("account", q->payload.account),
		          log_text("webhook", q->payload.source), log_int("entry", entry),
		          log_int("bytes", (int64_t)q->payload.body.len));
	}
	answer(q, err);
	request_free(q);
}

/* Only a certain "no" counts: without memory to look, the payload is as good as any. */
static bool can_be_decoded(const struct request *q)
{
	struct err_detail detail = {0};

	if (q->route->spec->invalid != 400)
		return true;
	if (normalise_check(q->route->source, &q->payload, NORMALISE_MEMORY_DEFAULT, &detail) !=
	    ERR_PARSE)
		return true;
	log_debug("webhook.undecodable", log_text("account", q->payload.account),
	          log_text("webhook", q->payload.source), log_str("error", detail.text));
	return false;
}

void request_begin(struct webhook *w, struct route_table *routes, struct route *r,
                   struct http_request *http)
{
	size_t header_bytes = kept_bytes(http);
	struct request *q;

	if (header_bytes > KEPT_BYTES_MAX) {
		answer_header_too_large(r, http);
		return;
	}
	q = request_new(w, routes, r, http, header_bytes);
	if (q == NULL) {
		answer_later(r, http, RETRY_SOON_S);
		return;
	}
	http_request_set_arg(http, q);
	http_request_accept(http, w->conf.max_body);
}

void request_complete(struct http_request *http)
{
	struct request *q;
	enum err err;

	OBJ_FROM(q, http_request_arg(http), REQUEST_MAGIC);
	q->payload = make_payload(q);
	q->is_readable = can_be_decoded(q);
	err = ingest_put(q->w->ingest, &q->payload, NULL, request_on_put, q);
	if (err != ERR_OK) {
		answer(q, err);
		request_free(q);
	}
}

void request_drop(struct http_request *http)
{
	struct request *q;

	OBJ_FROM(q, http_request_arg(http), REQUEST_MAGIC);
	request_free(q);
}
