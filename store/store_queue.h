/* SPDX-License-Identifier: MIT */
/**
 * store_queue - what the loop's side of the store and its thread share. Private to store/.
 *
 * On the loop: store.c opens, completes and tells the state, store_submit.c and store_put.c take
 * what is asked for. On the thread: store_thread.c makes the transactions, store_op.c runs an
 * operation, store_result.c copies what it found.
 */
#ifndef STORE_STORE_QUEUE_H
#define STORE_STORE_QUEUE_H

#include <pthread.h>
#include <sys/queue.h>

#include "store/backend.h"

#define STORE_OP_MAGIC 0x73746f70U

enum op_kind {
	OP_PUT,
	OP_CLAIM,
	OP_KNOWN,
	OP_SETTLE,
	OP_LANES,
	OP_CHECKPOINT_GET,
	OP_CHECKPOINT_SET,
	OP_DEAD_LIST,
	OP_DEAD_DROP,
	OP_COUNTS,
	OP_TALLIES,
	OP_CAMPAIGNS,
	OP_SUMMARIES_DUE,
	OP_SUMMARY_DONE,
	OP_SUMMARIES_AGAIN
};

/** One operation on its way: submitted by the loop, run by the thread, completed on the loop. */
struct op {
	unsigned magic;
	enum op_kind kind;
	STAILQ_ENTRY(op) link;
	void *arg; /* borrowed */
	enum err err;
	void *result; /* owned: one block with everything a result points to */
	size_t result_count;
	int64_t number; /* entry of a put; id or `after` of dead letters */

	union {
		struct {
			struct payload payload;
			struct store_checkpoint checkpoint; /* no key: none */
			store_put_done done;
		} put;

		struct {
			struct str account;
			int64_t after;
			size_t max_count, max_bytes;
			store_claim_done done;
		} claim;

		struct {
			const uint8_t *ids;
			size_t count;
			store_known_done done;
		} known;

		struct {
			struct store_settle settle;
			store_done done;
		} settle;

		struct {
			store_lanes_done done;
		} lanes;

		struct {
			struct str key;
			struct str value; /* of the result */
			store_checkpoint_done done;
		} checkpoint_get;

		struct {
			struct store_checkpoint checkpoint;
			store_done done;
		} checkpoint_set;

		struct {
			size_t max;
			bool with_bodies;
			store_dead_done done;
		} dead_list;

		struct {
			store_done done;
		} dead_drop;

		struct {
			struct str account, campaign;
			store_counts_done done;
		} counts;

		struct {
			const uint8_t *ids;
			size_t count;
			store_tallies_done done;
		} tallies;

		struct {
			struct str account, after;
			int64_t since_ms;
			size_t max;
			store_campaigns_done done;
		} campaigns; /* and of those due */

		struct {
			struct str account, level;
			uint64_t change;
			store_done done;
		} summary_done;

		struct {
			uint64_t within_ms;
			store_done done;
		} summaries_again;
	} u;
};

STAILQ_HEAD(op_list, op);

/** What the thread tells about itself. */
struct store_report {
	uint64_t waiting, waiting_bytes, commits, failures;
	bool is_failing;
	char failure[160];
};

struct store {
	struct loop *loop;             /* borrowed */
	const struct backend_ops *ops; /* static */
	struct backend *backend;       /* owned; the thread's while it runs */
	pthread_t thread;

	pthread_mutex_t lock; /* guards this part */
	pthread_cond_t wake;
	struct op_list queue;    /* owned; submitted */
	struct op_list finished; /* owned; for the loop */
	bool is_asleep;          /* the thread waits for `wake` */
	bool is_posted;          /* store_complete() is on its way to the loop */
	bool is_closing;
	bool is_sweep_wanted;
	struct store_conf limits;
	struct store_report report;

	/* The loop's part. */
	struct store_stats stats;
	uint64_t queued_puts, queued_bytes; /* submitted and not completed */
	bool is_put_refused;                /* for want of room, and no room was made since */

	/* The thread's part. */
	struct store_report now;
	bool has_news; /* `now` was not yet told */
	bool is_more_to_sweep;
	bool is_untidy;         /* something was committed since the last idle() */
	uint64_t next_probe_ms; /* monotonic */
};

/** The thread. @param arg  struct store */
void *store_thread_main(void *arg);

/** Posted to the loop: run the completions. @param arg  struct store */
void store_complete(void *arg);

/**
 * Put a copy of @p op, filled but for its magic, into the thread's queue.
 *
 * @return ERR_OK, ERR_NOMEM, ERR_CANCELED the store is being closed
 */
enum err store_submit(struct store *s, const struct op *op) MUST_CHECK;

/** Whether the journal has no room for @p more_bytes, by the limits. */
bool store_put_is_full(const struct store *s, uint64_t more_bytes);

/** The puts of @p ops are no longer queued. */
void store_put_forget(struct store *s, const struct op_list *ops);

/** Open with another backend than SQLite; for tests. See store_open(). */
enum err store_open_with(struct loop *loop, const struct store_conf *conf,
                         const struct backend_ops *ops, struct store **ret_store,
                         struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Run one operation between begin and commit and keep its result in @p op.
 *
 * @return ERR_IO when the transaction cannot go on, else ERR_OK (op->err says how the operation
 *         ended)
 */
enum err store_op_run(struct store *s, struct op *op) MUST_CHECK;

/** Call done(). */
void store_op_done(struct op *op);

/** Whether the operation changes something. */
bool store_op_writes(const struct op *op);

#endif /* STORE_STORE_QUEUE_H */
