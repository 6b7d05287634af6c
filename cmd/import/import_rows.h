/* SPDX-License-Identifier: MIT */
/** import_rows - the rows of one slice: which cannot be read, and which repeat. Of import_file.c.
 */
#ifndef CMD_IMPORT_IMPORT_ROWS_H
#define CMD_IMPORT_IMPORT_ROWS_H

#include "cmd/import/import_file.h"

struct import_rows;

/** @param target, sets  borrowed. @return ERR_OK, ERR_NOMEM */
enum err import_rows_new(const struct import_target *target, struct str sets, import_bad_fn on_bad,
                         void *arg, struct import_rows **ret_rows) MUST_CHECK;
/** Accepts NULL. */
void import_rows_free(struct import_rows *r);

/**
 * @param slice_vars  of the slice
 * @param ret_vars    with the loop values and the ordinals; valid until the next call
 * @return ERR_OK, ERR_PARSE it cannot be decoded at all (detail), ERR_LIMIT more different rows
 *         than are remembered (detail), ERR_NOMEM
 */
enum err import_rows_take(struct import_rows *r, struct str body, struct str slice_vars,
                          struct str *ret_vars, uint64_t *ret_bad,
                          struct err_detail *reterr_detail) MUST_CHECK;

#endif /* CMD_IMPORT_IMPORT_ROWS_H */
