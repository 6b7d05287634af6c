/* SPDX-License-Identifier: MIT */
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>

#include "core/http/http_internal.h"
#include "core/inflate.h"
#include "core/obj.h"

#define OPEN_SHARE 4 /* those not accepted may hold memory_bytes / 4 together */

size_t http_connection_held(const struct http_connection *conn)
{
	const struct http_request *req = &conn->request;
	size_t input = 0;

	if (conn->bev != NULL)
		input = evbuffer_get_length(bufferevent_get_input(conn->bev));
	return http_reader_bytes(&req->reader) + req->body.cap + input +
	       (req->inflate != NULL ? INFLATE_BYTES : 0);
}

void http_connection_charge(struct http_connection *conn, size_t bytes)
{
	struct http_server *server = conn->server;
	size_t open = conn->is_accepted ? 0 : bytes;

	server->memory = server->memory - conn->charged + bytes;
	server->memory_open = server->memory_open - conn->charged_open + open;
	conn->charged = bytes;
	conn->charged_open = open;
}

bool http_connection_is_over_share(const struct http_connection *conn)
{
	const struct http_server *server = conn->server;

	return server->memory_open > server->limits.memory_bytes / OPEN_SHARE;
}

void http_connection_forget_request(struct http_connection *conn)
{
	struct http_request *req = &conn->request;

	http_reader_fini(&req->reader);
	http_body_fini(req);
	req->arg = NULL;
	conn->is_accepted = false;
	conn->has_continued = false;
	conn->refusal = 0;
}

void http_connection_release(struct http_connection *conn)
{
	if (conn->is_running)
		return; /* http_connection_run() does it at its end */
	if (conn->server != NULL) {
		if (conn->is_ready)
			TAILQ_REMOVE(&conn->server->ready, conn, ready_link);
		http_connection_charge(conn, 0);
		TAILQ_REMOVE(&conn->server->connections, conn, link);
	}
	http_connection_forget_request(conn);
	OBJ_POISON(&conn->request);
	OBJ_POISON(conn);
	free(conn);
}

void http_connection_tell_dropped(struct http_connection *conn)
{
	const struct http_server *server = conn->server;

	if (server->ops->on_dropped != NULL)
		server->ops->on_dropped(server->arg, &conn->request);
}

void http_connection_close(struct http_connection *conn)
{
	struct http_server *server = conn->server;
	enum http_phase phase = conn->phase;

	if (conn->bev == NULL)
		return;
	http_clock_set(conn, CLOCK_NONE);
	if (server->out_owner == conn) {
		server->out_owner = NULL;
		buf_reset(&server->out);
	}
	bufferevent_free(conn->bev);
	conn->bev = NULL;
	conn->in = STR_EMPTY;
	conn->taken = 0;
	http_peers_leave(server->peers, &conn->peer);
	conn->phase = phase == PHASE_DECIDE || phase == PHASE_ANSWER ? PHASE_GONE : PHASE_DEAD;
	if (phase == PHASE_READ_BODY && conn->is_running) {
		/* Perhaps inside a callback of the application: tell it later. */
		conn->phase = PHASE_GONE;
		conn->is_dropped = true;
		http_server_wake(server, conn);
	} else if (phase == PHASE_READ_BODY) {
		http_connection_tell_dropped(conn);
	}
	http_server_on_closed(server);
	if (conn->phase == PHASE_DEAD)
		http_connection_release(conn);
}

static void connection_on_read(struct bufferevent *bev, void *arg)
{
	struct http_connection *conn;

	OBJ_FROM(conn, arg, HTTP_CONNECTION_MAGIC);
	(void)bev;
	if (conn->phase == PHASE_DECIDE || conn->phase == PHASE_ANSWER) {
		http_connection_settle(conn);
	} else {
		http_connection_run(conn);
	}
}

static void connection_on_write(struct bufferevent *bev, void *arg)
{
	struct http_connection *conn;

	OBJ_FROM(conn, arg, HTTP_CONNECTION_MAGIC);
	(void)bev;
	if (!conn->is_blocked)
		return;
	conn->is_blocked = false;
	http_connection_run(conn);
}

static void connection_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_connection *conn;

	OBJ_FROM(conn, arg, HTTP_CONNECTION_MAGIC);
	(void)bev;
	if ((what & BEV_EVENT_EOF) == 0) {
		http_connection_close(conn);
		return;
	}
	/* Only its sending side need be closed: it still gets its answers. */
	conn->has_eof = true;
	http_connection_run(conn);
}

enum err http_connection_open(struct http_server *server, int fd, const struct http_peer_key *peer,
                              const char *address)
{
	struct http_connection *conn = calloc(1, sizeof(*conn));
	int on = 1;

	if (conn == NULL) {
		(void)evutil_closesocket(fd);
		return ERR_NOMEM;
	}
	conn->bev = bufferevent_socket_new(loop_base(server->loop), fd, BEV_OPT_CLOSE_ON_FREE);
	if (conn->bev == NULL) {
		free(conn);
		(void)evutil_closesocket(fd);
		return ERR_NOMEM;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	conn->magic = HTTP_CONNECTION_MAGIC;
	conn->request.magic = HTTP_REQUEST_MAGIC;
	memcpy(conn->request.address, address, strlen(address) + 1);
	conn->server = server;
	conn->fd = fd;
	conn->peer = *peer;
	conn->is_fresh = true;
	conn->watermark = HTTP_WATERMARK_HEAD;
	http_reader_init(&conn->request.reader, server->limits.header_bytes);
	TAILQ_INSERT_TAIL(&server->connections, conn, link);
	bufferevent_setcb(conn->bev, connection_on_read, connection_on_write, connection_on_event,
	                  conn);
	bufferevent_setwatermark(conn->bev, EV_READ, 0, HTTP_WATERMARK_HEAD);
	(void)bufferevent_enable(conn->bev, EV_READ);
	http_clock_set(conn, CLOCK_FIRST);
	return ERR_OK;
}
