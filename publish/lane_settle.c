/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/log.h"
#include "publish/lane.h"

static enum err fold_item(struct lane *l, struct outgoing *item)
{
	enum err err = ERR_OK;

	if (item->result == OUTGOING_PUBLISHED && item->is_counted) {
		err = settling_add_published(&l->folded, l->account_str, item);
	} else if (item->result == OUTGOING_DEAD) {
		err = settling_add_dead(&l->folded, item);
	}
	if (err != ERR_OK)
		return err;
	/* Keys that go to the store stay in the set until they are there. */
	if (item->is_held && !(item->result == OUTGOING_PUBLISHED && item->is_counted))
		id_set_remove(&l->env->ids, item->id);
	TAILQ_REMOVE(&l->items, item, link);
	if (l->send_at == item)
		l->send_at = TAILQ_FIRST(&l->items);
	item->entry->items--;
	l->held--;
	l->held_bytes -= item->bytes;
	l->env->held--;
	l->env->held_bytes -= item->bytes;
	outgoing_free(item);
	return ERR_OK;
}

static void fold_entry(struct lane *l, struct entry *e)
{
	settling_add_entry(&l->folded, e);
	TAILQ_REMOVE(&l->entries, e, link);
	l->entry_count--;
	l->entry_bytes -= e->payload.body.len;
	entry_free(e);
}

/* @return ERR_NOMEM: go on later */
static enum err fold(struct lane *l)
{
	struct entry *e = TAILQ_FIRST(&l->entries);
	struct outgoing *item;

	while (e != NULL) {
		while ((item = TAILQ_FIRST(&l->items)) != NULL && item->entry == e &&
		       item->state == OUTGOING_DONE) {
			if (fold_item(l, item) != ERR_OK)
				return ERR_NOMEM;
		}
		if (!e->is_decoded || e->items > 0)
			return ERR_OK;
		fold_entry(l, e);
		e = TAILQ_FIRST(&l->entries);
	}
	return ERR_OK;
}

static void log_dead(const struct lane *l, const struct store_dead *first, size_t count)
{
	log_warn("relay.dead_letter", log_str("account", l->account),
	         log_text("source", first->source), log_text("cause", first->cause),
	         log_int("entry", first->entry), log_int("index", (int64_t)first->index),
	         log_int("count", (int64_t)count), log_text("text", first->text));
}

static bool is_same_trouble(const struct store_dead *a, const struct store_dead *b)
{
	return a->entry == b->entry && str_eq(a->cause, b->cause);
}

/* One line for a run of records of one payload with one cause: a payload of a hundred thousand bad
 * records does not flood the log. */
static void count_dead(const struct lane *l)
{
	const struct store_dead *dead = l->settling.dead;
	size_t begin = 0;

	for (size_t i = 0; i < l->settling.dead_count; i++) {
		/* Causes are NUL-terminated in the arena. */
		metric_add(METRIC_DEAD_LETTERS, l->account, dead[i].cause.ptr, NULL, 1);
		if (i + 1 < l->settling.dead_count && is_same_trouble(&dead[i], &dead[i + 1]))
			continue;
		log_dead(l, &dead[begin], i + 1 - begin);
		begin = i + 1;
	}
}

static void settled(struct lane *l)
{
	for (size_t i = 0; i < l->settling.id_count; i++)
		id_set_remove(&l->env->ids, l->settling.ids + i * STORE_ID_BYTES);
	count_dead(l);
	if (l->settling.upto > 0) {
		const struct entry *e = TAILQ_FIRST(&l->entries);

		l->settled = l->settling.upto;
		if (e != NULL) {
			l->oldest_ms = e->payload.received_ms;
		} else if (l->settled >= l->newest) {
			l->oldest_ms = 0;
		}
	}
	settling_reset(&l->settling);
}

static void lane_on_settled(void *arg, enum err err)
{
	struct lane *l = arg;

	l->is_settling = false;
	if (err == ERR_OK) {
		settled(l);
	} else {
		log_warn("relay.settle_failed", log_str("account", l->account),
		         log_str("error", err_str(err)));
		lane_retry_later(l);
	}
	l->env->wake(l->env->wake_arg);
}

static bool wants_settle(const struct lane *l)
{
	if (settling_is_empty(&l->folded))
		return false;
	return l->folded.upto > 0 || l->env->is_draining ||
	       l->folded.id_count + l->folded.dead_count >= LANE_PARTIAL_MIN;
}

static void settle(struct lane *l)
{
	enum err err;

	if (l->is_settling || l->is_retrying)
		return;
	/* One that failed is given again as it was, before anything that follows it. */
	if (settling_is_empty(&l->settling)) {
		struct settling empty = l->settling;

		if (!wants_settle(l))
			return;
		l->settling = l->folded;
		l->folded = empty;
	}
	settling_fill(&l->settling, l->account_str, &l->settle);
	l->is_settling = true;
	err = store_settle(l->env->store, &l->settle, lane_on_settled, l);
	if (err == ERR_OK)
		return;
	l->is_settling = false;
	lane_retry_later(l);
}

void lane_fold(struct lane *l)
{
	if (fold(l) != ERR_OK)
		lane_retry_later(l);
	settle(l);
}
