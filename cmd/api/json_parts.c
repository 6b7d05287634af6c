/* SPDX-License-Identifier: MIT */
#include "cmd/api/json_parts.h"

#include "normalise/value/timestamp.h"

void json_parts_number(struct json_writer *w, struct str key, uint64_t number)
{
	json_key(w, key);
	json_int(w, number <= INT64_MAX ? (int64_t)number : INT64_MAX);
}

void json_parts_time(struct json_writer *w, struct str key, int64_t ms)
{
	char text[TIMESTAMP_TEXT_SIZE];

	if (ms == 0)
		return;
	timestamp_print(ms, text);
	json_member(w, key, str_from(text));
}

void json_parts_values(struct json_writer *w, const struct report_value *values, size_t count)
{
	json_key(w, STR_LIT("values"));
	json_open_object(w);
	for (size_t i = 0; i < count; i++) {
		json_key(w, str_from(values[i].name));
		json_string(w, str_from(values[i].value));
	}
	json_close_object(w);
}

void json_parts_job(struct json_writer *w, const struct report_job_progress *job, const char *by)
{
	json_key(w, STR_LIT("job"));
	json_open_object(w);
	json_member(w, STR_LIT("by"), str_from(by));
	json_member(w, STR_LIT("state"), str_from(job->state));
	json_parts_time(w, STR_LIT("since"), job->since_ms);
	json_parts_time(w, STR_LIT("ordered"), job->ordered_ms);
	json_parts_time(w, STR_LIT("until"), job->until_ms);
	if (job->file_bytes > 0)
		json_parts_number(w, STR_LIT("file_bytes"), job->file_bytes);
	if (job->file_size > 0)
		json_parts_number(w, STR_LIT("file_size"), job->file_size);
	json_member(w, STR_LIT("text"), str_from(job->text));
	json_key(w, STR_LIT("stale"));
	json_bool(w, job->is_stale);
	json_close_object(w);
}
