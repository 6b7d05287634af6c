/* SPDX-License-Identifier: MIT */
/**
 * campaign_ids - ids of campaigns of ours, to be found in texts that are not. No I/O.
 *
 * Ids are looked for in any case (ASCII). Looking for all of them at one place of a text takes as
 * long as the longest one that begins there, times the logarithm of how many there are.
 */
#ifndef RECEIVER_REPORT_MAIL_CAMPAIGN_IDS_H
#define RECEIVER_REPORT_MAIL_CAMPAIGN_IDS_H

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

/** Never changed once it is made. */
struct campaign_ids;

/**
 * @param ids  copied; in any order, empty ones and those that come again are dropped
 * @return a reference; ERR_OK, ERR_NOMEM
 */
enum err campaign_ids_new(const struct str *ids, size_t count,
                          struct campaign_ids **ret_ids) MUST_CHECK;
struct campaign_ids *campaign_ids_ref(struct campaign_ids *ids);
/** Accepts NULL. */
void campaign_ids_unref(struct campaign_ids *ids);

size_t campaign_ids_count(const struct campaign_ids *ids);

/** Length of the shortest id that is longer than @p above and begins at @p at of a text; 0: none */
size_t campaign_ids_at(const struct campaign_ids *ids, struct str text, size_t at, size_t above);

#endif /* RECEIVER_REPORT_MAIL_CAMPAIGN_IDS_H */
