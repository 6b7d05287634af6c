/* SPDX-License-Identifier: MIT */
/**
 * buf - growable owned bytes with a mandatory maximum.
 *
 * Errors stick: after an append failed, every later append fails too and
 * buf_err() says why, so that a writer may check once at its end.
 * Content is kept NUL-terminated (the NUL is not counted).
 */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

struct buf {
	char *ptr; /* owned; NULL while nothing was appended */
	size_t len;
	size_t cap;
	size_t max;
	enum err err;
};

/** @param max  most bytes it will hold, > 0 */
void buf_init(struct buf *b, size_t max);

/** Free the bytes. The buffer can be used again after buf_init(). */
void buf_fini(struct buf *b);

/** Forget content and error; keep the memory. */
void buf_reset(struct buf *b);

/**
 * @return ERR_OK, ERR_LIMIT past its maximum (nothing was appended), ERR_NOMEM,
 *         or the error that sticks
 */
enum err buf_append(struct buf *b, const void *bytes, size_t len);
enum err buf_append_str(struct buf *b, struct str s);
enum err buf_append_char(struct buf *b, char c);
enum err buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** The error that sticks, or ERR_OK. */
enum err buf_err(const struct buf *b) MUST_CHECK;

/** Borrowed view of the content; valid until the next append. */
struct str buf_str(const struct buf *b);

/** NUL-terminated content; never NULL; valid until the next append. */
const char *buf_cstr(const struct buf *b);

#endif /* CORE_BUF_H */
