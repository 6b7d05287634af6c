/* SPDX-License-Identifier: MIT */
/**
 * migrations - the SQLite schema as an ordered list of steps. Private to the SQLite backend.
 *
 * `PRAGMA user_version` counts the steps that were done. A step is never changed after a release;
 * a new schema is a new step. A database of a newer program is refused, so that an older program
 * cannot damage it.
 */
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

#include <stddef.h>

#include <sqlite3.h>

#include "core/err.h"

/** `PRAGMA application_id` of our databases: "c2mq". */
#define MIGRATIONS_APPLICATION_ID 0x63326d71

struct migration {
	const char *what; /* for people, when it fails */
	const char *sql;  /* any number of statements */
};

extern const struct migration migrations[];
extern const size_t migrations_count;

/**
 * Bring @p db to version @p count, each missing step in a transaction of its own.
 *
 * @return ERR_OK     the schema is the newest one
 *         ERR_PARSE  the file belongs to another program, is damaged, or of a newer version
 *         ERR_IO     a step could not be written; the steps before it stay
 */
enum err migrations_run(sqlite3 *db, const struct migration *steps, size_t count,
                        struct err_detail *reterr_detail) MUST_CHECK;

#endif /* STORE_MIGRATIONS_H */
