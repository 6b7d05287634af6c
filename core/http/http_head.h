/* SPDX-License-Identifier: MIT */
/**
 * http_head - request line and headers of one HTTP/1 request, read strictly.
 *
 * The lines come in one by one from core/http/http_reader, already free of control
 * bytes (but tabs) and without their CR LF. A line that two programs could
 * read in two ways is refused: that is what request smuggling lives on.
 *
 * Source: RFC 9110 (5.5, 5.6.2, 7.2, 10.1.1), RFC 9112 (2.2, 3, 5, 6).
 */
#ifndef CORE_HTTP_HTTP_HEAD_H
#define CORE_HTTP_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

#define HTTP_FIELDS_MAX 100

/** Where a text stands in http_head.bytes; those may move while the head grows. */
struct http_span {
	uint32_t at;
	uint32_t len;
};

struct http_field {
	struct http_span name;
	struct http_span value;
};

struct http_head {
	char *bytes; /* owned; the head as it came */
	size_t len, cap;
	struct http_field *fields; /* owned */
	size_t field_count, field_cap;
	struct http_span method, path, query;
	struct http_span authority; /* of an absolute target; else empty */
	struct http_span host;
	bool path_is_root; /* an absolute target without a path: "/" */
	unsigned minor;    /* HTTP/1.minor */
	uint64_t length;   /* Content-Length; 0 when absent */
	bool has_host, has_length, chunked;
	bool keep_alive; /* may the connection serve another request; final after finish */
	bool asks_close, asks_keep_alive;
	bool expect_continue, expect_other;
};

/** All zero is a valid empty head; this frees what one holds and makes it empty again. */
void http_head_fini(struct http_head *h);

/** Append raw bytes of the head. @return ERR_OK, ERR_NOMEM */
enum err http_head_append(struct http_head *h, const char *bytes, size_t len) MUST_CHECK;

/**
 * Read a line that stands in h->bytes.
 *
 * @return 0, or the status to answer with (400, 431, 505, 503 out of memory)
 */
unsigned http_head_request_line(struct http_head *h, struct http_span line) MUST_CHECK;
unsigned http_head_field_line(struct http_head *h, struct http_span line) MUST_CHECK;

/** The empty line came: what only the whole head shows. @return 0, 400, 417 */
unsigned http_head_finish(struct http_head *h) MUST_CHECK;

/** Text of a span; valid until the next append. */
struct str http_head_text(const struct http_head *h, struct http_span span);

/** Whether @p c may stand in a token: method, header name. */
bool http_is_token_char(unsigned char c);

#endif /* CORE_HTTP_HTTP_HEAD_H */
