/* SPDX-License-Identifier: MIT */
/**
 * sqlite - what the files of the SQLite backend share. Private to it.
 *
 *     store_sqlite.c    operations table, begin, commit, rollback
 *     sqlite_open.c     folder, lock, settings, check, close
 *     sqlite_stmt.c     prepared statements
 *     sqlite_lane.c     accounts: what is settled and what waits
 *     sqlite_journal.c  put, claim
 *     sqlite_settle.c   settle, counters
 *     sqlite_campaign.c campaigns and whose summary is due
 *     sqlite_tally.c    last values of vendors' counters
 *     sqlite_dedupe.c   deduplication keys
 *     sqlite_generation.c  until when they are kept
 *     sqlite_dead.c     dead letters
 *     sqlite_checkpoint.c
 *     sqlite_sweep.c    retention
 *
 * Lanes and generations are held in memory and changed before the commit; after a rollback they
 * are read again (is_stale). The sets of recent ids change only after a commit.
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>

#include "core/arena.h"
#include "store/backend.h"
#include "store/idset.h"

enum stmt_id {
	STMT_BEGIN,
	STMT_BEGIN_WRITE,
	STMT_COMMIT,
	STMT_ROLLBACK,
	STMT_META_SET,
	STMT_ACCOUNT_ADD,
	STMT_ACCOUNT_LIST,
	STMT_ACCOUNT_SETTLE,
	STMT_SETTLED_SET,
	STMT_SETTLED_OLDEST,
	STMT_SETTLED_DROP,
	STMT_JOURNAL_PUT,
	STMT_JOURNAL_CLAIM,
	STMT_JOURNAL_UPTO,
	STMT_JOURNAL_OLDEST,
	STMT_JOURNAL_FORGET,
	STMT_GENERATION_LIST,
	STMT_GENERATION_ADD,
	STMT_GENERATION_DROP,
	STMT_RECENT_LIST,
	STMT_RECENT_ADD,
	STMT_RECENT_FORGET,
	STMT_DEDUPE_ADD,
	STMT_DEDUPE_HAS,
	STMT_DEDUPE_ANY,
	STMT_DEDUPE_FORGET,
	STMT_COUNTER_ADD,
	STMT_COUNTER_ADD_VENDOR,
	STMT_COUNTER_LIST,
	STMT_TALLY_GET,
	STMT_TALLY_SET,
	STMT_CAMPAIGN_TOUCH,
	STMT_CAMPAIGN_LIST,
	STMT_CAMPAIGN_DUE,
	STMT_CAMPAIGN_DONE,
	STMT_CAMPAIGN_AGAIN,
	STMT_CHECKPOINT_GET,
	STMT_CHECKPOINT_SET,
	STMT_DEAD_ADD,
	STMT_DEAD_LIST,
	STMT_DEAD_DROP,
	STMT_COUNT
};

/** One account's list of entries. `nth` and `bytes` count from the beginning of the lane. */
struct lane {
	int64_t id;
	char *name; /* owned */
	size_t name_len;
	int64_t upto;   /* settled */
	int64_t newest; /* highest entry ever put, at least upto */
	int64_t oldest; /* lowest entry that is kept; 0 for none */
	uint64_t upto_nth, upto_bytes;
	uint64_t newest_nth, newest_bytes;
	uint64_t gone_bytes; /* before the oldest */
	bool is_moved;       /* upto is not yet written */
	int64_t moved_ms;    /* when it was settled */
};

#define GENERATIONS_MAX 16

struct generation {
	int64_t gen;
	int64_t since_ms;
	bool has_rows; /* in table dedupe */
};

struct dedupe {
	struct generation gens[GENERATIONS_MAX]; /* rising; the last one is filled now */
	size_t gen_count;
	struct idset fresh;   /* ids of the running transaction */
	struct idset filling; /* settled, in dedupe_recent */
	struct idset merging; /* sorted, on its way from dedupe_recent to dedupe */
	bool is_merging;
	int64_t merging_gen;
	int64_t merging_seq; /* its rows in dedupe_recent go up to here */
	size_t merged;       /* so many of its ids are in dedupe, committed */
	int64_t filling_gen;
	int64_t last_seq; /* of dedupe_recent */
	/* What the running transaction adds when it commits. */
	size_t tx_merged;
	int64_t tx_gen;
	int64_t tx_ms; /* when its ids were settled */
	bool tx_merge_done;
};

