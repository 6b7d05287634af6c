/* SPDX-License-Identifier: MIT */
#include "normalise/event/status.h"

struct status_row {
	const char *word;
	const char *outcome;
	bool final;
};

/* clang-format off */
static const struct status_row rows[STATUS_COUNT] = {
	[STATUS_UNKNOWN]      = { "unknown",      "unknown",    false },
	[STATUS_QUEUED]       = { "queued",       "pending",    false },
	[STATUS_DEFERRED]     = { "deferred",     "pending",    false },
	[STATUS_SENT]         = { "sent",         "pending",    false },
	[STATUS_DELIVERED]    = { "delivered",    "positive",   true },
	[STATUS_UNDELIVERED]  = { "undelivered",  "negative",   true },
	[STATUS_BOUNCED]      = { "bounced",      "negative",   true },
	[STATUS_FAILED]       = { "failed",       "negative",   true },
	[STATUS_REJECTED]     = { "rejected",     "negative",   true },
	[STATUS_EXPIRED]      = { "expired",      "negative",   true },
	[STATUS_CANCELED]     = { "canceled",     "neutral",    true },
	[STATUS_SKIPPED]      = { "skipped",      "neutral",    true },
	[STATUS_OPENED]       = { "opened",       "engagement", false },
	[STATUS_CLICKED]      = { "clicked",      "engagement", false },
	[STATUS_REPLIED]      = { "replied",      "engagement", false },
	[STATUS_UNSUBSCRIBED] = { "unsubscribed", "consent",    false },
	[STATUS_SUBSCRIBED]   = { "subscribed",   "consent",    false },
	[STATUS_COMPLAINED]   = { "complained",   "consent",    false },
};
/* clang-format on */

static const char *const reasons[] = {"none",
                                      "invalid_recipient",
                                      "unreachable",
                                      "mailbox_full",
                                      "blocked_by_recipient",
                                      "carrier_filtered",
                                      "spam_filtered",
                                      "content_rejected",
                                      "sender_unregistered",
                                      "suppressed",
                                      "no_consent",
                                      "duplicate",
                                      "quiet_hours",
                                      "throttled",
                                      "no_credit",
                                      "ttl_exceeded",
                                      "canceled_by_sender",
                                      "technical",
                                      "no_receipt",
                                      "other"};

const char *status_str(enum status s)
{
	return rows[s].word;
}

const char *status_outcome(enum status s)
{
	return rows[s].outcome;
}

bool status_is_final(enum status s)
{
	return rows[s].final;
}

bool status_from(struct str word, enum status *ret_status)
{
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		if (str_eq(word, str_from(rows[i].word))) {
			*ret_status = (enum status)i;
			return true;
		}
	}
	return false;
}

bool reason_is_known(struct str word)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (str_eq(word, str_from(reasons[i])))
			return true;
	}
	return false;
}
