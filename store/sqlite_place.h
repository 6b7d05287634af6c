/* SPDX-License-Identifier: MIT */
/**
 * sqlite_place - folder, lock and file of the database, before SQLite sees it. Private to the
 * SQLite backend.
 */
#ifndef STORE_SQLITE_PLACE_H
#define STORE_SQLITE_PLACE_H

#include "core/err.h"

/**
 * Make the folder, lock the database for this process, create the file when it is not there.
 *
 * The lock is a file beside it (PATH.lock), which stays: removing it would let two processes lock
 * two files of one name.
 *
 * @param ret_lock_fd  holds the lock until it is closed
 * @return ERR_OK, ERR_EXISTS another process has it, ERR_AUTH, ERR_IO, ERR_NOMEM, ERR_INVAL no path
 */
enum err sqlite_place_open(const char *path, int *ret_lock_fd,
                           struct err_detail *reterr_detail) MUST_CHECK;

#endif /* STORE_SQLITE_PLACE_H */
