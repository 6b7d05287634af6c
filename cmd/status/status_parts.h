/* SPDX-License-Identifier: MIT */
/** status_parts - what the files that print `status` share: members of its document as words. */
#ifndef CMD_STATUS_STATUS_PARTS_H
#define CMD_STATUS_STATUS_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "cmd/base/table.h"
#include "core/buf.h"

#define STATUS_TEXT_SIZE  64
#define STATUS_SPAN_SIZE  32
#define STATUS_VALUES_MAX 1024

/** "" when it is not there. */
const char *status_text_at(const json_t *object, const char *key);
/** 0 when it is not there. */
long long status_number_at(const json_t *object, const char *key);

/** "20 s", "5 min", "3 h", "4 d" */
void status_write_duration(long long seconds, char ret_text[STATUS_SPAN_SIZE]);

/** "3 min ago", "in 20 s"; "" for no time. */
void status_write_from_now(const json_t *object, const char *key, int64_t now_ms,
                           char ret_text[STATUS_TEXT_SIZE]);

/** Seconds from now until a time; negative when it is over. @return whether there is that time */
bool status_seconds_until(const json_t *object, const char *key, int64_t now_ms,
                          long long *ret_seconds);

/** "12.0 MiB" */
void status_write_bytes(long long bytes, char ret_text[STATUS_TEXT_SIZE]);

/** Append "campaign=48a4c0ab type=sends". */
void status_write_values(json_t *values, struct buf *b);

/** table_add() for each. */
void status_add_all(struct table *t, const char *const *texts, size_t count);

#endif /* CMD_STATUS_STATUS_PARTS_H */
