/* SPDX-License-Identifier: MIT */
#include "publish/relay.h"

#include <stdlib.h>
#include <string.h>

#include "core/obj.h"
#include "publish/relay_parts.h"

/* What all lanes may do before the loop has its turn. */
#define TURN_QUANTUM 128
#define WINDOW_BYTES ((size_t)32 * 1024 * 1024)

void relay_wake(void *arg)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	if (r->is_awake)
		return;
	r->is_awake = true;
	loop_timer_start(r->wake, 0);
}

/* ---- the turn ---- */

/* Who was first is last the next time. */
static void rotate(struct relay *r)
{
	struct lane *first = TAILQ_FIRST(&r->lanes);

	if (first == NULL)
		return;
	TAILQ_REMOVE(&r->lanes, first, link);
	TAILQ_INSERT_TAIL(&r->lanes, first, link);
}

/* @return whether there may be more to do at once */
static bool decode_and_send(struct relay *r)
{
	size_t done = 0;
	size_t before;
	struct lane *l;

	do {
		before = done;
		TAILQ_FOREACH(l, &r->lanes, link) {
			done += lane_decode(l, RELAY_QUANTUM);
			if (!r->env.is_over && !l->is_retrying)
				done += relay_send(r, l);
		}
	} while (done > before && done < TURN_QUANTUM);
	return done >= TURN_QUANTUM;
}

static void relay_on_wake(void *arg)
{
	struct relay *r;
	struct lane *l;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	r->is_awake = false;
	if (r->publisher == NULL)
		return;
	TAILQ_FOREACH(l, &r->lanes, link)
		lane_fold(l);
	if (decode_and_send(r))
		relay_wake(r);
	summary_go_on(r->summary);
	if (r->is_holding)
		publisher_release(r->publisher);
	r->is_holding = false;
	TAILQ_FOREACH(l, &r->lanes, link) {
		size_t held = l->held;

		lane_ask(l);
		lane_fold(l); /* duplicates are done as soon as they are decoded */
		lane_claim(l);
		if (l->held < held)
			relay_wake(r);
	}
	rotate(r);
	relay_drain_on(r);
}

/* ---- what the summaries ask and are told ---- */

static struct str relay_vendor_of(void *arg, struct str account)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	for (size_t i = 0; i < source_table_count(r->env.sources); i++) {
		const struct source *s = source_table_at(r->env.sources, i);

		if (str_eq(str_from(source_account(s)), account))
			return str_from(source_vendor(s));
	}
	return STR_EMPTY;
}

static void relay_on_changed(void *arg, struct str account, struct str level)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	summary_touch(r->summary, account, level);
}

/* ---- making and ending ---- */

static enum err make_timers(struct relay *r, struct loop *loop)
{
	enum err err = loop_timer_new(loop, relay_on_wake, r, &r->wake);

	if (err == ERR_OK)
		err = loop_timer_new(loop, relay_read_lanes, r, &r->retry);
	if (err == ERR_OK)
		err = loop_timer_new(loop, relay_on_drain_timeout, r, &r->drain);
	return err;
}

static enum err make_summary(struct relay *r)
{
	const struct summary_conf conf = {.topic_prefix = r->prefix,
	                                  .instance = r->conf.instance,
	                                  .user_properties = r->conf.user_properties,
	                                  .every_ms = r->conf.summary_every_ms,
	                                  .settle_after_ms = r->conf.settle_after_ms,
	                                  .vendor_of = relay_vendor_of,
	                                  .room = relay_summary_room,
	                                  .arg = r};

	return summary_new(r->env.loop, r->env.store, &conf, &r->summary);
}

enum err relay_new(struct loop *loop, struct store *store, const struct relay_conf *conf,
                   struct source_table *sources, struct relay **ret_relay)
{
	struct relay *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return ERR_NOMEM;
	r->magic = RELAY_MAGIC;
	TAILQ_INIT(&r->lanes);
	r->conf = *conf;
	if (r->conf.max_inflight == 0)
		r->conf.max_inflight = 1;
	r->prefix = strdup(conf->topic_prefix);
	r->env = (struct lane_env){.loop = loop,
	                           .store = store,
	                           .sources = source_table_ref(sources),
	                           .prefix = r->prefix,
	                           .settle_after_ms = conf->settle_after_ms,
	                           .waiting_ids_max = conf->waiting_ids,
	                           .window = (size_t)r->conf.max_inflight * 2,
	                           .window_bytes = WINDOW_BYTES,
	                           .wake = relay_wake,
	                           .changed = relay_on_changed,
	                           .wake_arg = r};
	if (r->prefix == NULL || relay_make_slots(r) != ERR_OK || make_timers(r, loop) != ERR_OK ||
	    make_summary(r) != ERR_OK) {
		relay_free(r);
		return ERR_NOMEM;
	}
	*ret_relay = r;
	return ERR_OK;
}

void relay_start(struct relay *r, struct publisher *publisher)
{
	r->publisher = publisher;
	if (publisher_is_up(publisher))
		summary_on_up(r->summary, publisher);
	relay_read_lanes(r);
	relay_wake(r);
}

void relay_set_sources(struct relay *r, struct source_table *sources)
{
	struct source_table *before = r->env.sources;

	r->env.sources = source_table_ref(sources);
	r->env.sources_nth++;
	source_table_unref(before);
}

void relay_free(struct relay *r)
{
	if (r == NULL)
		return;
	while (!TAILQ_EMPTY(&r->lanes)) {
		struct lane *l = TAILQ_FIRST(&r->lanes);

		TAILQ_REMOVE(&r->lanes, l, link);
		lane_free(l);
	}
	summary_free(r->summary);
	normaliser_free(r->env.spare);
	id_set_fini(&r->env.ids);
	tally_map_fini(&r->env.tallies);
	source_table_unref(r->env.sources);
	loop_timer_free(r->wake);
	loop_timer_free(r->retry);
	loop_timer_free(r->drain);
	free(r->slots);
	free(r->free_slots);
	free(r->prefix);
	OBJ_POISON(r);
	free(r);
}

void relay_stats(const struct relay *r, struct relay_stats *ret_stats)
{
	struct relay_stats stats = {.lanes = r->env.lanes,
	                            .inflight = r->inflight,
	                            .decoded = r->env.held,
	                            .waiting = r->env.waiting_ids};
	const struct lane *l;

	TAILQ_FOREACH(l, &r->lanes, link) {
		stats.paused_lanes += l->is_paused;
		if (l->oldest_ms != 0 && (stats.oldest_ms == 0 || l->oldest_ms < stats.oldest_ms))
			stats.oldest_ms = l->oldest_ms;
	}
	*ret_stats = stats;
}
