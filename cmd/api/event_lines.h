/* SPDX-License-Identifier: MIT */
/**
 * event_lines - what a payload becomes, as lines of JSON for a person:
 * `{"topic":…,"retain":false,"event":{…}}`. For `map` and for dry runs of `fetch`.
 */
#ifndef CMD_API_EVENT_LINES_H
#define CMD_API_EVENT_LINES_H

#include <stdbool.h>

#include "core/err.h"
#include "core/payload.h"
#include "normalise/source.h"

struct event_lines_ops {
	/** One event, without newline. @return whether to go on */
	bool (*on_line)(void *arg, struct str line);
	/** A record, or the whole payload, that cannot become an event: where and why. */
	void (*on_bad)(void *arg, const char *text);
};

/**
 * @return ERR_OK, ERR_PARSE on_bad() was told at least once, ERR_CANCELED on_line() wanted no more,
 *         ERR_NOMEM
 */
enum err event_lines(const struct source *source, const struct payload *payload,
                     const char *topic_prefix, const struct event_lines_ops *ops,
                     void *arg) MUST_CHECK;

#endif /* CMD_API_EVENT_LINES_H */
