/* SPDX-License-Identifier: MIT */
/**
 * status - the closed list of 18 statuses (docs/event-format.md), with outcome and finality; and
 * the 20 reasons.
 */
#ifndef NORMALISE_EVENT_STATUS_H
#define NORMALISE_EVENT_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

enum status {
	STATUS_UNKNOWN,
	STATUS_QUEUED,
	STATUS_DEFERRED,
	STATUS_SENT,
	STATUS_DELIVERED,
	STATUS_UNDELIVERED,
	STATUS_BOUNCED,
	STATUS_FAILED,
	STATUS_REJECTED,
	STATUS_EXPIRED,
	STATUS_CANCELED,
	STATUS_SKIPPED,
	STATUS_OPENED,
	STATUS_CLICKED,
	STATUS_REPLIED,
	STATUS_UNSUBSCRIBED,
	STATUS_SUBSCRIBED,
	STATUS_COMPLAINED,
	STATUS_COUNT
};

/** "delivered" */
const char *status_str(enum status s);
/** "pending", "positive", "negative", "neutral", "engagement", "consent", "unknown" */
const char *status_outcome(enum status s);
bool status_is_final(enum status s);
/** Exact lower-case word. @return whether it is one of the 18 */
bool status_from(struct str word, enum status *ret_status);
/**
 * Whether @p word is one of the closed list of reasons (facts: none, invalid_recipient,
 * unreachable, …).
 */
bool reason_is_known(struct str word);

#endif /* NORMALISE_EVENT_STATUS_H */
