/* SPDX-License-Identifier: MIT */
/* One operation: run it, copy what it found (the backend's results last until its next call only),
 * tell its owner. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "store/store_queue.h"

bool store_op_writes(const struct op *op)
{
	return op->kind == OP_PUT || op->kind == OP_SETTLE || op->kind == OP_CHECKPOINT_SET ||
	       op->kind == OP_DEAD_DROP || op->kind == OP_SUMMARY_DONE ||
	       op->kind == OP_SUMMARIES_AGAIN;
}

/* A block: an array of rows, then their bytes. Copied in two rounds over the same parts. */
struct block {
	char *at;
	size_t need;
};

static void want(struct block *k, struct str text)
{
	k->need += text.len;
}

static struct str keep(struct block *k, struct str text)
{
	struct str copy = {k->at, text.len};

	if (text.len == 0)
		return STR_EMPTY;
	memcpy(k->at, text.ptr, text.len);
	k->at += text.len;
	return copy;
}

static enum err block_make(struct op *op, struct block *k, const void *rows, size_t rows_bytes)
{
	char *block = malloc(rows_bytes + k->need + 1);

	if (block == NULL)
		return ERR_NOMEM;
	if (rows_bytes > 0)
		memcpy(block, rows, rows_bytes);
	k->at = block + rows_bytes;
	op->result = block;
	return ERR_OK;
}

#define PAYLOAD_PARTS 9

static void parts_of(struct payload *p, struct str *ret_parts[PAYLOAD_PARTS])
{
	struct str *const parts[PAYLOAD_PARTS] = {&p->account, &p->source,     &p->verified,
	                                          &p->method,  &p->media_type, &p->query,
	                                          &p->headers, &p->vars,       &p->body};

	memcpy(ret_parts, parts, sizeof(parts));
}

static void want_payload(struct block *k, const struct payload *p)
{
	struct payload view = *p;
	struct str *parts[PAYLOAD_PARTS];

	parts_of(&view, parts);
	for (size_t i = 0; i < PAYLOAD_PARTS; i++)
		want(k, *parts[i]);
}

static void keep_payload(struct block *k, struct payload *p)
{
	struct str *parts[PAYLOAD_PARTS];

	parts_of(p, parts);
	for (size_t i = 0; i < PAYLOAD_PARTS; i++)
		*parts[i] = keep(k, *parts[i]);
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
	struct block k = {NULL, 0};
	enum err err = s->ops->claim(s->backend, op->u.claim.account, op->u.claim.after,
	                             op->u.claim.max_count, op->u.claim.max_bytes, &claim);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < claim.count; i++)
		want_payload(&k, &claim.payloads[i]);
	err = block_make(op, &k, claim.payloads, claim.count * sizeof(*claim.payloads));
	if (err != ERR_OK)
		return err;
	op->result_count = claim.count;
	for (size_t i = 0; i < claim.count; i++)
		keep_payload(&k, (struct payload *)op->result + i);
	return ERR_OK;
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
	struct block k = {NULL, 0};
	enum err err = s->ops->lanes(s->backend, &lanes, &op->result_count);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < op->result_count; i++)
		want(&k, lanes[i].account);
	err = block_make(op, &k, lanes, op->result_count * sizeof(*lanes));
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < op->result_count; i++) {
		struct store_lane *row = (struct store_lane *)op->result + i;

		row->account = keep(&k, row->account);
	}
	return ERR_OK;
}

static enum err run_checkpoint_get(struct store *s, struct op *op)
{
	struct str value = STR_EMPTY;
	struct block k = {NULL, 0};
	enum err err = s->ops->checkpoint_get(s->backend, op->u.checkpoint_get.key, &value);

	if (err != ERR_OK)
		return err;
	want(&k, value);
	err = block_make(op, &k, NULL, 0);
	if (err == ERR_OK)
		op->u.checkpoint_get.value = keep(&k, value);
	return err;
}

static void want_dead(struct block *k, const struct store_dead *d)
{
	want(k, d->account);
	want(k, d->source);
	want(k, d->cause);
	want(k, d->text);
	want(k, d->event_id);
	if (d->payload != NULL)
		want_payload(k, d->payload);
}

static void keep_dead(struct block *k, struct store_dead *d, struct payload *payload)
{
	d->account = keep(k, d->account);
	d->source = keep(k, d->source);
	d->cause = keep(k, d->cause);
	d->text = keep(k, d->text);
	d->event_id = keep(k, d->event_id);
	if (d->payload != NULL) {
		*payload = *d->payload;
		keep_payload(k, payload);
		d->payload = payload;
	}
}

static enum err run_dead_list(struct store *s, struct op *op)
{
	const struct store_dead_row *rows = NULL;
	size_t count = 0;
	struct block k = {NULL, 0};
	enum err err = s->ops->dead_list(s->backend, op->number, op->u.dead_list.max,
	                                 op->u.dead_list.with_bodies, &rows, &count);

	if (err != ERR_OK)
		return err;
	/* The payloads stand behind the rows, both aligned alike, and then the bytes. */
	k.need = count * sizeof(struct payload);
	for (size_t i = 0; i < count; i++)
		want_dead(&k, &rows[i].dead);
	err = block_make(op, &k, rows, count * sizeof(*rows));
	if (err != ERR_OK)
		return err;

	struct store_dead_row *copies = op->result;
	struct payload *payloads = (void *)(copies + count);

	k.at += count * sizeof(*payloads);
	for (size_t i = 0; i < count; i++)
		keep_dead(&k, &copies[i].dead, &payloads[i]);
	op->result_count = count;
	return ERR_OK;
}

static enum err run_counts(struct store *s, struct op *op)
{
	const struct store_count *counts = NULL;
	struct block k = {NULL, 0};
	enum err err = s->ops->counts(s->backend, op->u.counts.account, op->u.counts.campaign,
	                              &counts, &op->result_count);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < op->result_count; i++) {
		want(&k, counts[i].account);
		want(&k, counts[i].campaign);
		want(&k, counts[i].status);
	}
	err = block_make(op, &k, counts, op->result_count * sizeof(*counts));
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < op->result_count; i++) {
		struct store_count *row = (struct store_count *)op->result + i;

		row->account = keep(&k, row->account);
		row->campaign = keep(&k, row->campaign);
		row->status = keep(&k, row->status);
	}
	return ERR_OK;
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
	struct block k = {NULL, 0};
	enum err err = list_campaigns(s, op, &rows, &op->result_count);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < op->result_count; i++) {
		want(&k, rows[i].account);
		want(&k, rows[i].level);
		want(&k, rows[i].id);
		want(&k, rows[i].name);
	}
	err = block_make(op, &k, rows, op->result_count * sizeof(*rows));
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < op->result_count; i++) {
		struct store_campaign *row = (struct store_campaign *)op->result + i;

		row->account = keep(&k, row->account);
		row->level = keep(&k, row->level);
		row->id = keep(&k, row->id);
		row->name = keep(&k, row->name);
	}
	return ERR_OK;
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
