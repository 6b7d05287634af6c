/* SPDX-License-Identifier: MIT */
/*
 * Batches: the store says what is due, at most a window of it, and is asked again when all of these
 * are done.
 *
 *     FREE ─▶ READING ─▶ READY ─▶ SENT ─▶ TELLING ─▶ FREE
 *                          │       │
 *                          └───────┴─ connection lost, refused: it is still due in the store
 */
#include "publish/summary.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/backoff.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "publish/cooldown.h"
#include "publish/summary_message.h"

#define SUMMARY_MAGIC             0x73756d6dU
#define RETRY_MS                  1000
#define PAUSE_MAX_MS              60000
/* Source: MQTT 5.0, section 3.4.2.1. */
#define REASON_REFUSED            0x80
#define REASON_TOPIC_NAME_INVALID 0x90
#define REASON_PACKET_TOO_LARGE   0x95
#define REASON_PAYLOAD_FORMAT     0x99

enum place_state {
	PLACE_FREE,
	PLACE_READING, /* the store is asked for its counters */
	PLACE_READY,   /* to be sent */
	PLACE_SENT,    /* waits for its PUBACK */
	PLACE_TELLING  /* the store is told that it is done */
};

struct place {
	struct summary *owner;
	enum place_state state;
	bool is_stale;                   /* the connection was lost meanwhile */
	struct summary_message *message; /* owned; NULL when FREE */
};

struct summary {
	unsigned magic;
	struct loop *loop;
	struct store *store;
	struct publisher *publisher; /* borrowed; NULL: no connection */
	struct summary_conf conf;
	char *prefix, *instance; /* owned */
	struct place places[SUMMARY_WINDOW];
	size_t busy, ready, sent;
	bool is_due;          /* the store may have some */
	bool is_asking;       /* what is due */
	bool is_again_wanted; /* the last ones before the connection was lost */
	bool is_again;        /* the store is told so */
	uint64_t ask_at_ms;   /* not before; monotonic */
	struct backoff pause;
	bool is_refused;          /* by the broker, since the last one it took */
	struct loop_timer *timer; /* owned */
	uint64_t timer_at_ms;     /* 0: not running */
	bool is_draining;
	loop_fn drain_done;
	void *drain_arg; /* borrowed */
	struct cooldown cooldown;
};

static void step_in(struct summary *s, uint64_t in_ms)
{
	uint64_t at_ms = clock_mono_ms() + in_ms;

	if (s->timer_at_ms != 0 && s->timer_at_ms <= at_ms)
		return;
	s->timer_at_ms = at_ms;
	loop_timer_start(s->timer, in_ms);
}

static void free_place(struct place *p)
{
	struct summary *s = p->owner;

	s->busy--;
	s->ready -= p->state == PLACE_READY;
	s->sent -= p->state == PLACE_SENT;
	summary_message_free(p->message);
	p->message = NULL;
	p->state = PLACE_FREE;
	p->is_stale = false;
	if (s->busy == 0)
		step_in(s, 0);
}

/* It stays due in the store. */
static void give_up(struct place *p, uint64_t retry_ms)
{
	struct summary *s = p->owner;
	uint64_t at_ms = clock_mono_ms() + retry_ms;

	s->is_due = true;
	if (s->ask_at_ms < at_ms)
		s->ask_at_ms = at_ms;
	free_place(p);
}

/* ---- done ---- */

static void summary_on_told(void *arg, enum err err)
{
	struct place *p = arg;

	if (err != ERR_OK && err != ERR_NOENT && !p->is_stale) {
		log_warn("summary.done_failed", log_str("error", err_str(err)));
		give_up(p, RETRY_MS);
	} else {
		free_place(p);
	}
}

static void tell(struct place *p)
{
	struct summary *s = p->owner;
	const struct store_campaign *c = &p->message->campaign;

	s->ready -= p->state == PLACE_READY;
	s->sent -= p->state == PLACE_SENT;
	p->state = PLACE_TELLING;
	if (store_summary_done(s->store, c->account, c->level, c->change, summary_on_told, p) !=
	    ERR_OK)
		give_up(p, RETRY_MS);
}

