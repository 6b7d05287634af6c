/* SPDX-License-Identifier: MIT */
#include "publish/lane.h"

static void forget_items(struct lane *l)
{
	struct outgoing *item;

	while ((item = TAILQ_FIRST(&l->items)) != NULL) {
		lane_let_go(l, item);
		TAILQ_REMOVE(&l->items, item, link);
		outgoing_free(item);
	}
	l->env->held -= l->held;
	l->held = 0;
	l->env->held_bytes -= l->held_bytes;
	l->held_bytes = 0;
	l->ask_at = NULL;
	l->asked = NULL;
	l->send_at = NULL;
}

static void forget_entries(struct lane *l)
{
	struct entry *e;

	while ((e = TAILQ_FIRST(&l->entries)) != NULL) {
		TAILQ_REMOVE(&l->entries, e, link);
		entry_free(e);
	}
	l->decode_at = NULL;
	l->entry_count = 0;
	l->undecoded_count = 0;
	l->entry_bytes = 0;
}

static void forget_batches(struct lane *l)
{
	struct settling *s;

	while ((s = TAILQ_FIRST(&l->batches)) != NULL) {
		TAILQ_REMOVE(&l->batches, s, link);
		l->batch_count--;
		lane_drop_batch(l, s);
	}
	/* One that is with the store may get settled: its end decides. */
	if (l->settling != NULL && !l->is_settling) {
		lane_drop_batch(l, l->settling);
		l->settling = NULL;
	}
}

void lane_rewind(struct lane *l)
{
	forget_items(l);
	forget_entries(l);
	forget_batches(l);
	l->is_rewinding = true;
	lane_go_on(l);
}

/*
 * Claiming waits for what is with the store: the answers to a claim or a question are about what
 * was forgotten, and a settle that ends well moves the place to claim from.
 */
void lane_go_on(struct lane *l)
{
	if (l->is_claiming || l->asking > 0 || l->is_settling)
		return;
	l->is_rewinding = false;
	l->claimed = l->settled;
	l->env->wake(l->env->wake_arg);
}
