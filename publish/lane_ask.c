/* SPDX-License-Identifier: MIT */
/*
 * Which events are news. A fact by its id: the store knows it or not. A vendor's counter by its
 * tally: it has another value than the last one, which may itself be on its way.
 */
#include <string.h>

#include "publish/lane.h"

void lane_let_go(struct lane *l, const struct outgoing *item)
{
	if (!item->is_held)
		return;
	if (item->is_tally) {
		tally_map_drop(&l->env->tallies, item->tally.id);
	} else {
		id_set_remove(&l->env->ids, item->id);
	}
}

static struct outgoing *next_event(struct outgoing *item, enum outgoing_state state)
{
	while (item != NULL && item->state != state)
		item = TAILQ_NEXT(item, link);
	return item;
}

/* ---- answers ---- */

static void mark_duplicate(struct outgoing *item)
{
	item->is_counted = false;
	item->state = OUTGOING_DONE;
	item->is_duplicate = true;
}

static void resolve_fact(struct outgoing *item, bool is_known)
{
	item->state = OUTGOING_READY;
	if (!is_known)
		return;
	item->is_counted = false;
	if (!item->is_replay)
		mark_duplicate(item);
}

/* A vendor may say any number. */
static int64_t difference(int64_t a, int64_t b)
{
	int64_t result;

	if (!__builtin_sub_overflow(a, b, &result))
		return result;
	return a > b ? INT64_MAX : INT64_MIN;
}

/* The part of an entry that was settled before a crash comes again, and is no news however the
 * counter went on since. */
static bool is_settled(const struct store_tally *last, const struct outgoing *item)
{
	int64_t entry = item->entry->payload.entry;

	return last->is_known &&
	       (entry < last->entry || (entry == last->entry && item->nth <= last->index));
}

/* The same id as it had, as far as that is known. */
static void resolve_replay(struct outgoing *item, const struct store_tally *last)
{
	if (last->is_known && last->count == item->tally.count)
		outgoing_revise(item, last->revision);
}

static void resolve_tally(struct lane *l, struct outgoing *item)
{
	struct store_tally *last = &tally_map_find(&l->env->tallies, item->tally.id)->tally;
	bool is_down = last->is_known && item->tally.count < last->count;

	item->state = OUTGOING_READY;
	if (item->is_replay) {
		resolve_replay(item, last);
		return;
	}
	if (is_settled(last, item) || (last->is_known && item->tally.count == last->count)) {
		mark_duplicate(item);
		return;
	}
	outgoing_put_delta(item, difference(item->tally.count, last->count));
	outgoing_revise(item, last->revision + is_down);
	item->is_counted = true;
	last->is_known = true;
	last->count = item->tally.count;
	last->revision = item->tally.revision;
	last->entry = item->entry->payload.entry;
	last->index = item->nth;
}

static void resolve(struct lane *l)
{
	struct outgoing *item = l->asked;
	size_t n = 0;

	while ((item = next_event(item, OUTGOING_ASKED)) != NULL) {
		if (item->is_tally) {
			resolve_tally(l, item);
		} else {
			resolve_fact(item, l->ask_known[n++]);
		}
	}
}

static void ask_again(struct lane *l)
{
	struct outgoing *item = l->asked;

	while ((item = next_event(item, OUTGOING_ASKED)) != NULL)
		item->state = OUTGOING_NEW;
	l->ask_at = l->asked;
	lane_retry_later(l);
}

/* Facts and counters are answered together, so that nothing of a question goes before all of it is
 * answered. */
static void answered(struct lane *l, enum err err)
{
	if (err != ERR_OK)
		l->ask_err = err;
	if (--l->asking > 0)
		return;
	if (l->is_rewinding) {
		lane_go_on(l);
		return;
	}
	if (l->ask_err == ERR_OK) {
		resolve(l);
	} else {
		ask_again(l);
	}
	l->asked = NULL;
	l->env->wake(l->env->wake_arg);
}

static void lane_on_known(void *arg, enum err err, const bool *known)
{
	struct lane *l = arg;

	if (err == ERR_OK)
		memcpy(l->ask_known, known, l->ask_count * sizeof(*known));
	answered(l, err);
}

static void lane_on_tallies(void *arg, enum err err, const struct store_tally *tallies)
{
	struct lane *l = arg;

	for (size_t i = 0; err == ERR_OK && !l->is_rewinding && i < l->ask_tally_count; i++) {
		struct tally_held *held = tally_map_find(&l->env->tallies, tallies[i].id);

		if (held == NULL || held->is_answered)
			continue;
		held->is_answered = true;
		held->tally = tallies[i];
	}
	answered(l, err);
}

/* ---- questions ---- */

static void add_question(struct lane *l, const struct outgoing *item)
{
	const struct tally_held *held;

	if (!item->is_tally) {
		memcpy(l->ask_ids + l->ask_count * STORE_ID_BYTES, item->id, STORE_ID_BYTES);
		l->ask_count++;
		return;
	}
	held = tally_map_find(&l->env->tallies, item->tally.id);
	if (held->is_answered)
		return;
	memcpy(l->ask_tallies + l->ask_tally_count * STORE_ID_BYTES, item->tally.id,
	       STORE_ID_BYTES);
	l->ask_tally_count++;
}

static void collect(struct lane *l)
{
	struct outgoing *item = l->ask_at;

	l->asked = item;
	l->ask_count = 0;
	l->ask_tally_count = 0;
	for (size_t n = 0; item != NULL && n < LANE_ASK_MAX; n++) {
		add_question(l, item);
		item->state = OUTGOING_ASKED;
		item = next_event(item, OUTGOING_NEW);
	}
	l->ask_at = item;
}

void lane_ask(struct lane *l)
{
	enum err err;

	if (l->ask_at == NULL || l->asking > 0 || l->is_retrying)
		return;
	collect(l);
	l->ask_err = ERR_OK;
	/* One of our own, so that it is answered once and after both. */
	l->asking = 1;
	if (l->ask_count > 0) {
		l->asking++;
		err = store_known(l->env->store, l->ask_ids, l->ask_count, lane_on_known, l);
		if (err != ERR_OK)
			answered(l, err);
	}
	if (l->ask_tally_count > 0) {
		l->asking++;
		err = store_tallies(l->env->store, l->ask_tallies, l->ask_tally_count,
		                    lane_on_tallies, l);
		if (err != ERR_OK)
			answered(l, err);
	}
	answered(l, ERR_OK);
}