/* It can never be published: the campaign goes on without. */
static void refuse(struct place *p, const char *text)
{
	const struct store_campaign *c = &p->message->campaign;

	log_warn("summary.refused", log_text("account", c->account), log_text("campaign", c->level),
	         log_str("text", text));
	tell(p);
}

/* ---- sending ---- */

static void send_place(struct place *p)
{
	struct publisher_property properties[SUMMARY_PROPERTIES_MAX];
	struct summary *s = p->owner;
	const struct store_campaign *c = &p->message->campaign;
	struct publisher_message message;
	enum err err;

	summary_message_fill(p->message, s->conf.user_properties, properties, &message);
	err = publisher_send(s->publisher, &message, SUMMARY_TOKEN + (uint64_t)(p - s->places));
	if (err == ERR_LIMIT || err == ERR_INVAL) {
		refuse(p, "it is larger than the broker takes, or MQTT forbids a text of it");
	} else if (err != ERR_OK) {
		give_up(p, RETRY_MS);
	} else {
		s->ready--;
		s->sent++;
		p->state = PLACE_SENT;
		if (cooldown_has_room(&s->cooldown, 1)) {
			cooldown_add(&s->cooldown, c->account, c->level,
			             clock_mono_ms() + s->conf.every_ms);
		}
	}
}

static void send_ready(struct summary *s)
{
	for (size_t i = 0; i < SUMMARY_WINDOW && s->ready > 0; i++) {
		struct place *p = &s->places[i];

		if (p->state != PLACE_READY)
			continue;
		if (s->conf.room != NULL && s->conf.room(s->conf.arg) == 0)
			return; /* summary_go_on() comes */
		send_place(p);
	}
}

/* ---- reading ---- */

static void summary_on_counts(void *arg, enum err err, const struct store_count *counts,
                              size_t count)
{
	struct place *p = arg;
	struct summary *s = p->owner;
	struct str vendor = STR_EMPTY;

	if (p->is_stale) {
		free_place(p);
		return;
	}
	if (s->conf.vendor_of != NULL)
		vendor = s->conf.vendor_of(s->conf.arg, p->message->campaign.account);
	if (err == ERR_OK) {
		err = summary_message_write(p->message, s->prefix, s->instance, vendor, counts,
		                            count);
	}
	if (err == ERR_LIMIT) {
		refuse(p, "it is longer than MQTT allows");
	} else if (err != ERR_OK) {
		give_up(p, RETRY_MS);
	} else {
		p->state = PLACE_READY;
		s->ready++;
		step_in(s, 0);
	}
}

static struct place *find_free(struct summary *s)
{
	for (size_t i = 0; i < SUMMARY_WINDOW; i++) {
		if (s->places[i].state == PLACE_FREE)
			return &s->places[i];
	}
	return NULL;
}

/* @return ERR_OK, ERR_NOMEM and what the store says: it stays due */
static enum err begin(struct summary *s, const struct store_campaign *campaign)
{
	struct place *p = find_free(s);
	const struct store_campaign *copy;
	enum err err;

	assert(p != NULL);
	err = summary_message_new(campaign, &p->message);
	if (err != ERR_OK)
		return err;
	p->state = PLACE_READING;
	s->busy++;
	copy = &p->message->campaign;
	err = store_counts(s->store, copy->account, copy->level, summary_on_counts, p);
	if (err != ERR_OK)
		give_up(p, RETRY_MS);
	return err;
}

/* @return until when it has to wait; 0: not at all */
static uint64_t rests_until(const struct summary *s, const struct store_campaign *campaign)
{
	if (s->is_draining)
		return 0;
	/* What is in the window gets there, too. */
	if (!cooldown_has_room(&s->cooldown, s->busy + 1))
		return cooldown_next(&s->cooldown);
	return cooldown_until(&s->cooldown, campaign->account, campaign->level);
}