struct backend {
	sqlite3 *db; /* owned */
	int lock_fd; /* owned; -1 for none */
	sqlite3_stmt *stmts[STMT_COUNT];
	struct lane *lanes; /* owned; ordered by name */
	size_t lane_count, lane_cap;
	int64_t next_entry;
	uint64_t dedupe_for_ms;
	struct dedupe dedupe;
	bool is_stale;     /* lanes and generations must be read again */
	bool is_writing;   /* between begin(true) and commit or rollback */
	bool is_unsettled; /* some lane is_moved */
	struct arena results;
	void *rows; /* owned; array of the last list */
	size_t rows_bytes;
	char failure[160];
};

/* ---- statements ---- */

enum err sqlite_prepare_all(struct backend *b) MUST_CHECK;
void sqlite_finalize_all(struct backend *b);
/** Remember the last failure's text. @return ERR_IO */
enum err sqlite_failed(struct backend *b);
void sqlite_bind_str(sqlite3_stmt *stmt, int at, struct str text);
void sqlite_bind_blob(sqlite3_stmt *stmt, int at, struct str bytes);
struct str sqlite_column(sqlite3_stmt *stmt, int at);
/** Run to the end. @return ERR_OK, ERR_IO */
enum err sqlite_run(struct backend *b, sqlite3_stmt *stmt) MUST_CHECK;
/**
 * One step. The statement is reset when there is no more row or it failed.
 *
 * @return ERR_OK, ERR_IO
 */
enum err sqlite_row(struct backend *b, sqlite3_stmt *stmt, bool *ret_has_row) MUST_CHECK;
/** Free the last results; before each operation that makes new ones. */
void sqlite_results_reset(struct backend *b);
/** Copy a column into the results. @return ERR_OK, ERR_NOMEM */
enum err sqlite_keep(struct backend *b, sqlite3_stmt *stmt, int at,
                     struct str *ret_text) MUST_CHECK;
/** Make @p *array at least @p bytes large; its content stays. @return ERR_OK, ERR_NOMEM */
enum err sqlite_grow(void **array, size_t *cap_bytes, size_t bytes) MUST_CHECK;

/* ---- lanes ---- */

enum err sqlite_lanes_load(struct backend *b) MUST_CHECK;
void sqlite_lanes_free(struct backend *b);
struct lane *sqlite_lane_find(struct backend *b, struct str account);
/**
 * Made when there is none. The pointer is valid until the next call.
 *
 * @return ERR_OK, ERR_IO, ERR_NOMEM
 */
enum err sqlite_lane_need(struct backend *b, struct str account, struct lane **ret_lane) MUST_CHECK;
bool sqlite_account_is_valid(struct str account);
/** Read oldest and gone_bytes after rows were deleted. */
enum err sqlite_lane_read_oldest(struct backend *b, struct lane *lane) MUST_CHECK;
/** Write what was settled since begin. */
enum err sqlite_lanes_flush(struct backend *b) MUST_CHECK;
enum err sqlite_lanes(struct backend *b, const struct store_lane **ret_lanes, size_t *ret_count);
void sqlite_waiting(struct backend *b, uint64_t *ret_entries, uint64_t *ret_bytes);

/** Settled times are kept in slots of this length. */
#define SETTLED_SLOT_MS ((int64_t)10 * 60 * 1000)

/* ---- deduplication ---- */

enum err sqlite_dedupe_load(struct backend *b) MUST_CHECK;
void sqlite_dedupe_free(struct backend *b);
enum err sqlite_known(struct backend *b, const uint8_t *ids, size_t count, bool *ret_known);
/** Remember ids of the running transaction. @return ERR_OK, ERR_NOMEM (nothing was written) */
enum err sqlite_dedupe_add(struct backend *b, const uint8_t *ids, size_t count,
                           int64_t now_ms) MUST_CHECK;
