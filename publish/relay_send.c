/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/obj.h"
#include "publish/relay_parts.h"

enum err relay_make_slots(struct relay *r)
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

size_t relay_summary_room(void *arg)
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

size_t relay_send(struct relay *r, struct lane *l)
{
	struct outgoing *item;
	size_t n = 0;

	for (; n < RELAY_QUANTUM && has_room(r); n++) {
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
