/* SPDX-License-Identifier: MIT */
#include "store/sqlite.h"

static bool counts_are_valid(const struct store_settle *s)
{
	for (size_t i = 0; i < s->count_count; i++) {
		const struct store_count *c = &s->counts[i];

		if (!sqlite_account_is_valid(c->account) ||
		    c->campaign.len > SQLITE_KEY_MAX_BYTES || c->status.len > SQLITE_KEY_MAX_BYTES)
			return false;
	}
	return true;
}

static bool campaigns_are_valid(const struct store_settle *s)
{
	for (size_t i = 0; i < s->campaign_count; i++) {
		const struct store_campaign *c = &s->campaigns[i];

		if (!sqlite_account_is_valid(c->account) || c->level.len > SQLITE_KEY_MAX_BYTES)
			return false;
	}
	return true;
}

static bool settle_is_valid(struct backend *b, const struct store_settle *s)
{
	const struct lane *lane = sqlite_lane_find(b, s->account);

	if (!sqlite_account_is_valid(s->account) || s->upto < 0 || !counts_are_valid(s) ||
	    !campaigns_are_valid(s))
		return false;
	/* A number that was never given would hide entries that are still to come. */
	return s->upto == 0 || (lane != NULL && s->upto <= lane->newest);
}

static enum err move_lane(struct backend *b, struct lane *lane, int64_t upto, int64_t now_ms)
{
	sqlite3_stmt *stmt = b->stmts[STMT_JOURNAL_UPTO];
	bool has_row = false;

	(void)sqlite3_bind_int64(stmt, 1, lane->id);
	(void)sqlite3_bind_int64(stmt, 2, upto);

	enum err err = sqlite_row(b, stmt, &has_row);

	if (err != ERR_OK)
		return err;
	if (has_row && sqlite3_column_int64(stmt, 0) > lane->upto) {
		lane->upto = sqlite3_column_int64(stmt, 0);
		lane->upto_nth = (uint64_t)sqlite3_column_int64(stmt, 1);
		lane->upto_bytes = (uint64_t)sqlite3_column_int64(stmt, 2);
		lane->moved_ms = now_ms;
		lane->is_moved = true;
		b->is_unsettled = true;
	}
	(void)sqlite3_reset(stmt);
	return ERR_OK;
}

static enum err add_count(struct backend *b, const struct store_count *c)
{
	sqlite3_stmt *stmt = b->stmts[c->is_observed ? STMT_COUNTER_ADD : STMT_COUNTER_ADD_VENDOR];
	struct lane *lane;
	enum err err = sqlite_lane_need(b, c->account, &lane);

	if (err != ERR_OK)
		return err;
	(void)sqlite3_bind_int64(stmt, 1, lane->id);
	sqlite_bind_key(stmt, 2, c->campaign);
	sqlite_bind_key(stmt, 3, c->status);
	(void)sqlite3_bind_int64(stmt, 4, c->add);
	return sqlite_run(b, stmt);
}

enum err sqlite_settle(struct backend *b, const struct store_settle *settle, int64_t now_ms)
{
	struct lane *lane = sqlite_lane_find(b, settle->account);
	enum err err;

	if (!settle_is_valid(b, settle))
		return ERR_INVAL;
	err = sqlite_dedupe_add(b, settle->ids, settle->id_count, now_ms);
	if (err != ERR_OK)
		return err;
	if (settle->upto > 0 && lane != NULL && settle->upto > lane->upto)
		err = move_lane(b, lane, settle->upto, now_ms);
	for (size_t i = 0; i < settle->count_count && err == ERR_OK; i++)
		err = add_count(b, &settle->counts[i]);
	for (size_t i = 0; i < settle->campaign_count && err == ERR_OK; i++)
		err = sqlite_campaign_touch(b, &settle->campaigns[i], now_ms);
	for (size_t i = 0; i < settle->tally_count && err == ERR_OK; i++)
		err = sqlite_tally_set(b, &settle->tallies[i]);
	for (size_t i = 0; i < settle->dead_count && err == ERR_OK; i++)
		err = sqlite_dead_add(b, &settle->dead[i], now_ms);
	return err;
}

/* A row gives what was observed, or the vendor's number, or both. @return how many */
static size_t split_row(sqlite3_stmt *stmt, const struct store_count *row,
                        struct store_count ret_rows[2])
{
	bool has_vendor = sqlite3_column_type(stmt, 2) != SQLITE_NULL;
	size_t n = 0;

	if (!has_vendor || sqlite3_column_int64(stmt, 1) != 0) {
		ret_rows[n] = *row;
		ret_rows[n].add = sqlite3_column_int64(stmt, 1);
		ret_rows[n++].is_observed = true;
	}
	if (has_vendor) {
		ret_rows[n] = *row;
		ret_rows[n++].add = sqlite3_column_int64(stmt, 2);
	}
	return n;
}

enum err sqlite_counts(struct backend *b, struct str account, struct str campaign,
                       const struct store_count **ret_counts, size_t *ret_count)
{
	sqlite3_stmt *stmt = b->stmts[STMT_COUNTER_LIST];
	const struct lane *lane = sqlite_lane_find(b, account);
	enum err err = ERR_OK;
	size_t count = 0;
	bool has_row = false;

	sqlite_results_reset(b);
	(void)sqlite3_bind_int64(stmt, 1, lane != NULL ? lane->id : 0);
	sqlite_bind_key(stmt, 2, campaign);
	while ((err = sqlite_row(b, stmt, &has_row)) == ERR_OK && has_row) {
		struct store_count row = {.account = account, .campaign = campaign};

		err = sqlite_keep(b, stmt, 0, &row.status);
		if (err == ERR_OK)
			err = sqlite_grow(&b->rows, &b->rows_bytes, (count + 2) * sizeof(row));
		if (err != ERR_OK)
			break;
		count += split_row(stmt, &row, (struct store_count *)b->rows + count);
	}
	(void)sqlite3_reset(stmt);
	if (err == ERR_OK) {
		*ret_counts = b->rows;
		*ret_count = count;
	}
	return err;
}
