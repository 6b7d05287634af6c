/* SPDX-License-Identifier: MIT */
/**
 * outgoing - one message of a lane: an event, or the notice of a dead letter.
 *
 *     NEW ─▶ ASKED ─▶ READY ─▶ SENT ─▶ DONE      (an event)
 *                       ▲        │
 *                       └────────┘ connection lost, or refused for now
 *
 * Everything it needs is copied into one allocation; texts are NUL-terminated for libmosquitto.
 */
#ifndef PUBLISH_OUTGOING_H
#define PUBLISH_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "normalise/normalise.h"
#include "publish/entry.h"
#include "publish/mqtt/publisher.h"

enum outgoing_state {
	OUTGOING_NEW,   /* the store was not asked yet whether it is known */
	OUTGOING_ASKED, /* it is being asked */
	OUTGOING_READY, /* to be sent */
	OUTGOING_SENT,  /* waits for its PUBACK */
	OUTGOING_DONE   /* can be folded into a settle */
};

enum outgoing_result {
	OUTGOING_NOTHING, /* duplicate; or a notice alone */
	OUTGOING_PUBLISHED,
	OUTGOING_DEAD
};

/** Of a vendor's counter. */
struct outgoing_tally {
	uint8_t id[EVENT_ID_BYTES];
	int64_t count;
	int64_t delta;     /* once it is resolved */
	uint32_t revision; /* likewise */
	size_t delta_at;   /* offset in the body */
};

struct outgoing {
	TAILQ_ENTRY(outgoing) link;
	struct entry *entry; /* borrowed: stays while it has items */
	enum outgoing_state state;
	enum outgoing_result result; /* once it is DONE */
	bool is_event;
	bool is_replay;  /* known or not, it is published */
	bool is_counted; /* it was not known: key (or tally) and counter are settled */
	bool is_held;    /* its id is in the relay's id set, or its tally in the tally map */
	bool is_tally;   /* a vendor's counter: news or not by its tally, not by its id */
	uint8_t id[EVENT_ID_BYTES];
	bool is_unknown_word;
	bool is_duplicate; /* the store knew it */
	bool is_unread;    /* acknowledged, but no subscriber matched */
	size_t index;      /* of the record within the entry */
	size_t bytes;      /* of memory that it takes */
	size_t nth;        /* answer of the normaliser that it was made from */
	enum status status;
	uint32_t slot; /* while SENT */
	struct outgoing_tally tally;
	/* texts of an event; topic and body of a notice too */
	const char *topic, *account, *campaign, *source, *type, *subject, *time, *id_text;
	const char *campaign_id, *campaign_name; /* unescaped */
	struct str body;
	/* dead letter */
	const char *cause, *text;
	struct str raw;
};

TAILQ_HEAD(outgoing_list, outgoing);

/** @param prefix  of topics. @return ERR_OK, ERR_LIMIT the topic is too long, ERR_NOMEM */
enum err outgoing_event(const struct event *event, struct entry *entry, const char *prefix,
                        struct outgoing **ret_item) MUST_CHECK;

/**
 * A vendor's counter went down @p revision times before it got this value: its id, in the body too,
 * becomes that of the revision. No texts move.
 */
void outgoing_revise(struct outgoing *o, uint32_t revision);

/** Put `"delta"` into the body. Once at most. */
void outgoing_put_delta(struct outgoing *o, int64_t delta);

/** What is dead and why. */
struct outgoing_dead {
	const char *cause;
	const char *text;
	size_t index;
	struct str raw;       /* to be kept; copied */
	const char *id_text;  /* of the event; NULL when it is none */
	bool is_settled_here; /* this item brings the dead letter into the settle */
};

/** The notice of a dead letter. @return ERR_OK, ERR_NOMEM */
enum err outgoing_notice(const struct outgoing_dead *dead, struct entry *entry, const char *prefix,
                         struct outgoing **ret_item) MUST_CHECK;

/** Accepts NULL. */
void outgoing_free(struct outgoing *o);

#define OUTGOING_PROPERTIES_MAX 11

/**
 * As publisher_send() wants it; everything is borrowed from @p o and @p ret_properties.
 *
 * @param expiry_s  of events; notices have none
 */
void outgoing_message(const struct outgoing *o, uint32_t expiry_s, bool with_properties,
                      struct publisher_property ret_properties[OUTGOING_PROPERTIES_MAX],
                      struct publisher_message *ret_message);

#endif /* PUBLISH_OUTGOING_H */
