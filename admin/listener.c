/* SPDX-License-Identifier: MIT */
#include "admin/listener.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "core/obj.h"
#include "core/str.h"

#define LISTENER_MAGIC 0x6c737421U

#define BACKLOG        64
#define HEAD_BYTES_MAX 8192
/* What a slice of an import may be; call.c refuses it for the other paths. */
#define BODY_BYTES_MAX ((size_t)2 * 1024 * 1024)
#define TIMEOUT_S      5

/* How often ended connections are let go of, while there are any. */
#define SWEEP_MS 200

/* Every method: what is not GET or HEAD is answered 405 by us, not 501 by evhttp. */
#define ALL_METHODS                                                                                \
	(EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | \
	 EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH)

struct listener {
	unsigned magic;
	struct evhttp *http;            /* owned */
	struct evconnlistener *accepts; /* owned by http once bound */
	struct loop_timer *timer;       /* owned */
	struct bufferevent **open;      /* owned; a reference to each */
	size_t open_count;
	size_t max;
	bool is_sweeping;
};

static bool has_ended(struct bufferevent *bev)
{
	bufferevent_data_cb on_read;
	bufferevent_data_cb on_write;
	bufferevent_event_cb on_event;

	bufferevent_getcb(bev, &on_read, &on_write, &on_event, NULL);
	return on_read == NULL && on_write == NULL && on_event == NULL;
}

static void sweep(struct listener *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->open_count; i++) {
		if (has_ended(l->open[i])) {
			(void)bufferevent_decref(l->open[i]);
		} else {
			l->open[kept++] = l->open[i];
		}
	}
	l->open_count = kept;
}

static void listener_on_timer(void *arg)
{
	struct listener *l;

	OBJ_FROM(l, arg, LISTENER_MAGIC);
	sweep(l);
	if (l->open_count < l->max)
		(void)evconnlistener_enable(l->accepts);
	l->is_sweeping = l->open_count > 0;
	if (l->is_sweeping)
		loop_timer_start(l->timer, SWEEP_MS);
}

static struct bufferevent *listener_on_connection(struct event_base *base, void *arg)
{
	struct listener *l;

	OBJ_FROM(l, arg, LISTENER_MAGIC);
	sweep(l);
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	/* libevent may accept several in one go before it notices that it is disabled. */
	if (bev == NULL || l->open_count == l->max)
		return bev;
	bufferevent_incref(bev);
	l->open[l->open_count++] = bev;
	if (l->open_count == l->max)
		(void)evconnlistener_disable(l->accepts);
	if (!l->is_sweeping) {
		l->is_sweeping = true;
		loop_timer_start(l->timer, SWEEP_MS);
	}
	return bev;
}

static enum err err_from_errno(int code)
{
	switch (code) {
	case EADDRINUSE:
		return ERR_EXISTS;
	case EACCES:
	case EPERM:
		return ERR_AUTH;
	case ENOMEM:
		return ERR_NOMEM;
	default:
		return ERR_IO;
	}
}

/* Room for an IPv4 or IPv6 address. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* "127.0.0.1:9080" or "[::1]:9080"; port 0 too, which evutil_parse_sockaddr_port() refuses. */
static bool parse_address(const char *text, union address *ret_address, int *ret_len)
{
	char host[INET6_ADDRSTRLEN + 2];
	const char *colon = strrchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : 0;
	uint64_t port;

	if (len == 0 || len >= sizeof(host) || str_to_u64(str_from(colon + 1), &port) != ERR_OK ||
	    port > UINT16_MAX)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	memset(ret_address, 0, sizeof(*ret_address));
	if (inet_pton(AF_INET, host, &ret_address->v4.sin_addr) == 1) {
		ret_address->v4.sin_family = AF_INET;
		ret_address->v4.sin_port = htons((uint16_t)port);
		*ret_len = sizeof(ret_address->v4);
		return true;
	}
	if (host[0] != '[' || host[len - 1] != ']')
		return false;
	host[len - 1] = '\0';
	ret_address->v6.sin6_family = AF_INET6;
	ret_address->v6.sin6_port = htons((uint16_t)port);
	*ret_len = sizeof(ret_address->v6);
	return inet_pton(AF_INET6, host + 1, &ret_address->v6.sin6_addr) == 1;
}

static enum err bind_address(struct listener *l, struct event_base *base, const char *address)
{
	union address to;
	int len;

	if (!parse_address(address, &to, &len))
		return ERR_INVAL;
	errno = 0;
	l->accepts = evconnlistener_new_bind(
		base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
		BACKLOG, &to.any, len);
	if (l->accepts == NULL)
		return err_from_errno(errno);
	if (evhttp_bind_listener(l->http, l->accepts) == NULL) {
		evconnlistener_free(l->accepts);
		return ERR_NOMEM;
	}
	return ERR_OK;
}

static uint16_t port_of(struct listener *l)
{
	union address bound;
	socklen_t len = sizeof(bound);

	memset(&bound, 0, sizeof(bound));
	if (getsockname(evconnlistener_get_fd(l->accepts), &bound.any, &len) != 0)
		return 0;
	return ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
}

static enum err make_http(struct listener *l, struct event_base *base, listener_fn on_request,
                          void *arg)
{
	l->http = evhttp_new(base);
	if (l->http == NULL)
		return ERR_NOMEM;
	evhttp_set_allowed_methods(l->http, ALL_METHODS);
	evhttp_set_max_headers_size(l->http, HEAD_BYTES_MAX);
	evhttp_set_max_body_size(l->http, BODY_BYTES_MAX);
	evhttp_set_timeout(l->http, TIMEOUT_S);
	evhttp_set_bevcb(l->http, listener_on_connection, l);
	evhttp_set_gencb(l->http, on_request, arg);
	return ERR_OK;
}

enum err listener_new(struct loop *loop, const char *address, size_t max_connections,
                      listener_fn on_request, void *arg, struct listener **ret_listener,
                      uint16_t *ret_port)
{
	enum err err = ERR_NOMEM;
	struct listener *l = calloc(1, sizeof(*l));

	assert(max_connections > 0);
	if (l == NULL)
		goto out;
	l->magic = LISTENER_MAGIC;
	l->max = max_connections;
	l->open = calloc(max_connections, sizeof(struct bufferevent *));
	if (l->open == NULL)
		goto out;
	err = loop_timer_new(loop, listener_on_timer, l, &l->timer);
	if (err != ERR_OK)
		goto out;
	err = make_http(l, loop_base(loop), on_request, arg);
	if (err != ERR_OK)
		goto out;
	err = bind_address(l, loop_base(loop), address);
	if (err != ERR_OK)
		goto out;
	if (ret_port != NULL)
		*ret_port = port_of(l);
	*ret_listener = l;
	l = NULL;
out:
	listener_free(l);
	return err;
}

void listener_free(struct listener *l)
{
	if (l == NULL)
		return;
	if (l->http != NULL)
		evhttp_free(l->http);
	for (size_t i = 0; i < l->open_count; i++)
		(void)bufferevent_decref(l->open[i]);
	loop_timer_free(l->timer);
	free(l->open);
	OBJ_POISON(l);
	free(l);
}
