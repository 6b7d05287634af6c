/* SPDX-License-Identifier: MIT */
/**
 * event - one normalised fact, ready to publish: a CloudEvent (docs/event-format.md).
 *
 * All slices are borrowed from the normaliser and valid until its next step.
 */
#ifndef NORMALISE_EVENT_EVENT_H
#define NORMALISE_EVENT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"
#include "normalise/event/status.h"

#define EVENT_ID_BYTES 16

struct event {
	uint8_t id[EVENT_ID_BYTES]; /* BLAKE2b-128 of account, status and key */
	struct str id_text;         /* the same as 32 hex digits */
	enum status status;
	bool is_campaign;          /* campaign event (a counter), not a message event */
	bool is_unknown_word;      /* the vendor's status word is not in the profile */
	struct str vendor_status;  /* that word as it came; empty when there is none */
	struct str account;        /* first topic level */
	struct str campaign;       /* unescaped id or name; empty when unknown */
	struct str campaign_level; /* second topic level, escaped */
	struct str campaign_name;  /* as in data.campaign.name; may be empty */
	bool has_count;            /* campaign event: a vendor's counter */
	int64_t count;
	uint8_t tally[EVENT_ID_BYTES]; /* which counter: BLAKE2b-128 of account, status and key,
	                                  without the count */
	size_t delta_at;   /* offset in json behind `"count":N`, where `,"delta":D` belongs */
	struct str source; /* CloudEvents attributes as text */
	struct str type;
	struct str subject;
	struct str time;
	struct str json; /* the whole event as structured JSON */
};

/**
 * A counter's id after it went down @p revision times: the same value may come again, and is
 * another fact then. Revision 0 is the id itself.
 */
void event_id_revise(const uint8_t id[EVENT_ID_BYTES], uint32_t revision,
                     uint8_t ret_id[EVENT_ID_BYTES]);

#endif /* NORMALISE_EVENT_EVENT_H */
