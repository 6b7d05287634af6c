/* SPDX-License-Identifier: MIT */
/**
 * reports_plan - sets of loop values and their product. Pure; private to receiver/report/.
 */
#ifndef RECEIVER_REPORT_REPORTS_PLAN_H
#define RECEIVER_REPORT_REPORTS_PLAN_H

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
/** Accepts NULL. */
/** The same, in order of names. @return ERR_OK, ERR_NOMEM */
enum err combo_sorted(const struct report_value *values, size_t count,
                      struct combo **ret_combo) MUST_CHECK;
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

/** Texts of one loop, in order, none twice. */
struct choices {
	char **texts; /* owned, as are its members */
	size_t count, cap;
};

void choices_fini(struct choices *c);
/** @return ERR_OK, ERR_LIMIT there are @p max, ERR_NOMEM */
enum err choices_add(struct choices *c, struct str text, size_t max) MUST_CHECK;
enum err choices_copy(const struct choices *from, struct choices *ret_copy) MUST_CHECK;
/** Drop what comes a second time. @return ERR_OK, ERR_NOMEM */
enum err choices_unique(struct choices *c) MUST_CHECK;
bool choices_same(const struct choices *a, const struct choices *b);

/** One factor of a product. */
struct factor {
	const char *name;
	const struct choices *choices;
};

/** How many sets there are; SIZE_MAX when that is too large to count. No factor: one empty set. */
size_t product_count(const struct factor *factors, size_t count);
/** The set with number @p i; the last factor changes fastest. */
void product_at(const struct factor *factors, size_t count, size_t i,
                struct report_value *ret_values);

#endif /* RECEIVER_REPORT_REPORTS_PLAN_H */
