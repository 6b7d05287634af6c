/* SPDX-License-Identifier: MIT */
/**
 * ordinals - identical rows of one window are different facts: which is the how-manieth.
 *
 * A bag of event ids over the pages of one window. The numbers travel with the payload
 * (`_ordinals=INDEX:ORDINAL,…` among its vars), so that normalise stays pure: the same payload
 * gives the same ids for ever. Row 0 of its kind has ordinal 0 and is not listed.
 */
#ifndef NORMALISE_ORDINALS_H
#define NORMALISE_ORDINALS_H

#include "core/buf.h"
#include "core/payload.h"
#include "normalise/source.h"

/** Name of the variable that holds them. */
#define ORDINALS_VAR "_ordinals"

struct ordinals;

/** @param rows_max  most different rows it remembers. @return ERR_OK, ERR_NOMEM */
enum err ordinals_new(size_t rows_max, struct ordinals **ret_ordinals) MUST_CHECK;
/** Accepts NULL. */
void ordinals_free(struct ordinals *o);
/** Forget all rows: another window begins. */
void ordinals_reset(struct ordinals *o);

/**
 * Count the records of a payload and write their ordinals.
 *
 * @param payload  its vars without ordinals; borrowed
 * @param numbers  appended: "12:1,57:2"; nothing when every row is the first of its kind
 * @return ERR_OK, ERR_LIMIT more than rows_max rows, ERR_NOMEM
 */
enum err ordinals_count(struct ordinals *o, const struct source *source,
                        const struct payload *payload, struct buf *numbers) MUST_CHECK;

#endif /* NORMALISE_ORDINALS_H */
