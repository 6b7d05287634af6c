/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite.h"

#define KEEP_RESULT_BYTES ((size_t)256 * 1024)

static const char *const stmt_sql[STMT_COUNT] = {
	[STMT_BEGIN] = "BEGIN",
	[STMT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[STMT_COMMIT] = "COMMIT",
	[STMT_ROLLBACK] = "ROLLBACK",
	[STMT_META_SET] = "INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)",
	[STMT_ACCOUNT_ADD] = "INSERT INTO account(name) VALUES(?1)",
	[STMT_ACCOUNT_LIST] =
		"SELECT id, name, upto, upto_nth, upto_bytes FROM account ORDER BY name",
	[STMT_ACCOUNT_SETTLE] =
		"UPDATE account SET upto=?2, upto_nth=?3, upto_bytes=?4 WHERE id=?1",
	[STMT_SETTLED_SET] = "INSERT INTO settled(slot, account, upto) VALUES(?1, ?2, ?3)"
			     " ON CONFLICT DO UPDATE SET upto=max(upto, excluded.upto)",
	[STMT_SETTLED_OLDEST] = "SELECT slot, account, upto FROM settled WHERE slot<=?1"
				" ORDER BY slot LIMIT 1",
	[STMT_SETTLED_DROP] = "DELETE FROM settled WHERE slot=?1 AND account=?2",
	[STMT_JOURNAL_PUT] =
		"INSERT INTO journal(entry, account, nth, lane_bytes, received_ms, via, replay, "
		"source,"
		" verified, method, media_type, query, headers, vars, body)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
	[STMT_JOURNAL_CLAIM] = "SELECT entry, received_ms, via, replay, source, verified, method, "
			       "media_type, query,"
			       " headers, vars, body FROM journal INDEXED BY journal_lane"
			       " WHERE account=?1 AND entry>?2 ORDER BY entry LIMIT ?3",
	[STMT_JOURNAL_UPTO] = "SELECT entry, nth, lane_bytes FROM journal INDEXED BY journal_lane"
			      " WHERE account=?1 AND entry<=?2 ORDER BY entry DESC LIMIT 1",
	[STMT_JOURNAL_OLDEST] = "SELECT entry, lane_bytes-ifnull(length(body), 0), received_ms"
				" FROM journal INDEXED BY journal_lane"
				" WHERE account=?1 AND entry>?2 ORDER BY entry LIMIT 1",
	[STMT_JOURNAL_FORGET] = "DELETE FROM journal WHERE entry IN (SELECT entry FROM journal "
				"INDEXED BY journal_lane"
				" WHERE account=?1 AND entry<=?2 ORDER BY entry LIMIT ?3)",
	[STMT_GENERATION_LIST] = "SELECT gen, since_ms FROM generation ORDER BY gen",
	[STMT_GENERATION_ADD] = "INSERT INTO generation(gen, since_ms) VALUES(?1, ?2)",
	[STMT_GENERATION_DROP] = "DELETE FROM generation WHERE gen=?1",
	[STMT_RECENT_LIST] = "SELECT seq, gen, ids FROM dedupe_recent ORDER BY seq",
	[STMT_RECENT_ADD] = "INSERT INTO dedupe_recent(seq, gen, ids) VALUES(?1, ?2, ?3)",
	[STMT_RECENT_FORGET] =
		"DELETE FROM dedupe_recent WHERE seq IN"
		" (SELECT seq FROM dedupe_recent WHERE seq<=?1 ORDER BY seq LIMIT ?2)",
	[STMT_DEDUPE_ADD] = "INSERT OR IGNORE INTO dedupe(gen, id) VALUES(?1, ?2)",
	[STMT_DEDUPE_HAS] = "SELECT 1 FROM dedupe WHERE gen=?1 AND id=?2",
	[STMT_DEDUPE_ANY] = "SELECT 1 FROM dedupe WHERE gen=?1 LIMIT 1",
	/* A run of neighbours in key order; the blob is above every id. */
	[STMT_DEDUPE_FORGET] = "DELETE FROM dedupe WHERE gen=?1 AND id<=ifnull("
			       "(SELECT id FROM dedupe WHERE gen=?1 ORDER BY id LIMIT 1 OFFSET ?2),"
			       " x'ffffffffffffffffffffffffffffffffff')",
	[STMT_COUNTER_ADD] =
		"INSERT INTO counter(account, campaign, status, total) VALUES(?1, ?2, ?3, ?4)"
		" ON CONFLICT DO UPDATE SET total=total+excluded.total",
	[STMT_COUNTER_ADD_VENDOR] =
		"INSERT INTO counter(account, campaign, status, total, vendor)"
		" VALUES(?1, ?2, ?3, 0, ?4)"
		" ON CONFLICT DO UPDATE SET vendor=ifnull(vendor, 0)+excluded.vendor",
	[STMT_COUNTER_LIST] = "SELECT status, total, vendor FROM counter"
			      " WHERE account=?1 AND campaign=?2 ORDER BY status",
	[STMT_TALLY_GET] = "SELECT count, revision, entry, idx FROM tally WHERE id=?1",
	[STMT_TALLY_SET] = "INSERT OR REPLACE INTO tally(id, count, revision, entry, idx)"
			   " VALUES(?1, ?2, ?3, ?4, ?5)",
	/* One that is due keeps its place in the line. */
	[STMT_CAMPAIGN_TOUCH] =
		"INSERT INTO campaign(account, level, id, name, changed_ms, change, due_ms)"
		" VALUES(?1, ?2, ?3, ?4, ?5, 1, ?5)"
		" ON CONFLICT DO UPDATE SET id=ifnull(excluded.id, id),"
		" name=ifnull(excluded.name, name), changed_ms=excluded.changed_ms,"
		" change=change+1, due_ms=ifnull(due_ms, excluded.due_ms)",
	[STMT_CAMPAIGN_LIST] = "SELECT ?5, level, id, name, changed_ms, change FROM campaign"
			       " WHERE account=?1 AND level>?2 AND changed_ms>=?3"
			       " ORDER BY level LIMIT ?4",
	[STMT_CAMPAIGN_DUE] =
		"SELECT account.name, level, campaign.id, campaign.name, changed_ms, change"
		" FROM campaign INDEXED BY campaign_due"
		" CROSS JOIN account ON account.id=campaign.account"
		" WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT ?1",
	/* One that changed meanwhile goes to the end of the line. */
	[STMT_CAMPAIGN_DONE] = "UPDATE campaign SET due_ms=CASE WHEN change>?3 THEN changed_ms END,"
			       " published_ms=?4 WHERE account=?1 AND level=?2",
	[STMT_CAMPAIGN_AGAIN] = "UPDATE campaign SET due_ms=changed_ms WHERE due_ms IS NULL AND"
				" published_ms>=(SELECT max(published_ms) FROM campaign)-?1",
	[STMT_CHECKPOINT_GET] = "SELECT value FROM checkpoint WHERE key=?1",
	[STMT_CHECKPOINT_SET] = "INSERT INTO checkpoint(key, value) VALUES(?1, ?2)"
				" ON CONFLICT DO UPDATE SET value=excluded.value",
	[STMT_DEAD_ADD] =
		"INSERT INTO dead(parked_ms, account, source, cause, text, entry, idx, received_ms,"
		" event_id, has_payload, p_received_ms, p_via, p_replay, p_account, p_source,"
		" p_verified, p_method, p_media_type, p_query, p_headers, p_vars, body)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
		"?17,"
		" ?18, ?19, ?20, ?21, ?22)",
	[STMT_DEAD_LIST] =
		"SELECT id, parked_ms, account, source, cause, text, entry, idx, received_ms, "
		"event_id,"
		" has_payload, p_received_ms, p_via, p_replay, p_account, p_source, p_verified,"
		" p_method, p_media_type, p_query, p_headers, p_vars, CASE WHEN ?3 THEN body END"
		" FROM dead WHERE id>?1 ORDER BY id LIMIT ?2",
	[STMT_DEAD_DROP] = "DELETE FROM dead WHERE id=?1",
};

enum err sqlite_prepare_all(struct backend *b)
{
	for (int i = 0; i < STMT_COUNT; i++) {
		if (sqlite3_prepare_v3(b->db, stmt_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
		                       &b->stmts[i], NULL) != SQLITE_OK)
			return sqlite_failed(b);
	}
	return ERR_OK;
}

void sqlite_finalize_all(struct backend *b)
{
	for (int i = 0; i < STMT_COUNT; i++) {
		(void)sqlite3_finalize(b->stmts[i]);
		b->stmts[i] = NULL;
	}
}

enum err sqlite_failed(struct backend *b)
{
	(void)snprintf(b->failure, sizeof(b->failure), "%s (SQLite code %d)", sqlite3_errmsg(b->db),
	               sqlite3_extended_errcode(b->db));
	return ERR_IO;
}

/* An empty slice becomes NULL, which takes no room in the row. Lengths were checked: binding can
 * not fail. */
void sqlite_bind_str(sqlite3_stmt *stmt, int at, struct str text)
{
	(void)sqlite3_bind_text64(stmt, at, text.len > 0 ? text.ptr : NULL, text.len, SQLITE_STATIC,
	                          SQLITE_UTF8);
}

void sqlite_bind_blob(sqlite3_stmt *stmt, int at, struct str bytes)
{
	(void)sqlite3_bind_blob64(stmt, at, bytes.len > 0 ? bytes.ptr : NULL, bytes.len,
	                          SQLITE_STATIC);
}

void sqlite_bind_key(sqlite3_stmt *stmt, int at, struct str text)
{
	(void)sqlite3_bind_text64(stmt, at, text.len > 0 ? text.ptr : "", text.len, SQLITE_STATIC,
	                          SQLITE_UTF8);
}

struct str sqlite_column(sqlite3_stmt *stmt, int at)
{
	const char *ptr = sqlite3_column_blob(stmt, at);

	return (struct str){ptr, ptr != NULL ? (size_t)sqlite3_column_bytes(stmt, at) : 0};
}

enum err sqlite_run(struct backend *b, sqlite3_stmt *stmt)
{
	int rc;

	do {
		rc = sqlite3_step(stmt);
	} while (rc == SQLITE_ROW);

	enum err err = rc == SQLITE_DONE ? ERR_OK : sqlite_failed(b);

	(void)sqlite3_reset(stmt);
	return err;
}

enum err sqlite_row(struct backend *b, sqlite3_stmt *stmt, bool *ret_has_row)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW) {
		*ret_has_row = true;
		return ERR_OK;
	}

	enum err err = rc == SQLITE_DONE ? ERR_OK : sqlite_failed(b);

	(void)sqlite3_reset(stmt);
	if (err == ERR_OK)
		*ret_has_row = false;
	return err;
}

void sqlite_results_reset(struct backend *b)
{
	if (b->results.used > KEEP_RESULT_BYTES) {
		arena_fini(&b->results);
	} else {
		arena_reset(&b->results);
	}
}

enum err sqlite_keep(struct backend *b, sqlite3_stmt *stmt, int at, struct str *ret_text)
{
	struct str text = sqlite_column(stmt, at);

	if (text.len == 0) {
		*ret_text = STR_EMPTY;
		return ERR_OK;
	}
	return arena_str_dup(&b->results, text, ret_text);
}

enum err sqlite_grow(void **array, size_t *cap_bytes, size_t bytes)
{
	if (bytes <= *cap_bytes)
		return ERR_OK;

	size_t cap = *cap_bytes > 0 ? *cap_bytes : 4096;

	while (cap < bytes)
		cap *= 2;

	void *grown = realloc(*array, cap);

	if (grown == NULL)
		return ERR_NOMEM;
	*array = grown;
	*cap_bytes = cap;
	return ERR_OK;
}
