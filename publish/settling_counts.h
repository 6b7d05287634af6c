/* SPDX-License-Identifier: MIT */
/**
 * settling_counts - the counters of one settle and their campaigns, each once however many events
 * and campaigns there are.
 *
 * Private to settling, in whose arena the texts are.
 */
#ifndef PUBLISH_SETTLING_COUNTS_H
#define PUBLISH_SETTLING_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "store/store.h"

struct settling_counts {
	struct store_count *counts; /* owned */
	uint32_t *next;             /* owned; the next counter of the same campaign, plus 1 */
	size_t count_count, count_cap;
	struct store_campaign *campaigns; /* owned */
	uint32_t *first;                  /* owned; first counter of a campaign, plus 1 */
	size_t campaign_count, campaign_cap;
	uint32_t *slots; /* owned; by hash of the level: campaign, plus 1 */
	size_t slot_cap;
	size_t last; /* campaign of the last addition: neighbours mostly are of one */
};

/** A zeroed struct is empty. */
void settling_counts_fini(struct settling_counts *c);

/**
 * Add @p add->add to the counter; @p campaign (its account and level are the counter's) changed.
 * Texts are copied. After ERR_NOMEM at most the campaign is there, without a counter.
 *
 * @return ERR_OK, ERR_NOMEM
 */
enum err settling_counts_add(struct settling_counts *c, struct arena *texts,
                             const struct store_campaign *campaign,
                             const struct store_count *add) MUST_CHECK;

#endif /* PUBLISH_SETTLING_COUNTS_H */
