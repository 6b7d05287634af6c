/* SPDX-License-Identifier: MIT */
#include "cmd/api/event_lines.h"

#include <stdio.h>

#include "normalise/normalise.h"
#include "normalise/value/json_writer.h"
#include "publish/mqtt/topic.h"

#define LINE_MAX_BYTES  ((size_t)64 * 1024 * 1024)
#define TOPIC_MAX_BYTES 65536

static enum err write_line(const char *prefix, const struct event *event, struct buf *line)
{
	struct buf topic;
	struct json_writer w = json_writer(line);

	buf_init(&topic, TOPIC_MAX_BYTES);
	enum err err = topic_event(&topic, prefix, event->account, event->campaign_level,
	                           str_from(status_str(event->status)));

	buf_reset(line);
	json_open_object(&w);
	json_member(&w, STR_LIT("topic"), buf_str(&topic));
	json_key(&w, STR_LIT("retain"));
	json_bool(&w, false);
	json_key(&w, STR_LIT("event"));
	json_raw(&w, event->json);
	json_close_object(&w);
	buf_fini(&topic);
	return err != ERR_OK ? err : buf_err(line);
}

static void tell_bad(const struct event_lines_ops *ops, void *arg, bool is_record,
                     const struct normalise_bad *bad)
{
	char text[512];

	/* The number counts within a slice, so the line of a CSV takes its place. */
	if (is_record && !str_has_prefix(str_from(bad->detail.text), STR_LIT("line "))) {
		(void)snprintf(text, sizeof(text), "record %zu: %s: %s", bad->index + 1, bad->cause,
		               bad->detail.text);
	} else if (bad->detail.line > 0) {
		(void)snprintf(text, sizeof(text), "line %u, column %u: %s: %s", bad->detail.line,
		               bad->detail.col, bad->cause, bad->detail.text);
	} else {
		(void)snprintf(text, sizeof(text), "%s: %s", bad->cause, bad->detail.text);
	}
	ops->on_bad(arg, text);
}

enum err event_lines(const struct source *source, const struct payload *payload,
                     const char *topic_prefix, const struct event_lines_ops *ops, void *arg)
{
	struct normaliser *n = NULL;
	struct normalise_bad bad;
	struct event event;
	struct buf line;
	enum err err = ERR_OK;
	enum normalise_result r;

	if (normaliser_new(source, payload, NORMALISE_MEMORY_DEFAULT, &n) != ERR_OK)
		return ERR_NOMEM;
	buf_init(&line, LINE_MAX_BYTES);
	while ((err == ERR_OK || err == ERR_PARSE) &&
	       (r = normaliser_next(n, &event, &bad)) != NORMALISE_END) {
		switch (r) {
		case NORMALISE_EVENT:
			if (write_line(topic_prefix, &event, &line) != ERR_OK) {
				err = ERR_NOMEM;
			} else if (!ops->on_line(arg, buf_str(&line))) {
				err = ERR_CANCELED;
			}
			break;
		case NORMALISE_BAD_RECORD:
		case NORMALISE_BAD_PAYLOAD:
			tell_bad(ops, arg, r == NORMALISE_BAD_RECORD, &bad);
			err = ERR_PARSE;
			break;
		case NORMALISE_NOMEM:
			err = ERR_NOMEM;
			break;
		case NORMALISE_END:
			break;
		}
	}
	buf_fini(&line);
	normaliser_free(n);
	return err;
}