static void begin_all(struct summary *s, const struct store_campaign *campaigns, size_t count)
{
	uint64_t now_ms = clock_mono_ms();
	uint64_t next_ms = UINT64_MAX;

	cooldown_expire(&s->cooldown, now_ms);
	for (size_t i = 0; i < count; i++) {
		uint64_t until_ms = rests_until(s, &campaigns[i]);

		if (until_ms == 0) {
			if (begin(s, &campaigns[i]) != ERR_OK)
				next_ms = now_ms + RETRY_MS;
		} else if (until_ms < next_ms) {
			next_ms = until_ms;
		}
	}
	if (count == SUMMARY_WINDOW && s->busy > 0)
		next_ms = now_ms;
	if (next_ms == UINT64_MAX)
		return;
	s->is_due = true;
	if (s->ask_at_ms < next_ms)
		s->ask_at_ms = next_ms;
}

static void summary_on_due(void *arg, enum err err, const struct store_campaign *campaigns,
                           size_t count)
{
	struct summary *s;

	OBJ_FROM(s, arg, SUMMARY_MAGIC);
	s->is_asking = false;
	if (err != ERR_OK) {
		s->is_due = true;
		s->ask_at_ms = clock_mono_ms() + RETRY_MS;
	} else if (s->publisher == NULL) {
		s->is_due = true;
	} else {
		begin_all(s, campaigns, count);
	}
	step_in(s, 0);
}

static void ask(struct summary *s, uint64_t now_ms)
{
	s->is_due = false;
	s->is_asking = true;
	s->ask_at_ms = now_ms + s->conf.every_ms / 4;
	if (store_summaries_due(s->store, SUMMARY_WINDOW, summary_on_due, s) == ERR_OK)
		return;
	s->is_asking = false;
	s->is_due = true;
	s->ask_at_ms = now_ms + RETRY_MS;
}

static void summary_on_again(void *arg, enum err err)
{
	struct summary *s;

	OBJ_FROM(s, arg, SUMMARY_MAGIC);
	s->is_again = false;
	if (err != ERR_OK) {
		s->is_again_wanted = true;
		s->ask_at_ms = clock_mono_ms() + RETRY_MS;
	}
	s->is_due = true;
	step_in(s, 0);
}

static void ask_again(struct summary *s, uint64_t now_ms)
{
	s->is_again_wanted = false;
	s->is_again = true;
	if (store_summaries_again(s->store, s->conf.settle_after_ms, summary_on_again, s) == ERR_OK)
		return;
	s->is_again = false;
	s->is_again_wanted = true;
	s->ask_at_ms = now_ms + RETRY_MS;
}

/* ---- a step ---- */

static bool is_idle(const struct summary *s)
{
	return s->busy == 0 && !s->is_asking && !s->is_again;
}

static void finish_drain(struct summary *s)
{
	loop_fn done = s->drain_done;

	s->drain_done = NULL;
	if (done != NULL)
		done(s->drain_arg);
}

static void ask_what_is_due(struct summary *s)
{
	uint64_t now_ms = clock_mono_ms();

	if (!is_idle(s) || !(s->is_due || s->is_again_wanted))
		return;
	if (now_ms < s->ask_at_ms && !(s->is_draining && !s->is_refused)) {
		step_in(s, s->ask_at_ms - now_ms);
	} else if (s->is_again_wanted) {
		ask_again(s, now_ms);
	} else {
		ask(s, now_ms);
	}
}

static void summary_step(void *arg)
{
	struct summary *s;

	OBJ_FROM(s, arg, SUMMARY_MAGIC);
	s->timer_at_ms = 0;
	if (s->publisher != NULL) {
		send_ready(s);
		ask_what_is_due(s);
	}
	if (s->is_draining &&
	    (s->publisher == NULL ||
	     (is_idle(s) && (s->is_refused || !(s->is_due || s->is_again_wanted)))))
		finish_drain(s);
}

/* ---- public ---- */

