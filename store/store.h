/* SPDX-License-Identifier: MIT */
/**
 * store - everything durable: journal, deduplication, counters, dead letters, checkpoints.
 *
 * One thread owns the database. The loop submits operations; everything that was submitted
 * while the previous transaction was syncing goes into the next one (group commit), and the
 * completions are called on the loop after that transaction is on disk, in the order of submission;
 * only store_known() and store_tallies() pass payloads that were put before them.
 * A transaction that fails fails every operation in it: nothing of it happened.
 *
 *     loop thread                         store thread
 *     store_put(…, done, arg) ──queue──▶  begin; op; op; op; … ; commit (fsync)
 *     done(arg, result)      ◀──post───
 *
 * Order: the journal is one list per account (a lane). Entries of a lane are settled in order, so
 * that one number per lane says what is settled; a lane that the broker refuses stops nobody else.
 *
 * Ownership: operations are submitted by value; slices in them are borrowed until done() was
 * called. What a result points to is valid only during done().
 * Threads:   everything here is called from the loop's thread; done() runs there. An operation
 * other than store_put() gives ERR_OK (done() will be called), ERR_NOMEM or ERR_CANCELED (closing).
 * Units:     times are ms since the epoch, sizes bytes.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/loop.h"
#include "core/payload.h"
#include "core/str.h"

#define STORE_ID_BYTES 16

struct store;

struct store_conf {
	const char *path;         /* SQLite file; created with its folder (mode 0700, file 0600) */
	uint64_t max_bytes;       /* most payload bytes waiting in the journal; 0 for no limit */
	uint64_t max_entries;     /* the same in entries; past either store_put() gives ERR_LIMIT */
	uint64_t keep_settled_ms; /* settled payloads stay so long, while max_bytes has room */
	uint64_t dedupe_for_ms;   /* an event id is known at least this long after it was settled */
};

/**
 * Open or create, migrate, check, and start the thread.
 *
 * Checks that the path can be locked by us alone, written and synced, before anything is accepted;
 * runs a quick check when the last stop was not clean.
 *
 * @param loop  where completions run; borrowed
 * @return ERR_OK
 *         ERR_EXISTS another process has it open
 *         ERR_AUTH   folder or file may not be written
 *         ERR_PARSE  not our database, damaged, or of a newer version
 *         ERR_IO     cannot be written or synced (disk full, read-only, no locking)
 *         ERR_NOMEM
 *         The detail says what to do.
 */
