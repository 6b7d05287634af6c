/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "core/http/http_internal.h"

#define LINGER_BYTES ((size_t)4 * 1024 * 1024)

void http_connection_flush(struct http_connection *conn)
{
	struct http_server *server = conn->server;
	size_t len = server->out.len;
	ssize_t sent = 0;
	bool is_lost = false;

	if (server->out_owner != conn)
		return;
	server->out_owner = NULL;
	if (!conn->is_blocked) {
		sent = send(conn->fd, server->out.ptr, len, MSG_NOSIGNAL);
		if (sent < 0) {
			is_lost = errno != EAGAIN && errno != EINTR;
			sent = 0;
		}
	}
	if (!is_lost && (size_t)sent < len) {
		is_lost = bufferevent_write(conn->bev, server->out.ptr + sent,
		                            len - (size_t)sent) != 0;
		conn->is_blocked = true;
	}
	buf_reset(&server->out);
	if (is_lost)
		http_connection_close(conn);
}

struct buf *http_connection_take_out(struct http_connection *conn)
{
	struct http_server *server = conn->server;

	if (server->out_owner != NULL && server->out_owner != conn)
		http_connection_flush(server->out_owner);
	server->out_owner = conn;
	return &server->out;
}

void http_connection_drop_input(struct http_connection *conn)
{
	struct evbuffer *input = bufferevent_get_input(conn->bev);
	size_t len = evbuffer_get_length(input);

	conn->in = STR_EMPTY;
	conn->taken = 0;
	conn->lingered += len;
	(void)evbuffer_drain(input, len);
	if (conn->has_eof || conn->lingered > LINGER_BYTES)
		http_connection_close(conn);
}

void http_connection_linger(struct http_connection *conn)
{
	if (conn->has_eof || shutdown(conn->fd, SHUT_WR) != 0) {
		http_connection_close(conn);
		return;
	}
	conn->phase = PHASE_LINGER;
	http_connection_drop_input(conn);
}
