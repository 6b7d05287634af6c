/* SPDX-License-Identifier: MIT */
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
#define LISTEN_FLAGS (LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE)

/* ---- who gets in ---- */

static void set_accepting(struct http_server *server, bool on)
{
	struct http_listener *l;

	STAILQ_FOREACH(l, &server->listeners, link)
	{
		(void)(on ? evconnlistener_enable(l->listener)
		          : evconnlistener_disable(l->listener));
	}
}

void http_listen_on_pause_end(void *arg)
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

/* ---- listening ---- */

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

void http_listen_stop(struct http_server *server)
{
	while (!STAILQ_EMPTY(&server->listeners)) {
		struct http_listener *l = STAILQ_FIRST(&server->listeners);

		STAILQ_REMOVE_HEAD(&server->listeners, link);
		evconnlistener_free(l->listener);
		free(l);
	}
}