/** Before COMMIT: write the ids, merge some older ones. */
enum err sqlite_dedupe_flush(struct backend *b) MUST_CHECK;
/** After COMMIT: what was written becomes true in memory too. Cannot fail. */
void sqlite_dedupe_committed(struct backend *b);
void sqlite_dedupe_rolled_back(struct backend *b);
/** Write up to @p max ids from the merging set. */
enum err sqlite_dedupe_merge(struct backend *b, size_t max) MUST_CHECK;

/* A generation is a stretch of settled time; a whole one is forgotten at a time. */

enum err sqlite_generation_load(struct backend *b) MUST_CHECK;
/** NULL when there is none. */
struct generation *sqlite_generation_find(struct dedupe *d, int64_t gen);
/**
 * Set tx_gen: a new one when the present one lasted long enough, or the clock was set back. It
 * waits until nothing is merging, so that the filling set can become the merging one.
 */
enum err sqlite_generation_need(struct backend *b) MUST_CHECK;
/** Delete up to @p max ids of generations that are over. */
enum err sqlite_generation_forget(struct backend *b, int64_t now_ms, size_t max,
                                  bool *ret_more) MUST_CHECK;

/* ---- operations, see backend.h ---- */

enum err sqlite_open(const struct store_conf *conf, struct backend **ret_backend,
                     struct err_detail *reterr_detail);
void sqlite_close(struct backend *b);
enum err sqlite_put(struct backend *b, const struct payload *payload, int64_t *ret_entry);
enum err sqlite_claim(struct backend *b, struct str account, int64_t after, size_t max_count,
                      size_t max_bytes, struct store_claim *ret_claim);
enum err sqlite_settle(struct backend *b, const struct store_settle *settle, int64_t now_ms);
enum err sqlite_checkpoint_get(struct backend *b, struct str key, struct str *ret_value);
enum err sqlite_checkpoint_set(struct backend *b, const struct store_checkpoint *checkpoint);
enum err sqlite_dead_add(struct backend *b, const struct store_dead *dead,
                         int64_t now_ms) MUST_CHECK;
enum err sqlite_dead_list(struct backend *b, int64_t after, size_t max, bool with_bodies,
                          const struct store_dead_row **ret_rows, size_t *ret_count);
enum err sqlite_dead_drop(struct backend *b, int64_t id);
enum err sqlite_counts(struct backend *b, struct str account, struct str campaign,
                       const struct store_count **ret_counts, size_t *ret_count);
/** Its counters changed. @return ERR_OK, ERR_IO, ERR_NOMEM */
enum err sqlite_campaign_touch(struct backend *b, const struct store_campaign *campaign,
                               int64_t now_ms) MUST_CHECK;
enum err sqlite_campaigns(struct backend *b, struct str account, int64_t since_ms, struct str after,
                          size_t max, const struct store_campaign **ret_campaigns,
                          size_t *ret_count);
enum err sqlite_summaries_due(struct backend *b, size_t max,
                              const struct store_campaign **ret_campaigns, size_t *ret_count);
enum err sqlite_summary_done(struct backend *b, struct str account, struct str level,
                             uint64_t change, int64_t now_ms);
enum err sqlite_summaries_again(struct backend *b, uint64_t within_ms);
/** @return ERR_OK, ERR_IO */
enum err sqlite_tally_set(struct backend *b, const struct store_tally *tally) MUST_CHECK;
enum err sqlite_tallies(struct backend *b, const uint8_t *ids, size_t count,
                        struct store_tally *ret_tallies);
/** Key columns hold no NULL: an empty text is bound as such. */
void sqlite_bind_key(sqlite3_stmt *stmt, int at, struct str text);
/** Texts of counters and campaigns are no longer than this. */
#define SQLITE_KEY_MAX_BYTES 4096
enum err sqlite_sweep(struct backend *b, const struct store_conf *conf, int64_t now_ms,
                      size_t max_rows, bool *ret_more);

#endif /* STORE_SQLITE_H */
