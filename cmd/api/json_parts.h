/* SPDX-License-Identifier: MIT */
/** json_parts - members that the lines of `fetch` and the document of `status` share. */
#ifndef CMD_API_JSON_PARTS_H
#define CMD_API_JSON_PARTS_H

#include <stdint.h>

#include "normalise/value/json_writer.h"
#include "receiver/report/run/run.h"

/** A number past INT64_MAX is that. */
void json_parts_number(struct json_writer *w, struct str key, uint64_t number);

/** RFC 3339; left out when it is 0. */
void json_parts_time(struct json_writer *w, struct str key, int64_t ms);

/** `"values":{"campaign":"…"}` */
void json_parts_values(struct json_writer *w, const struct report_value *values, size_t count);

/** The member `job`: an order. @param by  how it becomes known that it is ready, or "" */
void json_parts_job(struct json_writer *w, const struct report_job_progress *job, const char *by);

#endif /* CMD_API_JSON_PARTS_H */
