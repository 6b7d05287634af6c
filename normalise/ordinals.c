/* SPDX-License-Identifier: MIT */
#include "normalise/ordinals.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "normalise/normaliser.h"
#include "normalise/ordinals_rows.h"

/* Of one payload, which holds no more rows than bytes. */
#define NUMBERS_MAX ((size_t)64 * 1024 * 1024)
/* Ids of one record: maps give one each. */
#define IDS_MAX     ((size_t)64 * 1024)

/** The how-manieth of its kind a record is. */
struct place {
	uint32_t all, here; /* in this read of the window, on this page */
};

struct ordinals {
	struct ordinals_rows rows;
	uint32_t page;                 /* the present payload */
	size_t present;                /* the record of it that is being read */
	bool is_open;                  /* the window still grows */
	struct ordinals_claims before; /* of its last complete read; by id */
	struct ordinals_claims claims; /* of this one */
	uint64_t left_out;
	struct normaliser *normaliser; /* owned; kept for its memory */
	struct buf ids;                /* of the present record */
	struct buf numbers;            /* of the present payload */
};

enum err ordinals_new(size_t rows_max, const struct ordinals_disk *disk,
                      struct ordinals **ret_ordinals)
{
	struct ordinals *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return ERR_NOMEM;
	ordinals_rows_init(&o->rows, rows_max, disk);
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
	ordinals_rows_reset(&o->rows);
	free(o);
}

void ordinals_reset(struct ordinals *o)
{
	ordinals_rows_reset(&o->rows);
	o->page = 0;
	o->is_open = false;
	o->before.count = o->claims.count = 0;
	o->left_out = 0;
}

static int by_id(const void *a, const void *b)
{
	const struct ordinals_claim *x = a;
	const struct ordinals_claim *y = b;

	return memcmp(x->id, y->id, EVENT_ID_BYTES);
}

void ordinals_reset_open(struct ordinals *o, const struct ordinals_claims *before)
{
	ordinals_reset(o);
	assert(before->count <= ORDINALS_CLAIMS_MAX);
	o->is_open = true;
	o->before = *before;
	qsort(o->before.list, o->before.count, sizeof(o->before.list[0]), by_id);
}

/* ---- claims ---- */

const struct ordinals_claims *ordinals_claims(const struct ordinals *o)
{
	return &o->claims;
}

uint64_t ordinals_left_out(const struct ordinals *o)
{
	return o->left_out;
}

/** Did the last read see so many of them? */
static bool is_confirmed(const struct ordinals *o, const struct ordinals_claim *claim)
{
	const struct ordinals_claim *before =
		bsearch(claim, o->before.list, o->before.count, sizeof(o->before.list[0]), by_id);

	return before != NULL && before->count >= claim->count;
}

size_t ordinals_unconfirmed(const struct ordinals *o)
{
	size_t count = 0;

	for (size_t i = 0; i < o->claims.count; i++)
		count += !is_confirmed(o, &o->claims.list[i]);
	return count;
}

static void note_claim(struct ordinals *o, struct ordinals_row *row)
{
	struct ordinals_claims *claims = &o->claims;

	if (row->claim == 0 && claims->count == ORDINALS_CLAIMS_MAX) {
		o->left_out++;
		return;
	}
	if (row->claim == 0) {
		memcpy(claims->list[claims->count].id, row->id, EVENT_ID_BYTES);
		row->claim = (uint32_t)++claims->count;
	}
	claims->list[row->claim - 1].count = row->next;
}

/* ---- rows ---- */

/** One more of the kind, at the place of its record. */
static enum err remember(struct ordinals *o, const uint8_t *id, struct place place)
{
	struct ordinals_row row;
	enum err err = ordinals_rows_find(&o->rows, id, &row);

