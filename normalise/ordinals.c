/* SPDX-License-Identifier: MIT */
#include "normalise/ordinals.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "normalise/normaliser.h"

#define CAP_MIN     ((size_t)256)
/* Of one payload, which holds no more rows than bytes. */
#define NUMBERS_MAX ((size_t)64 * 1024 * 1024)
/* Ids of one record: maps give one each. */
#define IDS_MAX     ((size_t)64 * 1024)

struct row {
	uint8_t id[EVENT_ID_BYTES];
	uint32_t next; /* ordinal of the next one of its kind; 0: the place is free */
};

struct ordinals {
	size_t rows_max;
	struct row *rows;  /* owned; open addressing; a power of two */
	size_t cap, count; /* at most three quarters are used */
	/* Where a row lies in the table is nobody's choice: whoever writes the rows knows their
	 * ids, and could make all of them meet in one place. */
	unsigned char secret[crypto_shorthash_KEYBYTES];
	struct normaliser *normaliser; /* owned; kept for its memory */
	struct buf ids;                /* of the present record */
	struct buf numbers;            /* of the present payload */
};

enum err ordinals_new(size_t rows_max, struct ordinals **ret_ordinals)
{
	struct ordinals *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return ERR_NOMEM;
	o->rows_max = rows_max;
	crypto_shorthash_keygen(o->secret);
	buf_init(&o->ids, IDS_MAX);
	buf_init(&o->numbers, NUMBERS_MAX);
	*ret_ordinals = o;
	return ERR_OK;
}

void ordinals_free(struct ordinals *o)
{
	if (o == NULL)
		return;
	normaliser_free(o->normaliser);
	buf_fini(&o->ids);
	buf_fini(&o->numbers);
	free(o->rows);
	free(o);
}

void ordinals_reset(struct ordinals *o)
{
	free(o->rows);
	o->rows = NULL;
	o->cap = o->count = 0;
}

/** The id's row, or the free place where it belongs. */
static struct row *find(const struct ordinals *o, struct row *rows, size_t cap, const char *id)
{
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t i;

	(void)crypto_shorthash(hash, (const unsigned char *)id, EVENT_ID_BYTES, o->secret);
	memcpy(&i, hash, sizeof(i));
	while (rows[i & (cap - 1)].next != 0 &&
	       memcmp(rows[i & (cap - 1)].id, id, EVENT_ID_BYTES) != 0)
		i++;
	return &rows[i & (cap - 1)];
}

static enum err grow(struct ordinals *o)
{
	size_t cap = o->cap > 0 ? o->cap * 2 : CAP_MIN;
	struct row *rows = calloc(cap, sizeof(*rows));

	if (rows == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < o->cap; i++) {
		if (o->rows[i].next != 0)
			*find(o, rows, cap, (const char *)o->rows[i].id) = o->rows[i];
	}
	free(o->rows);
	o->rows = rows;
	o->cap = cap;
	return ERR_OK;
}

static enum err remember(struct ordinals *o, const char *id, uint32_t next)
{
	struct row *row;

	if ((o->count + 1) * 4 > o->cap * 3 && grow(o) != ERR_OK)
		return ERR_NOMEM;
	row = find(o, o->rows, o->cap, id);
	if (row->next == 0) {
		if (o->count == o->rows_max)
			return ERR_LIMIT;
		memcpy(row->id, id, EVENT_ID_BYTES);
		o->count++;
	}
	row->next = next;
	return ERR_OK;
}

/**
 * The record is complete. A record of several events has one ordinal, high enough for each of them.
 */
static enum err close_record(struct ordinals *o, size_t index)
{
	uint32_t ordinal = 0;
	enum err err = ERR_OK;

	for (size_t at = 0; at < o->ids.len && o->cap > 0; at += EVENT_ID_BYTES) {
		const struct row *row = find(o, o->rows, o->cap, o->ids.ptr + at);

		if (row->next > ordinal)
			ordinal = row->next;
	}
	for (size_t at = 0; at < o->ids.len && err == ERR_OK; at += EVENT_ID_BYTES)
		err = remember(o, o->ids.ptr + at, ordinal + 1);
	if (err == ERR_OK && ordinal > 0) {
		err = buf_printf(&o->numbers, "%s%zu:%u", o->numbers.len > 0 ? "," : "", index,
		                 (unsigned)ordinal);
	}
	buf_reset(&o->ids);
	return err;
}

static enum err count_rows(struct ordinals *o)
{
	struct normalise_bad bad;
	struct event event;
	size_t present = 0, index;
	enum normalise_result r;
	enum err err = ERR_OK;

	while (err == ERR_OK &&
	       (r = normaliser_next(o->normaliser, &event, &bad)) != NORMALISE_END) {
		if (r == NORMALISE_NOMEM)
			return ERR_NOMEM;
		if (r != NORMALISE_EVENT || !normaliser_has_ordinal(o->normaliser, &index))
			continue;
		if (index != present && o->ids.len > 0)
			err = close_record(o, present);
		present = index;
		if (err == ERR_OK)
			err = buf_append(&o->ids, event.id, EVENT_ID_BYTES);
	}
	return err == ERR_OK && o->ids.len > 0 ? close_record(o, present) : err;
}

static enum err begin(struct ordinals *o, const struct source *source,
                      const struct payload *payload)
{
	enum err err;

	buf_reset(&o->ids);
	buf_reset(&o->numbers);
	if (o->normaliser != NULL) {
		normaliser_restart(o->normaliser, source, payload);
		return ERR_OK;
	}
	err = normaliser_new(source, payload, NORMALISE_MEMORY_DEFAULT, &o->normaliser);
	if (err == ERR_OK)
		normaliser_only_ids(o->normaliser);
	return err;
}

enum err ordinals_count(struct ordinals *o, const struct source *source,
                        const struct payload *payload, struct buf *numbers)
{
	enum err err = begin(o, source, payload);

	if (err == ERR_OK)
		err = count_rows(o);
	if (err == ERR_OK)
		err = buf_append_str(numbers, buf_str(&o->numbers));
	return err;
}
