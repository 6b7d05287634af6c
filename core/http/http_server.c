/* SPDX-License-Identifier: MIT */
#include "core/http/http_server.h"

#include <assert.h>
#include <stdlib.h>

#include "core/http/http_internal.h"
#include "core/metrics.h"
#include "core/obj.h"

#define OUT_MAX ((size_t)16 * 1024 * 1024)

void http_server_count_refusal(const char *cause)
{
	metric_add(METRIC_HTTP_REFUSED, cause, NULL, NULL, 1);
}

void http_server_wake(struct http_server *server, struct http_connection *conn)
{
	if (conn->is_ready)
		return;
	conn->is_ready = true;
	TAILQ_INSERT_TAIL(&server->ready, conn, ready_link);
	loop_timer_start(server->ready_timer, 0);
}

void http_server_on_closed(struct http_server *server)
{
	server->connection_count--;
	metric_add(METRIC_HTTP_CONNECTIONS, NULL, NULL, NULL, -1);
	if (server->is_draining && server->connection_count == 0)
		loop_timer_start(server->ready_timer, 0);
}

static void server_on_ready(void *arg)
{
	struct http_server *server;
	struct http_connection *conn;
	size_t count = 0;

	OBJ_FROM(server, arg, HTTP_SERVER_MAGIC);
	/* Those that become ready meanwhile wait for the next turn, so that others get theirs. */
	TAILQ_FOREACH(conn, &server->ready, ready_link) {
		count++;
	}
	for (; count > 0 && (conn = TAILQ_FIRST(&server->ready)) != NULL; count--) {
		TAILQ_REMOVE(&server->ready, conn, ready_link);
		conn->is_ready = false;
		http_connection_run(conn);
	}
	if (server->is_draining && server->connection_count == 0 && server->on_idle != NULL) {
		loop_fn on_idle = server->on_idle;

		server->on_idle = NULL;
		on_idle(server->on_idle_arg); /* may free the server */
	}
}

static enum err make_timers(struct http_server *server)
{
	enum err err = loop_timer_new(server->loop, http_clock_on_tick, server, &server->tick);

	if (err == ERR_OK)
		err = loop_timer_new(server->loop, server_on_ready, server, &server->ready_timer);
	if (err == ERR_OK) {
		err = loop_timer_new(server->loop, http_listen_on_pause_end, server,
		                     &server->pause_timer);
	}
	return err;
}

enum err http_server_new(struct loop *loop, const struct http_limits *limits,
                         const struct http_server_ops *ops, void *arg,
                         struct http_server **ret_server)
{
	struct http_server *server = calloc(1, sizeof(*server));
	enum err err = ERR_NOMEM;

	if (server == NULL)
		return ERR_NOMEM;
	server->magic = HTTP_SERVER_MAGIC;
	server->loop = loop;
	server->limits = *limits;
	server->ops = ops;
	server->arg = arg;
	STAILQ_INIT(&server->listeners);
	TAILQ_INIT(&server->connections);
	TAILQ_INIT(&server->ready);
	for (int clock = 0; clock < CLOCK_COUNT; clock++)
		TAILQ_INIT(&server->clocks[clock]);
	buf_init(&server->out, OUT_MAX);
	err = http_peers_new(&server->peers);
	if (err == ERR_OK)
		err = make_timers(server);
	if (err != ERR_OK)
		goto out;
	*ret_server = server;
	server = NULL;
out:
	http_server_free(server);
	return err;
}

void http_server_set_limits(struct http_server *server, const struct http_limits *limits)
{
	server->limits = *limits;
}

void http_server_drain(struct http_server *server, loop_fn on_idle, void *arg)
{
	struct http_connection *conn;

	if (server->is_draining)
		return;
	server->is_draining = true;
	server->on_idle = on_idle;
	server->on_idle_arg = arg;
	http_listen_stop(server);
	/* Each looks at its state when it runs and closes itself between two requests. */
	TAILQ_FOREACH(conn, &server->connections, link) {
		if (conn->phase == PHASE_READ_HEAD)
			http_server_wake(server, conn);
	}
	loop_timer_start(server->ready_timer, 0);
}

void http_server_free(struct http_server *server)
{
	struct http_connection *conn;
	struct http_connection *next;

	if (server == NULL)
		return;
	http_listen_stop(server);
	for (conn = TAILQ_FIRST(&server->connections); conn != NULL; conn = next) {
		next = TAILQ_NEXT(conn, link);
		assert(!conn->is_running);
		http_connection_close(conn);
	}
	/* What is left has no socket and waits for its reply, or to be told so. */
	while ((conn = TAILQ_FIRST(&server->connections)) != NULL) {
		if (conn->is_dropped) {
			http_connection_run(conn);
			continue;
		}
		TAILQ_REMOVE(&server->connections, conn, link);
		conn->server = NULL;
	}
	loop_timer_free(server->tick);
	loop_timer_free(server->ready_timer);
	loop_timer_free(server->pause_timer);
	http_peers_free(server->peers);
	buf_fini(&server->out);
	OBJ_POISON(server);
	free(server);
}

size_t http_server_connections(const struct http_server *server)
{
	return server->connection_count;
}
