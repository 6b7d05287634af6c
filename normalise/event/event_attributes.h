/* SPDX-License-Identifier: MIT */
/**
 * event_attributes - the texts around an event's data: CloudEvents attributes and topic level.
 *
 * None of them holds a character that JSON escapes. Private to normalise/.
 */
#ifndef NORMALISE_EVENT_EVENT_ATTRIBUTES_H
#define NORMALISE_EVENT_EVENT_ATTRIBUTES_H

#include "normalise/event/fact.h"

/**
 * Fill id_text, source, type, subject, time, campaign and campaign_level of @p event, whose id is
 * already there.
 *
 * @param scratch  empty; the texts go there
 * @return ERR_OK, ERR_NOMEM, ERR_LIMIT past the maximum of @p scratch
 */
enum err event_attributes_write(const struct fact *fact, struct buf *scratch,
                                struct event *event) MUST_CHECK;

/** `/{instance}/{account}`, each as a segment of a URI path (RFC 3986 section 3.3). */
void event_source_append(struct buf *b, const char *instance, const char *account);

#endif /* NORMALISE_EVENT_EVENT_ATTRIBUTES_H */
