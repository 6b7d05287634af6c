/* SPDX-License-Identifier: MIT */
/**
 * imap_reader - bytes of an IMAP server, cut into responses (RFC 3501, 2.2.2 and 4.3). No I/O.
 *
 * A response is a line, and goes on after each literal ("{5}" at the line's end, then 5 bytes that
 * may be anything). So what is inside a mail never counts as something that the server said.
 *
 *     while ((err = imap_reader_next(r, &bytes, &response)) == ERR_OK)
 *             …
 *     ERR_AGAIN: all of bytes was taken
 */
#ifndef CORE_IMAP_IMAP_READER_H
#define CORE_IMAP_IMAP_READER_H

#include <stdint.h>

#include "core/buf.h"

struct imap_reader {
	struct buf bytes; /* of the response that is being read, literals in place */
	size_t line_at;   /* where its present line begins */
	uint64_t literal_left;
	size_t text_bytes, text_max;         /* outside of literals */
	uint64_t literal_bytes, literal_max; /* inside */
	bool is_whole;                       /* it was given out: forget it at the next call */
};

/** @param text_max  bytes of a response outside of its literals */
void imap_reader_init(struct imap_reader *r, size_t text_max, size_t literal_max);
void imap_reader_fini(struct imap_reader *r);

/** For the responses that begin from here on. */
void imap_reader_allow(struct imap_reader *r, size_t literal_max);

/**
 * Take bytes up to the end of a response.
 *
 * @param bytes         what was taken is cut off its front
 * @param ret_response  without its CR LF; "{5}", CR LF and the literal are in it; valid until the
 *                      next call
 * @return ERR_OK a whole one; ERR_AGAIN everything was taken, more is needed
 *         ERR_LIMIT past a maximum, ERR_PARSE NUL outside of a literal, ERR_NOMEM: the reader is of
 *         no more use
 */
enum err imap_reader_next(struct imap_reader *r, struct str *bytes,
                          struct str *ret_response) MUST_CHECK;

#endif /* CORE_IMAP_IMAP_READER_H */
