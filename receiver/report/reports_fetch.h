/* SPDX-License-Identifier: MIT */
/**
 * reports_fetch - what persons asked for (reports_fetch()): told of the runs, begun when there is
 * room. Private to receiver/report/.
 */
#ifndef RECEIVER_REPORT_REPORTS_FETCH_H
#define RECEIVER_REPORT_REPORTS_FETCH_H

#include <stdbool.h>

#include "receiver/report/reports.h"

#define FETCHINGS_MAX 32

struct running;

/** Begin what can be begun, and end what is over. */
void fetchings_step(struct reports *r);
/** Without a callback. */
void fetchings_free(struct reports *r);

/** It waits for a run: one that began for it, or that it joined. */
void fetching_enter(struct report_fetching *f);
/** It waits for that no more, though it did not end. */
void fetching_leave(struct report_fetching *f);
/** How far a run is. NULL: nobody listens */
void fetching_tell(const struct report_fetching *f, const struct running *x);
/** Of a dry run. NULL: nobody listens. @return false: not now */
bool fetching_payload(const struct report_fetching *f, struct source *source,
                      const struct payload *payload);
/** A run that it waited for has ended. */
void fetching_on_run(struct report_fetching *f, const struct running *x);

#endif /* RECEIVER_REPORT_REPORTS_FETCH_H */
