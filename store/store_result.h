/* SPDX-License-Identifier: MIT */
/**
 * store_result - what an operation found, copied: a backend's results last until its next call
 * only, and the operation's owner reads them on another thread.
 *
 * Each makes op->result one block of rows and all that they point to, and sets op->result_count.
 * Private to store/.
 *
 * @return ERR_OK; ERR_NOMEM, and @p op is as before
 */
#ifndef STORE_STORE_RESULT_H
#define STORE_STORE_RESULT_H

#include "store/store_queue.h"

enum err store_result_payloads(struct op *op, const struct payload *rows, size_t count) MUST_CHECK;
enum err store_result_lanes(struct op *op, const struct store_lane *rows, size_t count) MUST_CHECK;
enum err store_result_counts(struct op *op, const struct store_count *rows,
                             size_t count) MUST_CHECK;
enum err store_result_campaigns(struct op *op, const struct store_campaign *rows,
                                size_t count) MUST_CHECK;

/** With the payloads that they have. */
enum err store_result_dead(struct op *op, const struct store_dead_row *rows,
                           size_t count) MUST_CHECK;

/** One text and no rows. @param ret_copy  points into the block */
enum err store_result_text(struct op *op, struct str text, struct str *ret_copy) MUST_CHECK;

#endif /* STORE_STORE_RESULT_H */
