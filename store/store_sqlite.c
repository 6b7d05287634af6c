/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "store/sqlite.h"

#define PROBE_BYTES 65536

/* After a rollback: what memory says of lanes and generations may be wrong. */
static enum err refresh(struct backend *b)
{
	enum err err = ERR_OK;

	if (!b->is_stale)
		return ERR_OK;
	err = sqlite_lanes_load(b);
	if (err == ERR_OK)
		err = sqlite_generation_load(b);
	if (err == ERR_OK)
		b->is_stale = false;
	return err;
}

static enum err sqlite_begin(struct backend *b, bool writes)
{
	enum err err = refresh(b);

	if (err == ERR_OK)
		err = sqlite_run(b, b->stmts[writes ? STMT_BEGIN_WRITE : STMT_BEGIN]);
	if (err == ERR_OK)
		b->is_writing = writes;
	return err;
}

static enum err sqlite_commit(struct backend *b, struct err_detail *reterr_detail)
{
	enum err err = b->is_writing ? sqlite_lanes_flush(b) : ERR_OK;

	if (err == ERR_OK && b->is_writing)
		err = sqlite_dedupe_flush(b);
	/* SQLite may have ended the transaction by itself after an earlier error. */
	if (err == ERR_OK && sqlite3_get_autocommit(b->db)) {
		(void)snprintf(b->failure, sizeof(b->failure), "the transaction was given up");
		err = ERR_IO;
	}
	if (err == ERR_OK)
		err = sqlite_run(b, b->stmts[STMT_COMMIT]);
	if (err != ERR_OK) {
		err_detail_set(reterr_detail, "%s", b->failure);
		return err;
	}
	if (b->is_writing)
		sqlite_dedupe_committed(b);
	b->is_writing = false;
	return ERR_OK;
}

static void sqlite_rollback(struct backend *b)
{
	if (!sqlite3_get_autocommit(b->db)) {
		(void)sqlite3_step(b->stmts[STMT_ROLLBACK]);
		(void)sqlite3_reset(b->stmts[STMT_ROLLBACK]);
	}
	if (b->is_writing) {
		sqlite_dedupe_rolled_back(b);
		b->is_stale = true;
	}
	b->is_writing = false;
}

static enum err sqlite_probe(struct backend *b)
{
	sqlite3_stmt *stmt = b->stmts[STMT_META_SET];

	sqlite_bind_str(stmt, 1, STR_LIT("probe"));
	(void)sqlite3_bind_zeroblob(stmt, 2, PROBE_BYTES);
	return sqlite_run(b, stmt);
}

static void sqlite_idle(struct backend *b)
{
	(void)sqlite3_wal_checkpoint_v2(b->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_db_release_memory(b->db);
}

static const char *sqlite_failure(struct backend *b)
{
	return b->failure;
}

const struct backend_ops store_sqlite_ops = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.put = sqlite_put,
	.claim = sqlite_claim,
	.known = sqlite_known,
	.settle = sqlite_settle,
	.lanes = sqlite_lanes,
	.checkpoint_get = sqlite_checkpoint_get,
	.checkpoint_set = sqlite_checkpoint_set,
	.dead_list = sqlite_dead_list,
	.dead_drop = sqlite_dead_drop,
	.counts = sqlite_counts,
	.tallies = sqlite_tallies,
	.campaigns = sqlite_campaigns,
	.summaries_due = sqlite_summaries_due,
	.summary_done = sqlite_summary_done,
	.summaries_again = sqlite_summaries_again,
	.sweep = sqlite_sweep,
	.waiting = sqlite_waiting,
	.probe = sqlite_probe,
	.idle = sqlite_idle,
	.failure = sqlite_failure,
};
