/* SPDX-License-Identifier: MIT */
/**
 * list_seen - read which campaigns our own events of an account had, page by page. Private to
 * receiver/report/list/.
 */
#ifndef RECEIVER_REPORT_LIST_LIST_SEEN_H
#define RECEIVER_REPORT_LIST_LIST_SEEN_H

#include "core/err.h"
#include "core/str.h"
#include "store/store.h"

struct list_seen;

struct list_seen_ops {
	/** One campaign's id. @return other than ERR_OK: that is the end */
	enum err (*on_id)(void *arg, struct str id);
	/** list_seen_free() may be called from within. */
	void (*on_done)(void *arg, enum err err);
};

/**
 * Begin; callbacks come from the loop.
 *
 * @param since_ms  wall clock: campaigns of events since then
 * @return ERR_OK, ERR_NOMEM, or as store_campaigns()
 */
enum err list_seen_new(struct store *store, const char *account, int64_t since_ms,
                       const struct list_seen_ops *ops, void *arg,
                       struct list_seen **ret_seen) MUST_CHECK;
/** No callback comes any more. Accepts NULL. */
void list_seen_free(struct list_seen *s);

#endif /* RECEIVER_REPORT_LIST_LIST_SEEN_H */
