/* SPDX-License-Identifier: MIT */
/* One operation: run it, keep what it found, tell its owner. */
#include <stdlib.h>

#include "core/clock.h"
#include "store/store_queue.h"
#include "store/store_result.h"

bool store_op_writes(const struct op *op)
{
	return op->kind == OP_PUT || op->kind == OP_SETTLE || op->kind == OP_CHECKPOINT_SET ||
	       op->kind == OP_DEAD_DROP || op->kind == OP_SUMMARY_DONE ||
	       op->kind == OP_SUMMARIES_AGAIN;
}

static enum err run_put(struct store *s, struct op *op)
{
	enum err err = s->ops->put(s->backend, &op->u.put.payload, &op->number);

	if (err != ERR_OK || op->u.put.checkpoint.key.len == 0)
		return err;
	/* The payload is in: without its checkpoint nothing of the transaction may stay. */
	return s->ops->checkpoint_set(s->backend, &op->u.put.checkpoint) == ERR_OK ? ERR_OK
	                                                                           : ERR_IO;
}

static enum err run_claim(struct store *s, struct op *op)
{
	struct store_claim claim = {NULL, 0};
	enum err err = s->ops->claim(s->backend, op->u.claim.account, op->u.claim.after,
	                             op->u.claim.max_count, op->u.claim.max_bytes, &claim);

	return err != ERR_OK ? err : store_result_payloads(op, claim.payloads, claim.count);
}

static enum err run_known(struct store *s, struct op *op)
{
	op->result = malloc(op->u.known.count * sizeof(bool) + 1);
	if (op->result == NULL)
		return ERR_NOMEM;
	return s->ops->known(s->backend, op->u.known.ids, op->u.known.count, op->result);
}

static enum err run_lanes(struct store *s, struct op *op)
{
	const struct store_lane *lanes = NULL;
	size_t count = 0;
	enum err err = s->ops->lanes(s->backend, &lanes, &count);

	return err != ERR_OK ? err : store_result_lanes(op, lanes, count);
}

static enum err run_checkpoint_get(struct store *s, struct op *op)
{
	struct str value = STR_EMPTY;
	enum err err = s->ops->checkpoint_get(s->backend, op->u.checkpoint_get.key, &value);

	return err != ERR_OK ? err : store_result_text(op, value, &op->u.checkpoint_get.value);
}

static enum err run_dead_list(struct store *s, struct op *op)
{
	const struct store_dead_row *rows = NULL;
	size_t count = 0;
	enum err err = s->ops->dead_list(s->backend, op->number, op->u.dead_list.max,
	                                 op->u.dead_list.with_bodies, &rows, &count);

	return err != ERR_OK ? err : store_result_dead(op, rows, count);
}

static enum err run_counts(struct store *s, struct op *op)
{
	const struct store_count *counts = NULL;
	size_t count = 0;
	enum err err = s->ops->counts(s->backend, op->u.counts.account, op->u.counts.campaign,
	                              &counts, &count);

	return err != ERR_OK ? err : store_result_counts(op, counts, count);
}

static enum err run_tallies(struct store *s, struct op *op)
{
	op->result = calloc(op->u.tallies.count + 1, sizeof(struct store_tally));
	if (op->result == NULL)
		return ERR_NOMEM;
	return s->ops->tallies(s->backend, op->u.tallies.ids, op->u.tallies.count, op->result);
}

static enum err list_campaigns(struct store *s, const struct op *op,
                               const struct store_campaign **ret_rows, size_t *ret_count)
{
	if (op->kind == OP_SUMMARIES_DUE)
		return s->ops->summaries_due(s->backend, op->u.campaigns.max, ret_rows, ret_count);
	return s->ops->campaigns(s->backend, op->u.campaigns.account, op->u.campaigns.since_ms,
	                         op->u.campaigns.after, op->u.campaigns.max, ret_rows, ret_count);
}

