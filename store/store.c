/* SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/obj.h"
#include "store/store_queue.h"

#define QUEUE_MAX_PUTS       ((uint64_t)16384)
#define QUEUE_MAX_BYTES      ((uint64_t)32 * 1024 * 1024)
#define CHECKPOINT_KEY_MAX   ((size_t)512)
#define CHECKPOINT_VALUE_MAX ((size_t)64 * 1024)

bool store_checkpoint_is_valid(const struct store_checkpoint *checkpoint)
{
	return checkpoint->key.len > 0 && checkpoint->key.len <= CHECKPOINT_KEY_MAX &&
	       checkpoint->value.len <= CHECKPOINT_VALUE_MAX;
}

/* ---- opening and closing ---- */

static enum err init_locks(struct store *s)
{
	pthread_condattr_t attr;
	enum err err = ERR_NOMEM;

	if (pthread_condattr_init(&attr) != 0)
		return ERR_NOMEM;
	if (pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
	    pthread_cond_init(&s->wake, &attr) == 0) {
		err = ERR_OK;
		(void)pthread_mutex_init(&s->lock, NULL);
	}
	(void)pthread_condattr_destroy(&attr);
	return err;
}

static void free_store(struct store *s)
{
	s->ops->close(s->backend);
	(void)pthread_cond_destroy(&s->wake);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static void take_report(struct store *s)
{
	s->stats.waiting = s->report.waiting;
	s->stats.waiting_bytes = s->report.waiting_bytes;
	s->stats.commits = s->report.commits;
	s->stats.failures = s->report.failures;
	s->stats.is_failing = s->report.is_failing;
	memcpy(s->stats.failure, s->report.failure, sizeof(s->stats.failure));
}

enum err store_open_with(struct loop *loop, const struct store_conf *conf,
                         const struct backend_ops *ops, struct store **ret_store,
                         struct err_detail *reterr_detail)
{
	struct store *s = calloc(1, sizeof(*s));
	enum err err = s != NULL ? init_locks(s) : ERR_NOMEM;

	if (err != ERR_OK) {
		free(s);
		return err;
	}
	s->loop = loop;
	s->ops = ops;
	s->limits = *conf;
	s->limits.path = NULL; /* borrowed for the call only */
	STAILQ_INIT(&s->queue);
	STAILQ_INIT(&s->finished);
	err = ops->open(conf, &s->backend, reterr_detail);
	if (err != ERR_OK)
		goto out;
	ops->waiting(s->backend, &s->now.waiting, &s->now.waiting_bytes);
	s->report = s->now;
	take_report(s);
	if (pthread_create(&s->thread, NULL, store_thread_main, s) != 0) {
		err_detail_set(reterr_detail, "no thread for the store");
		err = ERR_NOMEM;
		goto out;
	}
	*ret_store = s;
	s = NULL;
out:
	if (s != NULL)
		free_store(s);
	return err;
}

enum err store_open(struct loop *loop, const struct store_conf *conf, struct store **ret_store,
                    struct err_detail *reterr_detail)
{
	return store_open_with(loop, conf, &store_sqlite_ops, ret_store, reterr_detail);
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->is_closing = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->thread, NULL);
	/* The loop may still hold a posted call with our address: let it run. */
	while (s->is_posted)
		loop_turn(s->loop, 0);
	store_complete(s);
	free_store(s);
}

void store_set_limits(struct store *s, const struct store_conf *conf)
{
	pthread_mutex_lock(&s->lock);
	s->limits = *conf;
	s->limits.path = NULL;
	pthread_mutex_unlock(&s->lock);
	s->is_put_refused = false;
}

/* ---- completions ---- */

static void forget_queued(struct store *s, const struct op_list *ops)
{
	const struct op *op;

	STAILQ_FOREACH(op, ops, link)
	{
		if (op->kind == OP_PUT) {
			s->queued_puts--;
			s->queued_bytes -= op->u.put.payload.body.len;
		}
	}
}

