/* SPDX-License-Identifier: MIT */
/**
 * ordinals_rows - the rows that ordinals.c counts, by id: in memory, and what finds no place there
 * on disk. Private to normalise/.
 *
 * What came first stays in memory, so an id is in one of the two only.
 */
#ifndef NORMALISE_ORDINALS_ROWS_H
#define NORMALISE_ORDINALS_ROWS_H

#include <stdbool.h>

#include <sodium.h>

#include "normalise/ordinals.h"

struct ordinals_rows {
	size_t max;                /* in memory */
	struct ordinals_row *rows; /* owned; open addressing; a power of two */
	size_t cap, count;         /* at most three quarters are used */
	bool has_disk, is_on_disk; /* some rows found no place here */
	struct ordinals_disk disk;
	/* Where a row lies in the tables is nobody's choice: whoever writes the rows knows their
	 * ids, and could make all of them meet in one place. */
	unsigned char secret[crypto_shorthash_KEYBYTES];
};

/** @param disk  NULL: there is none */
void ordinals_rows_init(struct ordinals_rows *r, size_t max, const struct ordinals_disk *disk);
/** Forget all of them. */
void ordinals_rows_reset(struct ordinals_rows *r);

/**
 * @param ret_row  with an id that was never kept: its next is 0
 * @return ERR_OK, ERR_IO, ERR_NOMEM
 */
enum err ordinals_rows_find(const struct ordinals_rows *r, const uint8_t *id,
                            struct ordinals_row *ret_row) MUST_CHECK;

/** In place of the one with its id. @return ERR_OK, ERR_LIMIT there is no place, ERR_IO, ERR_NOMEM
 */
enum err ordinals_rows_keep(struct ordinals_rows *r, const struct ordinals_row *row) MUST_CHECK;

#endif /* NORMALISE_ORDINALS_ROWS_H */
