/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
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
#include "core/metrics.h"
#include "core/obj.h"

#define WATERMARK_HEAD ((size_t)8 * 1024)  /* read ahead while nobody is accepted */
#define WATERMARK_BODY ((size_t)64 * 1024) /* while a body is read */
#define LINGER_BYTES   ((size_t)4 * 1024 * 1024)
#define OPEN_SHARE     4 /* those not accepted may hold memory_bytes / 4 together */

size_t http_connection_held(const struct http_connection *conn)
{
	const struct http_request *req = &conn->request;
	size_t input = 0;

	if (conn->bev != NULL)
		input = evbuffer_get_length(bufferevent_get_input(conn->bev));
	return http_reader_bytes(&req->reader) + req->body.cap + input +
	       (req->inflate != NULL ? INFLATE_BYTES : 0);
}

static void charge(struct http_connection *conn, size_t bytes)
{
	struct http_server *server = conn->server;
	size_t open = conn->is_accepted ? 0 : bytes;

	server->memory = server->memory - conn->charged + bytes;
	server->memory_open = server->memory_open - conn->charged_open + open;
	conn->charged = bytes;
	conn->charged_open = open;
}

static bool is_over_open_share(const struct http_connection *conn)
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
		charge(conn, 0);
		TAILQ_REMOVE(&conn->server->connections, conn, link);
	}
	http_connection_forget_request(conn);
	OBJ_POISON(&conn->request);
	OBJ_POISON(conn);
	free(conn);
}

/* An accepted request ends before its on_request(). */
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

/* Send at once, without a turn through the loop; what the socket does not take goes to bev. */
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

/* The one output buffer, for @p conn from now on. */
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

/* The last answer is out: close, but let the client read it first (RFC 9112 9.6). */
static void linger(struct http_connection *conn)
{
	if (conn->has_eof || shutdown(conn->fd, SHUT_WR) != 0) {
		http_connection_close(conn);
		return;
	}
	conn->phase = PHASE_LINGER;
	http_connection_drop_input(conn);
}

static enum http_clock wanted_clock(const struct http_connection *conn)
{
	switch (conn->phase) {
	case PHASE_READ_HEAD:
		if (conn->is_blocked)
			return CLOCK_WRITE;
		if (http_reader_is_started(&conn->request.reader))
			return CLOCK_REQUEST;
		return conn->is_fresh ? CLOCK_FIRST : CLOCK_IDLE;
	case PHASE_DECIDE:
	case PHASE_READ_BODY:
		return CLOCK_REQUEST;
	case PHASE_CLOSE:
		return CLOCK_WRITE;
	case PHASE_LINGER:
		return CLOCK_LINGER;
	case PHASE_ANSWER:
	case PHASE_GONE:
	case PHASE_DEAD:
		break;
	}
	return CLOCK_NONE;
}

static void set_reading(struct http_connection *conn)
{
	bool waits = conn->phase == PHASE_DECIDE || conn->phase == PHASE_ANSWER;
	bool pause = waits && is_over_open_share(conn);
	bool is_body = conn->phase == PHASE_READ_BODY || conn->phase == PHASE_LINGER;
	size_t watermark = is_body ? WATERMARK_BODY : WATERMARK_HEAD;

	if (watermark != conn->watermark) {
		conn->watermark = watermark;
		bufferevent_setwatermark(conn->bev, EV_READ, 0, watermark);
	}
	if (pause == conn->is_paused || conn->has_eof)
		return;
	conn->is_paused = pause;
	(void)(pause ? bufferevent_disable(conn->bev, EV_READ)
	             : bufferevent_enable(conn->bev, EV_READ));
}

static bool is_idle(const struct http_connection *conn)
{
	return conn->phase == PHASE_READ_HEAD && !conn->is_blocked &&
	       !http_reader_is_started(&conn->request.reader);
}

/* Another request stands in the input already, and nothing else would start it. */
static bool has_next(const struct http_connection *conn)
{
	return conn->phase == PHASE_READ_HEAD && !conn->is_blocked &&
	       (conn->has_eof || evbuffer_get_length(bufferevent_get_input(conn->bev)) > 0);
}

/* While is_running nothing below frees conn; gcc's analyzer loses sight of that in the calls. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-use-after-free"
#endif
static void settle(struct http_connection *conn)
{
	struct http_server *server = conn->server;

	assert(conn->is_running);
	http_connection_flush(conn);
	if (conn->bev == NULL)
		return;
	if (!conn->is_blocked &&
	    (conn->phase == PHASE_CLOSE || (server->is_draining && is_idle(conn)))) {
		conn->phase = PHASE_CLOSE;
		linger(conn);
	}
	if (conn->bev == NULL)
		return;
	charge(conn, http_connection_held(conn));
	http_clock_set(conn, wanted_clock(conn));
	set_reading(conn);
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/* A connection is never freed below these two: only at their end. */
static void leave(struct http_connection *conn)
{
	conn->is_running = false;
	if (conn->phase == PHASE_DEAD)
		http_connection_release(conn);
}

void http_connection_settle(struct http_connection *conn)
{
	conn->is_running = true;
	settle(conn);
	if (conn->bev != NULL && has_next(conn))
		http_server_wake(conn->server, conn);
	leave(conn);
}

void http_connection_run(struct http_connection *conn)
{
	conn->is_running = true;
	if (conn->is_dropped) {
		conn->is_dropped = false;
		conn->phase = PHASE_DEAD;
		http_connection_tell_dropped(conn);
	}
	while (http_exchange_advance(conn))
		;
	if (conn->bev != NULL) {
		(void)http_exchange_next_input(conn); /* drains what was taken */
		conn->in = STR_EMPTY;
		settle(conn);
	}
	if (conn->bev != NULL && conn->phase == PHASE_READ_HEAD && conn->charged > 0 &&
	    is_over_open_share(conn)) {
		http_exchange_refuse(conn, 503);
		settle(conn);
	}
	leave(conn);
}

void http_connection_expire(struct http_connection *conn)
{
	bool has_line = conn->request.reader.has_request_line;
	enum http_clock clock = conn->clock;

	http_clock_set(conn, CLOCK_NONE);
	if (clock == CLOCK_REQUEST && conn->phase == PHASE_DECIDE)
		return; /* the application's turn: a new deadline begins when it is done */
	if (clock == CLOCK_REQUEST && has_line) {
		conn->refusal = 408;
		http_connection_run(conn);
		return;
	}
	if (clock != CLOCK_IDLE && clock != CLOCK_LINGER)
		http_server_count_refusal("timeout");
	http_connection_close(conn);
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
	conn->watermark = WATERMARK_HEAD;
	http_reader_init(&conn->request.reader, server->limits.header_bytes);
	TAILQ_INSERT_TAIL(&server->connections, conn, link);
	bufferevent_setcb(conn->bev, connection_on_read, connection_on_write, connection_on_event,
	                  conn);
	bufferevent_setwatermark(conn->bev, EV_READ, 0, WATERMARK_HEAD);
	(void)bufferevent_enable(conn->bev, EV_READ);
	http_clock_set(conn, CLOCK_FIRST);
	return ERR_OK;
}
