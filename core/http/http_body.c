/* SPDX-License-Identifier: MIT */
#include "core/http/http_internal.h"
#include "core/inflate.h"

/* Whether @p more bytes for this connection would pass the memory of all of them. */
static bool is_over_budget(const struct http_connection *conn, size_t more)
{
	const struct http_server *server = conn->server;
	size_t held = server->memory - conn->charged + http_connection_held(conn);

	return more > server->limits.memory_bytes || held > server->limits.memory_bytes - more;
}

static unsigned status_from_err(enum err err)
{
	switch (err) {
	case ERR_OK:
		return 0;
	case ERR_LIMIT:
		return 413;
	case ERR_NOMEM:
		return 503;
	case ERR_INVAL:
	case ERR_PARSE:
	case ERR_AUTH:
	case ERR_AGAIN:
	case ERR_IO:
	case ERR_EXISTS:
	case ERR_NOENT:
	case ERR_CANCELED:
		break;
	}
	return 400;
}

/* Content-Encoding: gzip or none; lists of codings are not read. */
static unsigned read_encoding(const struct http_request *req, bool *ret_gzip)
{
	struct str coding = http_request_header(req, "Content-Encoding");

	if (http_request_header_count(req, "Content-Encoding") > 1)
		return 415;
	*ret_gzip = str_ieq(coding, STR_LIT("gzip")) || str_ieq(coding, STR_LIT("x-gzip"));
	return *ret_gzip || coding.len == 0 || str_ieq(coding, STR_LIT("identity")) ? 0 : 415;
}

unsigned http_body_start(struct http_connection *conn, size_t max_body)
{
	struct http_request *req = &conn->request;
	bool is_gzip;
	unsigned status;

	req->max_body = max_body;
	buf_init(&req->body, max_body > 0 ? max_body : 1);
	if (!http_reader_has_body(&req->reader))
		return 0;
	status = read_encoding(req, &is_gzip);
	if (status != 0)
		return status;
	if (req->reader.head.length > max_body)
		return 413;
	if (is_over_budget(conn, is_gzip ? INFLATE_BYTES : 0))
		return 503;
	return is_gzip && inflate_new(&req->inflate) != ERR_OK ? 503 : 0;
}

unsigned http_body_add(struct http_connection *conn, struct str piece)
{
	struct http_request *req = &conn->request;
	struct buf *body = &req->body;
	size_t need = body->len + piece.len;
	enum err err;

	if (need >= body->cap && is_over_budget(conn, need > body->cap ? need : body->cap))
		return 503;
	err = req->inflate != NULL ? inflate_feed(req->inflate, piece, body)
	                           : buf_append_str(body, piece);
	if (err == ERR_OK && body->len > req->max_body)
		err = ERR_LIMIT;
	/* Inflating may have grown it several times since the check above. */
	return err == ERR_OK && is_over_budget(conn, 0) ? 503 : status_from_err(err);
}

unsigned http_body_end(const struct http_connection *conn)
{
	const struct inflate *z = conn->request.inflate;

	return z != NULL ? status_from_err(inflate_end(z)) : 0;
}

void http_body_fini(struct http_request *req)
{
	if (req->body.max > 0)
		buf_fini(&req->body);
	inflate_free(req->inflate);
	req->inflate = NULL;
}
