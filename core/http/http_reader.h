/* SPDX-License-Identifier: MIT */
/**
 * http_reader - strict HTTP/1.1 and 1.0 request parser without I/O.
 *
 * Fed with bytes in any split; the split never changes what comes out.
 *
 *     feed ──▶ HTTP_HEAD ──▶ HTTP_BODY … ──▶ HTTP_END     (HTTP_MORE: give the next bytes)
 *                 └─────────────┴──▶ HTTP_BAD: answer http_reader_status() and close
 *
 * Refused with 400: Content-Length together with Transfer-Encoding; a
 * Content-Length that is repeated, signed, holds blanks or overflows; any
 * Transfer-Encoding but `chunked`; lenient chunk sizes; bare CR or LF, NUL and
 * other control bytes; a blank before a colon; folded lines; a missing, empty
 * or second Host; blanks in the target. 505: another version. 431: a head,
 * or trailers, over the limit, or over HTTP_FIELDS_MAX headers. 417: an
 * expectation other than 100-continue. Chunk extensions are skipped, up to
 * HTTP_EXTENSION_MAX bytes a request. Trailers are checked and dropped.
 *
 * Source: RFC 9112.
 */
#ifndef CORE_HTTP_HTTP_READER_H
#define CORE_HTTP_HTTP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/http/http_head.h"
#include "core/str.h"

#define HTTP_EXTENSION_MAX 1024

enum http_event { HTTP_MORE, HTTP_HEAD, HTTP_BODY, HTTP_END, HTTP_BAD };

/** Embedded; its members are for http_reader.c. */
struct http_reader {
	struct http_head head;
	size_t head_max;
	int step;
	bool has_request_line;
	bool has_skipped_line;
	size_t line_at;         /* start of the present line in head.bytes */
	uint64_t left;          /* bytes to come of the body or chunk; size being read */
	unsigned digits;        /* of the chunk size */
	size_t extension_bytes; /* of all chunks */
	size_t trailer_bytes;
	bool has_extension;
	unsigned status;
};

/** Ready for a request. @param head_max  bytes of request line and headers, at most 16 MiB */
void http_reader_init(struct http_reader *r, size_t head_max);

/** Free what it holds. http_reader_init() makes it usable again. */
void http_reader_fini(struct http_reader *r);

/**
 * Take bytes until something is to be told. Call again with the rest until it says HTTP_MORE;
 * HTTP_END may come without bytes. After HTTP_END or HTTP_BAD it takes nothing more.
 *
 * @param ret_used   bytes taken; all of them with HTTP_MORE
 * @param ret_piece  HTTP_BODY only: a part of the body, never empty; points into @p in
 */
enum http_event http_reader_feed(struct http_reader *r, struct str in, size_t *ret_used,
                                 struct str *ret_piece);

/** Status to answer with after HTTP_BAD: 400, 417, 431, 505; 503 out of memory. */
unsigned http_reader_status(const struct http_reader *r);

/** Whether any byte of a request came (a skipped empty line counts). */
bool http_reader_is_started(const struct http_reader *r);

/** Memory held. */
size_t http_reader_bytes(const struct http_reader *r);

/* After HTTP_HEAD. The slices are valid until http_reader_fini(). */

struct str http_reader_method(const struct http_reader *r);
/** Without query; "/" for an absolute target without a path, "*" for OPTIONS. */
struct str http_reader_path(const struct http_reader *r);
struct str http_reader_query(const struct http_reader *r);
/** False past the last. */
bool http_reader_field(const struct http_reader *r, size_t i, struct str *ret_name,
                       struct str *ret_value);
/** Whether the head announces a body that is not empty. */
bool http_reader_has_body(const struct http_reader *r);

#endif /* CORE_HTTP_HTTP_READER_H */
