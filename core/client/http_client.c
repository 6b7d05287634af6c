/* SPDX-License-Identifier: MIT */
#include "core/client/http_client.h"

#include <assert.h>
#include <stdlib.h>

#include "core/client/http_client_internal.h"
#include "core/obj.h"

static void client_before_curl(void *arg)
{
	struct http_client *client;

	OBJ_FROM(client, arg, HTTP_CLIENT_MAGIC);
	http_client_enter(client);
	client->is_in_curl = true;
}

static void client_after_curl(void *arg)
{
	struct http_client *client;

	OBJ_FROM(client, arg, HTTP_CLIENT_MAGIC);
	client->is_in_curl = false;
	http_client_settle(client);
	http_client_leave(client);
}

static void client_on_nomem(void *arg, CURL *easy)
{
	struct http_call *call = NULL;

	(void)arg;
	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
	if (call == NULL || call->is_cancelled)
		return;
	call->end = HTTP_END_NOMEM;
	http_client_todo(call);
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
	while (!client->stay.is_over &&
	       (msg = curl_multi_info_read(client->multi, &left)) != NULL) {
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
	stay_enter(&client->stay);
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
	free_calls(client, &client->calls);
	free_calls(client, &client->gone);
	curl_loop_free(client->curl);
	loop_timer_free(client->soon);
	free(client->user_agent);
	OBJ_POISON(client);
	free(client);
}

void http_client_leave(struct http_client *client)
{
	if (stay_leave(&client->stay)) {
		destroy(client);
	} else if (client->stay.depth == 0) {
		free_calls(client, &client->gone);
	}
}

static const struct curl_loop_ops curl_ops = {client_before_curl, client_after_curl,
                                              client_on_nomem};

static enum err prepare(struct http_client *client, const struct http_client_conf *conf)
{
	client->user_agent = str_dup(str_from(conf->user_agent));
	if (client->user_agent == NULL)
		return ERR_NOMEM;
	client->connections = conf->connections;
	return loop_timer_new(client->loop, client_on_soon, client, &client->soon);
}

enum err http_client_wake(struct http_client *client)
{
	enum err err;

	if (client->curl != NULL)
		return ERR_OK;
	err = curl_loop_new(client->loop, client->connections, &curl_ops, client, &client->curl);
	if (err == ERR_OK)
		client->multi = curl_loop_multi(client->curl);
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
	if (stay_end(&client->stay)) {
		destroy(client);
		return;
	}
	TAILQ_FOREACH(call, &client->calls, link) {
		call->is_cancelled = true;
	}
}
