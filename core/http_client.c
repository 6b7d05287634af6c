/* SPDX-License-Identifier: MIT */
#include "core/http_client.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/http_client_internal.h"
#include "core/obj.h"

#define WATCH_MAGIC 0x68777463U

/** A socket of libcurl's, watched. */
struct http_watch {
	unsigned magic;
	TAILQ_ENTRY(http_watch) link;
	struct http_client *client; /* borrowed */
	struct loop_io *io;         /* owned */
	curl_socket_t fd;
};

static void act(struct http_client *client, curl_socket_t fd, int what)
{
	int running;

	http_client_enter(client);
	client->is_in_curl = true;
	(void)curl_multi_socket_action(client->multi, fd, what, &running);
	client->is_in_curl = false;
	http_client_settle(client);
	http_client_leave(client);
}

static void watch_on_io(void *arg, bool readable, bool writable)
{
	struct http_watch *watch;

	OBJ_FROM(watch, arg, WATCH_MAGIC);
	act(watch->client, watch->fd,
	    (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
}

static void client_on_timer(void *arg)
{
	struct http_client *client;

	OBJ_FROM(client, arg, HTTP_CLIENT_MAGIC);
	act(client, CURL_SOCKET_TIMEOUT, 0);
}

static void watch_free(struct http_client *client, struct http_watch *watch)
{
	TAILQ_REMOVE(&client->watches, watch, link);
	loop_io_free(watch->io);
	OBJ_POISON(watch);
	free(watch);
}

static struct http_watch *watch_new(struct http_client *client, curl_socket_t fd)
{
	struct http_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->magic = WATCH_MAGIC;
	watch->client = client;
	watch->fd = fd;
	if (loop_io_new(client->loop, fd, watch_on_io, watch, &watch->io) != ERR_OK) {
		free(watch);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&client->watches, watch, link);
	(void)curl_multi_assign(client->multi, fd, watch);
	return watch;
}

/* An error from the socket callback would stop every transfer: only this one ends. */
static void fail_for_memory(CURL *easy)
{
	struct http_call *call = NULL;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
	if (call == NULL || call->is_cancelled)
		return;
	call->end = HTTP_END_NOMEM;
	http_client_todo(call);
}

static int client_on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http_watch *watch = socket_arg;
	struct http_client *client;

	OBJ_FROM(client, arg, HTTP_CLIENT_MAGIC);
	if (what == CURL_POLL_REMOVE) {
		(void)curl_multi_assign(client->multi, fd, NULL);
		if (watch != NULL)
			watch_free(client, watch);
		return 0;
	}
	if (watch == NULL)
		watch = watch_new(client, fd);
	if (watch == NULL) {
		fail_for_memory(easy);
		return 0;
	}
	loop_io_want(watch->io, (what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
	return 0;
}

static int client_on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
	struct http_client *client;

	(void)multi;
	OBJ_FROM(client, arg, HTTP_CLIENT_MAGIC);
	if (timeout_ms < 0) {
		loop_timer_stop(client->timer);
	} else {
		loop_timer_start(client->timer, (uint64_t)timeout_ms);
	}
	return 0;
}

void http_client_todo(struct http_call *call)
{
	if (call->is_in_todo)
		return;
	call->is_in_todo = true;
	TAILQ_INSERT_TAIL(&call->client->todo, call, todo_link);
	loop_timer_start(call->client->soon, 0);
}

/* What is put there meanwhile waits for the next turn, so that nobody keeps the loop. */
static void client_on_soon(void *arg)
{
	struct http_client *client;
	struct http_call *call;
	size_t count = 0;

	OBJ_FROM(client, arg, HTTP_CLIENT_MAGIC);
	http_client_enter(client);
	TAILQ_FOREACH(call, &client->todo, todo_link) {
		count++;
	}
	while (count-- > 0 && (call = TAILQ_FIRST(&client->todo)) != NULL) {
		TAILQ_REMOVE(&client->todo, call, todo_link);
		call->is_in_todo = false;
		http_call_run(call);
	}
	http_client_settle(client);
	http_client_leave(client);
}

void http_client_settle(struct http_client *client)
{
	CURLMsg *msg;
	int left;

	assert(!client->is_in_curl);
	while (!client->is_dying && (msg = curl_multi_info_read(client->multi, &left)) != NULL) {
		struct http_call *call = NULL;
		CURLcode rc = msg->data.result;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call);
		OBJ_CHECK(call, HTTP_CALL_MAGIC);
		if (!call->is_cancelled)
			http_call_over(call, rc);
	}
}

void http_client_enter(struct http_client *client)
{
	client->depth++;
}

static void free_calls(struct http_client *client, struct http_calls *calls)
{
	struct http_call *call;

	while ((call = TAILQ_FIRST(calls)) != NULL) {
		TAILQ_REMOVE(calls, call, link);
		if (call->is_in_todo)
			TAILQ_REMOVE(&client->todo, call, todo_link);
		http_call_free(call);
	}
}

static void destroy(struct http_client *client)
{
	struct http_watch *watch;

	free_calls(client, &client->calls);
	free_calls(client, &client->gone);
	while ((watch = TAILQ_FIRST(&client->watches)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it does not follow TAILQ_REMOVE */
		(void)curl_multi_assign(client->multi, watch->fd, NULL);
		watch_free(client, watch);
	}
	if (client->multi != NULL) {
		/* Connections that are kept are closed now: nobody watches them any more. */
		(void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, NULL);
		(void)curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, NULL);
		(void)curl_multi_cleanup(client->multi);
	}
	loop_timer_free(client->timer);
	loop_timer_free(client->soon);
	free(client->user_agent);
	free(client->ca);
	if (client->has_global)
		curl_global_cleanup();
	OBJ_POISON(client);
	free(client);
}

void http_client_leave(struct http_client *client)
{
	client->depth--;
	if (client->depth > 0)
		return;
	if (client->is_dying) {
		destroy(client);
	} else {
		free_calls(client, &client->gone);
	}
}

static enum err prepare_multi(struct http_client *client, unsigned connections)
{
	client->multi = curl_multi_init();
	if (client->multi == NULL)
		return ERR_NOMEM;
	(void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, client_on_socket);
	(void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	(void)curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, client_on_timeout);
	(void)curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	(void)curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections);
	(void)curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)connections);
	return ERR_OK;
}

