/* SPDX-License-Identifier: MIT */
/**
 * summary_event - a campaign's counters as a CloudEvent (docs/event-format.md, Summary).
 *
 * Pure: the same counters and change number give the same bytes.
 */
#ifndef NORMALISE_EVENT_SUMMARY_EVENT_H
#define NORMALISE_EVENT_SUMMARY_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"
#include "normalise/event/event.h"
#include "normalise/value/timestamp.h"

/** Both may be known of one status; they are never added up. */
struct summary_count {
	bool is_observed, is_vendors;
	int64_t observed; /* events seen here */
	int64_t vendors;  /* the vendor's number */
};

struct summary_fact {
	const char *instance;
	struct str vendor; /* empty: not known */
	struct str account;
	struct str level; /* topic level */
	struct str campaign_id, campaign_name;
	int64_t changed_ms;
	uint64_t change; /* of the campaign; part of the id */
	struct summary_count counts[STATUS_COUNT];
};

struct summary_event {
	char id_text[2 * EVENT_ID_BYTES + 1];
	char time[TIMESTAMP_TEXT_SIZE];
	struct buf source, subject, json; /* owned */
};

#define SUMMARY_EVENT_TYPE "campaign2mqtt.campaign.summary.v1"

void summary_event_init(struct summary_event *ev);
void summary_event_fini(struct summary_event *ev);

/**
 * @param ev  after summary_event_init()
 * @return ERR_OK, ERR_NOMEM, ERR_LIMIT
 */
enum err summary_event_write(const struct summary_fact *fact, struct summary_event *ev) MUST_CHECK;

#endif /* NORMALISE_EVENT_SUMMARY_EVENT_H */
