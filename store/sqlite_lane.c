/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "store/sqlite.h"

#define ACCOUNT_MAX_BYTES 256

bool sqlite_account_is_valid(struct str account)
{
	return account.len > 0 && account.len <= ACCOUNT_MAX_BYTES &&
	       memchr(account.ptr, '\0', account.len) == NULL;
}

static struct str name_of(const struct lane *lane)
{
	return (struct str){lane->name, lane->name_len};
}

/* Where the account stands, or belongs. */
static size_t position(const struct backend *b, struct str account, bool *ret_found)
{
	size_t low = 0;
	size_t high = b->lane_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int diff = str_cmp(name_of(&b->lanes[mid]), account);

		if (diff == 0) {
			*ret_found = true;
			return mid;
		}
		if (diff < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	*ret_found = false;
	return low;
}

struct lane *sqlite_lane_find(struct backend *b, struct str account)
{
	bool found;
	size_t at = position(b, account, &found);

	return found ? &b->lanes[at] : NULL;
}

static enum err lane_insert(struct backend *b, struct str account, struct lane **ret_lane)
{
	bool found;
	size_t at = position(b, account, &found);
	size_t cap_bytes = b->lane_cap * sizeof(*b->lanes);
	void *lanes = b->lanes;
	char *name = str_dup(account);

	if (name == NULL ||
	    sqlite_grow(&lanes, &cap_bytes, (b->lane_count + 1) * sizeof(*b->lanes)) != ERR_OK) {
		free(name);
		return ERR_NOMEM;
	}
	b->lanes = lanes;
	b->lane_cap = cap_bytes / sizeof(*b->lanes);
	memmove(&b->lanes[at + 1], &b->lanes[at], (b->lane_count - at) * sizeof(*b->lanes));
	b->lane_count++;
	b->lanes[at] = (struct lane){.name = name, .name_len = account.len};
	*ret_lane = &b->lanes[at];
	return ERR_OK;
}

enum err sqlite_lane_need(struct backend *b, struct str account, struct lane **ret_lane)
{
	sqlite3_stmt *stmt = b->stmts[STMT_ACCOUNT_ADD];
	struct lane *lane = sqlite_lane_find(b, account);

	if (lane == NULL) {
		sqlite_bind_str(stmt, 1, account);

		enum err err = sqlite_run(b, stmt);

		if (err != ERR_OK)
			return err;
		/* The row is there already: without its lane the transaction must not go on. */
		if (lane_insert(b, account, &lane) != ERR_OK)
			return ERR_IO;
		lane->id = sqlite3_last_insert_rowid(b->db);
	}
	*ret_lane = lane;
	return ERR_OK;
}

enum err sqlite_lane_read_oldest(struct backend *b, struct lane *lane)
{
	sqlite3_stmt *stmt = b->stmts[STMT_JOURNAL_OLDEST];
	bool has_row = false;

	(void)sqlite3_bind_int64(stmt, 1, lane->id);
	(void)sqlite3_bind_int64(stmt, 2, 0);

	enum err err = sqlite_row(b, stmt, &has_row);

	if (err != ERR_OK)
		return err;
	lane->oldest = has_row ? sqlite3_column_int64(stmt, 0) : 0;
	lane->gone_bytes = has_row ? (uint64_t)sqlite3_column_int64(stmt, 1) : lane->newest_bytes;
	(void)sqlite3_reset(stmt);
	return ERR_OK;
}

static enum err read_newest(struct backend *b, struct lane *lane)
{
	sqlite3_stmt *stmt = b->stmts[STMT_JOURNAL_UPTO];
	bool has_row = false;

	(void)sqlite3_bind_int64(stmt, 1, lane->id);
	(void)sqlite3_bind_int64(stmt, 2, INT64_MAX);

	enum err err = sqlite_row(b, stmt, &has_row);

	if (err != ERR_OK)
		return err;
	if (has_row && sqlite3_column_int64(stmt, 0) > lane->upto) {
		lane->newest = sqlite3_column_int64(stmt, 0);
		lane->newest_nth = (uint64_t)sqlite3_column_int64(stmt, 1);
		lane->newest_bytes = (uint64_t)sqlite3_column_int64(stmt, 2);
	} else {
		lane->newest = lane->upto;
		lane->newest_nth = lane->upto_nth;
		lane->newest_bytes = lane->upto_bytes;
	}
	(void)sqlite3_reset(stmt);
	return sqlite_lane_read_oldest(b, lane);
}

static enum err load_row(struct backend *b, sqlite3_stmt *stmt)
{
	struct lane *lane;
	enum err err = lane_insert(b, sqlite_column(stmt, 1), &lane);

	if (err != ERR_OK)
		return err;
	lane->id = sqlite3_column_int64(stmt, 0);
	lane->upto = sqlite3_column_int64(stmt, 2);
	lane->upto_nth = (uint64_t)sqlite3_column_int64(stmt, 3);
	lane->upto_bytes = (uint64_t)sqlite3_column_int64(stmt, 4);
	return ERR_OK;
}

enum err sqlite_lanes_load(struct backend *b)
{
	sqlite3_stmt *stmt = b->stmts[STMT_ACCOUNT_LIST];
	enum err err;
	bool has_row = false;

	sqlite_lanes_free(b);
	while ((err = sqlite_row(b, stmt, &has_row)) == ERR_OK && has_row) {
		err = load_row(b, stmt);
		if (err != ERR_OK)
			break;
	}
	(void)sqlite3_reset(stmt);
	b->next_entry = 1;
	for (size_t i = 0; i < b->lane_count && err == ERR_OK; i++) {
		err = read_newest(b, &b->lanes[i]);
		/* Deleted rows were settled ones, so the highest number ever given is one of these.
		 */
		if (b->lanes[i].newest >= b->next_entry)
			b->next_entry = b->lanes[i].newest + 1;
	}
	return err;
}

void sqlite_lanes_free(struct backend *b)
{
	for (size_t i = 0; i < b->lane_count; i++)
		free(b->lanes[i].name);
	free(b->lanes);
	b->lanes = NULL;
	b->lane_count = 0;
	b->lane_cap = 0;
	b->is_unsettled = false;
}

static enum err flush_lane(struct backend *b, struct lane *lane)
{
	sqlite3_stmt *stmt = b->stmts[STMT_ACCOUNT_SETTLE];

	(void)sqlite3_bind_int64(stmt, 1, lane->id);
	(void)sqlite3_bind_int64(stmt, 2, lane->upto);
	(void)sqlite3_bind_int64(stmt, 3, (int64_t)lane->upto_nth);
	(void)sqlite3_bind_int64(stmt, 4, (int64_t)lane->upto_bytes);

	enum err err = sqlite_run(b, stmt);

	if (err != ERR_OK)
		return err;
	stmt = b->stmts[STMT_SETTLED_SET];
	(void)sqlite3_bind_int64(stmt, 1, lane->moved_ms / SETTLED_SLOT_MS);
	(void)sqlite3_bind_int64(stmt, 2, lane->id);
	(void)sqlite3_bind_int64(stmt, 3, lane->upto);
	err = sqlite_run(b, stmt);
	if (err == ERR_OK)
		lane->is_moved = false;
	return err;
}

enum err sqlite_lanes_flush(struct backend *b)
{
	enum err err = ERR_OK;

	if (!b->is_unsettled)
		return ERR_OK;
	for (size_t i = 0; i < b->lane_count && err == ERR_OK; i++) {
		if (b->lanes[i].is_moved)
			err = flush_lane(b, &b->lanes[i]);
	}
	if (err == ERR_OK)
		b->is_unsettled = false;
	return err;
}

static enum err describe(struct backend *b, const struct lane *lane, struct store_lane *ret_row)
{
	sqlite3_stmt *stmt = b->stmts[STMT_JOURNAL_OLDEST];
	bool has_row = false;

	(void)sqlite3_bind_int64(stmt, 1, lane->id);
	(void)sqlite3_bind_int64(stmt, 2, lane->upto);

	enum err err = sqlite_row(b, stmt, &has_row);

	if (err != ERR_OK)
		return err;
	*ret_row = (struct store_lane){
		.account = name_of(lane),
		.settled = lane->upto,
		.newest = lane->newest,
		.oldest_ms = has_row ? sqlite3_column_int64(stmt, 2) : 0,
		.waiting = lane->newest_nth - lane->upto_nth,
		.waiting_bytes = lane->newest_bytes - lane->upto_bytes,
	};
	(void)sqlite3_reset(stmt);
	return ERR_OK;
}

enum err sqlite_lanes(struct backend *b, const struct store_lane **ret_lanes, size_t *ret_count)
{
	size_t count = 0;
	enum err err = sqlite_grow(&b->rows, &b->rows_bytes,
	                           (b->lane_count + 1) * sizeof(struct store_lane));
	struct store_lane *rows = b->rows;

	for (size_t i = 0; i < b->lane_count && err == ERR_OK; i++) {
		if (b->lanes[i].newest > b->lanes[i].upto)
			err = describe(b, &b->lanes[i], &rows[count++]);
	}
	if (err != ERR_OK)
		return err;
	*ret_lanes = rows;
	*ret_count = count;
	return ERR_OK;
}

void sqlite_waiting(struct backend *b, uint64_t *ret_entries, uint64_t *ret_bytes)
{
	uint64_t entries = 0;
	uint64_t bytes = 0;

	for (size_t i = 0; i < b->lane_count; i++) {
		entries += b->lanes[i].newest_nth - b->lanes[i].upto_nth;
		bytes += b->lanes[i].newest_bytes - b->lanes[i].upto_bytes;
	}
	*ret_entries = entries;
	*ret_bytes = bytes;
}