	if (err == ERR_OK && place.all == UINT32_MAX)
		err = ERR_LIMIT;
	if (err != ERR_OK)
		return err;
	row.next = place.all + 1;
	row.page = o->page;
	row.here = place.here + 1;
	if (o->is_open && place.all > place.here)
		note_claim(o, &row);
	return ordinals_rows_keep(&o->rows, &row);
}

/** A record of several events has one ordinal, high enough for each of them. */
static enum err find_place(const struct ordinals *o, struct place *ret_place)
{
	struct place place = {0, 0};

	for (size_t at = 0; at < o->ids.len; at += EVENT_ID_BYTES) {
		struct ordinals_row row;
		enum err err = ordinals_rows_find(&o->rows, (const uint8_t *)o->ids.ptr + at, &row);

		if (err != ERR_OK)
			return err;
		if (row.next > place.all)
			place.all = row.next;
		if (row.next > 0 && row.page == o->page && row.here > place.here)
			place.here = row.here;
	}
	*ret_place = place;
	return ERR_OK;
}

/** Is it one more, and not one that was moved here from an earlier page? */
static bool is_believed(const struct ordinals *o, struct place place)
{
	if (!o->is_open || place.all == place.here)
		return true;
	for (size_t at = 0; at < o->ids.len; at += EVENT_ID_BYTES) {
		struct ordinals_claim claim = {.count = place.all + 1};

		memcpy(claim.id, o->ids.ptr + at, EVENT_ID_BYTES);
		if (!is_confirmed(o, &claim))
			return false;
	}
	return true;
}

/** The record is complete. */
static enum err close_record(struct ordinals *o, size_t index)
{
	struct place place = {0, 0};
	uint32_t ordinal = 0;
	enum err err = find_place(o, &place);

	if (err == ERR_OK)
		ordinal = is_believed(o, place) ? place.all : place.here;
	for (size_t at = 0; at < o->ids.len && err == ERR_OK; at += EVENT_ID_BYTES)
		err = remember(o, (const uint8_t *)o->ids.ptr + at, place);
	if (err == ERR_OK && ordinal > 0) {
		err = buf_printf(&o->numbers, "%s%zu:%u", o->numbers.len > 0 ? "," : "", index,
		                 (unsigned)ordinal);
	}
	buf_reset(&o->ids);
	return err;
}

static enum err count_event(struct ordinals *o, const struct event *event)
{
	enum err err = ERR_OK;
	size_t index;

	if (!normaliser_has_ordinal(o->normaliser, &index))
		return ERR_OK;
	if (index != o->present && o->ids.len > 0)
		err = close_record(o, o->present);
	o->present = index;
	return err == ERR_OK ? buf_append(&o->ids, event->id, EVENT_ID_BYTES) : err;
}

static enum err count_rows(struct ordinals *o, size_t most)
{
	struct normalise_bad bad;
	struct event event;
	enum err err = ERR_OK;

	for (; err == ERR_OK; most--) {
		enum normalise_result r;

		if (most == 0)
			return ERR_AGAIN;
		r = normaliser_next(o->normaliser, &event, &bad);
		if (r == NORMALISE_END)
			return o->ids.len > 0 ? close_record(o, o->present) : ERR_OK;
		if (r == NORMALISE_NOMEM)
			return ERR_NOMEM;
		if (r == NORMALISE_EVENT)
			err = count_event(o, &event);
	}
	return err;
}

enum err ordinals_begin(struct ordinals *o, const struct source *source,
                        const struct payload *payload)
{
	enum err err;

	o->page++;
	o->present = 0;
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

enum err ordinals_step(struct ordinals *o, size_t most, struct buf *numbers)
{
	enum err err = count_rows(o, most);

	return err == ERR_OK ? buf_append_str(numbers, buf_str(&o->numbers)) : err;
}

enum err ordinals_count(struct ordinals *o, const struct source *source,
                        const struct payload *payload, struct buf *numbers)
{
	enum err err = ordinals_begin(o, source, payload);

	return err == ERR_OK ? ordinals_step(o, SIZE_MAX, numbers) : err;
}
