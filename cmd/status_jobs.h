/* SPDX-License-Identifier: MIT */
/** status_jobs - the ordered reports and the mailboxes of the document of `status`, as tables. */
#ifndef CMD_STATUS_JOBS_H
#define CMD_STATUS_JOBS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "core/err.h"

/**
 * Each with an empty line before it; nothing when there is none.
 *
 * @return ERR_OK, ERR_NOMEM
 */
enum err status_jobs_print(const json_t *document, int64_t now_ms, bool has_colours,
                           FILE *out) MUST_CHECK;

#endif /* CMD_STATUS_JOBS_H */
