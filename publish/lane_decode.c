/* SPDX-License-Identifier: MIT */
#include "core/log.h"
#include "normalise/normalise.h"
#include "publish/lane.h"

#define WORD_MAX 64

static void count_item(struct lane *l, struct outgoing *item)
{
	l->held++;
	l->held_bytes += item->bytes;
	l->env->held++;
	l->env->held_bytes += item->bytes;
	if (l->send_at == NULL)
		l->send_at = item;
	if (item->state == OUTGOING_NEW && l->ask_at == NULL)
		l->ask_at = item;
}

void lane_put(struct lane *l, struct outgoing *item)
{
	TAILQ_INSERT_TAIL(&l->items, item, link);
	count_item(l, item);
}

void lane_put_before(struct lane *l, struct outgoing *after, struct outgoing *added)
{
	TAILQ_INSERT_BEFORE(after, added, link);
	count_item(l, added);
}

/* ---- bad records ---- */

/* @return ERR_OK, ERR_NOMEM */
static enum err put_dead(struct lane *l, struct entry *e, const struct outgoing_dead *dead)
{
	struct outgoing *item = NULL;

	if (outgoing_notice(dead, e, l->env->prefix, &item) != ERR_OK)
		return ERR_NOMEM;
	/* A payload of nothing but bad records does not flood the broker. */
	if (e->notices >= LANE_NOTICES_MAX) {
		item->state = OUTGOING_DONE;
	} else {
		e->notices++;
	}
	lane_put(l, item);
	return ERR_OK;
}

static enum err take_bad(struct lane *l, struct entry *e, const struct normalise_bad *bad)
{
	char text[512];
	const struct outgoing_dead dead = {.cause = bad->cause,
	                                   .text = text,
	                                   .index = bad->index,
	                                   .raw = bad->raw,
	                                   .is_settled_here = true};

	err_detail_format(&bad->detail, text, sizeof(text));
	return put_dead(l, e, &dead);
}

static enum err take_orphan(struct lane *l, struct entry *e)
{
	const struct outgoing_dead dead = {
		.cause = "no_source",
		.text = "no such source in the configuration: add it again and replay",
		.raw = e->payload.body,
		.is_settled_here = true,
	};

	return put_dead(l, e, &dead);
}

/* ---- events ---- */

/* Whether this word of the account was not logged yet; notes it. */
static bool is_new_word(struct lane *l, struct str word)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (size_t i = 0; i < word.len; i++)
		h = (h ^ (uint8_t)word.ptr[i]) * 16777619U;
	for (size_t i = 0; i < l->logged_word_count; i++) {
		if (l->logged_words[i] == h)
			return false;
	}
	if (l->logged_word_count == LANE_WORDS_MAX)
		return false;
	l->logged_words[l->logged_word_count++] = h;
	return true;
}

static void note_unknown_word(struct lane *l, const struct entry *e, struct str word)
{
	if (word.len > WORD_MAX)
		word.len = WORD_MAX;
	if (is_new_word(l, word)) {
		log_warn("relay.unknown_status", log_str("account", l->account),
		         log_text("source", e->payload.source), log_text("word", word));
	}
}

static enum err refuse_topic(struct lane *l, struct entry *e, const struct event *event)
{
	const struct outgoing_dead dead = {.cause = "publish_refused",
	                                   .text = "its topic is longer than MQTT allows",
	                                   .index = e->taken,
	                                   .raw = event->json,
	                                   .is_settled_here = true};

	return put_dead(l, e, &dead);
}

/* Whether a vendor's counter is news, its tally says, when the store was asked and what is in front
 * of it is decided. @return ERR_OK, ERR_NOMEM, ERR_EXISTS a key that is on its way */
static enum err hold(struct lane *l, const struct event *event)
{
	if (event->has_count)
		return tally_map_hold(&l->env->tallies, event->tally);
	return id_set_add(&l->env->ids, event->id);
}

static enum err take_event(struct lane *l, struct entry *e, const struct event *event)
{
	bool is_known = !event->has_count && id_set_has(&l->env->ids, event->id);
	struct outgoing *item = NULL;
	enum err err;

