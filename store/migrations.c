/* SPDX-License-Identifier: MIT */
#include "store/migrations.h"

#include <stdint.h>
#include <stdio.h>

/*
 * account.upto: entries of the lane up to here are settled; upto_nth and upto_bytes are
 * journal.nth and journal.lane_bytes of that entry: they count the lane's entries and body bytes
 * from its beginning, so that "how much waits" is a subtraction and never a scan.
 *
 * counter.total is what was observed; counter.vendor is the vendor's number, NULL where there is
 * none. A row always has one of them: total is 0 only where vendor is not NULL, or 0 was added.
 *
 * campaign.due_ms: since when it waits for its summary; NULL: the broker has the newest one.
 */
const struct migration migrations[] = {
	{"create the tables",
         "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
         "CREATE TABLE account(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
         " upto INTEGER NOT NULL DEFAULT 0, upto_nth INTEGER NOT NULL DEFAULT 0,"
         " upto_bytes INTEGER NOT NULL DEFAULT 0);"
         "CREATE TABLE journal(entry INTEGER PRIMARY KEY, account INTEGER NOT NULL,"
         " nth INTEGER NOT NULL, lane_bytes INTEGER NOT NULL, received_ms INTEGER NOT NULL,"
         " via INTEGER NOT NULL, replay INTEGER NOT NULL, source TEXT, verified TEXT, method TEXT,"
         " media_type TEXT, query TEXT, headers TEXT, vars TEXT, body BLOB);"
         "CREATE INDEX journal_lane ON journal(account);"
         "CREATE TABLE settled(slot INTEGER NOT NULL, account INTEGER NOT NULL,"
         " upto INTEGER NOT NULL, PRIMARY KEY(slot, account)) WITHOUT ROWID;"
         "CREATE TABLE generation(gen INTEGER PRIMARY KEY, since_ms INTEGER NOT NULL);"
         "CREATE TABLE dedupe(gen INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY(gen, id))"
         " WITHOUT ROWID;"
         "CREATE TABLE dedupe_recent(seq INTEGER PRIMARY KEY, gen INTEGER NOT NULL,"
         " ids BLOB NOT NULL);"
         "CREATE TABLE counter(account INTEGER NOT NULL, campaign TEXT NOT NULL,"
         " status TEXT NOT NULL, total INTEGER NOT NULL, PRIMARY KEY(account, campaign, status))"
         " WITHOUT ROWID;"
         "CREATE TABLE checkpoint(key BLOB NOT NULL UNIQUE, value BLOB);"
         "CREATE TABLE dead(id INTEGER PRIMARY KEY AUTOINCREMENT, parked_ms INTEGER NOT NULL,"
         " account TEXT, source TEXT, cause TEXT, text TEXT, entry INTEGER NOT NULL,"
         " idx INTEGER NOT NULL, received_ms INTEGER NOT NULL, event_id TEXT,"
         " has_payload INTEGER NOT NULL, p_received_ms INTEGER, p_via INTEGER, p_replay INTEGER,"
         " p_account TEXT, p_source TEXT, p_verified TEXT, p_method TEXT, p_media_type TEXT,"
         " p_query TEXT, p_headers TEXT, p_vars TEXT, body BLOB);"},
	{"add tallies and campaigns",
         "ALTER TABLE counter ADD COLUMN vendor INTEGER;"
         "CREATE TABLE tally(id BLOB NOT NULL PRIMARY KEY, count INTEGER NOT NULL,"
         " revision INTEGER NOT NULL, entry INTEGER NOT NULL, idx INTEGER NOT NULL) WITHOUT ROWID;"
         "CREATE TABLE campaign(account INTEGER NOT NULL, level TEXT NOT NULL, id TEXT, name TEXT,"
         " changed_ms INTEGER NOT NULL, change INTEGER NOT NULL, due_ms INTEGER,"
         " published_ms INTEGER, PRIMARY KEY(account, level)) WITHOUT ROWID;"
         "CREATE INDEX campaign_due ON campaign(due_ms) WHERE due_ms IS NOT NULL;"},
};

const size_t migrations_count = sizeof(migrations) / sizeof(migrations[0]);

static enum err code_of(sqlite3 *db)
{
	int rc = sqlite3_errcode(db);

	return rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT ? ERR_PARSE : ERR_IO;
}

static enum err read_number(sqlite3 *db, const char *sql, int64_t *ret_number)
{
	sqlite3_stmt *stmt = NULL;
	enum err err = ERR_OK;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW) {
		err = code_of(db);
	} else {
		*ret_number = sqlite3_column_int64(stmt, 0);
	}
	(void)sqlite3_finalize(stmt);
	return err;
}

static enum err check_owner(sqlite3 *db, int64_t *ret_version, struct err_detail *reterr_detail)
{
	int64_t app = 0;
	int64_t version = 0;
	int64_t tables = 0;
	enum err err = read_number(db, "PRAGMA application_id", &app);

	if (err == ERR_OK)
		err = read_number(db, "PRAGMA user_version", &version);
	if (err == ERR_OK)
		err = read_number(db, "SELECT count(*) FROM sqlite_master", &tables);
	if (err != ERR_OK) {
		err_detail_set(reterr_detail, "cannot be read: %s", sqlite3_errmsg(db));
		return err;
	}
	if (app != MIGRATIONS_APPLICATION_ID && (app != 0 || version != 0 || tables > 0)) {
		err_detail_set(reterr_detail,
		               "is a database of another program; set store.path to another file");
		return ERR_PARSE;
	}
	*ret_version = version;
	return ERR_OK;
}

static enum err run_step(sqlite3 *db, const struct migration *step, size_t version,
                         struct err_detail *reterr_detail)
{
	char stamp[96];

	(void)snprintf(stamp, sizeof(stamp),
	               "PRAGMA application_id=%d; PRAGMA user_version=%zu; COMMIT",
	               MIGRATIONS_APPLICATION_ID, version);
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, step->sql, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, stamp, NULL, NULL, NULL) == SQLITE_OK)
		return ERR_OK;

	enum err err = code_of(db);

	err_detail_set(reterr_detail, "migration %zu (%s) failed: %s", version, step->what,
	               sqlite3_errmsg(db));
	if (!sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

enum err migrations_run(sqlite3 *db, const struct migration *steps, size_t count,
                        struct err_detail *reterr_detail)
{
	int64_t version = 0;
	enum err err = check_owner(db, &version, reterr_detail);

	if (err != ERR_OK)
		return err;
	if (version < 0 || (uint64_t)version > count) {
		err_detail_set(reterr_detail,
		               "has schema version %lld, this program knows up to %zu; start the "
		               "newer program that wrote it",
		               (long long)version, count);
		return ERR_PARSE;
	}
	for (size_t i = (size_t)version; i < count && err == ERR_OK; i++)
		err = run_step(db, &steps[i], i + 1, reterr_detail);
	return err;
}
