/* SPDX-License-Identifier: MIT */
/**
 * combo - one set of loop values, such as "campaign=c1 type=sends". Pure.
 */
#ifndef RECEIVER_REPORT_LIST_COMBO_H
#define RECEIVER_REPORT_LIST_COMBO_H

#include <stddef.h>

#include "core/buf.h"
#include "core/err.h"
#include "receiver/report/run/run.h"

#define COMBO_KEY_MAX 512 /* store.h: of a checkpoint's key */

/** One set of loop values; one piece of memory. */
struct combo {
	size_t count;
	struct report_value values[]; /* in order of their names */
};

/** @param values  copied, in order of their names. @return ERR_OK, ERR_NOMEM */
enum err combo_new(const struct report_value *values, size_t count,
                   struct combo **ret_combo) MUST_CHECK;
/** The same of values in any order. @return ERR_OK, ERR_NOMEM */
enum err combo_sorted(const struct report_value *values, size_t count,
                      struct combo **ret_combo) MUST_CHECK;
/** Accepts NULL. */
void combo_free(struct combo *c);
/** Order of names and values; 0: the same set. */
int combo_cmp(const struct combo *a, const struct combo *b);

/** For a log line: "message=512 type=sends"; a value that may be a person's address is `…`. */
void combo_text(const struct combo *c, char *ret_text, size_t size);

/**
 * Key of what the scheduler keeps: "due/ACCOUNT/REPORT/VALUES".
 *
 * @return ERR_OK, ERR_LIMIT longer than the store takes, ERR_NOMEM
 */
enum err combo_key(const char *account, const char *report, const struct combo *c,
                   struct buf *b) MUST_CHECK;

#endif /* RECEIVER_REPORT_LIST_COMBO_H */
