/* SPDX-License-Identifier: MIT */
/**
 * row_file - rows of a bag that found no place in memory, on disk (normalise/ordinals.h).
 *
 * Hash tables of one file, one behind the other. One that is three quarters full stays as it is,
 * and what is new goes to the next, which is four times as large. So nothing is ever moved: a row
 * costs a read of 4 KiB from each table, and a write. Memory is one such page for each table, and
 * there are as many as the logarithm of the rows.
 *
 * The file is made with the first row and has no name, so it is gone with the process, however that
 * ends. It is never synced: after a restart the rows are counted again. 256 MiB of the disk stay
 * free, as of downloads.
 *
 * Blocking reads and writes. Threads: any, one at a time.
 */
#ifndef RECEIVER_REPORT_FILE_ROW_FILE_H
#define RECEIVER_REPORT_FILE_ROW_FILE_H

#include "core/err.h"
#include "core/worker.h"
#include "normalise/ordinals.h"

struct row_file;

/**
 * @param folder  made with mode 0700 when it is not there, once there is a row; copied
 * @param worker  lets the disk take back a large file, which may last; borrowed, and outlives it.
 *                NULL: whoever forgets it waits
 * @return ERR_OK, ERR_NOMEM
 */
enum err row_file_new(const char *folder, struct worker *worker,
                      struct row_file **ret_file) MUST_CHECK;
/** Accepts NULL. */
void row_file_free(struct row_file *f);

/** For ordinals_new(). The file must outlive them. */
struct ordinals_disk row_file_disk(struct row_file *f);

/** Why one of its calls gave ERR_IO: for people. "" when none did. */
const char *row_file_error(const struct row_file *f);

#endif /* RECEIVER_REPORT_FILE_ROW_FILE_H */
