/* SPDX-License-Identifier: MIT */
/**
 * table - rows of text in aligned columns, for people.
 *
 * Where the reader is no terminal each row is one line with all of its cells. On a terminal that is
 * too narrow for that, columns go below their rows, one after another, until the rest fits:
 *
 *     ACCOUNT  STATE    NEXT                        ACCOUNT  STATE
 *     acme     waiting  in 20 s         ─▶          acme     waiting
 *     shop     failed   -                             NEXT in 20 s
 *                                                   shop     failed
 *
 * There an empty cell is left out, and a long one goes on in the next line. No text is shortened.
 */
#ifndef CMD_BASE_TABLE_H
#define CMD_BASE_TABLE_H

#include <stdio.h>

#include "cmd/base/terminal.h"
#include "core/err.h"

struct table;

struct table_column {
	const char *head;
	unsigned turn; /* to go below the row: 1 first; 0 never, as what says whose row it is */
};

/**
 * @param columns  borrowed until the table is freed
 * @param count    > 0; the last one is never padded
 * @return ERR_OK, ERR_NOMEM
 */
enum err table_new(const struct table_column *columns, size_t count,
                   struct table **ret_table) MUST_CHECK;
/** Accepts NULL. */
void table_free(struct table *t);

/**
 * Next cell of the row being filled; copied. Control characters become '?'; an empty text, or NULL,
 * is an empty cell, shown as '-'. Out of memory leaves the cell empty, or ends the table early.
 */
void table_add(struct table *t, struct str text);

/** The row being filled is red where there are colours. */
void table_mark(struct table *t);

/** The line of heads, and the rows. */
void table_print(const struct table *t, const struct terminal *terminal, FILE *out);

#endif /* CMD_BASE_TABLE_H */
