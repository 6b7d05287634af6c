/* SPDX-License-Identifier: MIT */
/** reports_fetch_parts - what the files of reports_fetch share; nobody else includes it. */
#ifndef RECEIVER_REPORT_REPORTS_FETCH_PARTS_H
#define RECEIVER_REPORT_REPORTS_FETCH_PARTS_H

#include "receiver/report/reports_fetch.h"
#include "receiver/report/reports_parts.h"

struct report_fetching {
	TAILQ_ENTRY(report_fetching) link;
	struct reports *r; /* borrowed */
	struct report_fetch_ops ops;
	void *arg;              /* borrowed */
	char *account, *report; /* owned */
	struct combo *given;    /* owned; in order of names */
	int64_t from_ms, to_ms;
	uint64_t begin_ms; /* monotonic */
	bool is_dry, is_dropped, is_planned;
	struct combo **items; /* owned, as are the members that have not begun */
	size_t item_count, next;
	size_t active;
	enum err err; /* the worst so far */
	char text[240];
};

/* ---- reports_fetch_told.c ---- */

/** What has not begun does not begin any more. */
void fetching_drop_items(struct report_fetching *f);
/** It goes no further than the runs under way. */
void fetching_fail(struct report_fetching *f, enum err err, const char *text);

/* ---- reports_fetch_plan.c ---- */

/** Whether every list that it needs was asked, or is; one that failed ends it. */
bool fetching_has_lists(struct report_fetching *f, struct plan *p);
/** Its sets of values. */
void fetching_plan(struct report_fetching *f, const struct plan *p);
/** There is no such account, or no such report: end, and say which there are. */
void fetching_name_accounts(struct report_fetching *f);
void fetching_name_reports(struct report_fetching *f, const struct account *a);

#endif /* RECEIVER_REPORT_REPORTS_FETCH_PARTS_H */
