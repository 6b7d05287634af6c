/* SPDX-License-Identifier: MIT */
#include "store/sqlite.h"

enum err sqlite_checkpoint_get(struct backend *b, struct str key, struct str *ret_value)
{
	sqlite3_stmt *stmt = b->stmts[STMT_CHECKPOINT_GET];
	struct str value = STR_EMPTY;
	bool has_row = false;

	sqlite_results_reset(b);
	sqlite_bind_blob(stmt, 1, key);

	enum err err = sqlite_row(b, stmt, &has_row);

	if (err == ERR_OK && has_row)
		err = sqlite_keep(b, stmt, 0, &value);
	(void)sqlite3_reset(stmt);
	if (err == ERR_OK)
		*ret_value = value;
	return err;
}

enum err sqlite_checkpoint_set(struct backend *b, const struct store_checkpoint *checkpoint)
{
	sqlite3_stmt *stmt = b->stmts[STMT_CHECKPOINT_SET];

	if (!store_checkpoint_is_valid(checkpoint))
		return ERR_INVAL;
	sqlite_bind_blob(stmt, 1, checkpoint->key);
	sqlite_bind_blob(stmt, 2, checkpoint->value);
	return sqlite_run(b, stmt);
}
