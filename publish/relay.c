/* SPDX-License-Identifier: MIT */
#include "publish/relay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/obj.h"
#include "publish/lane.h"

#define RELAY_MAGIC  0x72656c61U
/* What a lane may do before the next one has its turn, and all of them before the loop has its. */
#define LANE_QUANTUM 16
#define TURN_QUANTUM 128
#define RETRY_MS     1000
#define WINDOW_BYTES ((size_t)32 * 1024 * 1024)

TAILQ_HEAD(lane_list, lane);

/* What waits for a PUBACK; its token is the index. */
struct slot {
	struct lane *lane;     /* borrowed */
	struct outgoing *item; /* borrowed; NULL: free */
};

struct relay {
	unsigned magic;
	struct lane_env env;
	struct lane_list lanes;  /* owned; the first has the next turn */
	struct lane *last_noted; /* by relay_notify(): it comes in runs */
	char *prefix;            /* owned */
	struct relay_conf conf;
	struct publisher *publisher; /* borrowed; NULL before relay_start() */
	struct summary *summary;     /* owned */
	struct slot *slots;          /* owned; conf.max_inflight of them */
	uint32_t *free_slots;        /* owned; a stack */
	size_t free_count;
	size_t inflight, inflight_max;
	bool is_holding;          /* the publisher: released at the end of the turn */
	struct loop_timer *wake;  /* owned */
	struct loop_timer *retry; /* owned; read the lanes again */
	struct loop_timer *drain; /* owned; its deadline */
	bool is_awake;
	bool is_summary_draining, is_summary_drained;
	loop_fn drain_done;
	void *drain_arg; /* borrowed */
};

static void relay_wake(void *arg)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	if (r->is_awake)
		return;
	r->is_awake = true;
	loop_timer_start(r->wake, 0);
}

/* ---- lanes ---- */

static struct lane *find_lane(struct relay *r, struct str account)
{
	struct lane *l = r->last_noted;

	if (l != NULL && str_eq(l->account_str, account))
		return l;
	TAILQ_FOREACH(l, &r->lanes, link) {
		if (str_eq(l->account_str, account))
			return l;
	}
	return NULL;
}

static struct lane *get_lane(struct relay *r, struct str account)
{
	struct lane *l = find_lane(r, account);

	if (l == NULL && lane_new(&r->env, account, &l) == ERR_OK) {
		TAILQ_INSERT_TAIL(&r->lanes, l, link);
		r->env.lanes++;
	}
	r->last_noted = l;
	return l;
}

static void relay_on_lanes(void *arg, enum err err, const struct store_lane *lanes, size_t count)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	if (err == ERR_CANCELED)
		return;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct lane *l = get_lane(r, lanes[i].account);

		if (l == NULL) {
			err = ERR_NOMEM;
		} else {
			lane_notify(l, lanes[i].newest, lanes[i].oldest_ms);
		}
		if (l != NULL && lanes[i].oldest_ms < l->oldest_ms)
			l->oldest_ms = lanes[i].oldest_ms;
	}
	if (err != ERR_OK) {
		log_warn("relay.lanes_failed", log_str("error", err_str(err)));
		loop_timer_start(r->retry, RETRY_MS);
	}
	relay_wake(r);
}

static void read_lanes(void *arg)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	if (store_lanes(r->env.store, relay_on_lanes, r) != ERR_OK)
		loop_timer_start(r->retry, RETRY_MS);
}

/* ---- sending ---- */

static enum err send_item(struct relay *r, struct lane *l, struct outgoing *item)
{
	struct publisher_property properties[OUTGOING_PROPERTIES_MAX];
	struct publisher_message message;
	uint32_t slot = r->free_slots[r->free_count - 1];
	enum err err;

	outgoing_message(item, r->conf.event_expiry_s, r->conf.user_properties, properties,
	                 &message);
	if (!r->is_holding) {
		publisher_hold(r->publisher);
		r->is_holding = true;
	}
	err = publisher_send(r->publisher, &message, slot);
	if (err != ERR_OK)
		return err;
	r->free_count--;
	r->inflight++;
	r->slots[slot] = (struct slot){l, item};
	lane_sent(l, item, slot);
	return ERR_OK;
}

/*
 * Summaries share the broker's Receive Maximum: at least an eighth of it is theirs when they need
 * it, and never more than half.
 */
static bool has_room(const struct relay *r)
{
	size_t share = r->inflight_max / 8 > 0 ? r->inflight_max / 8 : 1;
	size_t theirs = summary_inflight(r->summary);
	size_t wanted = theirs + summary_ready(r->summary);

	if (wanted > share)
		wanted = theirs > share ? theirs : share;
	return r->free_count > 0 && r->inflight + wanted < r->inflight_max;
}

static size_t relay_summary_room(void *arg)
{
	struct relay *r;
	size_t theirs;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	theirs = summary_inflight(r->summary);
	if (r->inflight + theirs >= r->inflight_max ||
	    (theirs > 0 && theirs >= r->inflight_max / 2))
		return 0;
	return r->inflight_max - r->inflight - theirs;
}

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

/* @return how many were dealt with */
static size_t lane_send(struct relay *r, struct lane *l)
{
	struct outgoing *item;
	size_t n = 0;

	for (; n < LANE_QUANTUM && has_room(r); n++) {
		enum err err;

		if (!publisher_is_up(r->publisher) || (item = lane_next(l)) == NULL)
			break;
		err = send_item(r, l, item);
		if (err == ERR_LIMIT) {
			lane_refuse(l, item, "it is larger than the broker takes");
		} else if (err == ERR_INVAL) {
			lane_refuse(l, item, "MQTT forbids its topic or a text of it");
		} else if (err == ERR_NOMEM) {
			lane_retry_later(l);
		}
		if (err == ERR_NOMEM || err == ERR_AGAIN)
			break;
	}
	return n;
}

