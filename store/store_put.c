/* SPDX-License-Identifier: MIT */
/* Putting a payload: whether there is room for it. */
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

/* Only the loop's thread changes limits, so it may read them without the lock. An empty journal
 * takes a payload of any size: a page of a report that is larger than the limit would wait for
 * ever. */
bool store_put_is_full(const struct store *s, uint64_t more_bytes)
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
	struct op op = {.kind = OP_PUT, .arg = arg, .u.put = {.payload = *payload, .done = done}};
	enum err err;

	if (checkpoint != NULL && !store_checkpoint_is_valid(checkpoint))
		return ERR_INVAL;
	if (s->stats.is_failing)
		return ERR_IO;
	if (store_put_is_full(s, payload->body.len)) {
		s->is_put_refused = true;
		return ERR_LIMIT;
	}
	if (is_congested(s, payload->body.len))
		return ERR_LIMIT;
	if (checkpoint != NULL)
		op.u.put.checkpoint = *checkpoint;
	err = store_submit(s, &op);
	if (err == ERR_OK) {
		s->queued_puts++;
		s->queued_bytes += payload->body.len;
		s->is_put_refused = false;
	}
	return err;
}

void store_put_forget(struct store *s, const struct op_list *ops)
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
