/* SPDX-License-Identifier: MIT */
/*
 * A unique index on random hashes costs a page read and a page write per key. So:
 *
 *     settle ──▶ fresh ──commit──▶ filling ──full──▶ merging ──slices──▶ table dedupe(gen, id)
 *                  │                  └── table dedupe_recent ──┘
 *                  └─ one row per transaction ─▶ dedupe_recent
 *
 * Of the generations: sqlite_generation.c.
 */
#include "store/sqlite.h"

#define FILLING_MAX        ((size_t)65536)
#define MERGE_SLICE        ((size_t)512)
#define FORGET_RECENT_ROWS 512

static enum err load_recent_row(struct dedupe *d, int64_t seq, int64_t gen, struct str ids)
{
	/* Rows of a generation before the newest one can only be what was being merged. */
	bool is_old = d->gen_count > 0 && gen < d->gens[d->gen_count - 1].gen;
	struct idset *set = is_old ? &d->merging : &d->filling;
	size_t count = ids.len / STORE_ID_BYTES;
	enum err err = idset_reserve(set, count);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < count; i++)
		idset_add(set, (const uint8_t *)ids.ptr + i * STORE_ID_BYTES);
	d->last_seq = seq;
	if (is_old) {
		d->is_merging = true;
		d->merging_gen = gen;
		d->merging_seq = seq;
	} else {
		d->filling_gen = gen;
	}
	return ERR_OK;
}

enum err sqlite_dedupe_load(struct backend *b)
{
	sqlite3_stmt *stmt = b->stmts[STMT_RECENT_LIST];
	struct dedupe *d = &b->dedupe;
	bool has_row = false;
	enum err err = sqlite_generation_load(b);

	if (err != ERR_OK)
		return err;
	while ((err = sqlite_row(b, stmt, &has_row)) == ERR_OK && has_row) {
		err = load_recent_row(d, sqlite3_column_int64(stmt, 0),
		                      sqlite3_column_int64(stmt, 1), sqlite_column(stmt, 2));
		if (err != ERR_OK)
			break;
	}
	(void)sqlite3_reset(stmt);
	idset_sort(&d->merging);
	return err;
}

void sqlite_dedupe_free(struct backend *b)
{
	idset_fini(&b->dedupe.fresh);
	idset_fini(&b->dedupe.filling);
	idset_fini(&b->dedupe.merging);
}

static enum err is_in_table(struct backend *b, const uint8_t *id, bool *ret_known)
{
	sqlite3_stmt *stmt = b->stmts[STMT_DEDUPE_HAS];
	struct dedupe *d = &b->dedupe;
	enum err err = ERR_OK;
	bool found = false;

	for (size_t i = d->gen_count; i > 0 && !found && err == ERR_OK; i--) {
		if (!d->gens[i - 1].has_rows)
			continue;
		(void)sqlite3_bind_int64(stmt, 1, d->gens[i - 1].gen);
		(void)sqlite3_bind_blob(stmt, 2, id, STORE_ID_BYTES, SQLITE_STATIC);
		err = sqlite_row(b, stmt, &found);
		(void)sqlite3_reset(stmt);
	}
	if (err == ERR_OK)
		*ret_known = found;
	return err;
}

enum err sqlite_known(struct backend *b, const uint8_t *ids, size_t count, bool *ret_known)
{
	const struct dedupe *d = &b->dedupe;

	for (size_t i = 0; i < count; i++) {
		const uint8_t *id = ids + i * STORE_ID_BYTES;
		enum err err = ERR_OK;

		if (idset_has(&d->fresh, id) || idset_has(&d->filling, id) ||
		    idset_has(&d->merging, id)) {
			ret_known[i] = true;
		} else {
			err = is_in_table(b, id, &ret_known[i]);
		}
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

enum err sqlite_dedupe_add(struct backend *b, const uint8_t *ids, size_t count, int64_t now_ms)
{
	struct dedupe *d = &b->dedupe;
	enum err err = idset_reserve(&d->fresh, count);

	/* Room for the commit, which must not fail afterwards. */
	if (err == ERR_OK)
		err = idset_reserve(&d->filling, d->fresh.count + count);
	if (err == ERR_OK && !d->is_merging)
		err = idset_reserve(&d->merging, d->fresh.count + count);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < count; i++)
		idset_add(&d->fresh, ids + i * STORE_ID_BYTES);
	d->tx_ms = now_ms;
	return ERR_OK;
}

static enum err forget_recent(struct backend *b)
{
	sqlite3_stmt *stmt = b->stmts[STMT_RECENT_FORGET];
	struct dedupe *d = &b->dedupe;

