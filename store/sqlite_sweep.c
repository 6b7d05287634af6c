/* SPDX-License-Identifier: MIT */
#include "store/sqlite.h"

#define IDS_PER_ROW 8 /* a key costs about an eighth of a payload to delete */

/* Delete up to @p max settled rows of the lane. */
static enum err forget(struct backend *b, struct lane *lane, int64_t upto, size_t max,
                       size_t *ret_deleted)
{
	sqlite3_stmt *stmt = b->stmts[STMT_JOURNAL_FORGET];

	if (upto > lane->upto)
		upto = lane->upto;
	if (lane->oldest == 0 || lane->oldest > upto) {
		*ret_deleted = 0;
		return ERR_OK;
	}
	(void)sqlite3_bind_int64(stmt, 1, lane->id);
	(void)sqlite3_bind_int64(stmt, 2, upto);
	(void)sqlite3_bind_int64(stmt, 3, (int64_t)max);

	enum err err = sqlite_run(b, stmt);

	if (err != ERR_OK)
		return err;
	*ret_deleted = (size_t)sqlite3_changes(b->db);
	return sqlite_lane_read_oldest(b, lane);
}

static struct lane *lane_of(struct backend *b, int64_t id)
{
	for (size_t i = 0; i < b->lane_count; i++) {
		if (b->lanes[i].id == id)
			return &b->lanes[i];
	}
	return NULL;
}

/* The newest slot that lies far enough back as a whole. */
static int64_t newest_old_slot(const struct store_conf *conf, int64_t now_ms)
{
	if (conf->keep_settled_ms == 0)
		return INT64_MAX;
	if (conf->keep_settled_ms > (uint64_t)INT64_MAX / 2)
		return -1;
	return (now_ms - (int64_t)conf->keep_settled_ms) / SETTLED_SLOT_MS - 1;
}

/* One slot of one lane. @p ret_more: there may be another one. */
static enum err sweep_slot(struct backend *b, int64_t slot_max, size_t *left, bool *ret_more)
{
	sqlite3_stmt *stmt = b->stmts[STMT_SETTLED_OLDEST];
	bool has_row = false;
	size_t deleted = 0;

	(void)sqlite3_bind_int64(stmt, 1, slot_max);

	enum err err = sqlite_row(b, stmt, &has_row);

	*ret_more = has_row;
	if (err != ERR_OK || !has_row)
		return err;

	int64_t slot = sqlite3_column_int64(stmt, 0);
	int64_t account = sqlite3_column_int64(stmt, 1);
	int64_t upto = sqlite3_column_int64(stmt, 2);
	struct lane *lane = lane_of(b, account);

	(void)sqlite3_reset(stmt);
	if (lane != NULL)
		err = forget(b, lane, upto, *left, &deleted);
	if (err != ERR_OK)
		return err;
	if (deleted == *left) {
		*left = 0;
		return ERR_OK;
	}
	*left -= deleted + 1;
	stmt = b->stmts[STMT_SETTLED_DROP];
	(void)sqlite3_bind_int64(stmt, 1, slot);
	(void)sqlite3_bind_int64(stmt, 2, account);
	return sqlite_run(b, stmt);
}

static enum err sweep_old(struct backend *b, const struct store_conf *conf, int64_t now_ms,
                          size_t *left, bool *ret_more)
{
	int64_t slot_max = newest_old_slot(conf, now_ms);
	enum err err = ERR_OK;
	bool more = true;

	while (err == ERR_OK && more && *left > 0)
		err = sweep_slot(b, slot_max, left, &more);
	*ret_more = more;
	return err;
}

static uint64_t kept_bytes(const struct backend *b)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < b->lane_count; i++)
		bytes += b->lanes[i].newest_bytes - b->lanes[i].gone_bytes;
	return bytes;
}

/* The lane whose oldest settled row is the oldest of all; NULL when no settled row is kept. */
static struct lane *oldest_settled(struct backend *b)
{
	struct lane *found = NULL;

	for (size_t i = 0; i < b->lane_count; i++) {
		struct lane *lane = &b->lanes[i];

		if (lane->oldest > 0 && lane->oldest <= lane->upto &&
		    (found == NULL || lane->oldest < found->oldest))
			found = lane;
	}
	return found;
}

#define MAKE_ROOM_ROWS ((size_t)32)

static enum err sweep_full(struct backend *b, const struct store_conf *conf, size_t *left,
                           bool *ret_more)
{
	enum err err = ERR_OK;

	*ret_more = false;
	while (err == ERR_OK && conf->max_bytes > 0 && kept_bytes(b) > conf->max_bytes) {
		struct lane *lane = oldest_settled(b);
		size_t deleted = 0;

		if (lane == NULL)
			break;
		if (*left == 0) {
			*ret_more = true;
			break;
		}
		err = forget(b, lane, lane->upto, *left < MAKE_ROOM_ROWS ? *left : MAKE_ROOM_ROWS,
		             &deleted);
		*left -= deleted < *left ? deleted : *left;
	}
	return err;
}

enum err sqlite_sweep(struct backend *b, const struct store_conf *conf, int64_t now_ms,
                      size_t max_rows, bool *ret_more)
{
	size_t left = max_rows;
	bool old = false;
	bool full = false;
	bool ids = false;

	b->dedupe_for_ms = conf->dedupe_for_ms;

	enum err err = sweep_full(b, conf, &left, &full);

	if (err == ERR_OK && left > 0)
		err = sweep_old(b, conf, now_ms, &left, &old);
	if (err == ERR_OK && left > 0)
		err = sqlite_generation_forget(b, now_ms, left * IDS_PER_ROW, &ids);
	if (err == ERR_OK)
		err = sqlite_dedupe_merge(b, max_rows);
	if (err == ERR_OK)
		*ret_more = old || full || ids || left == 0 || b->dedupe.is_merging;
	return err;
}
