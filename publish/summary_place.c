/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "core/clock.h"
#include "core/log.h"
#include "publish/summary_parts.h"

/* Source: MQTT 5.0, section 3.4.2.1. */
#define REASON_REFUSED            0x80
#define REASON_TOPIC_NAME_INVALID 0x90
#define REASON_PACKET_TOO_LARGE   0x95
#define REASON_PAYLOAD_FORMAT     0x99

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
		summary_step_in(s, 0);
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
		give_up(p, SUMMARY_RETRY_MS);
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
		give_up(p, SUMMARY_RETRY_MS);
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
		give_up(p, SUMMARY_RETRY_MS);
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

void summary_places_send(struct summary *s)
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

void summary_place_acked(struct place *p, unsigned reason)
{
	struct summary *s = p->owner;

	/* Forgotten by summary_on_down() although the connection is there: the stop is over. */
	if (p->state != PLACE_SENT)
		return;
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
		summary_step_in(s, 0);
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
		give_up(p, SUMMARY_RETRY_MS);
	} else {
		p->state = PLACE_READY;
		s->ready++;
		summary_step_in(s, 0);
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

enum err summary_place_begin(struct summary *s, const struct store_campaign *campaign)
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
		give_up(p, SUMMARY_RETRY_MS);
	return err;
}

void summary_places_forget(struct summary *s)
{
	for (size_t i = 0; i < SUMMARY_WINDOW; i++) {
		struct place *p = &s->places[i];

		if (p->state == PLACE_READY || p->state == PLACE_SENT) {
			free_place(p);
		} else if (p->state != PLACE_FREE) {
			p->is_stale = true;
		}
	}
}
