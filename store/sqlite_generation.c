/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store/sqlite.h"

#define GENERATIONS       4 /* in dedupe_for */
#define GENERATION_MIN_MS 1000

struct generation *sqlite_generation_find(struct dedupe *d, int64_t gen)
{
	for (size_t i = 0; i < d->gen_count; i++) {
		if (d->gens[i].gen == gen)
			return &d->gens[i];
	}
	return NULL;
}

static enum err has_any(struct backend *b, struct generation *g)
{
	sqlite3_stmt *stmt = b->stmts[STMT_DEDUPE_ANY];

	(void)sqlite3_bind_int64(stmt, 1, g->gen);

	enum err err = sqlite_row(b, stmt, &g->has_rows);

	(void)sqlite3_reset(stmt);
	return err;
}

enum err sqlite_generation_load(struct backend *b)
{
	sqlite3_stmt *stmt = b->stmts[STMT_GENERATION_LIST];
	struct dedupe *d = &b->dedupe;
	bool has_row = false;
	enum err err;

	d->gen_count = 0;
	while ((err = sqlite_row(b, stmt, &has_row)) == ERR_OK && has_row &&
	       d->gen_count < GENERATIONS_MAX) {
		d->gens[d->gen_count++] = (struct generation){sqlite3_column_int64(stmt, 0),
		                                              sqlite3_column_int64(stmt, 1), false};
	}
	(void)sqlite3_reset(stmt);
	for (size_t i = 0; i < d->gen_count && err == ERR_OK; i++)
		err = has_any(b, &d->gens[i]);
	return err;
}

enum err sqlite_generation_need(struct backend *b)
{
	sqlite3_stmt *stmt = b->stmts[STMT_GENERATION_ADD];
	struct dedupe *d = &b->dedupe;
	const struct generation *last = d->gen_count > 0 ? &d->gens[d->gen_count - 1] : NULL;
	int64_t length = (int64_t)(b->dedupe_for_ms / GENERATIONS);

	if (length < GENERATION_MIN_MS)
		length = GENERATION_MIN_MS;
	if (last != NULL &&
	    (d->is_merging || d->gen_count == GENERATIONS_MAX ||
	     (d->tx_ms - last->since_ms < length && last->since_ms - d->tx_ms < length))) {
		d->tx_gen = last->gen;
		return ERR_OK;
	}
	d->tx_gen = last != NULL ? last->gen + 1 : 1;
	(void)sqlite3_bind_int64(stmt, 1, d->tx_gen);
	(void)sqlite3_bind_int64(stmt, 2, d->tx_ms);

	enum err err = sqlite_run(b, stmt);

	if (err == ERR_OK)
		d->gens[d->gen_count++] = (struct generation){d->tx_gen, d->tx_ms, false};
	return err;
}

/* When the last id of generation @p i was settled: no later than any generation after it began. */
static int64_t ended_ms(const struct dedupe *d, size_t i)
{
	int64_t end = INT64_MAX;

	for (size_t k = i + 1; k < d->gen_count; k++) {
		if (d->gens[k].since_ms < end)
			end = d->gens[k].since_ms;
	}
	return end;
}

static enum err drop_oldest(struct backend *b)
{
	sqlite3_stmt *stmt = b->stmts[STMT_GENERATION_DROP];
	struct dedupe *d = &b->dedupe;

	(void)sqlite3_bind_int64(stmt, 1, d->gens[0].gen);

	enum err err = sqlite_run(b, stmt);

	if (err == ERR_OK) {
		d->gen_count--;
		memmove(&d->gens[0], &d->gens[1], d->gen_count * sizeof(d->gens[0]));
	}
	return err;
}

enum err sqlite_generation_forget(struct backend *b, int64_t now_ms, size_t max, bool *ret_more)
{
	sqlite3_stmt *stmt = b->stmts[STMT_DEDUPE_FORGET];
	struct dedupe *d = &b->dedupe;

	*ret_more = false;
	if (d->gen_count < 2 || (d->is_merging && d->merging_gen == d->gens[0].gen) ||
	    (d->filling.count > 0 && d->filling_gen == d->gens[0].gen) || now_ms < ended_ms(d, 0) ||
	    (uint64_t)(now_ms - ended_ms(d, 0)) < b->dedupe_for_ms)
		return ERR_OK;
	(void)sqlite3_bind_int64(stmt, 1, d->gens[0].gen);
	(void)sqlite3_bind_int64(stmt, 2, (int64_t)max - 1);

	enum err err = sqlite_run(b, stmt);

	if (err != ERR_OK)
		return err;
	*ret_more = true;
	return sqlite3_changes(b->db) < (int)max ? drop_oldest(b) : ERR_OK;
}