static enum err prepare(struct http_client *client, const struct http_client_conf *conf)
{
	enum err err;

	client->user_agent = str_dup(str_from(conf->user_agent));
	if (client->user_agent == NULL)
		return ERR_NOMEM;
	if (conf->ca != NULL && access(conf->ca, R_OK) != 0)
		return ERR_NOENT;
	if (conf->ca != NULL && (client->ca = str_dup(str_from(conf->ca))) == NULL)
		return ERR_NOMEM;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return ERR_NOMEM;
	client->has_global = true;
	err = loop_timer_new(client->loop, client_on_timer, client, &client->timer);
	if (err == ERR_OK)
		err = loop_timer_new(client->loop, client_on_soon, client, &client->soon);
	if (err == ERR_OK)
		err = prepare_multi(client, conf->connections);
	return err;
}

enum err http_client_new(struct loop *loop, const struct http_client_conf *conf,
                         struct http_client **ret_client)
{
	struct http_client *client = calloc(1, sizeof(*client));
	enum err err;

	assert(conf->connections > 0);
	if (client == NULL)
		return ERR_NOMEM;
	client->magic = HTTP_CLIENT_MAGIC;
	client->loop = loop;
	TAILQ_INIT(&client->watches);
	TAILQ_INIT(&client->calls);
	TAILQ_INIT(&client->gone);
	TAILQ_INIT(&client->todo);
	err = prepare(client, conf);
	if (err != ERR_OK) {
		destroy(client);
		return err;
	}
	*ret_client = client;
	return ERR_OK;
}

void http_client_free(struct http_client *client)
{
	struct http_call *call;

	if (client == NULL)
		return;
	OBJ_CHECK(client, HTTP_CLIENT_MAGIC);
	if (client->depth == 0) {
		destroy(client);
		return;
	}
	client->is_dying = true;
	TAILQ_FOREACH(call, &client->calls, link) {
		call->is_cancelled = true;
	}
}