/* ---- the turn ---- */

static bool is_drained(const struct relay *r)
{
	const struct lane *l;

	if (!publisher_is_up(r->publisher))
		return true;
	if (r->inflight > 0)
		return false;
	TAILQ_FOREACH(l, &r->lanes, link) {
		if (!lane_is_quiet(l))
			return false;
	}
	return true;
}

static void finish_drain(struct relay *r)
{
	loop_fn done = r->drain_done;

	loop_timer_stop(r->drain);
	r->drain_done = NULL;
	r->env.is_over = true;
	summary_on_down(r->summary); /* it begins nothing more */
	if (done != NULL)
		done(r->drain_arg);
}

static void relay_on_summary_drained(void *arg)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	r->is_summary_drained = true;
	relay_wake(r);
}

/* Summaries come last: what is settled until then is in them. */
static void drain_on(struct relay *r)
{
	if (r->drain_done == NULL || !is_drained(r))
		return;
	if (r->is_summary_drained || !publisher_is_up(r->publisher)) {
		finish_drain(r);
	} else if (!r->is_summary_draining) {
		r->is_summary_draining = true;
		summary_drain(r->summary, relay_on_summary_drained, r);
	}
}

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
			done += lane_decode(l, LANE_QUANTUM);
			if (!r->env.is_over && !l->is_retrying)
				done += lane_send(r, l);
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
	drain_on(r);
}

/* ---- the publisher's callbacks ---- */

static void relay_on_up(void *arg, unsigned receive_max)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	r->inflight_max = receive_max < r->conf.max_inflight ? receive_max : r->conf.max_inflight;
	if (r->publisher != NULL)
		summary_on_up(r->summary, r->publisher);
	relay_wake(r);
}

static void free_slot(struct relay *r, uint32_t slot)
{
	r->slots[slot].item = NULL;
	r->free_slots[r->free_count++] = slot;
	r->inflight--;
}

static void relay_on_down(void *arg)
{
	struct relay *r;
	struct lane *l;
	size_t inflight;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	inflight = r->inflight;
	for (uint32_t i = 0; i < r->conf.max_inflight; i++) {
		if (r->slots[i].item != NULL)
			free_slot(r, i);
	}
	log_info("relay.rewind", log_int("inflight", (int64_t)inflight),
	         log_int("acknowledged", (int64_t)r->env.waiting_ids));
	TAILQ_FOREACH(l, &r->lanes, link)
		lane_rewind(l);
	summary_on_down(r->summary);
	relay_wake(r);
}

static void relay_on_ack(void *arg, uint64_t token, unsigned reason)
{
	struct relay *r;
	struct slot slot;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	if (summary_on_ack(r->summary, token, reason)) {
		relay_wake(r);
		return;
	}
	assert(token < r->conf.max_inflight && r->slots[token].item != NULL);
	slot = r->slots[token];
	free_slot(r, (uint32_t)token);
	lane_acked(slot.lane, slot.item, reason);
	relay_wake(r);
}

const struct publisher_ops relay_publisher_ops = {
	.on_up = relay_on_up,
	.on_down = relay_on_down,
	.on_ack = relay_on_ack,
};

/* ---- public ---- */

static enum err make_slots(struct relay *r)
{
	size_t count = r->conf.max_inflight;

	r->slots = calloc(count, sizeof(*r->slots));
	r->free_slots = calloc(count, sizeof(*r->free_slots));
	if (r->slots == NULL || r->free_slots == NULL)
		return ERR_NOMEM;
	while (r->free_count < count) {
		r->free_slots[r->free_count] = (uint32_t)(count - 1 - r->free_count);
		r->free_count++;
	}
	return ERR_OK;
}

static void relay_on_drain_timeout(void *arg)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	log_warn("relay.drain_timeout", log_int("inflight", (int64_t)r->inflight));
	finish_drain(r);
}

static enum err make_timers(struct relay *r, struct loop *loop)
{
	enum err err = loop_timer_new(loop, relay_on_wake, r, &r->wake);

	if (err == ERR_OK)
		err = loop_timer_new(loop, read_lanes, r, &r->retry);
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
	if (r->prefix == NULL || make_slots(r) != ERR_OK || make_timers(r, loop) != ERR_OK ||
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
	read_lanes(r);
	relay_wake(r);
}

void relay_notify(struct relay *r, struct str account, int64_t entry, int64_t received_ms)
{
	struct lane *l = get_lane(r, account);

	if (l != NULL) {
		lane_notify(l, entry, received_ms);
	} else {
		loop_timer_start(r->retry, RETRY_MS); /* it is in the journal: find it there */
	}
	relay_wake(r);
}

void relay_set_sources(struct relay *r, struct source_table *sources)
{
	struct source_table *before = r->env.sources;

	r->env.sources = source_table_ref(sources);
	r->env.sources_nth++;
	source_table_unref(before);
}

void relay_drain(struct relay *r, uint64_t timeout_ms, loop_fn done, void *arg)
{
	r->env.is_draining = true;
	r->drain_done = done;
	r->drain_arg = arg;
	loop_timer_start(r->drain, timeout_ms);
	relay_wake(r);
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
