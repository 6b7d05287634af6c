/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "store/migrations.h"
#include "store/sqlite.h"
#include "store/sqlite_place.h"

#define CHECK_MAX_MS 5000
#define CHECK_STEPS  10000 /* of SQLite's machine, between two looks at the clock */

/* The page size only counts for a new file. An exclusive lock keeps the index of the WAL in our
 * memory instead of a shared file; it is taken before anything is read. */
static const char before_sql[] = "PRAGMA page_size=4096; PRAGMA locking_mode=EXCLUSIVE;"
				 "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4096;"
				 "PRAGMA secure_delete=FAST; PRAGMA trusted_schema=OFF";

/* Source: docs/decisions/0005-store.md, figures of the checkpoint. */
static const char after_sql[] = "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000;"
				"PRAGMA journal_size_limit=33554432";

static enum err failed(struct backend *b, const char *path, struct err_detail *reterr_detail)
{
	int rc = sqlite3_errcode(b->db);

	switch (rc) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err_detail_set(reterr_detail,
		               "store %.200s: another program has it open; stop that one first",
		               path);
		return ERR_EXISTS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		err_detail_set(reterr_detail, "store %.200s: may not be written; check its owner",
		               path);
		return ERR_AUTH;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		err_detail_set(reterr_detail,
		               "store %.140s: %s; move the file away, or restore a copy of it",
		               path, sqlite3_errmsg(b->db));
		return ERR_PARSE;
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	default:
		err_detail_set(reterr_detail, "store %.140s: cannot be written and synced: %s",
		               path, sqlite3_errmsg(b->db));
		return ERR_IO;
	}
}

static enum err exec(struct backend *b, const char *path, const char *sql,
                     struct err_detail *reterr_detail)
{
	if (sqlite3_exec(b->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return ERR_OK;
	return failed(b, path, reterr_detail);
}

/* Says whether the last stop was clean, and whether the journal mode is right. */
static enum err first_text(struct backend *b, const char *path, const char *sql, struct str wanted,
                           bool *ret_same, struct err_detail *reterr_detail)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(b->db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		*ret_same = str_eq(sqlite_column(stmt, 0), wanted);
	} else if (rc == SQLITE_DONE) {
		*ret_same = false;
	}

	enum err err =
		rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_OK : failed(b, path, reterr_detail);

	(void)sqlite3_finalize(stmt);
	return err;
}

static int stop_when_late(void *arg)
{
	const uint64_t *deadline_ms = arg;

	return clock_mono_ms() > *deadline_ms;
}

/* A killed process leaves a sound database; this finds bad disks and bad copies. A large file would
 * hold up the start, so that the check ends after CHECK_MAX_MS. */
static enum err quick_check(struct backend *b, const char *path, struct err_detail *reterr_detail)
{
	uint64_t deadline_ms = clock_mono_ms() + CHECK_MAX_MS;
	bool is_sound = false;

	sqlite3_progress_handler(b->db, CHECK_STEPS, stop_when_late, &deadline_ms);

	enum err err = first_text(b, path, "PRAGMA quick_check(1)", STR_LIT("ok"), &is_sound,
	                          reterr_detail);
	int rc = sqlite3_errcode(b->db);

	sqlite3_progress_handler(b->db, 0, NULL, NULL);
	if (err != ERR_OK && rc == SQLITE_INTERRUPT) {
		log_info("store.check_cut", log_str("path", path),
		         log_int("after_ms", CHECK_MAX_MS));
		return ERR_OK;
	}
	if (err == ERR_OK && !is_sound) {
		err_detail_set(reterr_detail,
		               "store %.200s: the file is damaged; move it away, or restore a copy",
		               path);
		return ERR_PARSE;
	}
	return err;
}

static enum err check(struct backend *b, const char *path, struct err_detail *reterr_detail)
{
	bool is_clean = false;
	bool is_new = false;
	enum err err = first_text(b, path, "SELECT value FROM meta WHERE key='stop'",
	                          STR_LIT("clean"), &is_clean, reterr_detail);

