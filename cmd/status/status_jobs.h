/* SPDX-License-Identifier: MIT */
/** status_jobs - the ordered reports and the mailboxes of the document of `status`, as tables. */
#ifndef CMD_STATUS_STATUS_JOBS_H
#define CMD_STATUS_STATUS_JOBS_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "cmd/base/terminal.h"
#include "core/buf.h"
#include "core/err.h"

/**
 * Each with an empty line before it; nothing when there is none.
 *
 * @return ERR_OK, ERR_NOMEM
 */
enum err status_jobs_print(const json_t *document, int64_t now_ms, const struct terminal *terminal,
                           FILE *out) MUST_CHECK;

/** Append "waiting for the mail, 2 min; stale in 28 min". @param job  as in the document */
void status_job_text(const json_t *job, int64_t now_ms, struct buf *b);

#endif /* CMD_STATUS_STATUS_JOBS_H */