enum err store_open(struct loop *loop, const struct store_conf *conf, struct store **ret_store,
                    struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Finish what was submitted (completions run during the call), checkpoint, close. Accepts NULL.
 * Call it outside of loop callbacks.
 */
void store_close(struct store *s);

/** New limits (a reload); the path stays. */
void store_set_limits(struct store *s, const struct store_conf *conf);

/* ---- journal ---- */

/** A report's progress, moved in the transaction of the payload it stands for. */
struct store_checkpoint {
	struct str key;   /* account, report and loop value, as the report engine names it; at most
	                     512 bytes */
	struct str value; /* opaque, at most 64 KiB */
};

/** Key of 1 to 512 bytes, value of at most 64 KiB. What is not valid gives ERR_INVAL. */
bool store_checkpoint_is_valid(const struct store_checkpoint *checkpoint);

/** @param entry  journal number of the payload, from 1, rising; 0 on failure */
typedef void (*store_put_done)(void *arg, enum err err, int64_t entry);

/**
 * Put a payload into the journal and move a checkpoint, in one transaction.
 *
 * @param payload     borrowed with all its bytes until done()
 * @param checkpoint  may be NULL; borrowed likewise
 * @return ERR_OK        done() will be called: ERR_OK on disk; ERR_IO it failed, nothing was kept;
 *                       ERR_INVAL no account name, or more than 512 MiB; ERR_NOMEM
 *         ERR_LIMIT     the journal is full (an empty one takes a payload of any size), or too much
 *                       waits for a slow disk
 *         ERR_IO        the store has been failing
 *         ERR_CANCELED  closing
 *         ERR_INVAL     checkpoint not valid
 *         ERR_NOMEM
 *         Whenever it is not ERR_OK, done() will not be called.
 */
enum err store_put(struct store *s, const struct payload *payload,
                   const struct store_checkpoint *checkpoint, store_put_done done,
                   void *arg) MUST_CHECK;

struct store_claim {
	const struct payload *payloads; /* in order of entry; valid during done() */
	size_t count;                   /* 0: nothing is waiting after the given entry */
};

typedef void (*store_claim_done)(void *arg, enum err err, const struct store_claim *claim);

/**
 * Read waiting entries of one lane, in order. Reading changes nothing: what is not settled is given
 * again after a restart.
 *
 * @param account     lane; borrowed until done()
 * @param after       only entries above this one (and above what is settled)
 * @param max_count   most entries
 * @param max_bytes   stop after the entry that reaches it; at least one entry is given
 */
enum err store_claim(struct store *s, struct str account, int64_t after, size_t max_count,
                     size_t max_bytes, store_claim_done done, void *arg) MUST_CHECK;

/** @param known  one bool per id, in order; valid during done() */
typedef void (*store_known_done)(void *arg, enum err err, const bool *known);

/**
 * Which of these event ids were settled within dedupe_for.
 *
 * @param ids  count * STORE_ID_BYTES bytes; borrowed until done()
 */
enum err store_known(struct store *s, const uint8_t *ids, size_t count, store_known_done done,
                     void *arg) MUST_CHECK;

/** A campaign counter that grows. */
struct store_count {
	struct str account;
	struct str campaign; /* topic level */
	struct str status;
	int64_t add;      /* may be negative: a vendor's counter was corrected */
	bool is_observed; /* counted by us, message by message; else it is the vendor's number */
};

/**
 * Last value of one of a vendor's counters (RecipientCount of one send, clicks of a campaign).
 * Between two corrections it only grows; the revision tells equal values before and after one
 * apart.
 */
struct store_tally {
	uint8_t id[STORE_ID_BYTES]; /* normalise/event/event.h: tally */
	int64_t count;
	uint32_t revision; /* how often it went down */
	bool is_known;     /* false: never seen; the others are 0 */
	/* Where it got this value: journal entry, and which answer of the normaliser it was. What
	 * an entry says up to there was settled, even when all of the entry is not. */
	int64_t entry;
	size_t index;
};

/** A campaign that events were settled for. */
struct store_campaign {
	struct str account;
	struct str level; /* topic level */
	struct str id;    /* unescaped; the name where the vendor has no id */
	struct str name;  /* may be empty */
	/* Found by the store; a settle need not say them. */
	int64_t changed_ms; /* when its counters last changed */
	uint64_t change;    /* rises with each settle that changes a counter */
};

struct store_dead {
	struct str account;
	struct str source;
	struct str cause; /* "unparsable", "unmapped_shape", "publish_refused", … */
	struct str text;  /* one line for a person; no data of the payload */
	int64_t entry;    /* journal entry it came from */
	size_t index;     /* record within it */
	int64_t received_ms;
	struct str event_id;           /* 32 hex digits when it is an event; else empty */
	const struct payload *payload; /* the bytes to keep: the record alone where it can be cut
	                                  out, as payload.body; NULL for none */
};

/** What leaves the journal in one transaction. All borrowed until done(). */
struct store_settle {
	struct str account;
	int64_t upto;   /* every entry of the lane up to here is settled; 0: none yet, only ids and
	                   counts */
	size_t entries; /* how many entries that are; SQLite counts for itself and ignores it */
	uint64_t bytes; /* and how many payload bytes (bodies); likewise */
	const uint8_t *ids; /* deduplication keys of published events, id_count * STORE_ID_BYTES */
	size_t id_count;
	const struct store_count *counts;
	size_t count_count;
	const struct store_campaign *campaigns; /* of those counts: level, id and name */
	size_t campaign_count;
	const struct store_tally *tallies; /* new values */
	size_t tally_count;
	const struct store_dead *dead;
	size_t dead_count;
};

typedef void (*store_done)(void *arg, enum err err);

/**
 * Settle: all of it or, when done() gives an error, nothing.
 *
 * done() gives ERR_INVAL when @c upto is past the lane's newest entry, or an account or count is
 * not valid; ERR_IO, ERR_NOMEM.
 */
enum err store_settle(struct store *s, const struct store_settle *settle, store_done done,
                      void *arg) MUST_CHECK;

/** A lane with waiting entries. */
struct store_lane {
	struct str account;
	int64_t settled;   /* entries up to here are settled */
	int64_t newest;    /* newest entry of the lane */
	int64_t oldest_ms; /* received time of its oldest waiting entry */
	uint64_t waiting;  /* entries */
	uint64_t waiting_bytes;
};

typedef void (*store_lanes_done)(void *arg, enum err err, const struct store_lane *lanes,
                                 size_t count);

/** Every lane that has waiting entries: for the relay's start. */
enum err store_lanes(struct store *s, store_lanes_done done, void *arg) MUST_CHECK;

/* ---- checkpoints ---- */

/** @param value  empty when there is none; valid during done() */
typedef void (*store_checkpoint_done)(void *arg, enum err err, struct str value);
enum err store_checkpoint_get(struct store *s, struct str key, store_checkpoint_done done,
                              void *arg) MUST_CHECK;
enum err store_checkpoint_set(struct store *s, const struct store_checkpoint *checkpoint,
                              store_done done, void *arg) MUST_CHECK;

/* ---- dead letters and counters (read; for the CLI and the admin API) ---- */

struct store_dead_row {
	int64_t id;
	struct store_dead dead; /* payload has the kept bytes */
	int64_t parked_ms;
};

typedef void (*store_dead_done)(void *arg, enum err err, const struct store_dead_row *rows,
                                size_t count);
/**
 * Dead letters with id above @p after, at most @p max. Bodies are read only when @p with_bodies.
 */
enum err store_dead_list(struct store *s, int64_t after, size_t max, bool with_bodies,
                         store_dead_done done, void *arg) MUST_CHECK;
/** @p err of done(): ERR_NOENT when there is none of that id. */
enum err store_dead_drop(struct store *s, int64_t id, store_done done, void *arg) MUST_CHECK;

typedef void (*store_counts_done)(void *arg, enum err err, const struct store_count *counts,
                                  size_t count);
/**
 * All counters of one campaign (`add` holds the total). A status that was observed and that the
 * vendor gives a number of has both, one after the other.
 */
enum err store_counts(struct store *s, struct str account, struct str campaign,
                      store_counts_done done, void *arg) MUST_CHECK;

typedef void (*store_tallies_done)(void *arg, enum err err, const struct store_tally *tallies);
/**
 * The last settled values of counters, in the order asked for.
 *
 * @param ids  count * STORE_ID_BYTES bytes; borrowed until done()
 */
enum err store_tallies(struct store *s, const uint8_t *ids, size_t count, store_tallies_done done,
                       void *arg) MUST_CHECK;

typedef void (*store_campaigns_done)(void *arg, enum err err,
                                     const struct store_campaign *campaigns, size_t count);
/**
 * Campaigns of an account whose counters changed since @p since_ms, by topic level above @p after,
 * at most @p max.
 */
enum err store_campaigns(struct store *s, struct str account, int64_t since_ms, struct str after,
                         size_t max, store_campaigns_done done, void *arg) MUST_CHECK;

/**
 * Campaigns whose summary is not published: changed after the last store_summary_done(). At most @p
 * max, the ones that wait longest first.
 */
enum err store_summaries_due(struct store *s, size_t max, store_campaigns_done done,
                             void *arg) MUST_CHECK;
/** The broker has the summary as of @p change. done() gives ERR_NOENT for no such campaign. */
enum err store_summary_done(struct store *s, struct str account, struct str level, uint64_t change,
                            store_done done, void *arg) MUST_CHECK;

/**
 * Summaries that were done within @p within_ms before the last one are due again: a PUBACK is not
 * durable, and the connection broke.
 */
enum err store_summaries_again(struct store *s, uint64_t within_ms, store_done done,
                               void *arg) MUST_CHECK;

/* ---- state ---- */

struct store_stats {
	uint64_t waiting; /* journal entries not settled */
	uint64_t waiting_bytes;
	uint64_t commits;  /* transactions on disk since the start */
	uint64_t failures; /* transactions that failed */
	bool is_full;      /* store_put() would give ERR_LIMIT */
	bool is_failing; /* the last writing transaction failed; a probe every second tries again */
	char failure[160]; /* its text, for /readyz and log; "" when it works */
};

/** Present state; cheap, no I/O. */
void store_stats(const struct store *s, struct store_stats *ret_stats);

/**
 * Retention: delete a bounded number of settled payloads that are too old (or in the way of
 * max_bytes) and of forgotten deduplication keys. The owner calls it from a timer about every
 * second; it costs nothing when there is nothing to do.
 */
void store_sweep(struct store *s);

#endif /* STORE_STORE_H */
