/* SPDX-License-Identifier: MIT */
/**
 * summary_message - a campaign and its counters as the message of summary.
 */
#ifndef PUBLISH_SUMMARY_MESSAGE_H
#define PUBLISH_SUMMARY_MESSAGE_H

#include "normalise/event/summary_event.h"
#include "publish/mqtt/publisher.h"
#include "store/store.h"

#define SUMMARY_PROPERTIES_MAX 9

struct summary_message {
	struct store_campaign campaign; /* texts behind us, NUL-terminated */
	struct buf topic;
	struct summary_event event;
};

/** Copy the campaign, in one allocation. @return ERR_OK, ERR_NOMEM */
enum err summary_message_new(const struct store_campaign *campaign,
                             struct summary_message **ret_message) MUST_CHECK;
/** Accepts NULL. */
void summary_message_free(struct summary_message *m);

/**
 * Write topic and event. Once.
 *
 * @return ERR_OK, ERR_NOMEM, ERR_LIMIT it is too long to be ever published
 */
enum err summary_message_write(struct summary_message *m, const char *prefix, const char *instance,
                               struct str vendor, const struct store_count *counts,
                               size_t count) MUST_CHECK;

/** As publisher_send() wants it; everything is borrowed from @p m and @p ret_properties. */
void summary_message_fill(const struct summary_message *m, bool with_properties,
                          struct publisher_property ret_properties[SUMMARY_PROPERTIES_MAX],
                          struct publisher_message *ret_message);

#endif /* PUBLISH_SUMMARY_MESSAGE_H */
