/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store/sqlite.h"

enum err sqlite_tally_set(struct backend *b, const struct store_tally *tally)
{
	sqlite3_stmt *stmt = b->stmts[STMT_TALLY_SET];

	(void)sqlite3_bind_blob(stmt, 1, tally->id, STORE_ID_BYTES, SQLITE_STATIC);
	(void)sqlite3_bind_int64(stmt, 2, tally->count);
	(void)sqlite3_bind_int64(stmt, 3, tally->revision);
	(void)sqlite3_bind_int64(stmt, 4, tally->entry);
	(void)sqlite3_bind_int64(stmt, 5, (int64_t)tally->index);
	return sqlite_run(b, stmt);
}

static enum err get(struct backend *b, const uint8_t *id, struct store_tally *ret_tally)
{
	sqlite3_stmt *stmt = b->stmts[STMT_TALLY_GET];
	struct store_tally tally = {.is_known = false};
	enum err err;

	memcpy(tally.id, id, sizeof(tally.id));
	(void)sqlite3_bind_blob(stmt, 1, id, STORE_ID_BYTES, SQLITE_STATIC);
	err = sqlite_row(b, stmt, &tally.is_known);
	if (err == ERR_OK && tally.is_known) {
		tally.count = sqlite3_column_int64(stmt, 0);
		tally.revision = (uint32_t)sqlite3_column_int64(stmt, 1);
		tally.entry = sqlite3_column_int64(stmt, 2);
		tally.index = (size_t)sqlite3_column_int64(stmt, 3);
	}
	(void)sqlite3_reset(stmt);
	if (err == ERR_OK)
		*ret_tally = tally;
	return err;
}

enum err sqlite_tallies(struct backend *b, const uint8_t *ids, size_t count,
                        struct store_tally *ret_tallies)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = get(b, ids + i * STORE_ID_BYTES, &ret_tallies[i]);
	return err;
}
