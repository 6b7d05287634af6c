/* SPDX-License-Identifier: MIT */
/* Reading and answering as far as it goes; and what has to be set whenever that stops. */
#include <assert.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "core/http/http_internal.h"

#define WATERMARK_BODY ((size_t)64 * 1024) /* while a body is read */

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
	bool pause = waits && http_connection_is_over_share(conn);
	bool is_body = conn->phase == PHASE_READ_BODY || conn->phase == PHASE_LINGER;
	size_t watermark = is_body ? WATERMARK_BODY : HTTP_WATERMARK_HEAD;

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
		http_connection_linger(conn);
	}
	if (conn->bev == NULL)
		return;
	http_connection_charge(conn, http_connection_held(conn));
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
	    http_connection_is_over_share(conn)) {
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
