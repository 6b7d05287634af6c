/* SPDX-License-Identifier: MIT */
/** query - `name=value&…`, urlencoded: loop values of a payload, and requests of the admin API. */
#ifndef CMD_API_QUERY_H
#define CMD_API_QUERY_H

#include <stdbool.h>

#include "cmd/base/command.h"
#include "core/buf.h"
#include "core/str.h"

/** Append one pair, with '&' before it where it is not the first. The buffer's error sticks. */
void query_append(struct buf *b, struct str name, struct str value);

/**
 * Append a pair as a person writes it: "NAME=VALUE" of an option --set. The value may be empty.
 *
 * @return EXIT_OK, or EXIT_USAGE after complaining
 */
enum exit_code query_append_set(struct buf *b, const char *text) MUST_CHECK;

/**
 * Take the next pair.
 *
 * @param query      what is left of it; shortened
 * @param scratch    the decoded texts are appended to it; valid until it is reset
 * @return false at the end, or when the scratch is full or out of memory (buf_err() says so)
 */
bool query_next(struct str *query, struct buf *scratch, struct str *ret_name,
                struct str *ret_value);

/** @return ERR_OK: on; else what ends the reading */
typedef enum err (*query_pair_fn)(void *arg, struct str name, struct str value,
                                  struct err_detail *reterr_detail);

/**
 * Give every pair, decoded, to @p fn. What was decoded is wiped: it may be secret.
 *
 * @return ERR_OK, ERR_PARSE a pair of more than 64 KiB (detail), ERR_NOMEM, or what @p fn returned
 */
enum err query_read(struct str query, query_pair_fn fn, void *arg,
                    struct err_detail *reterr_detail) MUST_CHECK;

#endif /* CMD_API_QUERY_H */
