/* SPDX-License-Identifier: MIT */
/* The operations on their way to the store's thread: each is an op with its questions in it. */
#include <stdlib.h>

#include "store/store_queue.h"

enum err store_submit(struct store *s, const struct op *op)
{
	struct op *copy = malloc(sizeof(*copy));
	bool closing;

	if (copy == NULL)
		return ERR_NOMEM;
	*copy = *op;
	copy->magic = STORE_OP_MAGIC;
	pthread_mutex_lock(&s->lock);
	closing = s->is_closing;
	if (!closing) {
		STAILQ_INSERT_TAIL(&s->queue, copy, link);
		if (s->is_asleep)
			pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
	if (closing)
		free(copy);
	return closing ? ERR_CANCELED : ERR_OK;
}

enum err store_claim(struct store *s, struct str account, int64_t after, size_t max_count,
                     size_t max_bytes, store_claim_done done, void *arg)
{
	const struct op op = {.kind = OP_CLAIM,
	                      .arg = arg,
	                      .u.claim = {.account = account,
	                                  .after = after,
	                                  .max_count = max_count,
	                                  .max_bytes = max_bytes,
	                                  .done = done}};

	return store_submit(s, &op);
}

enum err store_known(struct store *s, const uint8_t *ids, size_t count, store_known_done done,
                     void *arg)
{
	const struct op op = {.kind = OP_KNOWN,
	                      .arg = arg,
	                      .u.known = {.ids = ids, .count = count, .done = done}};

	return store_submit(s, &op);
}

enum err store_settle(struct store *s, const struct store_settle *settle, store_done done,
                      void *arg)
{
	const struct op op = {
		.kind = OP_SETTLE, .arg = arg, .u.settle = {.settle = *settle, .done = done}};

	return store_submit(s, &op);
}

enum err store_lanes(struct store *s, store_lanes_done done, void *arg)
{
	const struct op op = {.kind = OP_LANES, .arg = arg, .u.lanes = {.done = done}};

	return store_submit(s, &op);
}

enum err store_checkpoint_get(struct store *s, struct str key, store_checkpoint_done done,
                              void *arg)
{
	const struct op op = {.kind = OP_CHECKPOINT_GET,
	                      .arg = arg,
	                      .u.checkpoint_get = {.key = key, .done = done}};

	return store_submit(s, &op);
}

enum err store_checkpoint_set(struct store *s, const struct store_checkpoint *checkpoint,
                              store_done done, void *arg)
{
	const struct op op = {.kind = OP_CHECKPOINT_SET,
	                      .arg = arg,
	                      .u.checkpoint_set = {.checkpoint = *checkpoint, .done = done}};

	return store_submit(s, &op);
}

enum err store_dead_list(struct store *s, int64_t after, size_t max, bool with_bodies,
                         store_dead_done done, void *arg)
{
	const struct op op = {
		.kind = OP_DEAD_LIST,
		.arg = arg,
		.number = after,
		.u.dead_list = {.max = max, .with_bodies = with_bodies, .done = done}};

	return store_submit(s, &op);
}

enum err store_dead_drop(struct store *s, int64_t id, store_done done, void *arg)
{
	const struct op op = {
		.kind = OP_DEAD_DROP, .arg = arg, .number = id, .u.dead_drop = {.done = done}};

	return store_submit(s, &op);
}

enum err store_counts(struct store *s, struct str account, struct str campaign,
                      store_counts_done done, void *arg)
{
	const struct op op = {.kind = OP_COUNTS,
	                      .arg = arg,
	                      .u.counts = {.account = account, .campaign = campaign, .done = done}};

	return store_submit(s, &op);
}

enum err store_tallies(struct store *s, const uint8_t *ids, size_t count, store_tallies_done done,
                       void *arg)
{
	const struct op op = {.kind = OP_TALLIES,
	                      .arg = arg,
	                      .u.tallies = {.ids = ids, .count = count, .done = done}};

	return store_submit(s, &op);
}

enum err store_campaigns(struct store *s, struct str account, int64_t since_ms, struct str after,
                         size_t max, store_campaigns_done done, void *arg)
{
	const struct op op = {.kind = OP_CAMPAIGNS,
	                      .arg = arg,
	                      .u.campaigns = {.account = account,
	                                      .since_ms = since_ms,
	                                      .after = after,
	                                      .max = max,
	                                      .done = done}};

	return store_submit(s, &op);
}

enum err store_summaries_due(struct store *s, size_t max, store_campaigns_done done, void *arg)
{
	const struct op op = {
		.kind = OP_SUMMARIES_DUE, .arg = arg, .u.campaigns = {.max = max, .done = done}};

	return store_submit(s, &op);
}

enum err store_summary_done(struct store *s, struct str account, struct str level, uint64_t change,
                            store_done done, void *arg)
{
	const struct op op = {
		.kind = OP_SUMMARY_DONE,
		.arg = arg,
		.u.summary_done = {
			.account = account, .level = level, .change = change, .done = done}};

	return store_submit(s, &op);
}

enum err store_summaries_again(struct store *s, uint64_t within_ms, store_done done, void *arg)
{
	const struct op op = {.kind = OP_SUMMARIES_AGAIN,
	                      .arg = arg,
	                      .u.summaries_again = {.within_ms = within_ms, .done = done}};

	return store_submit(s, &op);
}
