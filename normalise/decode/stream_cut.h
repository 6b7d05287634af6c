/* SPDX-License-Identifier: MIT */
/**
 * stream_cut - cut a JSON stream into payloads at the end of values, while it arrives.
 *
 * Values may be separated by blanks, newlines or RS (0x1E), pretty-printed or not (RFC 7464 and
 * NDJSON both occur: vendors.md 3.2). Only structure is looked at (brackets and strings); whether a
 * value is well-formed is seen by the decoder, so that one bad record stops nothing. An RS ends
 * whatever was open: what was cut off there counts as a record. Without RS a record with a bracket
 * or quote too few swallows what follows until value_max.
 *
 * A slice begins with its first value and ends with its last; of what stands between two values at
 * most four bytes are kept. Slices are the same however the bytes came. Bounded: holds at most one
 * slice, one value, and the bytes fed last, when all full slices are taken after each feed.
 */
#ifndef NORMALISE_DECODE_STREAM_CUT_H
#define NORMALISE_DECODE_STREAM_CUT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

struct stream_cut;

/**
 * @param slice_bytes  a slice ends with the value that reaches so many bytes
 * @param value_max    a longer value is ERR_LIMIT
 */
enum err stream_cut_new(size_t slice_bytes, size_t value_max,
                        struct stream_cut **ret_cut) MUST_CHECK;
/** Accepts NULL. */
void stream_cut_free(struct stream_cut *c);

/**
 * Take bytes as they come. An error sticks; slices before it can still be taken.
 *
 * @return ERR_OK
 *         ERR_PARSE  no stream of JSON values (HTML, a closing bracket that opens nothing)
 *         ERR_LIMIT  one value is longer than value_max
 *         ERR_NOMEM
 */
enum err stream_cut_feed(struct stream_cut *c, struct str bytes) MUST_CHECK;

/**
 * The next full slice, after feed; valid until the next call.
 *
 * @param ret_records  values in it
 * @return ERR_OK, ERR_NOENT none is full yet
 */
enum err stream_cut_next(struct stream_cut *c, struct str *ret_slice,
                         size_t *ret_records) MUST_CHECK;

/**
 * The stream has ended: what is left as a last slice, of complete values only. All full slices must
 * have been taken.
 *
 * A number or word at the very end may have been longer and counts as unfinished (RFC 7464, 2.4).
 *
 * @param ret_is_cut  bytes of an unfinished value were left: the stream was cut off; or it stopped
 *                    at an error. Set whatever is returned
 * @return ERR_OK, ERR_NOENT no complete value is left
 */
enum err stream_cut_finish(struct stream_cut *c, struct str *ret_slice, size_t *ret_records,
                           bool *ret_is_cut) MUST_CHECK;

#endif /* NORMALISE_DECODE_STREAM_CUT_H */
