/* SPDX-License-Identifier: MIT */
/**
 * reports_index - which orders of a report are under way, as text: a line of loop values for each.
 * No I/O.
 *
 *     orders 1
 *     campaign=c1&type=sends
 */
#ifndef RECEIVER_REPORT_REPORTS_INDEX_H
#define RECEIVER_REPORT_REPORTS_INDEX_H

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"
#include "receiver/report/list/combo.h"

#define INDEX_TEXT_MAX ((size_t)60 * 1024) /* the store takes 64 KiB */

/** "orders/ACCOUNT/REPORT/". @return ERR_OK, ERR_LIMIT, ERR_NOMEM */
enum err index_key(const char *account, const char *report, struct buf *key) MUST_CHECK;

/** The first line. */
void index_begin(struct buf *b);
/** One order, while there is room: without it its own checkpoint is there still. */
void index_put(const struct combo *c, struct buf *b);

/**
 * Each order whose line can be read.
 *
 * @param fn  owns the values
 * @return ERR_OK; ERR_PARSE another version: none was read
 */
enum err index_read(struct str text, void (*fn)(void *arg, struct combo *c), void *arg) MUST_CHECK;

#endif /* RECEIVER_REPORT_REPORTS_INDEX_H */
