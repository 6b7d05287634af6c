/* SPDX-License-Identifier: MIT */
#include "core/clock.h"
#include "core/log.h"
#include "publish/lane.h"

/* ---- batches ---- */

/* So much waits that nothing may wait for its time. */
static bool is_pressed(const struct lane_env *env)
{
	return env->waiting_ids >= env->waiting_ids_max ||
	       env->waiting_bytes >= RELAY_WAITING_BYTES;
}

/* A few events of an unfinished entry are no settle of their own. */
static bool is_worth(const struct lane *l, const struct settling *s)
{
	if (s->upto > 0 || settling_size(s) >= LANE_PARTIAL_MIN)
		return true;
	return !settling_is_empty(s) && (l->env->is_draining || is_pressed(l->env));
}

static bool can_grow(const struct lane *l, const struct settling *s, uint64_t now_ms)
{
	return now_ms - s->first_ms < LANE_BATCH_MS || !is_worth(l, s) ||
	       l->batch_count >= LANE_BATCHES_MAX;
}

/* The batch that takes what is folded now. @return ERR_OK, ERR_NOMEM */
static enum err get_batch(struct lane *l, uint64_t now_ms, struct settling **ret_batch)
{
	struct settling *s = TAILQ_LAST(&l->batches, settling_list);
	enum err err;

	if (s == NULL || !can_grow(l, s, now_ms)) {
		err = settling_new(&s);
		if (err != ERR_OK)
			return err;
		s->first_ms = now_ms;
		TAILQ_INSERT_TAIL(&l->batches, s, link);
		l->batch_count++;
	}
	s->last_ms = now_ms;
	*ret_batch = s;
	return ERR_OK;
}

void lane_drop_batch(struct lane *l, struct settling *s)
{
	for (size_t i = 0; i < s->id_count; i++)
		id_set_remove(&l->env->ids, s->ids + i * STORE_ID_BYTES);
	for (size_t i = 0; i < s->tally_count; i++)
		tally_map_drop(&l->env->tallies, s->tallies[i].id);
	l->folded -= settling_size(s);
	l->env->waiting_ids -= s->id_count + s->tally_count;
	l->env->waiting_bytes -= s->texts.used;
	settling_free(s);
}

/* ---- folding ---- */

/* Count @p s anew after something was added to it, or was tried to be. */
static void count_batch(struct lane *l, const struct settling *s, const struct settling *before)
{
	l->folded += settling_size(s) - settling_size(before);
	l->env->waiting_ids +=
		s->id_count - before->id_count + s->tally_count - before->tally_count;
	l->env->waiting_bytes += s->texts.used - before->texts.used;
}

/* Where decoding would go on behind @p item. */
static void note_part(struct settling *s, const struct outgoing *item)
{
	const struct outgoing *next = TAILQ_NEXT(item, link);
	const struct entry *e = item->entry;

	s->part = (struct settling_part){
		.entry = e->payload.entry,
		.taken = next != NULL && next->entry == e ? next->nth : e->taken,
		.sources = e->sources,
	};
	if (s->oldest_ms == 0)
		s->oldest_ms = e->payload.received_ms;
}

static enum err fold_item(struct lane *l, struct settling *s, struct outgoing *item)
{
	const struct settling before = *s;
	enum err err = settling_add_item(s, l->account_str, item);

	count_batch(l, s, &before);
	if (err != ERR_OK)
		return err;
	note_part(s, item);
	/* Keys and tallies that go to the store are remembered until they are there. */
	if (s->id_count + s->tally_count == before.id_count + before.tally_count)
		lane_let_go(l, item);
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

static void fold_entry(struct lane *l, struct settling *s, struct entry *e)
{
	settling_add_entry(s, e);
	if (s->oldest_ms == 0)
		s->oldest_ms = e->payload.received_ms;
	TAILQ_REMOVE(&l->entries, e, link);
	l->entry_count--;
	l->entry_bytes -= e->payload.body.len;
	entry_free(e);
}

/* The next item can be folded. */
static bool has_done_item(const struct lane *l, const struct entry *e)
{
	const struct outgoing *item = TAILQ_FIRST(&l->items);

	return item != NULL && item->entry == e && item->state == OUTGOING_DONE;
}

/* @return ERR_NOMEM: go on later */
static enum err fold(struct lane *l, uint64_t now_ms)
{
	struct settling *s = NULL;
	struct entry *e;