	if (err == ERR_OK) {
		err = first_text(b, path, "SELECT count(*) FROM meta", STR_LIT("0"), &is_new,
		                 reterr_detail);
	}
	if (err != ERR_OK || is_clean || is_new)
		return err;
	log_info("store.check", log_str("path", path),
	         log_str("cause", "the last stop was not clean"));
	return quick_check(b, path, reterr_detail);
}

static enum err set_up(struct backend *b, const char *path, struct err_detail *reterr_detail)
{
	struct err_detail detail = {.text = ""};
	bool is_wal = false;
	enum err err = exec(b, path, before_sql, reterr_detail);

	if (err != ERR_OK)
		return err;
	/* Before the journal mode is touched: the file may be another program's. */
	err = migrations_run(b->db, migrations, migrations_count, &detail);
	if (err != ERR_OK && sqlite3_errcode(b->db) != SQLITE_OK)
		return failed(b, path, reterr_detail);
	if (err != ERR_OK) {
		err_detail_set(reterr_detail, "store %.100s: %.200s", path, detail.text);
		return err;
	}
	err = first_text(b, path, "PRAGMA journal_mode=WAL", STR_LIT("wal"), &is_wal,
	                 reterr_detail);
	if (err == ERR_OK && !is_wal) {
		err_detail_set(reterr_detail, "store %.200s: the file system has no WAL mode",
		               path);
		err = ERR_IO;
	}
	if (err == ERR_OK)
		err = exec(b, path, after_sql, reterr_detail);
	if (err == ERR_OK)
		err = check(b, path, reterr_detail);
	/* Written and synced: the proof that the disk works. */
	if (err == ERR_OK) {
		err = exec(b, path,
		           "INSERT OR REPLACE INTO meta(key, value) VALUES('stop', 'none')",
		           reterr_detail);
	}
	return err;
}

static enum err load(struct backend *b, const char *path, struct err_detail *reterr_detail)
{
	enum err err = sqlite_prepare_all(b);

	if (err == ERR_OK)
		err = sqlite_lanes_load(b);
	if (err == ERR_OK)
		err = sqlite_dedupe_load(b);
	if (err == ERR_IO)
		return failed(b, path, reterr_detail);
	return err;
}

enum err sqlite_open(const struct store_conf *conf, struct backend **ret_backend,
                     struct err_detail *reterr_detail)
{
	struct backend *b = calloc(1, sizeof(*b));
	enum err err = ERR_NOMEM;

	if (b == NULL)
		goto out;
	b->lock_fd = -1;
	b->dedupe_for_ms = conf->dedupe_for_ms;
	arena_init(&b->results, SIZE_MAX / 2);
	err = sqlite_place_open(conf->path, &b->lock_fd, reterr_detail);
	if (err != ERR_OK)
		goto out;
	if (sqlite3_open_v2(conf->path, &b->db,
	                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
	                    NULL) != SQLITE_OK) {
		err = b->db != NULL ? failed(b, conf->path, reterr_detail) : ERR_NOMEM;
		goto out;
	}
	err = set_up(b, conf->path, reterr_detail);
	if (err == ERR_OK)
		err = load(b, conf->path, reterr_detail);
	if (err != ERR_OK)
		goto out;
	*ret_backend = b;
	b = NULL;
out:
	if (b != NULL) {
		sqlite_finalize_all(b);
		sqlite_close(b);
	}
	return err;
}

void sqlite_close(struct backend *b)
{
	if (b == NULL)
		return;
	/* Without statements it was never opened: nothing to say about the stop. */
	if (b->stmts[STMT_META_SET] != NULL) {
		(void)sqlite3_exec(
			b->db, "INSERT OR REPLACE INTO meta(key, value) VALUES('stop', 'clean')",
			NULL, NULL, NULL);
		(void)sqlite3_wal_checkpoint_v2(b->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
		                                NULL);
	}
	sqlite_finalize_all(b);
	sqlite_lanes_free(b);
	sqlite_dedupe_free(b);
	arena_fini(&b->results);
	free(b->rows);
	(void)sqlite3_close(b->db);
	if (b->lock_fd >= 0)
		(void)close(b->lock_fd);
	free(b);
}
