/* SPDX-License-Identifier: MIT */
#include "core/http/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/listener.h>
#include <event2/util.h>

#include "core/http/http_internal.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/obj.h"

#define BACKLOG      1024
#define PAUSE_MS     500 /* of accepting, after accept() failed */
#define OUT_MAX      ((size_t)16 * 1024 * 1024)
#define LISTEN_FLAGS (LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE)

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

static void set_accepting(struct http_server *server, bool on)
{
	struct http_listener *l;

	STAILQ_FOREACH(l, &server->listeners, link)
	{
		(void)(on ? evconnlistener_enable(l->listener)
		          : evconnlistener_disable(l->listener));
	}
}

static void server_on_pause_end(void *arg)
{
	struct http_server *server;

	OBJ_FROM(server, arg, HTTP_SERVER_MAGIC);
	set_accepting(server, true);
}

static void server_on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct http_server *server;

	OBJ_FROM(server, arg, HTTP_SERVER_MAGIC);
	(void)listener;
	log_warn("http.accept_failed", log_str("error", evutil_socket_error_to_string(errno)));
	http_server_count_refusal("accept");
	set_accepting(server, false);
	loop_timer_start(server->pause_timer, PAUSE_MS);
}

static bool refuse_connection(int fd, const char *cause)
{
	http_server_count_refusal(cause);
	(void)evutil_closesocket(fd);
	return false;
}

static bool admit(struct http_server *server, int fd, const struct http_peer_key *peer)
{
	if (server->connection_count >= server->limits.connections)
		return refuse_connection(fd, "connections");
	switch (http_peers_enter(server->peers, peer, server->limits.connections_per_address)) {
	case ERR_OK:
		return true;
	case ERR_LIMIT:
		return refuse_connection(fd, "address");
	default:
		return refuse_connection(fd, "memory");
	}
}

static void server_on_accept(struct evconnlistener *listener, evutil_socket_t fd,
                             struct sockaddr *address, int address_len, void *arg)
{
	struct http_server *server;
	struct http_peer_key peer;
	char text[INET6_ADDRSTRLEN] = "";

	OBJ_FROM(server, arg, HTTP_SERVER_MAGIC);
	(void)listener;
	(void)address_len;
	http_peer_key_from(address, &peer, text);
	if (!admit(server, fd, &peer))
		return;
	if (http_connection_open(server, fd, &peer, text) != ERR_OK) {
		http_peers_leave(server->peers, &peer);
		http_server_count_refusal("memory");
		return;
	}
	server->connection_count++;
	metric_add(METRIC_HTTP_CONNECTIONS, NULL, NULL, NULL, 1);
}

static enum err make_timers(struct http_server *server)
{
	enum err err = loop_timer_new(server->loop, http_clock_on_tick, server, &server->tick);

	if (err == ERR_OK)
		err = loop_timer_new(server->loop, server_on_ready, server, &server->ready_timer);
	if (err == ERR_OK) {
		err = loop_timer_new(server->loop, server_on_pause_end, server,
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

static enum err err_from_socket(int error)
{
	if (error == EADDRINUSE)
		return ERR_EXISTS;
	if (error == EACCES || error == EPERM)
		return ERR_AUTH;
	return error == ENOMEM ? ERR_NOMEM : ERR_IO;
}

static uint16_t port_of(evutil_socket_t fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return 0;
	memcpy(&in, &address, sizeof(in));
	memcpy(&in6, &address, sizeof(in6));
	return ntohs(address.ss_family == AF_INET6 ? in6.sin6_port : in.sin_port);
}

/* "HOST:PORT" or "[IPv6]:PORT"; by hand because libevent's reader refuses port 0. */
static enum err parse_address(const char *address, struct sockaddr_storage *ret_storage,
                              int *ret_len)
{
	const char *colon = strrchr(address, ':');
	bool is_ipv6 = address[0] == '[';
	char host[INET6_ADDRSTRLEN] = "";
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	uint64_t port;

	if (colon == NULL || str_to_u64(str_from(colon + 1), &port) != ERR_OK || port > UINT16_MAX)
		return ERR_INVAL;

	const char *start = is_ipv6 ? address + 1 : address;
	const char *end = is_ipv6 ? colon - 1 : colon;

	if (end < start || (is_ipv6 && *end != ']') || (size_t)(end - start) >= sizeof(host))
		return ERR_INVAL;
	memcpy(host, start, (size_t)(end - start));
	in.sin_port = htons((uint16_t)port);
	in6.sin6_port = htons((uint16_t)port);
	if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, host,
	              is_ipv6 ? (void *)&in6.sin6_addr : (void *)&in.sin_addr) != 1)
		return ERR_INVAL;
	*ret_len = is_ipv6 ? (int)sizeof(in6) : (int)sizeof(in);
	memcpy(ret_storage, is_ipv6 ? (const void *)&in6 : (const void *)&in, (size_t)*ret_len);
	return ERR_OK;
}

enum err http_server_listen(struct http_server *server, const char *address, uint16_t *ret_port)
{
	struct sockaddr_storage storage;
	int len = 0;
	struct http_listener *l = NULL;
	enum err err = ERR_NOMEM;

	memset(&storage, 0, sizeof(storage));
	if (parse_address(address, &storage, &len) != ERR_OK)
		return ERR_INVAL;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		goto out;
	errno = 0;
	l->listener =
		evconnlistener_new_bind(loop_base(server->loop), server_on_accept, server,
	                                LISTEN_FLAGS, BACKLOG, (struct sockaddr *)&storage, len);
	if (l->listener == NULL) {
		err = err_from_socket(errno);
		goto out;
	}
	evconnlistener_set_error_cb(l->listener, server_on_accept_error);
	if (ret_port != NULL)
		*ret_port = port_of(evconnlistener_get_fd(l->listener));
	STAILQ_INSERT_TAIL(&server->listeners, l, link);
	l = NULL;
	err = ERR_OK;
out:
	free(l);
	return err;
}

void http_server_set_limits(struct http_server *server, const struct http_limits *limits)
{
	server->limits = *limits;
}

static void stop_listening(struct http_server *server)
{
	while (!STAILQ_EMPTY(&server->listeners)) {
		struct http_listener *l = STAILQ_FIRST(&server->listeners);

		STAILQ_REMOVE_HEAD(&server->listeners, link);
		evconnlistener_free(l->listener);
		free(l);
	}
}

void http_server_drain(struct http_server *server, loop_fn on_idle, void *arg)
{
	struct http_connection *conn;

	if (server->is_draining)
		return;
	server->is_draining = true;
	server->on_idle = on_idle;
	server->on_idle_arg = arg;
	stop_listening(server);
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
	stop_listening(server);
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