	while ((e = TAILQ_FIRST(&l->entries)) != NULL) {
		bool is_complete = e->is_decoded && e->items == 0;

		if (!is_complete && !has_done_item(l, e))
			break;
		if (get_batch(l, now_ms, &s) != ERR_OK)
			return ERR_NOMEM;
		if (is_complete) {
			fold_entry(l, s, e);
		} else if (fold_item(l, s, TAILQ_FIRST(&l->items)) != ERR_OK) {
			return ERR_NOMEM;
		}
	}
	return ERR_OK;
}

/* ---- settled ---- */

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
static void count_dead(const struct lane *l, const struct settling *s)
{
	size_t begin = 0;

	for (size_t i = 0; i < s->dead_count; i++) {
		/* Causes are NUL-terminated in the arena. */
		metric_add(METRIC_DEAD_LETTERS, l->account, s->dead[i].cause.ptr, NULL, 1);
		if (i + 1 < s->dead_count && is_same_trouble(&s->dead[i], &s->dead[i + 1]))
			continue;
		log_dead(l, &s->dead[begin], i + 1 - begin);
		begin = i + 1;
	}
}

static void count(const struct lane *l, const struct settling *s)
{
	for (int i = 0; i < STATUS_COUNT; i++) {
		if (s->published[i] > 0) {
			metric_add(METRIC_EVENTS_PUBLISHED, l->account, status_str((enum status)i),
			           NULL, (int64_t)s->published[i]);
		}
	}
	if (s->unread > 0) {
		metric_add(METRIC_EVENTS_WITHOUT_SUBSCRIBER, l->account, NULL, NULL,
		           (int64_t)s->unread);
	}
	metric_add(METRIC_DUPLICATES, l->account, NULL, NULL, (int64_t)s->duplicates);
	if (s->unknown_words > 0) {
		metric_add(METRIC_UNKNOWN_STATUS, l->account, NULL, NULL,
		           (int64_t)s->unknown_words);
	}
	count_dead(l, s);
}

static void note_oldest(struct lane *l)
{
	const struct settling *s = TAILQ_FIRST(&l->batches);
	const struct entry *e = TAILQ_FIRST(&l->entries);

	if (s != NULL) {
		l->oldest_ms = s->oldest_ms;
	} else if (e != NULL) {
		l->oldest_ms = e->payload.received_ms;
	} else if (l->settled >= l->newest) {
		l->oldest_ms = 0;
	}
}

static void settled(struct lane *l)
{
	const struct settling *s = l->settling;

	count(l, s);
	for (size_t i = 0; i < l->settle.campaign_count; i++) {
		l->env->changed(l->env->wake_arg, l->account_str, l->settle.campaigns[i].level);
	}
	l->part = s->part;
	if (s->upto > 0) {
		l->settled = s->upto;
		note_oldest(l);
	}
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
	if (err == ERR_OK || l->is_rewinding) {
		lane_drop_batch(l, l->settling);
		l->settling = NULL;
	}
	if (l->is_rewinding)
		lane_go_on(l);
	l->env->wake(l->env->wake_arg);
}

/* ---- settling ---- */

/* @return 0 when the first batch can be settled; else ms until that may be; UINT64_MAX: not before
 * something changes */
static uint64_t settle_in(const struct lane *l, uint64_t now_ms)
{
	const struct settling *s = TAILQ_FIRST(&l->batches);
	uint64_t at_ms;

	if (s == NULL || !is_worth(l, s))
		return UINT64_MAX;
	at_ms = s->last_ms + l->env->settle_after_ms;
	/* Of what was known already the broker can lose nothing. */
	if (!s->is_sent && at_ms > s->first_ms + LANE_BATCH_MS)
		at_ms = s->first_ms + LANE_BATCH_MS;
	return now_ms >= at_ms || l->env->is_draining || is_pressed(l->env) ? 0 : at_ms - now_ms;
}

/* @return whether there is one to give to the store */
static bool take_batch(struct lane *l, uint64_t now_ms)
{
	uint64_t in_ms;

	/* One that failed is given again as it was, before anything that follows it. */
	if (l->settling != NULL)
		return true;
	in_ms = settle_in(l, now_ms);
	if (in_ms > 0) {
		if (in_ms != UINT64_MAX && !l->is_settle_timed) {
			l->is_settle_timed = true;
			loop_timer_start(l->settle_timer, in_ms);
		}
		return false;
	}
	l->settling = TAILQ_FIRST(&l->batches);
	TAILQ_REMOVE(&l->batches, l->settling, link);
	l->batch_count--;
	return true;
}

static void settle(struct lane *l, uint64_t now_ms)
{
	enum err err;

	if (l->is_settling || l->is_retrying || l->is_rewinding || !take_batch(l, now_ms))
		return;
	settling_fill(l->settling, l->account_str, &l->settle);
	l->is_settling = true;
	err = store_settle(l->env->store, &l->settle, lane_on_settled, l);
	if (err == ERR_OK)
		return;
	l->is_settling = false;
	lane_retry_later(l);
}

void lane_fold(struct lane *l)
{
	uint64_t now_ms = clock_mono_ms();

	if (fold(l, now_ms) != ERR_OK)
		lane_retry_later(l);
	settle(l, now_ms);
}