static enum err run_campaigns(struct store *s, struct op *op)
{
	const struct store_campaign *rows = NULL;
	size_t count = 0;
	enum err err = list_campaigns(s, op, &rows, &count);

	return err != ERR_OK ? err : store_result_campaigns(op, rows, count);
}

static enum err run_summary(struct store *s, struct op *op)
{
	if (op->kind == OP_SUMMARIES_AGAIN)
		return s->ops->summaries_again(s->backend, op->u.summaries_again.within_ms);
	return s->ops->summary_done(s->backend, op->u.summary_done.account,
	                            op->u.summary_done.level, op->u.summary_done.change,
	                            clock_now_ms());
}

static enum err run(struct store *s, struct op *op)
{
	switch (op->kind) {
	case OP_PUT:
		return run_put(s, op);
	case OP_CLAIM:
		return run_claim(s, op);
	case OP_KNOWN:
		return run_known(s, op);
	case OP_SETTLE:
		return s->ops->settle(s->backend, &op->u.settle.settle, clock_now_ms());
	case OP_LANES:
		return run_lanes(s, op);
	case OP_CHECKPOINT_GET:
		return run_checkpoint_get(s, op);
	case OP_CHECKPOINT_SET:
		return s->ops->checkpoint_set(s->backend, &op->u.checkpoint_set.checkpoint);
	case OP_DEAD_LIST:
		return run_dead_list(s, op);
	case OP_DEAD_DROP:
		return s->ops->dead_drop(s->backend, op->number);
	case OP_COUNTS:
		return run_counts(s, op);
	case OP_TALLIES:
		return run_tallies(s, op);
	case OP_CAMPAIGNS:
	case OP_SUMMARIES_DUE:
		return run_campaigns(s, op);
	case OP_SUMMARY_DONE:
	case OP_SUMMARIES_AGAIN:
		return run_summary(s, op);
	}
	return ERR_INVAL;
}

enum err store_op_run(struct store *s, struct op *op)
{
	op->err = run(s, op);
	return op->err == ERR_IO ? ERR_IO : ERR_OK;
}

static void done_claim(const struct op *op)
{
	struct store_claim claim = {op->result, op->result_count};

	op->u.claim.done(op->arg, op->err, &claim);
}

void store_op_done(struct op *op)
{
	if (op->err != ERR_OK) {
		op->result_count = 0;
		op->number = 0;
	}
	switch (op->kind) {
	case OP_PUT:
		op->u.put.done(op->arg, op->err, op->number);
		break;
	case OP_CLAIM:
		done_claim(op);
		break;
	case OP_KNOWN:
		op->u.known.done(op->arg, op->err, op->result);
		break;
	case OP_SETTLE:
		op->u.settle.done(op->arg, op->err);
		break;
	case OP_LANES:
		op->u.lanes.done(op->arg, op->err, op->result, op->result_count);
		break;
	case OP_CHECKPOINT_GET:
		op->u.checkpoint_get.done(op->arg, op->err, op->u.checkpoint_get.value);
		break;
	case OP_CHECKPOINT_SET:
		op->u.checkpoint_set.done(op->arg, op->err);
		break;
	case OP_DEAD_LIST:
		op->u.dead_list.done(op->arg, op->err, op->result, op->result_count);
		break;
	case OP_DEAD_DROP:
		op->u.dead_drop.done(op->arg, op->err);
		break;
	case OP_COUNTS:
		op->u.counts.done(op->arg, op->err, op->result, op->result_count);
		break;
	case OP_TALLIES:
		op->u.tallies.done(op->arg, op->err, op->result);
		break;
	case OP_CAMPAIGNS:
	case OP_SUMMARIES_DUE:
		op->u.campaigns.done(op->arg, op->err, op->result, op->result_count);
		break;
	case OP_SUMMARY_DONE:
		op->u.summary_done.done(op->arg, op->err);
		break;
	case OP_SUMMARIES_AGAIN:
		op->u.summaries_again.done(op->arg, op->err);
		break;
	}
}
