/* SPDX-License-Identifier: MIT */
/** status_text - the document of /api/v1/status as tables for a person. */
#ifndef CMD_STATUS_STATUS_TEXT_H
#define CMD_STATUS_STATUS_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "cmd/base/terminal.h"
#include "core/err.h"

/**
 * @param now_ms  times are shown from here: "3 min ago", "in 20 s"
 * @return ERR_OK, ERR_NOMEM
 */
enum err status_text_print(const json_t *document, int64_t now_ms, const struct terminal *terminal,
                           FILE *out) MUST_CHECK;

#endif /* CMD_STATUS_STATUS_TEXT_H */
