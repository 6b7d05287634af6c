/* SPDX-License-Identifier: MIT */
#include "core/http/http_internal.h"
#include "core/obj.h"

static struct http_connection *connection_of(struct http_request *req)
{
	OBJ_CHECK(req, HTTP_REQUEST_MAGIC);
	return (struct http_connection *)(void *)((char *)req -
	                                          offsetof(struct http_connection, request));
}

struct str http_request_method(const struct http_request *req)
{
	return http_reader_method(&req->reader);
}

struct str http_request_path(const struct http_request *req)
{
	return http_reader_path(&req->reader);
}

struct str http_request_query(const struct http_request *req)
{
	return http_reader_query(&req->reader);
}

struct str http_request_header(const struct http_request *req, const char *name)
{
	struct str wanted = str_from(name);
	struct str found;
	struct str value;

	for (size_t i = 0; http_reader_field(&req->reader, i, &found, &value); i++) {
		if (str_ieq(found, wanted))
			return value;
	}
	return STR_EMPTY;
}

size_t http_request_header_count(const struct http_request *req, const char *name)
{
	struct str wanted = str_from(name);
	struct str found;
	struct str value;
	size_t count = 0;

	for (size_t i = 0; http_reader_field(&req->reader, i, &found, &value); i++)
		count += str_ieq(found, wanted);
	return count;
}

bool http_request_header_at(const struct http_request *req, size_t i, struct str *ret_name,
                            struct str *ret_value)
{
	return http_reader_field(&req->reader, i, ret_name, ret_value);
}

struct str http_request_body(const struct http_request *req)
{
	return buf_str(&req->body);
}

bool http_request_has_body(const struct http_request *req)
{
	return http_reader_has_body(&req->reader);
}

const char *http_request_address(const struct http_request *req)
{
	return req->address;
}

void http_request_set_arg(struct http_request *req, void *arg)
{
	req->arg = arg;
}

void *http_request_arg(const struct http_request *req)
{
	return req->arg;
}

void http_request_accept(struct http_request *req, size_t max_body)
{
	struct http_connection *conn = connection_of(req);

	assert(!conn->is_accepted);
	assert(conn->phase == PHASE_DECIDE || conn->phase == PHASE_GONE);
	conn->is_accepted = true;
	if (conn->phase == PHASE_GONE) {
		if (conn->server != NULL) {
			conn->is_dropped = true;
			http_server_wake(conn->server, conn);
		} else {
			http_connection_release(conn);
		}
		return;
	}
	conn->phase = PHASE_READ_BODY;
	conn->refusal = http_body_start(conn, max_body);
	if (!conn->is_running)
		http_server_wake(conn->server, conn);
}

void http_request_reply(struct http_request *req, const struct http_reply *reply)
{
	struct http_connection *conn = connection_of(req);

	if (conn->phase == PHASE_GONE) {
		conn->phase = PHASE_DEAD;
		http_connection_release(conn);
		return;
	}
	assert(conn->phase == PHASE_DECIDE || conn->phase == PHASE_ANSWER);
	http_exchange_answer(conn, reply);
	if (!conn->is_running)
		http_connection_settle(conn);
}
