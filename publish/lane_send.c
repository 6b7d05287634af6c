/* SPDX-License-Identifier: MIT */
#include "core/log.h"
#include "publish/lane.h"

/* PUBACK reasons after which an event can never succeed.
 * Source: MQTT 5.0, section 3.4.2.1 and table 2-6. */
#define REASON_REFUSED            0x80
#define REASON_NO_SUBSCRIBERS     0x10
#define REASON_TOPIC_NAME_INVALID 0x90
#define REASON_PACKET_TOO_LARGE   0x95
#define REASON_PAYLOAD_FORMAT     0x99

/* NULL when trying again may help. */
static const char *permanent_reason(unsigned reason)
{
	switch (reason) {
	case REASON_TOPIC_NAME_INVALID:
		return "the broker does not accept its topic";
	case REASON_PACKET_TOO_LARGE:
		return "it is larger than the broker takes";
	case REASON_PAYLOAD_FORMAT:
		return "the broker does not accept its payload format";
	default:
		return NULL;
	}
}

struct outgoing *lane_next(struct lane *l)
{
	if (l->is_paused)
		return NULL;
	while (l->send_at != NULL &&
	       (l->send_at->state == OUTGOING_SENT || l->send_at->state == OUTGOING_DONE)) {
		struct outgoing *next = TAILQ_NEXT(l->send_at, link);

		if (next == NULL)
			break;
		l->send_at = next;
	}
	if (l->send_at == NULL || l->send_at->state != OUTGOING_READY)
		return NULL;
	return l->send_at;
}

void lane_sent(struct lane *l, struct outgoing *item, uint32_t slot)
{
	(void)l;
	item->state = OUTGOING_SENT;
	item->slot = slot;
}

static void unsend(struct lane *l, struct outgoing *item)
{
	item->state = OUTGOING_READY;
	l->send_at = TAILQ_FIRST(&l->items);
}

static void pause_lane(struct lane *l, unsigned reason)
{
	uint32_t bit = 1U << reason % 32;

	metric_add(METRIC_PUBLISH_REFUSALS, l->account, NULL, NULL, 1);
	if ((l->logged_reasons[reason / 32 % 8] & bit) == 0) {
		l->logged_reasons[reason / 32 % 8] |= bit;
		log_warn("relay.publish_refused", log_str("account", l->account),
		         log_int("reason", reason),
		         log_str("text", "the broker does not take this account's events; "
		                         "trying again"));
	}
	if (l->is_paused)
		return; /* another one of those that were on their way */
	l->is_paused = true;
	loop_timer_start(l->pause_timer, backoff_next(&l->pause));
}

void lane_refuse(struct lane *l, struct outgoing *item, const char *text)
{
	const struct outgoing_dead dead = {.cause = "publish_refused",
	                                   .text = text,
	                                   .index = item->index,
	                                   .id_text = item->id_text};
	struct outgoing *notice = NULL;

	item->state = OUTGOING_DONE;
	/* Of a notice nothing is left to tell: its dead letter is settled all the same. */
	if (!item->is_event)
		return;
	item->result = OUTGOING_DEAD;
	item->cause = dead.cause;
	item->text = text;
	/* Without memory for its notice it still becomes a dead letter. */
	if (item->entry->notices >= LANE_NOTICES_MAX ||
	    outgoing_notice(&dead, item->entry, l->env->prefix, &notice) != ERR_OK)
		return;
	item->entry->notices++;
	notice->nth = item->nth;
	/* In front: the dead letter is not settled before its notice is acknowledged. */
	lane_put_before(l, item, notice);
	l->send_at = TAILQ_FIRST(&l->items);
}

void lane_acked(struct lane *l, struct outgoing *item, unsigned reason)
{
	if (!item->is_event) {
		item->state = OUTGOING_DONE;
	} else if (reason < REASON_REFUSED) {
		item->state = OUTGOING_DONE;
		item->result = OUTGOING_PUBLISHED;
		if (!l->is_paused)
			backoff_reset(&l->pause);
		item->is_unread = reason == REASON_NO_SUBSCRIBERS;
	} else if (permanent_reason(reason) != NULL) {
		lane_refuse(l, item, permanent_reason(reason));
	} else {
		unsend(l, item);
		pause_lane(l, reason);
	}
}
