/* SPDX-License-Identifier: MIT */
#include "admin/call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "core/ascii.h"
#include "core/obj.h"

#define CALL_MAGIC 0x63616c21U

/* A reader that takes nothing for so long is gone. */
#define READER_TIMEOUT_S 600

/* What a client may send behind its request is of no use: read no more than this of it. */
#define UNREAD_MAX 4096

/* The listener takes as much as the path with the largest bodies needs. */
#define LARGE_PATH "import"
#define BODY_MAX   65536

/* libevent's own 16 KiB a turn of the loop is slower than what a vendor sends becomes events. */
#define WRITE_MAX ((size_t)1024 * 1024)

struct admin_call {
	unsigned magic;
	struct calls *calls;        /* borrowed; NULL once the listener ended */
	struct admin_call *next;    /* borrowed */
	struct evhttp_request *req; /* owned; NULL when it went with the listener */
	struct evbuffer *lines;     /* owned; of this turn of the loop */
	struct loop_timer *flush;   /* owned */
	void *state;                /* the application's */
	bool is_begun, is_gone;
};

/* ---- who may ask ---- */

/*
 * A page may have its own host name resolved to this machine, and is of the same origin then. So a
 * name must be one that nobody else can give.
 */
static bool is_local_name(const char *host)
{
	struct str name = str_from(host);

	if (host == NULL || host[0] == '[')
		return true;
	(void)str_cut(name, ':', &name, &(struct str){NULL, 0});
	if (str_ieq(name, STR_LIT("localhost")))
		return true;
	for (size_t i = 0; i < name.len; i++) {
		if (!ascii_is_digit(name.ptr[i]) && name.ptr[i] != '.')
			return false;
	}
	return true;
}

bool call_is_trusted(struct evhttp_request *req)
{
	const struct evkeyvalq *headers = evhttp_request_get_input_headers(req);
	const char *mark = evhttp_find_header(headers, "X-Campaign2mqtt");

	return mark != NULL && strcmp(mark, "1") == 0 &&
	       is_local_name(evhttp_find_header(headers, "Host"));
}

/* ---- life ---- */

static void unlink_call(struct admin_call *call)
{
	struct admin_call **at = &call->calls->first;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
}

static void call_free(struct admin_call *call)
{
	if (call->calls != NULL)
		unlink_call(call);
	loop_timer_free(call->flush);
	if (call->lines != NULL)
		evbuffer_free(call->lines);
	OBJ_POISON(call);
	free(call);
}

static void tell_gone(const struct calls *calls, struct admin_call *call)
{
	call->is_gone = true;
	if (calls->ops->on_gone != NULL)
		calls->ops->on_gone(calls->arg, call, call->state);
}

static void call_on_close(struct evhttp_connection *connection, void *arg)
{
	struct admin_call *call;

	(void)connection;
	OBJ_FROM(call, arg, CALL_MAGIC);
	tell_gone(call->calls, call); /* may free it */
}

void calls_abandon(struct calls *calls)
{
	while (calls->first != NULL) {
		struct admin_call *call = calls->first;

		calls->first = call->next;
		call->calls = NULL;
		if (call->is_gone)
			continue; /* its owner has not ended it yet */
		evhttp_connection_set_closecb(evhttp_request_get_connection(call->req), NULL, NULL);
		call->req = NULL; /* goes with its connection */
		tell_gone(calls, call);
	}
}

static const char *method_of(struct evhttp_request *req)
{
	switch (evhttp_request_get_command(req)) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_POST:
		return "POST";
	default:
		return "other";
	}
}

/* So that many short lines leave in few large writes. */
static void flush(struct admin_call *call)
{
	loop_timer_stop(call->flush);
	if (evbuffer_get_length(call->lines) > 0 && !call->is_gone)
		evhttp_send_reply_chunk(call->req, call->lines);
}

static void call_on_flush(void *arg)
{
	struct admin_call *call;

	OBJ_FROM(call, arg, CALL_MAGIC);
	flush(call);
}

static struct admin_call *call_new(struct loop *loop)
{
	struct admin_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->magic = CALL_MAGIC;
	call->lines = evbuffer_new();
	if (call->lines == NULL ||
	    loop_timer_new(loop, call_on_flush, call, &call->flush) != ERR_OK) {
		call_free(call);
		return NULL;
	}
	return call;
}

static bool is_too_large(struct evhttp_request *req)
{
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req));

	return evbuffer_get_length(evhttp_request_get_input_buffer(req)) > BODY_MAX &&
	       strcmp(path + strlen(CALL_PATH), LARGE_PATH) != 0;
}

