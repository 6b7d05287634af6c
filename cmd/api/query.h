/* SPDX-License-Identifier: MIT */
/** query - `name=value&…`, urlencoded: loop values of a payload, and requests of the admin API. */
#ifndef CMD_API_QUERY_H
#define CMD_API_QUERY_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

/** Append one pair, with '&' before it where it is not the first. The buffer's error sticks. */
void query_append(struct buf *b, struct str name, struct str value);

/**
 * Take the next pair.
 *
 * @param query      what is left of it; shortened
 * @param scratch    the decoded texts are appended to it; valid until it is reset
 * @return false at the end, or when the scratch is full or out of memory (buf_err() says so)
 */
bool query_next(struct str *query, struct buf *scratch, struct str *ret_name,
                struct str *ret_value);

#endif /* CMD_API_QUERY_H */