	(void)sqlite3_bind_int64(stmt, 1, d->merging_seq);
	(void)sqlite3_bind_int64(stmt, 2, FORGET_RECENT_ROWS);

	enum err err = sqlite_run(b, stmt);

	if (err == ERR_OK && sqlite3_changes(b->db) < FORGET_RECENT_ROWS)
		d->tx_merge_done = true;
	return err;
}

enum err sqlite_dedupe_merge(struct backend *b, size_t max)
{
	sqlite3_stmt *stmt = b->stmts[STMT_DEDUPE_ADD];
	struct dedupe *d = &b->dedupe;
	size_t start = d->merged + d->tx_merged;
	size_t end = d->merging.count - start < max ? d->merging.count : start + max;
	struct generation *g = sqlite_generation_find(d, d->merging_gen);
	enum err err = ERR_OK;

	if (!d->is_merging || d->tx_merge_done)
		return ERR_OK;
	if (start == d->merging.count)
		return forget_recent(b);
	for (size_t i = start; i < end && err == ERR_OK; i++) {
		(void)sqlite3_bind_int64(stmt, 1, d->merging_gen);
		(void)sqlite3_bind_blob(stmt, 2, d->merging.ids[i], STORE_ID_BYTES, SQLITE_STATIC);
		err = sqlite_run(b, stmt);
	}
	if (err != ERR_OK)
		return err;
	d->tx_merged += end - start;
	if (g != NULL)
		g->has_rows = true;
	return ERR_OK;
}

enum err sqlite_dedupe_flush(struct backend *b)
{
	sqlite3_stmt *stmt = b->stmts[STMT_RECENT_ADD];
	struct dedupe *d = &b->dedupe;
	enum err err;

	if (d->fresh.count == 0)
		return ERR_OK;
	err = sqlite_generation_need(b);
	if (err != ERR_OK)
		return err;
	(void)sqlite3_bind_int64(stmt, 1, d->last_seq + 1);
	(void)sqlite3_bind_int64(stmt, 2, d->tx_gen);
	(void)sqlite3_bind_blob64(stmt, 3, d->fresh.ids, d->fresh.count * STORE_ID_BYTES,
	                          SQLITE_STATIC);
	err = sqlite_run(b, stmt);
	if (err != ERR_OK)
		return err;
	/* Twice as fast as the other set fills, so that it is always done in time. */
	return sqlite_dedupe_merge(b, MERGE_SLICE + d->fresh.count * 2);
}

static void start_merging(struct dedupe *d)
{
	struct idset emptied = d->merging;

	d->merging = d->filling;
	d->filling = emptied;
	idset_sort(&d->merging);
	d->is_merging = d->merging.count > 0;
	d->merging_gen = d->filling_gen;
	d->merging_seq = d->last_seq;
	d->merged = 0;
}

static void merge_committed(struct dedupe *d)
{
	d->merged += d->tx_merged;
	d->tx_merged = 0;
	if (d->tx_merge_done) {
		/* Freed, not cleared: the other set is half full by now at most, so that the two
		 * never have a full set's memory at the same time. Source:
		 * docs/decisions/0015-memory.md */
		idset_fini(&d->merging);
		d->is_merging = false;
		d->merged = 0;
		d->tx_merge_done = false;
	}
}

void sqlite_dedupe_committed(struct backend *b)
{
	struct dedupe *d = &b->dedupe;

	merge_committed(d);
	if (d->fresh.count == 0)
		return;
	if (d->filling.count > 0 && d->filling_gen != d->tx_gen && !d->is_merging) {
		start_merging(d);
	}
	d->filling_gen = d->tx_gen;
	d->last_seq++;
	for (size_t i = 0; i < d->fresh.count; i++)
		idset_add(&d->filling, d->fresh.ids[i]);
	idset_clear(&d->fresh);
	if (d->filling.count >= FILLING_MAX && !d->is_merging)
		start_merging(d);
}

void sqlite_dedupe_rolled_back(struct backend *b)
{
	struct dedupe *d = &b->dedupe;

	idset_clear(&d->fresh);
	d->tx_merged = 0;
	d->tx_merge_done = false;
}
