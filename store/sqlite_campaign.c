/* SPDX-License-Identifier: MIT */
#include "store/sqlite.h"

enum err sqlite_campaign_touch(struct backend *b, const struct store_campaign *campaign,
                               int64_t now_ms)
{
	sqlite3_stmt *stmt = b->stmts[STMT_CAMPAIGN_TOUCH];
	struct lane *lane;
	enum err err = sqlite_lane_need(b, campaign->account, &lane);

	if (err != ERR_OK)
		return err;
	(void)sqlite3_bind_int64(stmt, 1, lane->id);
	sqlite_bind_key(stmt, 2, campaign->level);
	sqlite_bind_str(stmt, 3, campaign->id);
	sqlite_bind_str(stmt, 4, campaign->name);
	(void)sqlite3_bind_int64(stmt, 5, now_ms);
	return sqlite_run(b, stmt);
}

/* ---- lists ---- */

static enum err keep_campaign(struct backend *b, sqlite3_stmt *stmt, struct store_campaign *ret_row)
{
	enum err err = sqlite_keep(b, stmt, 0, &ret_row->account);

	if (err == ERR_OK)
		err = sqlite_keep(b, stmt, 1, &ret_row->level);
	if (err == ERR_OK)
		err = sqlite_keep(b, stmt, 2, &ret_row->id);
	if (err == ERR_OK)
		err = sqlite_keep(b, stmt, 3, &ret_row->name);
	ret_row->changed_ms = sqlite3_column_int64(stmt, 4);
	ret_row->change = (uint64_t)sqlite3_column_int64(stmt, 5);
	return err;
}

static enum err list(struct backend *b, sqlite3_stmt *stmt,
                     const struct store_campaign **ret_campaigns, size_t *ret_count)
{
	enum err err;
	size_t count = 0;
	bool has_row = false;

	while ((err = sqlite_row(b, stmt, &has_row)) == ERR_OK && has_row) {
		struct store_campaign row;

		err = keep_campaign(b, stmt, &row);
		if (err == ERR_OK)
			err = sqlite_grow(&b->rows, &b->rows_bytes, (count + 1) * sizeof(row));
		if (err != ERR_OK)
			break;
		((struct store_campaign *)b->rows)[count++] = row;
	}
	(void)sqlite3_reset(stmt);
	if (err == ERR_OK) {
		*ret_campaigns = b->rows;
		*ret_count = count;
	}
	return err;
}

static int64_t limit(size_t max)
{
	return max < INT64_MAX ? (int64_t)max : INT64_MAX;
}

enum err sqlite_campaigns(struct backend *b, struct str account, int64_t since_ms, struct str after,
                          size_t max, const struct store_campaign **ret_campaigns,
                          size_t *ret_count)
{
	sqlite3_stmt *stmt = b->stmts[STMT_CAMPAIGN_LIST];
	const struct lane *lane = sqlite_lane_find(b, account);

	sqlite_results_reset(b);
	(void)sqlite3_bind_int64(stmt, 1, lane != NULL ? lane->id : 0);
	sqlite_bind_key(stmt, 2, after);
	(void)sqlite3_bind_int64(stmt, 3, since_ms);
	(void)sqlite3_bind_int64(stmt, 4, limit(max));
	sqlite_bind_str(stmt, 5, account);
	return list(b, stmt, ret_campaigns, ret_count);
}

enum err sqlite_summaries_due(struct backend *b, size_t max,
                              const struct store_campaign **ret_campaigns, size_t *ret_count)
{
	sqlite3_stmt *stmt = b->stmts[STMT_CAMPAIGN_DUE];

	sqlite_results_reset(b);
	(void)sqlite3_bind_int64(stmt, 1, limit(max));
	return list(b, stmt, ret_campaigns, ret_count);
}

/* ---- due and done ---- */

enum err sqlite_summary_done(struct backend *b, struct str account, struct str level,
                             uint64_t change, int64_t now_ms)
{
	sqlite3_stmt *stmt = b->stmts[STMT_CAMPAIGN_DONE];
	const struct lane *lane = sqlite_lane_find(b, account);
	enum err err;

	if (lane == NULL)
		return ERR_NOENT;
	(void)sqlite3_bind_int64(stmt, 1, lane->id);
	sqlite_bind_key(stmt, 2, level);
	(void)sqlite3_bind_int64(stmt, 3, change < INT64_MAX ? (int64_t)change : INT64_MAX);
	(void)sqlite3_bind_int64(stmt, 4, now_ms);
	err = sqlite_run(b, stmt);
	if (err != ERR_OK)
		return err;
	return sqlite3_changes(b->db) > 0 ? ERR_OK : ERR_NOENT;
}

enum err sqlite_summaries_again(struct backend *b, uint64_t within_ms)
{
	sqlite3_stmt *stmt = b->stmts[STMT_CAMPAIGN_AGAIN];

	(void)sqlite3_bind_int64(stmt, 1, limit(within_ms));
	return sqlite_run(b, stmt);
}
