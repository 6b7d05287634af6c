/* SPDX-License-Identifier: MIT */
/**
 * inflate - streaming gzip decompression with a hard maximum.
 *
 * What it may produce is bounded by the maximum of the output buffer, however
 * small the input. Several members in a row are one text, as gunzip does;
 * anything else behind a member is an error, and so is a cut stream.
 *
 * Source: RFC 1952.
 */
#ifndef CORE_INFLATE_H
#define CORE_INFLATE_H

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

/** Memory one of them takes, about: zlib's window and state. */
#define INFLATE_BYTES (48U * 1024)

struct inflate;

/** @return ERR_OK, ERR_NOMEM */
enum err inflate_new(struct inflate **ret_inflate) MUST_CHECK;

/** Accepts NULL. */
void inflate_free(struct inflate *z);

/**
 * Decompress the next bytes and append to @p out.
 *
 * @return ERR_OK
 *         ERR_PARSE  not gzip, or damaged
 *         ERR_LIMIT  past the maximum of @p out
 *         ERR_NOMEM
 */
enum err inflate_feed(struct inflate *z, struct str in, struct buf *out) MUST_CHECK;

/** All input was given. @return ERR_OK, ERR_PARSE the stream is cut or empty */
enum err inflate_end(const struct inflate *z) MUST_CHECK;

#endif /* CORE_INFLATE_H */