void call_take(struct calls *calls, struct evhttp_request *req)
{
	if (is_too_large(req)) {
		evhttp_send_error(req, HTTP_ENTITYTOOLARGE, NULL);
		return;
	}

	struct admin_call *call = call_new(calls->loop);
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	struct evbuffer *body = evhttp_request_get_input_buffer(req);

	if (call == NULL) {
		evhttp_send_error(req, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	call->req = req;
	call->calls = calls;
	call->next = calls->first;
	calls->first = call;
	evhttp_connection_set_closecb(evhttp_request_get_connection(req), call_on_close, call);

	const struct admin_request request = {
		.method = method_of(req),
		.path = evhttp_uri_get_path(uri) + strlen(CALL_PATH),
		.query = str_from(evhttp_uri_get_query(uri)),
		.body = {(const char *)evbuffer_pullup(body, -1), evbuffer_get_length(body)},
	};

	calls->ops->on_call(calls->arg, call, &request);
}

/* ---- answers ---- */

void admin_call_set(struct admin_call *call, void *state)
{
	call->state = state;
}

static void set_header(struct admin_call *call, const char *name, const char *value)
{
	/* Without memory for a header the answer goes without it. */
	(void)evhttp_add_header(evhttp_request_get_output_headers(call->req), name, value);
}

/* Nobody is told of this connection's end any more. */
static void let_go(struct admin_call *call)
{
	evhttp_connection_set_closecb(evhttp_request_get_connection(call->req), NULL, NULL);
}

void admin_call_answer(struct admin_call *call, unsigned status, struct str json)
{
	struct evhttp_request *req = call->req;

	assert(!call->is_begun);
	if (call->is_gone) {
		admin_call_end(call);
		return;
	}
	set_header(call, "Content-Type", "application/json");
	set_header(call, "Cache-Control", "no-store");
	if (status >= 400)
		set_header(call, "Connection", "close");
	let_go(call);
	call_free(call);
	if (evbuffer_add(evhttp_request_get_output_buffer(req), json.ptr, json.len) != 0) {
		evhttp_send_error(req, HTTP_INTERNAL, NULL);
		return;
	}
	evhttp_send_reply(req, (int)status, NULL, NULL);
}

/* The timeouts of a short exchange do not fit an answer that takes as long as it takes. */
static void take_time(struct evhttp_connection *connection)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(connection);
	const struct timeval timeout = {.tv_sec = READER_TIMEOUT_S};

	(void)bufferevent_set_timeouts(bev, NULL, &timeout);
	bufferevent_setwatermark(bev, EV_READ, 0, UNREAD_MAX);
	(void)bufferevent_set_max_single_write(bev, WRITE_MAX);
}

void admin_call_begin(struct admin_call *call)
{
	assert(!call->is_begun);
	call->is_begun = true;
	if (call->is_gone)
		return;
	set_header(call, "Content-Type", "application/x-ndjson");
	set_header(call, "Cache-Control", "no-store");
	set_header(call, "Connection", "close");
	evhttp_send_reply_start(call->req, HTTP_OK, "OK");
	take_time(evhttp_request_get_connection(call->req));
}

size_t admin_call_waiting(const struct admin_call *call)
{
	struct evhttp_connection *connection;

	if (call->is_gone)
		return 0;
	connection = evhttp_request_get_connection(call->req);
	return evbuffer_get_length(
		       bufferevent_get_output(evhttp_connection_get_bufferevent(connection))) +
	       evbuffer_get_length(call->lines);
}

bool admin_call_line(struct admin_call *call, struct str line)
{
	assert(call->is_begun);
	if (call->is_gone)
		return true; /* on_gone() has said so */
	if (admin_call_waiting(call) + line.len > ADMIN_CALL_WAITING_MAX ||
	    evbuffer_expand(call->lines, line.len + 1) != 0)
		return false;
	(void)evbuffer_add(call->lines, line.ptr, line.len);
	(void)evbuffer_add(call->lines, "\n", 1);
	loop_timer_start(call->flush, 0);
	return true;
}

void admin_call_end(struct admin_call *call)
{
	struct evhttp_request *req = call->req;

	assert(call->is_begun || call->is_gone);
	if (call->is_begun)
		flush(call);
	if (!call->is_gone)
		let_go(call);
	call_free(call);
	if (req != NULL)
		evhttp_send_reply_end(req); /* without a connection it only frees the request */
}
