/* SPDX-License-Identifier: MIT */
#include "cmd/status/status_parts.h"

#include <stdio.h>

#include "cmd/base/time_text.h"

#define MINUTES_S 120
#define HOURS_S   7200
#define DAYS_S    172800
#define KIB       1024
#define MIB       (1024LL * 1024)

const char *status_text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

long long status_number_at(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void status_write_duration(long long seconds, char ret_text[STATUS_SPAN_SIZE])
{
	if (seconds >= DAYS_S) {
		(void)snprintf(ret_text, STATUS_SPAN_SIZE, "%lld d", seconds / 86400);
	} else if (seconds >= HOURS_S) {
		(void)snprintf(ret_text, STATUS_SPAN_SIZE, "%lld h", seconds / 3600);
	} else if (seconds >= MINUTES_S) {
		(void)snprintf(ret_text, STATUS_SPAN_SIZE, "%lld min", seconds / 60);
	} else {
		(void)snprintf(ret_text, STATUS_SPAN_SIZE, "%lld s", seconds);
	}
}

void status_write_from_now(const json_t *object, const char *key, int64_t now_ms,
                           char ret_text[STATUS_TEXT_SIZE])
{
	char span[STATUS_SPAN_SIZE];
	int64_t ms;

	ret_text[0] = '\0';
	if (time_text_parse(str_from(status_text_at(object, key)), &ms) != ERR_OK)
		return;
	status_write_duration((ms > now_ms ? ms - now_ms : now_ms - ms) / 1000, span);
	(void)snprintf(ret_text, STATUS_TEXT_SIZE, ms > now_ms ? "in %s" : "%s ago", span);
}

bool status_seconds_until(const json_t *object, const char *key, int64_t now_ms,
                          long long *ret_seconds)
{
	int64_t ms = 0;

	if (time_text_parse(str_from(status_text_at(object, key)), &ms) != ERR_OK)
		return false;
	*ret_seconds = (ms - now_ms) / 1000;
	return true;
}

void status_write_bytes(long long bytes, char ret_text[STATUS_TEXT_SIZE])
{
	if (bytes >= MIB) {
		(void)snprintf(ret_text, STATUS_TEXT_SIZE, "%.1f MiB", (double)bytes / MIB);
	} else if (bytes >= KIB) {
		(void)snprintf(ret_text, STATUS_TEXT_SIZE, "%.1f KiB", (double)bytes / KIB);
	} else {
		(void)snprintf(ret_text, STATUS_TEXT_SIZE, "%lld bytes", bytes);
	}
}

void status_write_values(json_t *values, struct buf *b)
{
	void *at = json_object_iter(values);

	for (; at != NULL; at = json_object_iter_next(values, at)) {
		const char *text = json_string_value(json_object_iter_value(at));

		(void)buf_printf(b, "%s%s=%s", b->len > 0 ? " " : "", json_object_iter_key(at),
		                 text != NULL ? text : "");
	}
}

void status_add_all(struct table *t, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		table_add(t, str_from(texts[i]));
}
