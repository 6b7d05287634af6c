/* SPDX-License-Identifier: MIT */
/**
 * download_file - the file that a download writes. Private to download.
 *
 * Written on the loop, synced on the worker: each DOWNLOAD_SYNC_BYTES, so that the last sync is
 * short and what is not on the disk yet stays little, and at the end with its folder.
 *
 * Threads: the loop's.
 */
#ifndef RECEIVER_REPORT_FILE_DOWNLOAD_FILE_H
#define RECEIVER_REPORT_FILE_DOWNLOAD_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "core/worker.h"

#define DOWNLOAD_SYNC_BYTES   ((uint64_t)32 << 20)
#define DOWNLOAD_BEHIND_BYTES ((uint64_t)128 << 20) /* so much may be unsynced */
#define DOWNLOAD_ERROR_SIZE   160

struct download_file;

/** The disk is as far as told; or it failed, and the file is empty. @p is_last as it was asked for.
 */
typedef void (*download_synced_fn)(void *arg, enum err err, bool is_last);

/**
 * Open the file, made with mode 0600 where it is not there yet.
 *
 * @param ret_error  why not, for people; of DOWNLOAD_ERROR_SIZE
 * @return ERR_OK, ERR_NOMEM, ERR_LIMIT no room, ERR_IO also when it is no plain file
 */
enum err download_file_open(const char *path, struct worker *worker, download_synced_fn on_synced,
                            void *arg, struct download_file **ret_file, char *ret_error) MUST_CHECK;
/** Accepts NULL. A sync under way ends by itself. */
void download_file_free(struct download_file *f);

uint64_t download_file_bytes(const struct download_file *f);
/** Room beside it. */
uint64_t download_file_space(const struct download_file *f);
/** Append. @return ERR_OK, ERR_LIMIT no room, ERR_IO; what fitted is there */
enum err download_file_write(struct download_file *f, struct str bytes) MUST_CHECK;
/** Begin anew. @return ERR_OK, ERR_IO */
enum err download_file_empty(struct download_file *f) MUST_CHECK;
/** The first bytes. @return how many; 0 when they cannot be read */
size_t download_file_peek(const struct download_file *f, char *to, size_t size);

/** Sync when enough was written. A failure comes with the next sync that ends. */
void download_file_keep_up(struct download_file *f);
/** The disk is too slow: write no more until on_synced(). */
bool download_file_is_behind(const struct download_file *f);
/** Sync all, and the folder. on_synced() tells. @return ERR_OK, ERR_AGAIN not now */
enum err download_file_finish(struct download_file *f) MUST_CHECK;

/** Why the last call failed, for people. */
const char *download_file_error(const struct download_file *f);

#endif /* RECEIVER_REPORT_FILE_DOWNLOAD_FILE_H */
