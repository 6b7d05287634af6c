/* SPDX-License-Identifier: MIT */
/** table - rows of text in aligned columns, for people. */
#ifndef CMD_BASE_TABLE_H
#define CMD_BASE_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "core/err.h"

struct table;

/** @param columns  > 0; the last one is never padded. @return ERR_OK, ERR_NOMEM */
enum err table_new(size_t columns, struct table **ret_table) MUST_CHECK;
/** Accepts NULL. */
void table_free(struct table *t);

/**
 * Next cell of the row being filled. Control characters become '?', an empty text a '-'. Out of
 * memory leaves the cell empty.
 */
void table_add(struct table *t, const char *text);

/** The row being filled is red where there are colours. */
void table_mark(struct table *t);

void table_print(const struct table *t, FILE *out, bool has_colours);

#endif /* CMD_BASE_TABLE_H */
