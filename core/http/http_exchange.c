/* SPDX-License-Identifier: MIT */
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "core/clock.h"
#include "core/http/http_internal.h"

#define OUT_FLUSH_BYTES ((size_t)32 * 1024)
#define RETRY_AFTER_S   5

void http_exchange_answer(struct http_connection *conn, const struct http_reply *reply)
{
	struct http_server *server = conn->server;
	struct http_request *req = &conn->request;
	const struct http_head *head = &req->reader.head;
	bool is_unread = conn->phase != PHASE_ANSWER && http_reader_has_body(&req->reader);
	struct http_reply_form form = {
		.is_head = str_eq(http_reader_method(&req->reader), STR_LIT("HEAD")),
		.close = reply->close || is_unread || !head->keep_alive || server->is_draining,
		.keep_alive = head->minor == 0,
	};
	struct buf *out = http_connection_take_out(conn);

	http_date_update(&server->date, clock_now_ms());
	http_reply_write(out, reply, &form, &server->date);
	if (buf_err(out) != ERR_OK) {
		/* Out of memory: no answer is better than a part of one. */
		buf_reset(out);
		server->out_owner = NULL;
		form.close = true;
	}
	http_connection_forget_request(conn);
	http_reader_init(&req->reader, server->limits.header_bytes);
	http_clock_set(conn, CLOCK_NONE);
	conn->is_fresh = false;
	conn->phase = form.close ? PHASE_CLOSE : PHASE_READ_HEAD;
}

static const char *refusal_cause(unsigned status)
{
	switch (status) {
	case 408:
		return "timeout";
	case 413:
		return "body_size";
	case 415:
		return "encoding";
	case 431:
		return "header_size";
	case 503:
		return "memory";
	default:
		return "malformed";
	}
}

/* Answer instead of the application. */
void http_exchange_refuse(struct http_connection *conn, unsigned status)
{
	struct http_reply reply = {
		.status = status,
		.close = true,
		.retry_after_s = status == 503 ? RETRY_AFTER_S : 0,
	};

	http_server_count_refusal(refusal_cause(status));
	if (conn->phase == PHASE_READ_BODY)
		http_connection_tell_dropped(conn);
	http_exchange_answer(conn, &reply);
}

/* Show the next input; false when there is none. */
bool http_exchange_next_input(struct http_connection *conn)
{
	struct evbuffer *input = bufferevent_get_input(conn->bev);
	struct evbuffer_iovec piece;

	if (conn->taken > 0)
		(void)evbuffer_drain(input, conn->taken);
	conn->taken = 0;
	conn->in = STR_EMPTY;
	if (evbuffer_peek(input, -1, NULL, &piece, 1) < 1)
		return false;
	conn->in = (struct str){piece.iov_base, piece.iov_len};
	return conn->in.len > 0;
}

static void say_continue(struct http_connection *conn)
{
	const struct http_head *head = &conn->request.reader.head;

	if (conn->phase != PHASE_READ_BODY || conn->has_continued || !head->expect_continue)
		return;
	conn->has_continued = true;
	(void)buf_append_str(http_connection_take_out(conn),
	                     STR_LIT("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* All input is read and a request is not complete. */
static bool wait_for_more(struct http_connection *conn)
{
	bool has_begun = conn->phase == PHASE_READ_BODY || conn->request.reader.has_request_line;

	if (!conn->has_eof) {
		say_continue(conn);
		return false;
	}
	if (has_begun) {
		conn->refusal = 400;
	} else {
		conn->phase = PHASE_CLOSE;
	}
	return has_begun;
}

static bool take_event(struct http_connection *conn, enum http_event event, struct str piece)
{
	struct http_server *server = conn->server;

	switch (event) {
	case HTTP_MORE:
		return http_exchange_next_input(conn) || wait_for_more(conn);
	case HTTP_HEAD:
		conn->phase = PHASE_DECIDE;
		server->ops->on_head(server->arg, &conn->request);
		return true;
	case HTTP_BODY:
		conn->refusal = http_body_add(conn, piece);
		return true;
	case HTTP_END:
		conn->refusal = http_body_end(conn);
		if (conn->refusal != 0)
			return true;
		conn->phase = PHASE_ANSWER;
		server->ops->on_request(server->arg, &conn->request);
		return true;
	case HTTP_BAD:
		conn->refusal = http_reader_status(&conn->request.reader);
		return true;
	}
	return false;
}

static bool read_input(struct http_connection *conn)
{
	struct str piece = STR_EMPTY;
	size_t used = 0;
	enum http_event event = http_reader_feed(&conn->request.reader, conn->in, &used, &piece);

	if (used > 0)
		conn->in = (struct str){conn->in.ptr + used, conn->in.len - used};
	conn->taken += used;
	return take_event(conn, event, piece);
}

/* One step of the picture in http_internal.h; false when there is nothing to do now. */
bool http_exchange_advance(struct http_connection *conn)
{
	if (conn->bev == NULL)
		return false;
	if (conn->refusal != 0) {
		http_exchange_refuse(conn, conn->refusal);
		return true;
	}
	if (conn->server->out.len > OUT_FLUSH_BYTES) {
		http_connection_flush(conn);
		return true;
	}
	switch (conn->phase) {
	case PHASE_READ_HEAD:
	case PHASE_READ_BODY:
		return !conn->is_blocked && read_input(conn);
	case PHASE_LINGER:
		http_connection_drop_input(conn);
		return false;
	case PHASE_DECIDE:
	case PHASE_ANSWER:
	case PHASE_CLOSE:
	case PHASE_GONE:
	case PHASE_DEAD:
		break;
	}
	return false;
}
