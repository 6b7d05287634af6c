/* SPDX-License-Identifier: MIT */
#include "store/store_result.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A block: an array of rows, then their bytes. Copied in two rounds over the same texts. */
struct block {
	char *at;
	size_t need;
};

/* Where a row has its texts. */
struct shape {
	size_t size;
	size_t count;
	size_t texts[9];
};

static const struct shape payload_shape = {
	sizeof(struct payload),
	9,
	{offsetof(struct payload, account), offsetof(struct payload, source),
         offsetof(struct payload, verified), offsetof(struct payload, method),
         offsetof(struct payload, media_type), offsetof(struct payload, query),
         offsetof(struct payload, headers), offsetof(struct payload, vars),
         offsetof(struct payload, body)},
};

static const struct shape lane_shape = {
	sizeof(struct store_lane),
	1,
	{offsetof(struct store_lane, account)},
};

static const struct shape count_shape = {
	sizeof(struct store_count),
	3,
	{offsetof(struct store_count, account), offsetof(struct store_count, campaign),
         offsetof(struct store_count, status)},
};

static const struct shape campaign_shape = {
	sizeof(struct store_campaign),
	4,
	{offsetof(struct store_campaign, account), offsetof(struct store_campaign, level),
         offsetof(struct store_campaign, id), offsetof(struct store_campaign, name)},
};

static const struct shape dead_shape = {
	sizeof(struct store_dead_row),
	5,
	{offsetof(struct store_dead_row, dead.account),
         offsetof(struct store_dead_row, dead.source), offsetof(struct store_dead_row, dead.cause),
         offsetof(struct store_dead_row, dead.text),
         offsetof(struct store_dead_row, dead.event_id)},
};

static struct str keep(struct block *k, struct str text)
{
	struct str copy = {k->at, text.len};

	if (text.len == 0)
		return STR_EMPTY;
	memcpy(k->at, text.ptr, text.len);
	k->at += text.len;
	return copy;
}

static void want_row(struct block *k, const struct shape *shape, const void *row)
{
	for (size_t i = 0; i < shape->count; i++) {
		const void *at = (const char *)row + shape->texts[i];

		k->need += ((const struct str *)at)->len;
	}
}

static void keep_row(struct block *k, const struct shape *shape, void *row)
{
	for (size_t i = 0; i < shape->count; i++) {
		void *at = (char *)row + shape->texts[i];

		*(struct str *)at = keep(k, *(struct str *)at);
	}
}

static enum err block_make(struct op *op, struct block *k, const void *rows, size_t rows_bytes)
{
	char *block = malloc(rows_bytes + k->need + 1);

	if (block == NULL)
		return ERR_NOMEM;
	if (rows_bytes > 0)
		memcpy(block, rows, rows_bytes);
	k->at = block + rows_bytes;
	op->result = block;
	return ERR_OK;
}

static enum err keep_rows(struct op *op, const struct shape *shape, const void *rows, size_t count)
{
	struct block k = {NULL, 0};
	enum err err;

	for (size_t i = 0; i < count; i++)
		want_row(&k, shape, (const char *)rows + i * shape->size);
	err = block_make(op, &k, rows, count * shape->size);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < count; i++)
		keep_row(&k, shape, (char *)op->result + i * shape->size);
	op->result_count = count;
	return ERR_OK;
}

enum err store_result_payloads(struct op *op, const struct payload *rows, size_t count)
{
	return keep_rows(op, &payload_shape, rows, count);
}

enum err store_result_lanes(struct op *op, const struct store_lane *rows, size_t count)
{
	return keep_rows(op, &lane_shape, rows, count);
}

enum err store_result_counts(struct op *op, const struct store_count *rows, size_t count)
{
	return keep_rows(op, &count_shape, rows, count);
}

enum err store_result_campaigns(struct op *op, const struct store_campaign *rows, size_t count)
{
	return keep_rows(op, &campaign_shape, rows, count);
}

static void keep_dead(struct block *k, struct store_dead_row *row, struct payload *payload)
{
	keep_row(k, &dead_shape, row);
	if (row->dead.payload == NULL)
		return;
	*payload = *row->dead.payload;
	keep_row(k, &payload_shape, payload);
	row->dead.payload = payload;
}

enum err store_result_dead(struct op *op, const struct store_dead_row *rows, size_t count)
{
	/* The payloads stand behind the rows, both aligned alike, and then the bytes. */
	struct block k = {NULL, count * sizeof(struct payload)};
	struct store_dead_row *copies;
	struct payload *payloads;
	enum err err;

	for (size_t i = 0; i < count; i++) {
		want_row(&k, &dead_shape, &rows[i]);
		if (rows[i].dead.payload != NULL)
			want_row(&k, &payload_shape, rows[i].dead.payload);
	}
	err = block_make(op, &k, rows, count * sizeof(*rows));
	if (err != ERR_OK)
		return err;
	copies = op->result;
	payloads = (void *)(copies + count);
	k.at += count * sizeof(*payloads);
	for (size_t i = 0; i < count; i++)
		keep_dead(&k, &copies[i], &payloads[i]);
	op->result_count = count;
	return ERR_OK;
}

enum err store_result_text(struct op *op, struct str text, struct str *ret_copy)
{
	struct block k = {NULL, text.len};
	enum err err = block_make(op, &k, NULL, 0);

	if (err == ERR_OK)
		*ret_copy = keep(&k, text);
	return err;
}
