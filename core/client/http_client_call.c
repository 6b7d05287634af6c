/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "core/client/http_client_internal.h"
#include "core/clock.h"
#include "core/obj.h"

#define IDLE_TIMEOUT_MS 30000
#define HEAD_MAX        ((size_t)64 * 1024)

static void forget(struct http_call *call)
{
	struct http_client *client = call->client;

	TAILQ_REMOVE(&client->calls, call, link);
	if (call->is_in_todo) {
		TAILQ_REMOVE(&client->todo, call, todo_link);
		call->is_in_todo = false;
	}
}

/* The one place that tells an end. */
void http_call_finish(struct http_call *call, enum http_end end)
{
	struct http_client *client = call->client;
	const char *text = call->why;

	curl_text_steady(call->curl_text);
	if (text == NULL)
		text = call->curl_text[0] != '\0' ? call->curl_text : curl_easy_strerror(call->rc);
	if (end == HTTP_END_OK) {
		text = "";
	} else if (end == HTTP_END_NOMEM) {
		text = "out of memory";
	} else if (end == HTTP_END_HEAD_TOO_LARGE) {
		text = "the answer's headers are larger than 64 KiB";
	}
	http_client_enter(client);
	forget(call);
	call->is_cancelled = true; /* a cancel from on_done() does nothing */
	loop_timer_stop(call->clock);
	if (call->is_begun)
		(void)curl_multi_remove_handle(client->multi, call->easy);
	call->is_begun = false;
	call->answer.was_sent = call->attempts > 0;
	call->ops.on_done(call->arg, end, &call->answer, text);
	http_call_free(call);
	http_client_leave(client);
}

void http_call_over(struct http_call *call, CURLcode rc)
{
	call->rc = rc;
	if (call->is_paused) {
		call->is_over = true;
		return;
	}
	if (rc == CURLE_OK)
		http_call_check_whole(call);
	http_call_finish(call, http_end_of(call, rc));
}

/*
 * The connection is there and the request goes out. libcurl repeats a request by itself when a kept
 * connection turns out to be closed: one that may have been carried out must not be.
 */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static int call_on_ready(void *arg, char *to_ip, char *from_ip, int to_port, int from_port)
{
	struct http_call *call;

	(void)to_ip;
	(void)from_ip;
	(void)to_port;
	(void)from_port;
	OBJ_FROM(call, arg, HTTP_CALL_MAGIC);
	if (call->is_cancelled)
		return CURL_PREREQFUNC_ABORT;
	if (call->attempts > 0 && !call->is_repeatable) {
		call->end = HTTP_END_CUT;
		call->why = "the connection was closed without an answer";
		return CURL_PREREQFUNC_ABORT;
	}
	call->attempts++;
	call->last_at_ms = clock_mono_ms();
	http_call_wind_clock(call, call->last_at_ms);
	return CURL_PREREQFUNC_OK;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t call_on_line(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_call *call;

	OBJ_FROM(call, arg, HTTP_CALL_MAGIC);
	if (call->is_cancelled)
		return 0;
	call->last_at_ms = clock_mono_ms();
	return http_call_take_line(call, (struct str){bytes, size * count}) ? size * count : 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t call_on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_call *call;

	OBJ_FROM(call, arg, HTTP_CALL_MAGIC);
	if (call->is_cancelled)
		return 0;
	call->last_at_ms = clock_mono_ms();
	/*
	 * Only now, with the bytes behind those after which a pause was wanted: after
	 * curl_easy_pause() from in here libcurl would read once more with each pause, and keep it.
	 */
	if (call->is_paused)
		return CURL_WRITEFUNC_PAUSE;
	return http_call_take_body(call, (struct str){bytes, size * count}) ? size * count : 0;
}

static void connect_callbacks(struct http_call *call)
{
	(void)curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
	(void)curl_easy_setopt(call->easy, CURLOPT_ERRORBUFFER, call->curl_text);
	(void)curl_easy_setopt(call->easy, CURLOPT_PREREQFUNCTION, call_on_ready);
	(void)curl_easy_setopt(call->easy, CURLOPT_PREREQDATA, call);
	(void)curl_easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, call_on_line);
	(void)curl_easy_setopt(call->easy, CURLOPT_HEADERDATA, call);
	(void)curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, call_on_bytes);
	(void)curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
}

