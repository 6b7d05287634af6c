/* SPDX-License-Identifier: MIT */
/**
 * ordinals - identical rows of one window are different facts: which is the how-manieth.
 *
 * A bag of event ids over the pages of one window. The numbers travel with the payload
 * (`_ordinals=INDEX:ORDINAL,…` among its vars), so that normalise stays pure: the same payload
 * gives the same ids for ever. Row 0 of its kind has ordinal 0 and is not listed.
 *
 * While a window still grows, rows move from page to page between two requests, and one that is
 * seen on two pages may be one row. So what repeats on a later page is a claim ("there are at least
 * three of this id") that counts once two reads of the window in a row make it: a shift is gone in
 * the next read, real rows are there again. Until then such a row has its number within the page.
 */
#ifndef NORMALISE_ORDINALS_H
#define NORMALISE_ORDINALS_H

#include "core/buf.h"
#include "core/payload.h"
#include "normalise/event/event.h"
#include "normalise/source.h"

/** Name of the variable that holds them. */
#define ORDINALS_VAR "_ordinals"

/** Most claims of one read; rows beyond are not believed while the window grows. */
#define ORDINALS_CLAIMS_MAX 200

/** At least so many rows of this id. */
struct ordinals_claim {
	uint8_t id[EVENT_ID_BYTES];
	uint32_t count;
};

/** What one read of a window claims, one for each id. */
struct ordinals_claims {
	size_t count;
	struct ordinals_claim list[ORDINALS_CLAIMS_MAX];
};

/** Different rows in memory where nobody says otherwise: at most 6 MiB. */
#define ORDINALS_ROWS_DEFAULT ((size_t)96 * 1024)

/** What is known of an id. */
struct ordinals_row {
	uint8_t id[EVENT_ID_BYTES];
	uint32_t next;  /* ordinal of the next one of its kind; 0: there is no such row */
	uint32_t page;  /* on which it was seen last */
	uint32_t here;  /* ordinal of the next one within that page */
	uint32_t claim; /* its place among the claims, from 1 on; 0: none */
};

/**
 * Where rows go that find no place in memory: given by who may write files.
 *
 * @c hash is the same for an id until forget(), and spreads ids evenly whoever has written them.
 */
struct ordinals_disk {
	/** @return ERR_OK, ERR_NOENT there is none, ERR_IO, ERR_NOMEM */
	enum err (*find)(void *arg, uint64_t hash, const uint8_t *id, struct ordinals_row *ret_row);
	/** Also in place of one that has the id. @return ERR_OK, ERR_LIMIT, ERR_IO, ERR_NOMEM */
	enum err (*keep)(void *arg, uint64_t hash, const struct ordinals_row *row);
	void (*forget)(void *arg);
	void *arg;
};

struct ordinals;

/**
 * @param rows_max  most different rows in memory
 * @param disk      for the others; copied. NULL: there may be no others
 * @return ERR_OK, ERR_NOMEM
 */
enum err ordinals_new(size_t rows_max, const struct ordinals_disk *disk,
                      struct ordinals **ret_ordinals) MUST_CHECK;
/** Accepts NULL. */
void ordinals_free(struct ordinals *o);
/** Forget all rows and claims: a window begins that grows no more. */
void ordinals_reset(struct ordinals *o);
/**
 * The same for a window that still grows.
 *
 * @param before  claims of its last complete read; copied
 */
void ordinals_reset_open(struct ordinals *o, const struct ordinals_claims *before);

/** The claims of this read, in the order in which they came up; none of a window that grows no
 * more. */
const struct ordinals_claims *ordinals_claims(const struct ordinals *o);
/** How many of them the last read did not make: the next read may believe them. */
size_t ordinals_unconfirmed(const struct ordinals *o);
/** Rows that found no place among the claims of this read. */
uint64_t ordinals_left_out(const struct ordinals *o);

/**
 * Begin with a payload, to be gone on with by ordinals_step().
 *
 * @param source, payload  borrowed until all is counted; the payload's vars without ordinals
 * @return ERR_OK, ERR_NOMEM
 */
enum err ordinals_begin(struct ordinals *o, const struct source *source,
                        const struct payload *payload) MUST_CHECK;

/**
 * Count its next records, and with the last of them write their ordinals.
 *
 * @param most     records or events, so that a loop can turn between two steps
 * @param numbers  appended: "12:1,57:2"; nothing when every row is the first of its kind
 * @return ERR_OK     all are counted
 *         ERR_AGAIN  there are more
 *         ERR_LIMIT  more rows than there is place for, or 2^32 of one kind
 *         ERR_IO     the disk: what was counted of this payload stays counted, so that all begins
 *                    anew with ordinals_reset()
 *         ERR_NOMEM
 */
enum err ordinals_step(struct ordinals *o, size_t most, struct buf *numbers) MUST_CHECK;

/** Both at once. */
enum err ordinals_count(struct ordinals *o, const struct source *source,
                        const struct payload *payload, struct buf *numbers) MUST_CHECK;

#endif /* NORMALISE_ORDINALS_H */
