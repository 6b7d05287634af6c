/* SPDX-License-Identifier: MIT */
#include "normalise/ordinals_rows.h"

#include <stdlib.h>
#include <string.h>

#define CAP_MIN ((size_t)256)

void ordinals_rows_init(struct ordinals_rows *r, size_t max, const struct ordinals_disk *disk)
{
	*r = (struct ordinals_rows){.max = max, .has_disk = disk != NULL};
	if (disk != NULL)
		r->disk = *disk;
	crypto_shorthash_keygen(r->secret);
}

void ordinals_rows_reset(struct ordinals_rows *r)
{
	free(r->rows);
	r->rows = NULL;
	r->cap = r->count = 0;
	if (r->is_on_disk)
		r->disk.forget(r->disk.arg);
	r->is_on_disk = false;
}

static uint64_t hash_of(const struct ordinals_rows *r, const uint8_t *id)
{
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t number;

	(void)crypto_shorthash(hash, id, EVENT_ID_BYTES, r->secret);
	memcpy(&number, hash, sizeof(number));
	return number;
}

/** The id's row, or the free place where it belongs. */
static struct ordinals_row *place_in(struct ordinals_row *rows, size_t cap, uint64_t hash,
                                     const uint8_t *id)
{
	uint64_t i = hash;

	while (rows[i & (cap - 1)].next != 0 &&
	       memcmp(rows[i & (cap - 1)].id, id, EVENT_ID_BYTES) != 0)
		i++;
	return &rows[i & (cap - 1)];
}

/** In memory. @return NULL: there is none */
static struct ordinals_row *find_here(const struct ordinals_rows *r, uint64_t hash,
                                      const uint8_t *id)
{
	struct ordinals_row *row;

	if (r->cap == 0)
		return NULL;
	row = place_in(r->rows, r->cap, hash, id);
	return row->next != 0 ? row : NULL;
}

enum err ordinals_rows_find(const struct ordinals_rows *r, const uint8_t *id,
                            struct ordinals_row *ret_row)
{
	const uint64_t hash = hash_of(r, id);
	const struct ordinals_row *here = find_here(r, hash, id);
	enum err err = ERR_NOENT;

	if (here != NULL) {
		*ret_row = *here;
		return ERR_OK;
	}
	if (r->is_on_disk)
		err = r->disk.find(r->disk.arg, hash, id, ret_row);
	if (err != ERR_NOENT)
		return err;
	*ret_row = (struct ordinals_row){.next = 0};
	memcpy(ret_row->id, id, EVENT_ID_BYTES);
	return ERR_OK;
}

static enum err grow(struct ordinals_rows *r)
{
	size_t cap = r->cap > 0 ? r->cap * 2 : CAP_MIN;
	struct ordinals_row *rows = calloc(cap, sizeof(*rows));

	if (rows == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < r->cap; i++) {
		const uint8_t *id = r->rows[i].id;

		if (r->rows[i].next != 0)
			*place_in(rows, cap, hash_of(r, id), id) = r->rows[i];
	}
	free(r->rows);
	r->rows = rows;
	r->cap = cap;
	return ERR_OK;
}

enum err ordinals_rows_keep(struct ordinals_rows *r, const struct ordinals_row *row)
{
	const uint64_t hash = hash_of(r, row->id);
	struct ordinals_row *here = find_here(r, hash, row->id);

	if (here != NULL) {
		*here = *row;
		return ERR_OK;
	}
	if (r->count >= r->max) {
		if (!r->has_disk)
			return ERR_LIMIT;
		r->is_on_disk = true;
		return r->disk.keep(r->disk.arg, hash, row);
	}
	if ((r->count + 1) * 4 > r->cap * 3 && grow(r) != ERR_OK)
		return ERR_NOMEM;
	*place_in(r->rows, r->cap, hash, row->id) = *row;
	r->count++;
	return ERR_OK;
}