static void begin(struct http_call *call)
{
	call->is_begun = curl_multi_add_handle(call->client->multi, call->easy) == CURLM_OK;
	if (!call->is_begun)
		http_call_finish(call, HTTP_END_NOMEM);
}

static void go_on(struct http_call *call)
{
	struct http_client *client = call->client;

	call->wants_resume = false;
	call->is_paused = false;
	if (call->is_over) {
		http_call_over(call, call->rc);
		return;
	}
	call->last_at_ms = clock_mono_ms();
	http_call_wind_clock(call, call->last_at_ms);
	client->is_in_curl = true;
	CURLcode rc = curl_easy_pause(call->easy, CURLPAUSE_CONT);

	client->is_in_curl = false;
	/* What libcurl had kept was handed on; a refusal of that ends nothing by itself. */
	if (rc != CURLE_OK && !call->is_cancelled)
		http_call_over(call, rc);
}

void http_call_run(struct http_call *call)
{
	if (call->is_cancelled) /* the client is being freed */
		return;
	if (call->end == HTTP_END_NOMEM) {
		http_call_finish(call, HTTP_END_NOMEM);
	} else if (!call->is_begun) {
		begin(call);
	} else if (call->wants_resume) {
		go_on(call);
	}
}

void http_call_free(struct http_call *call)
{
	if (call == NULL)
		return;
	if (call->is_begun)
		(void)curl_multi_remove_handle(call->client->multi, call->easy);
	if (call->easy != NULL)
		curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	loop_timer_free(call->clock);
	inflate_free(call->inflate);
	buf_fini(&call->head);
	buf_fini(&call->decoded);
	OBJ_POISON(call);
	free(call);
}

static enum err call_new(struct http_client *client, const struct http_request *request,
                         struct http_call **ret_call)
{
	struct http_call *call = calloc(1, sizeof(*call));
	enum err err;

	if (call == NULL)
		return ERR_NOMEM;
	call->magic = HTTP_CALL_MAGIC;
	call->client = client;
	call->answer.retry_after_s = HTTP_RETRY_AFTER_NONE;
	call->answer.length = -1;
	call->is_identity = request->is_identity;
	call->timeout_ms = request->timeout_ms;
	call->idle_timeout_ms =
		request->idle_timeout_ms > 0 ? request->idle_timeout_ms : IDLE_TIMEOUT_MS;
	call->body_max = request->body_max;
	buf_init(&call->head, HEAD_MAX);
	buf_init(&call->decoded, 1);
	err = http_call_set_up(call, request);
	if (err == ERR_OK)
		err = loop_timer_new(client->loop, http_call_on_clock, call, &call->clock);
	if (err != ERR_OK) {
		http_call_free(call);
		return err;
	}
	connect_callbacks(call);
	*ret_call = call;
	return ERR_OK;
}

enum err http_client_send(struct http_client *client, const struct http_request *request,
                          const struct http_call_ops *ops, void *arg, struct http_call **ret_call)
{
	struct http_call *call = NULL;
	uint64_t now = clock_mono_ms();

	assert(request->body_max > 0 && ops->on_body != NULL && ops->on_done != NULL);
	assert(!client->stay.is_over);

	enum err err = http_client_wake(client);

	if (err == ERR_OK)
		err = call_new(client, request, &call);
	if (err != ERR_OK)
		return err;
	call->ops = *ops;
	call->arg = arg;
	call->end_at_ms = request->timeout_ms > 0 ? now + request->timeout_ms : 0;
	TAILQ_INSERT_TAIL(&client->calls, call, link);
	http_call_wind_clock(call, now);
	http_client_todo(call);
	*ret_call = call;
	return ERR_OK;
}

void http_call_resume(struct http_call *call)
{
	OBJ_CHECK(call, HTTP_CALL_MAGIC);
	if (call->is_cancelled)
		return;
	if (call->is_in_body)
		call->is_resumed_early = true;
	if (!call->is_paused)
		return;
	call->wants_resume = true;
	http_client_todo(call);
}

void http_call_cancel(struct http_call *call)
{
	if (call == NULL)
		return;
	OBJ_CHECK(call, HTTP_CALL_MAGIC);
	if (call->is_cancelled)
		return;

	struct http_client *client = call->client;

	call->is_cancelled = true;
	loop_timer_stop(call->clock);
	forget(call);
	if (client->is_in_curl) {
		TAILQ_INSERT_TAIL(&client->gone, call, link);
	} else {
		http_call_free(call);
	}
}