	if (is_known && !e->payload.replay) {
		e->duplicates++;
		return ERR_OK;
	}
	err = outgoing_event(event, e, l->env->prefix, &item);
	if (err == ERR_LIMIT)
		return refuse_topic(l, e, event);
	if (err != ERR_OK)
		return err;
	if (!is_known && hold(l, event) != ERR_OK) {
		e->items--;
		outgoing_free(item);
		return ERR_NOMEM;
	}
	item->is_held = !is_known;
	item->is_counted = !is_known && !event->has_count;
	item->index = e->taken;
	lane_put(l, item);
	if (event->is_unknown_word)
		note_unknown_word(l, e, event->vendor_status);
	return ERR_OK;
}

/* ---- decoding ---- */

static void finish_entry(struct lane *l, struct entry *e)
{
	e->is_decoded = true;
	entry_rest(e);
	l->undecoded_count--;
	l->decode_at = TAILQ_NEXT(e, link);
}

static enum err take_next(struct lane *l, struct entry *e, struct source *source)
{
	enum err err = ERR_OK;
	struct normalise_bad bad;
	struct event event;

	switch (entry_next(e, source, &event, &bad)) {
	case NORMALISE_EVENT:
		err = take_event(l, e, &event);
		break;
	case NORMALISE_BAD_RECORD:
	case NORMALISE_BAD_PAYLOAD:
		err = take_bad(l, e, &bad);
		break;
	case NORMALISE_END:
		finish_entry(l, e);
		return ERR_OK;
	case NORMALISE_NOMEM:
		return ERR_NOMEM;
	}
	if (err == ERR_OK)
		e->taken++;
	return err;
}

/* What was settled of it before the connection broke is not made again, as long as the same sources
 * give the same answers; otherwise the store knows it. */
static void begin_entry(struct lane *l, struct entry *e)
{
	const struct lane_env *env = l->env;

	if (e->taken > 0)
		return;
	e->sources = env->sources_nth;
	if (e->payload.entry == l->part.entry && l->part.sources == env->sources_nth)
		e->taken = l->part.taken;
}

static enum err decode_one(struct lane *l)
{
	struct entry *e = l->decode_at;
	struct source *source =
		source_table_find(l->env->sources, e->payload.account, e->payload.source);
	enum err err;

	if (source != NULL && e->normaliser == NULL)
		begin_entry(l, e);
	/* One that was begun is finished with the source that it was begun with. */
	if (source != NULL || e->normaliser != NULL)
		return take_next(l, e, e->normaliser != NULL ? e->source : source);
	err = take_orphan(l, e);
	if (err == ERR_OK)
		finish_entry(l, e);
	return err;
}

/*
 * A quarter of a window is divided among the lanes, so that one which the broker refuses cannot
 * keep the others out; the rest is for whoever needs it. A lane that holds nothing has room.
 */
static bool fits(size_t held, size_t held_by_all, size_t window, size_t lanes)
{
	size_t reserved = window / 4;
	size_t share = reserved / (lanes > 0 ? lanes : 1);

	return held < (share > 0 ? share : 1) || held_by_all < window - reserved;
}

/* Bytes count too: the events of a batch may each repeat a megabyte that its records share. */
static bool has_room(const struct lane *l)
{
	const struct lane_env *env = l->env;

	return fits(l->held, env->held, env->window, env->lanes) &&
	       fits(l->held_bytes, env->held_bytes, env->window_bytes, env->lanes);
}

static bool can_decode(const struct lane *l)
{
	const struct lane_env *env = l->env;

	return l->decode_at != NULL && !l->is_retrying && !env->is_over && has_room(l) &&
	       (l->folded < LANE_FOLDED_MIN || env->waiting_ids < env->waiting_ids_max) &&
	       (l->folded == 0 || env->waiting_bytes < RELAY_WAITING_BYTES);
}

size_t lane_decode(struct lane *l, size_t max)
{
	size_t n = 0;

	for (; n < max && can_decode(l); n++) {
		if (decode_one(l) == ERR_OK)
			continue;
		entry_rest(l->decode_at);
		lane_retry_later(l);
	}
	return n;
}