void store_complete(void *arg)
{
	struct store *s = arg;
	struct op_list ops = STAILQ_HEAD_INITIALIZER(ops);
	uint64_t before = s->stats.waiting;

	pthread_mutex_lock(&s->lock);
	STAILQ_CONCAT(&ops, &s->finished);
	s->is_posted = false;
	take_report(s);
	pthread_mutex_unlock(&s->lock);
	forget_queued(s, &ops);
	if (s->stats.waiting < before)
		s->is_put_refused = false;
	while (!STAILQ_EMPTY(&ops)) {
		struct op *op = STAILQ_FIRST(&ops);

		STAILQ_REMOVE_HEAD(&ops, link);
		OBJ_CHECK(op, STORE_OP_MAGIC);
		store_op_done(op);
		free(op->result);
		OBJ_POISON(op);
		free(op);
	}
}

/* ---- submitting ---- */

static struct op *op_new(enum op_kind kind, void *arg)
{
	struct op *op = calloc(1, sizeof(*op));

	if (op == NULL)
		return NULL;
	op->magic = STORE_OP_MAGIC;
	op->kind = kind;
	op->arg = arg;
	return op;
}

static enum err submit(struct store *s, struct op *op)
{
	bool closing;

	pthread_mutex_lock(&s->lock);
	closing = s->is_closing;
	if (!closing) {
		STAILQ_INSERT_TAIL(&s->queue, op, link);
		if (s->is_asleep)
			pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
	if (closing)
		free(op);
	return closing ? ERR_CANCELED : ERR_OK;
}

/* Only the loop's thread changes limits, so it may read them without the lock. An empty journal
 * takes a payload of any size: a page of a report that is larger than the limit would wait for
 * ever. */
static bool is_full(const struct store *s, uint64_t more_bytes)
{
	uint64_t bytes = s->stats.waiting_bytes + s->queued_bytes;
	uint64_t entries = s->stats.waiting + s->queued_puts;
	uint64_t max = s->limits.max_bytes > 0 ? s->limits.max_bytes : UINT64_MAX;

	return (s->limits.max_entries > 0 && entries >= s->limits.max_entries) || bytes >= max ||
	       (bytes > 0 && more_bytes > max - bytes);
}

/* So that a slow disk costs no memory; one payload of any size may always wait. */
static bool is_congested(const struct store *s, uint64_t more_bytes)
{
	return s->queued_puts >= QUEUE_MAX_PUTS ||
	       (s->queued_puts > 0 && s->queued_bytes + more_bytes > QUEUE_MAX_BYTES);
}

enum err store_put(struct store *s, const struct payload *payload,
                   const struct store_checkpoint *checkpoint, store_put_done done, void *arg)
{
	if (checkpoint != NULL && !store_checkpoint_is_valid(checkpoint))
		return ERR_INVAL;
	if (s->stats.is_failing)
		return ERR_IO;
	if (is_full(s, payload->body.len)) {
		s->is_put_refused = true;
		return ERR_LIMIT;
	}
	if (is_congested(s, payload->body.len))
		return ERR_LIMIT;

	struct op *op = op_new(OP_PUT, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.put.payload = *payload;
	if (checkpoint != NULL)
		op->u.put.checkpoint = *checkpoint;
	op->u.put.done = done;

	enum err err = submit(s, op);

	if (err == ERR_OK) {
		s->queued_puts++;
		s->queued_bytes += payload->body.len;
		s->is_put_refused = false;
	}
	return err;
}

enum err store_claim(struct store *s, struct str account, int64_t after, size_t max_count,
                     size_t max_bytes, store_claim_done done, void *arg)
{
	struct op *op = op_new(OP_CLAIM, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.claim.account = account;
	op->u.claim.after = after;
	op->u.claim.max_count = max_count;
	op->u.claim.max_bytes = max_bytes;
	op->u.claim.done = done;
	return submit(s, op);
}

enum err store_known(struct store *s, const uint8_t *ids, size_t count, store_known_done done,
                     void *arg)
{
	struct op *op = op_new(OP_KNOWN, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.known.ids = ids;
	op->u.known.count = count;
	op->u.known.done = done;
	return submit(s, op);
}

enum err store_settle(struct store *s, const struct store_settle *settle, store_done done,
                      void *arg)
{
	struct op *op = op_new(OP_SETTLE, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.settle.settle = *settle;
	op->u.settle.done = done;
	return submit(s, op);
}

enum err store_lanes(struct store *s, store_lanes_done done, void *arg)
{
	struct op *op = op_new(OP_LANES, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.lanes.done = done;
	return submit(s, op);
}

enum err store_checkpoint_get(struct store *s, struct str key, store_checkpoint_done done,
                              void *arg)
{
	struct op *op = op_new(OP_CHECKPOINT_GET, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.checkpoint_get.key = key;
	op->u.checkpoint_get.done = done;
	return submit(s, op);
}

enum err store_checkpoint_set(struct store *s, const struct store_checkpoint *checkpoint,
                              store_done done, void *arg)
{
	struct op *op = op_new(OP_CHECKPOINT_SET, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.checkpoint_set.checkpoint = *checkpoint;
	op->u.checkpoint_set.done = done;
	return submit(s, op);
}

enum err store_dead_list(struct store *s, int64_t after, size_t max, bool with_bodies,
                         store_dead_done done, void *arg)
{
	struct op *op = op_new(OP_DEAD_LIST, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->number = after;
	op->u.dead_list.max = max;
	op->u.dead_list.with_bodies = with_bodies;
	op->u.dead_list.done = done;
	return submit(s, op);
}

enum err store_dead_drop(struct store *s, int64_t id, store_done done, void *arg)
{
	struct op *op = op_new(OP_DEAD_DROP, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->number = id;
	op->u.dead_drop.done = done;
	return submit(s, op);
}

enum err store_counts(struct store *s, struct str account, struct str campaign,
                      store_counts_done done, void *arg)
{
	struct op *op = op_new(OP_COUNTS, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.counts.account = account;
	op->u.counts.campaign = campaign;
	op->u.counts.done = done;
	return submit(s, op);
}

enum err store_tallies(struct store *s, const uint8_t *ids, size_t count, store_tallies_done done,
                       void *arg)
{
	struct op *op = op_new(OP_TALLIES, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.tallies.ids = ids;
	op->u.tallies.count = count;
	op->u.tallies.done = done;
	return submit(s, op);
}

enum err store_campaigns(struct store *s, struct str account, int64_t since_ms, struct str after,
                         size_t max, store_campaigns_done done, void *arg)
{
	struct op *op = op_new(OP_CAMPAIGNS, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.campaigns.account = account;
	op->u.campaigns.since_ms = since_ms;
	op->u.campaigns.after = after;
	op->u.campaigns.max = max;
	op->u.campaigns.done = done;
	return submit(s, op);
}

enum err store_summaries_due(struct store *s, size_t max, store_campaigns_done done, void *arg)
{
	struct op *op = op_new(OP_SUMMARIES_DUE, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.campaigns.max = max;
	op->u.campaigns.done = done;
	return submit(s, op);
}

enum err store_summary_done(struct store *s, struct str account, struct str level, uint64_t change,
                            store_done done, void *arg)
{
	struct op *op = op_new(OP_SUMMARY_DONE, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.summary_done.account = account;
	op->u.summary_done.level = level;
	op->u.summary_done.change = change;
	op->u.summary_done.done = done;
	return submit(s, op);
}

enum err store_summaries_again(struct store *s, uint64_t within_ms, store_done done, void *arg)
{
	struct op *op = op_new(OP_SUMMARIES_AGAIN, arg);

	if (op == NULL)
		return ERR_NOMEM;
	op->u.summaries_again.within_ms = within_ms;
	op->u.summaries_again.done = done;
	return submit(s, op);
}

/* ---- state ---- */

void store_stats(const struct store *s, struct store_stats *ret_stats)
{
	*ret_stats = s->stats;
	ret_stats->is_full = is_full(s, 0) || s->is_put_refused;
}

void store_sweep(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	s->is_sweep_wanted = true;
	if (s->is_asleep)
		pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}
