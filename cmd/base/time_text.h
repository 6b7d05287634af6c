/* SPDX-License-Identifier: MIT */
/** time_text - times as people give them on the command line. */
#ifndef CMD_BASE_TIME_TEXT_H
#define CMD_BASE_TIME_TEXT_H

#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/**
 * RFC 3339, or a date alone: its midnight UTC.
 *
 * @return ERR_OK, ERR_PARSE, ERR_NOMEM
 */
enum err time_text_parse(struct str text, int64_t *ret_ms) MUST_CHECK;

#endif /* CMD_BASE_TIME_TEXT_H */
