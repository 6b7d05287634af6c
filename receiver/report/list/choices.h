/* SPDX-License-Identifier: MIT */
/** choices - the values that one loop has, and the sets that several loops make. Pure. */
#ifndef RECEIVER_REPORT_LIST_CHOICES_H
#define RECEIVER_REPORT_LIST_CHOICES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "receiver/report/run/run.h"

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

#endif /* RECEIVER_REPORT_LIST_CHOICES_H */
