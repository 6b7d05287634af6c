/* SPDX-License-Identifier: MIT */
/**
 * backend - what a database must do for store.c. SQLite is the first; a server database is to
 * follow.
 *
 * All calls come from the store's thread, one at a time (open and close from whoever opens the
 * store). The same contract suite (tests/store/backend_contract.c) runs on every backend.
 *
 * Between begin() and commit() any number of the other calls; one that fails with ERR_IO makes the
 * whole transaction fail (the caller calls rollback()). One that fails otherwise has changed
 * nothing, and the transaction goes on: ERR_INVAL (the caller's values can never work), ERR_NOENT,
 * ERR_NOMEM. A commit() that fails is followed by rollback() too. Results are in memory the backend
 * owns, valid until its next call, except where said otherwise.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include "store/store.h"

struct backend; /* an instance; its fields belong to the implementation */

struct backend_ops {
	const char *name;
	enum err (*open)(const struct store_conf *conf, struct backend **ret_backend,
	                 struct err_detail *reterr_detail);
	void (*close)(struct backend *b);
	enum err (*begin)(struct backend *b, bool writes);
	/** On disk when it gives ERR_OK. @p reterr_detail says why not, for people. */
	enum err (*commit)(struct backend *b, struct err_detail *reterr_detail);
	void (*rollback)(struct backend *b);
	enum err (*put)(struct backend *b, const struct payload *payload, int64_t *ret_entry);
	enum err (*claim)(struct backend *b, struct str account, int64_t after, size_t max_count,
	                  size_t max_bytes, struct store_claim *ret_claim);
	enum err (*known)(struct backend *b, const uint8_t *ids, size_t count, bool *ret_known);
	/** @param now_ms  wall clock: settled and parked times, generation of deduplication keys */
	enum err (*settle)(struct backend *b, const struct store_settle *settle, int64_t now_ms);
	enum err (*lanes)(struct backend *b, const struct store_lane **ret_lanes,
	                  size_t *ret_count);
	enum err (*checkpoint_get)(struct backend *b, struct str key, struct str *ret_value);
	enum err (*checkpoint_set)(struct backend *b, const struct store_checkpoint *checkpoint);
	enum err (*dead_list)(struct backend *b, int64_t after, size_t max, bool with_bodies,
	                      const struct store_dead_row **ret_rows, size_t *ret_count);
	enum err (*dead_drop)(struct backend *b, int64_t id);
	enum err (*counts)(struct backend *b, struct str account, struct str campaign,
	                   const struct store_count **ret_counts, size_t *ret_count);
	/** @param ret_tallies  @p count of them, the caller's */
	enum err (*tallies)(struct backend *b, const uint8_t *ids, size_t count,
	                    struct store_tally *ret_tallies);
	enum err (*campaigns)(struct backend *b, struct str account, int64_t since_ms,
	                      struct str after, size_t max,
	                      const struct store_campaign **ret_campaigns, size_t *ret_count);
	enum err (*summaries_due)(struct backend *b, size_t max,
	                          const struct store_campaign **ret_campaigns, size_t *ret_count);
	/** ERR_NOENT: no such campaign. */
	enum err (*summary_done)(struct backend *b, struct str account, struct str level,
	                         uint64_t change, int64_t now_ms);
	enum err (*summaries_again)(struct backend *b, uint64_t within_ms);
	/**
	 * Delete at most @p max_rows rows that retention no longer wants. @p ret_more: call again
	 * soon.
	 */
	enum err (*sweep)(struct backend *b, const struct store_conf *conf, int64_t now_ms,
	                  size_t max_rows, bool *ret_more);
	/** What waits in all lanes, the running transaction included; no I/O. */
	void (*waiting)(struct backend *b, uint64_t *ret_entries, uint64_t *ret_bytes);
	/**
	 * Between begin and commit: write about 64 KiB over the last ones, to see whether the disk
	 * takes them.
	 */
	enum err (*probe)(struct backend *b);
	/**
	 * Nothing was submitted for a while: bring the files to a small form. Outside of begin and
	 * commit.
	 */
	void (*idle)(struct backend *b);
	/** Text of the last failure, for people. */
	const char *(*failure)(struct backend *b);
};

extern const struct backend_ops store_sqlite_ops;

#endif /* STORE_BACKEND_H */
