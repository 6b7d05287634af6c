/* SPDX-License-Identifier: MIT */
#include "tests/receiver/webhook/fake_edge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "auth/password.h"
#include "core/metrics.h"
#include "normalise/normalise.h"

struct fake_edge edge;

/* ---- requests ---- */

struct str http_request_method(const struct http_request *req)
{
	return str_from(req->method);
}

struct str http_request_path(const struct http_request *req)
{
	return str_from(req->path);
}

struct str http_request_query(const struct http_request *req)
{
	return str_from(req->query);
}

struct str http_request_header(const struct http_request *req, const char *name)
{
	for (size_t i = 0; i < req->header_count; i++) {
		if (strcasecmp(req->names[i], name) == 0)
			return str_from(req->values[i]);
	}
	return STR_EMPTY;
}

size_t http_request_header_count(const struct http_request *req, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < req->header_count; i++)
		count += strcasecmp(req->names[i], name) == 0 ? 1 : 0;
	return count;
}

bool http_request_header_at(const struct http_request *req, size_t i, struct str *ret_name,
                            struct str *ret_value)
{
	if (i >= req->header_count)
		return false;
	*ret_name = str_from(req->names[i]);
	*ret_value = str_from(req->values[i]);
	return true;
}

struct str http_request_body(const struct http_request *req)
{
	assert_true(req->is_accepted);
	return str_from(req->body);
}

const char *http_request_address(const struct http_request *req)
{
	(void)req;
	return edge.address;
}

void http_request_set_arg(struct http_request *req, void *arg)
{
	req->arg = arg;
}

void *http_request_arg(const struct http_request *req)
{
	return req->arg;
}

void http_request_accept(struct http_request *req, size_t max_body)
{
	assert_int_equal(req->replies, 0);
	assert_false(req->is_accepted);
	req->is_accepted = true;
	req->max_body = max_body;
	if (!edge.holds_bodies)
		webhook_http_ops.on_request(edge.webhook, req);
}

void http_request_reply(struct http_request *req, const struct http_reply *reply)
{
	req->replies++;
	req->reply = *reply;
	(void)snprintf(req->media_type, sizeof(req->media_type), "%.*s",
	               STR_FMT(reply->media_type));
	(void)snprintf(req->reply_body, sizeof(req->reply_body), "%.*s", STR_FMT(reply->body));
	(void)snprintf(req->allow, sizeof(req->allow), "%s",
	               reply->allow != NULL ? reply->allow : "");
	(void)snprintf(req->challenge, sizeof(req->challenge), "%s",
	               reply->www_authenticate != NULL ? reply->www_authenticate : "");
}

/* ---- sources ---- */

struct source *source_ref(struct source *s)
{
	s->refs++;
	return s;
}

void source_unref(struct source *s)
{
	assert_true(s->refs > 0);
	s->refs--;
}

const char *source_account(const struct source *s)
{
	return s->account;
}

const char *source_name(const struct source *s)
{
	return s->name;
}

const struct profile_source *source_spec(const struct source *s)
{
	return &s->spec;
}

enum err normalise_check(const struct source *source, const struct payload *payload,
                         size_t memory_max, struct err_detail *reterr_detail)
{
	(void)source;
	(void)payload;
	(void)memory_max;
	(void)reterr_detail;
	return edge.decode_result;
}

/* ---- credentials ---- */

bool credentials_is_known(struct credentials_cache *cache, const struct credentials *c,
                          const struct basic *basic, int64_t now_ms)
{
	(void)now_ms;
	(void)cache;
	(void)c;
	return edge.is_known && str_eq(basic->password, STR_LIT("right"));
}

enum err credentials_check(struct credentials_cache *cache, struct credentials *c,
                           const struct basic *basic, int64_t now_ms, credentials_done done,
                           void *arg)
{
	edge.checks++;
	edge.check_done = done;
	edge.check_arg = arg;
	if (edge.check_result == ERR_AGAIN || edge.check_result == ERR_LIMIT ||
	    credentials_is_known(cache, c, basic, now_ms))
		return edge.check_result;
	/* As good as at once: the request cannot tell. */
	done(arg, str_eq(basic->password, STR_LIT("right")) ? ERR_OK : ERR_AUTH);
	return ERR_AGAIN;
}

/* ---- store ---- */

enum err store_put(struct store *s, const struct payload *payload,
                   const struct store_checkpoint *checkpoint, store_put_done done, void *arg)
{
	(void)s;
	assert_null(checkpoint);
	if (edge.put_result != ERR_OK)
		return edge.put_result;
	edge.puts[edge.put_count++] = (struct fake_put){*payload, done, arg};
	return ERR_OK;
}

static void on_put(void *arg, struct str account, int64_t entry, int64_t received_ms)
{
	(void)arg;
	(void)account;
	(void)entry;
	(void)received_ms;
	edge.notified++;
}

/* ---- the webhook ---- */

struct route_table *fake_routes(bool with_sms)
{
	struct route_table *t;

	assert_int_equal(route_table_new(&t), ERR_OK);
	if (with_sms)
		assert_int_equal(route_table_add(t, &edge.sms, edge.credentials), ERR_OK);
	assert_int_equal(route_table_add(t, &edge.open_hook, NULL), ERR_OK);
	assert_int_equal(route_table_add(t, &edge.get_hook, edge.credentials), ERR_OK);
	return t;
}

int fake_setup(void **state)
{
	const struct webhook_conf conf = {.max_body = 4096, .auth_failures = 3};

	(void)state;
	memset(&edge, 0, sizeof(edge));
	edge.sms = (struct source){"acme", "sms", {.methods = METHOD_POST, .invalid = 400}, 1};
	edge.open_hook = (struct source){"acme",
	                                 "open",
	                                 {.methods = METHOD_POST,
	                                  .invalid = 200,
	                                  .later = 429,
	                                  .reply_type = "text/xml",
	                                  .reply_body = "<Response/>"},
	                                 1};
	edge.get_hook = (struct source){
		"acme", "both", {.methods = METHOD_POST | METHOD_GET, .invalid = 400}, 1};
	edge.address = "192.0.2.1";
	assert_int_equal(auth_init(), ERR_OK);
	assert_int_equal(loop_new(&edge.loop), ERR_OK);
	assert_int_equal(credentials_new(&edge.credentials), ERR_OK);
	assert_int_equal(ingest_new(NULL, on_put, NULL, &edge.ingest), ERR_OK);
	edge.routes = fake_routes(true);
	assert_int_equal(
		webhook_new(edge.loop, edge.ingest, NULL, &conf, edge.routes, &edge.webhook),
		ERR_OK);
	return 0;
}

int fake_teardown(void **state)
{
	(void)state;
	webhook_free(edge.webhook);
	ingest_free(edge.ingest);
	credentials_unref(edge.credentials);
	loop_free(edge.loop);
	metrics_free();
	assert_int_equal(edge.sms.refs, 1);
	assert_int_equal(edge.open_hook.refs, 1);
	assert_int_equal(edge.get_hook.refs, 1);
	return 0;
}

void fake_request(struct http_request *req, const char *method, const char *target_path)
{
	memset(req, 0, sizeof(*req));
	req->method = method;
	req->path = target_path;
	req->query = "";
	req->body = "";
}

void fake_header(struct http_request *req, const char *name, const char *value)
{
	req->names[req->header_count] = name;
	req->values[req->header_count++] = value;
}

void fake_send(struct http_request *req)
{
	webhook_http_ops.on_head(edge.webhook, req);
}
