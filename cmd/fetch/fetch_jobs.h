/* SPDX-License-Identifier: MIT */
/** fetch_jobs - the orders of a fetch as text for people. Private to fetch_print.c. */
#ifndef CMD_FETCH_FETCH_JOBS_H
#define CMD_FETCH_FETCH_JOBS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "core/buf.h"

/** Whether a run's order stays when the run does not go on. @param job  of its line; NULL: none */
bool fetch_jobs_is_outstanding(const json_t *job);

/** Append "waiting for the mail, 2 min; stale in 28 min", with the reason where it is not well. */
void fetch_jobs_write_one(const json_t *job, int64_t now_ms, struct buf *b);

/**
 * The same of all that are under way; of several "8 waiting, 4 downloading".
 *
 * @param active  object whose members are arrays with the job at 2
 * @return whether there is any
 */
bool fetch_jobs_write(json_t *active, int64_t now_ms, struct buf *b);

#endif /* CMD_FETCH_FETCH_JOBS_H */