enum err summary_new(struct loop *loop, struct store *store, const struct summary_conf *conf,
                     struct summary **ret_summary)
{
	struct summary *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_NOMEM;
	s->magic = SUMMARY_MAGIC;
	s->loop = loop;
	s->store = store;
	s->conf = *conf;
	s->prefix = strdup(conf->topic_prefix);
	s->instance = strdup(conf->instance);
	backoff_init(&s->pause, RETRY_MS, PAUSE_MAX_MS, clock_mono_ms());
	for (size_t i = 0; i < SUMMARY_WINDOW; i++)
		s->places[i].owner = s;
	if (s->prefix == NULL || s->instance == NULL ||
	    loop_timer_new(loop, summary_step, s, &s->timer) != ERR_OK) {
		summary_free(s);
		return ERR_NOMEM;
	}
	*ret_summary = s;
	return ERR_OK;
}

void summary_free(struct summary *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < SUMMARY_WINDOW; i++)
		summary_message_free(s->places[i].message);
	loop_timer_free(s->timer);
	free(s->prefix);
	free(s->instance);
	OBJ_POISON(s);
	free(s);
}

/* Which one it was, the store knows. */
void summary_touch(struct summary *s, struct str account, struct str level)
{
	(void)account;
	(void)level;
	s->is_due = true;
	if (s->publisher != NULL && is_idle(s))
		step_in(s, 0);
}

void summary_on_up(struct summary *s, struct publisher *publisher)
{
	s->publisher = publisher;
	s->is_due = true;
	s->is_again_wanted = true;
	s->is_refused = false;
	s->ask_at_ms = 0;
	step_in(s, 0);
}

void summary_on_down(struct summary *s)
{
	s->publisher = NULL;
	for (size_t i = 0; i < SUMMARY_WINDOW; i++) {
		struct place *p = &s->places[i];

		if (p->state == PLACE_READY || p->state == PLACE_SENT) {
			free_place(p);
		} else if (p->state != PLACE_FREE) {
			p->is_stale = true;
		}
	}
	step_in(s, 0);
}

static void take_refusal(struct place *p, unsigned reason)
{
	struct summary *s = p->owner;

	uint64_t now_ms = clock_mono_ms();

	if (!s->is_refused) {
		log_warn("summary.publish_refused", log_int("reason", reason),
		         log_str("text", "the broker does not take summaries; trying again"));
	}
	/* Once for all that were on their way. */
	if (!s->is_refused || s->ask_at_ms <= now_ms)
		s->ask_at_ms = now_ms + backoff_next(&s->pause);
	s->is_refused = true;
	give_up(p, 0);
}

bool summary_on_ack(struct summary *s, uint64_t token, unsigned reason)
{
	struct place *p;

	if (token < SUMMARY_TOKEN || token >= SUMMARY_TOKEN + SUMMARY_WINDOW)
		return false;
	p = &s->places[token - SUMMARY_TOKEN];
	/* Forgotten by summary_on_down() although the connection is there: the stop is over. */
	if (p->state != PLACE_SENT)
		return true;
	if (reason < REASON_REFUSED) {
		s->is_refused = false;
		backoff_reset(&s->pause);
		tell(p);
	} else if (reason == REASON_TOPIC_NAME_INVALID || reason == REASON_PACKET_TOO_LARGE ||
	           reason == REASON_PAYLOAD_FORMAT) {
		refuse(p, "the broker can never take it");
	} else {
		take_refusal(p, reason);
	}
	if (s->ready > 0)
		step_in(s, 0);
	return true;
}

size_t summary_ready(const struct summary *s)
{
	return s->ready;
}

size_t summary_inflight(const struct summary *s)
{
	return s->sent;
}

void summary_go_on(struct summary *s)
{
	if (s->ready > 0 && s->publisher != NULL)
		send_ready(s);
}

void summary_drain(struct summary *s, loop_fn done, void *arg)
{
	s->is_draining = true;
	s->is_due = true;
	s->drain_done = done;
	s->drain_arg = arg;
	step_in(s, 0);
}
