/* SPDX-License-Identifier: MIT */
/** run_text - percent-encoded texts of a run: loop values and lines of the checkpoint. No I/O. */
#ifndef RECEIVER_REPORT_RUN_TEXT_H
#define RECEIVER_REPORT_RUN_TEXT_H

#include <stddef.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"
#include "receiver/report/run.h"

/** Append @p s; letters, digits and `-._~:,` as they are, all others as %XX. */
void run_text_encode(struct str s, struct buf *b);

/** Take back run_text_encode(). @return ERR_OK, ERR_PARSE, ERR_NOMEM; @p ret_text is malloc'd */
enum err run_text_decode(struct str s, char **ret_text) MUST_CHECK;

/** Append `name=value&name=value`. */
void run_text_values(const struct report_value *values, size_t count, struct buf *b);

#endif /* RECEIVER_REPORT_RUN_TEXT_H */
